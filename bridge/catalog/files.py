"""Loads the catalog: the built-in folders beside this file, then a customer's folder beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from bridge.catalog.links import Places, broken_links
from bridge.catalog.model import Catalog, Operation, SystemType
from bridge.catalog.operation import read_operation
from bridge.catalog.problem import CatalogError, Problem
from bridge.catalog.system import read_lists, read_system
from bridge.routes import SYSTEM_FILE as FILE

BUILT_IN: Final = Path(__file__).parent


def load(folder: Path | None = None, *, built_in: Path = BUILT_IN) -> Catalog:
    """The whole catalog. Raises `CatalogError` for the built-in files, with all mistakes.

    Mistakes in the customer's `folder` are the `problems` of the result, which leaves the broken files out.
    """
    catalog = _add(Catalog({}, {}), built_in)
    if catalog.problems:
        raise CatalogError(catalog.problems)
    return catalog if folder is None else _add(catalog, folder)


def _add(known: Catalog, root: Path) -> Catalog:
    """The catalog with all that stands in `root`; what is broken there is a problem and left out."""
    problems: list[Problem] = []
    systems = {**known.systems, **_read_systems(root, known.systems, problems)}
    operations = dict(known.operations)
    places = Places(operations.values())
    for operation in _read_operations(root, systems, problems):
        taken = places.take(operation)
        if taken:
            problems.append(taken)
        else:
            operations[operation.id] = operation
    problems += _drop_broken(operations)
    return Catalog(systems, operations, tuple(sorted(problems)))


def _drop_broken(operations: dict[str, Operation]) -> list[Problem]:
    """Drop operations that refer to what is not there, until none does."""
    problems: list[Problem] = []
    while found := [problem for operation in operations.values() for problem in broken_links(operation, operations)]:
        problems += found
        for operation in [one for one in operations.values() if one.file in {problem.file for problem in found}]:
            del operations[operation.id]
    return problems


def _read_systems(root: Path, known: Mapping[str, SystemType], problems: list[Problem]) -> dict[str, SystemType]:
    """The systems of `root`'s folders: new ones, and known ones with the folder's lists over their own."""
    if not root.is_dir():
        problems.append(Problem(root, "", "expected a folder"))
        return {}
    systems = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name in known:
            systems[folder.name] = _extend(known[folder.name], folder, problems)
        elif any(folder.glob("*.toml")):
            found: list[Problem] = []
            system = read_system(folder, found)
            problems += found
            if not found:
                systems[folder.name] = system
    return systems


def _extend(system: SystemType, folder: Path, problems: list[Problem]) -> SystemType:
    if (folder / FILE).exists():
        expected = f"'{system.name}' is there already: expected operations and lists only"
        problems.append(Problem(folder / FILE, "", expected))
    return replace(system, lists={**system.lists, **read_lists(folder, problems)})


def _read_operations(root: Path, systems: Mapping[str, SystemType], problems: list[Problem]) -> Iterator[Operation]:
    for file in sorted(root.glob("*/*.toml")):
        system = systems.get(file.parent.name)
        operation = read_operation(file, system, problems) if system and file.name != FILE else None
        if operation:
            yield operation
