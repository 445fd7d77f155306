"""Loads the catalog: the built-in folders beside this file, then a customer's folder beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from bridge.catalog.links import Places, broken_links
from bridge.catalog.model import Catalog, Operation, SystemType
from bridge.catalog.operation import read_operation
from bridge.catalog.problem import CatalogError, Problem, suggestion
from bridge.catalog.system import extend_system, read_system
from bridge.routes import SYSTEM_FILE as FILE

BUILT_IN: Final = Path(__file__).parent
_IN_LISTS: Final = (".toml",)
_IN_SYSTEM: Final = (".toml", ".xml")


def load(folder: Path | None = None, *, built_in: Path = BUILT_IN, systems: Collection[str] | None = None) -> Catalog:
    """The catalog; with `systems`, only those of these names.

    The product's own files are trusted, because the tests check them: `check_built_in` does it.
    Raises `CatalogError` for the built-in files, with all mistakes. Mistakes in the customer's `folder` are the
    `problems` of the result, which leaves the broken files out.
    """
    catalog = _add(Catalog({}, {}), built_in, systems, trusted=built_in == BUILT_IN)
    if catalog.problems:
        raise CatalogError(catalog.problems)
    if folder is None:
        return catalog
    misplaced = list(_misplaced(folder, built_in))
    return _add(catalog, folder, systems, misplaced)


def check_built_in() -> tuple[Problem, ...]:
    """Every mistake in the product's own files. `load` trusts them, so a test asks."""
    return _add(Catalog({}, {}), BUILT_IN, None).problems


def _add(
    known: Catalog,
    root: Path,
    wanted: Collection[str] | None,
    problems: Collection[Problem] = (),
    *,
    trusted: bool = False,
) -> Catalog:
    """The catalog with everything in the folder `root`; what is broken there is a problem and left out."""
    found = list(problems)
    read: dict[str, SystemType] = {}
    broken: set[str] = set()
    for folder in _system_folders(root, known.systems, wanted, found):
        before = len(found)
        old = known.systems.get(folder.name)
        new = extend_system(old, folder, found) if old else read_system(folder, found, trusted=trusted)
        read[folder.name] = new
        if len(found) > before:
            broken.add(folder.name)
    mine = list(_read_operations(root, read, found, trusted=trusted))
    usable = {name: read[name] for name in read if name not in broken or name in known.systems}
    systems = {**known.systems, **usable}
    operations = {**known.operations}
    _place([one for one in mine if one.system in usable], operations, found)
    failed = {problem.file.stem for problem in found} - operations.keys()
    found += [] if trusted else _drop_broken(operations, failed)
    disabled = {**known.disabled, **_take_out_unfit(operations, systems)}
    broken_files = {problem.file: problem for problem in reversed(found) if problem.file.stem[:1].isupper()}
    left_out = {file.stem: str(problem) for file, problem in broken_files.items() if file.stem not in operations}
    return Catalog(systems, operations, tuple(sorted(set(found))), {**left_out, **disabled})


def _place(mine: Collection[Operation], operations: dict[str, Operation], problems: list[Problem]) -> None:
    """Add operations to those there are; one that `replaces` another takes its place."""
    for operation in mine:
        if operation.replaces is None:
            continue
        replaced = operations.pop(operation.replaces, None)
        if replaced is None or replaced.system != operation.system:
            expected = f"'{operation.replaces}' is no operation of {operation.system}"
            near = suggestion(operation.replaces, operations)
            problems.append(Problem(operation.file, "replaces", f"{expected}{near}"))
    places = Places(operations.values())
    for operation in mine:
        taken = places.take(operation)
        if taken:
            problems.append(taken)
        else:
            operations[operation.id] = operation


def _drop_broken(operations: dict[str, Operation], broken: Collection[str]) -> list[Problem]:
    """Drop operations that refer to what is not there, until none does."""
    problems: list[Problem] = []
    failed = set(broken)
    while found := [one for operation in operations.values() for one in broken_links(operation, operations, failed)]:
        problems += found
        for operation in [one for one in operations.values() if one.file in {problem.file for problem in found}]:
            del operations[operation.id]
            failed.add(operation.id)
    return problems


def _take_out_unfit(operations: dict[str, Operation], systems: Mapping[str, SystemType]) -> dict[str, str]:
    """Take out operations whose shape does not fit the service, and those that need them. Returns the reasons by id."""
    unfit = dict(_unfit(operations.values(), systems))
    found = unfit
    while found:
        for id_ in found:
            del operations[id_]
        found = {
            operation.id: f"it needs {', '.join(sorted(needed))}, which is left out"
            for operation in operations.values()
            if (needed := _needed(operation) & unfit.keys())
        }
        unfit |= found
    for operation in operations.values():
        if operation.confirm_with in unfit:
            operations[operation.id] = replace(operation, confirm_with=None)
    return unfit


def _needed(operation: Operation) -> set[str]:
    lookups = {one.operation for one in operation.lookups.values()}
    return lookups | {one.operation for one in operation.choices.values()}


def _unfit(operations: Iterable[Operation], systems: Mapping[str, SystemType]) -> Iterator[tuple[str, str]]:
    """Operations whose shape does not hold for the version of the service that is called, with the reason."""
    for operation in operations:
        version = systems[operation.system].version(operation.service) if operation.service else None
        if version is None:
            continue
        shown = f"{operation.service} is called as v{version[0]}.{version[1]}"
        if operation.since and version < operation.since:
            yield operation.id, f"{shown}, and its shape holds from v{operation.since[0]}.{operation.since[1]}"
        if operation.before and version >= operation.before:
            yield operation.id, f"{shown}, and its shape holds before v{operation.before[0]}.{operation.before[1]}"


def _system_folders(
    root: Path, known: Mapping[str, SystemType], wanted: Collection[str] | None, problems: list[Problem]
) -> Iterator[Path]:
    """The folders of `root` that add to a known system, or hold a system of their own."""
    if not root.is_dir():
        problems.append(Problem(root, "", "expected a folder"))
        return
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if (wanted is None or folder.name in wanted) and (folder.name in known or (folder / FILE).exists()):
            yield folder


def _read_operations(
    root: Path, systems: Mapping[str, SystemType], problems: list[Problem], *, trusted: bool
) -> Iterator[Operation]:
    for name, system in systems.items():
        for file in sorted((root / name).glob("*.toml")):
            operation = read_operation(file, system, problems, trusted=trusted) if file.name != FILE else None
            if operation:
                yield operation


def _misplaced(root: Path, built_in: Path) -> Iterator[Problem]:
    """Files of a customer's folder that nothing would read: without this they would be missed without a word."""
    known = {file.parent.name for file in built_in.glob(f"*/{FILE}")}
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_file() and not _is_note(path):
            yield Problem(path, "", f"expected in the folder of its system, as in {min(known)}/{path.stem}.toml")
        elif path.is_dir() and not path.name.startswith((".", "__")):
            yield from _misplaced_in_system(path, known)


def _misplaced_in_system(folder: Path, known: Collection[str]) -> Iterator[Problem]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_note(path)]
    if files and folder.name not in known and not (folder / FILE).exists():
        near = suggestion(folder.name, known)
        yield Problem(folder, "", f"is no system that is built in{near}; a system of your own needs a {FILE}")
        return
    for path in files:
        *above, name = path.relative_to(folder).parts
        if above not in ([], ["lists"]):
            yield Problem(path, "", "expected directly in the folder of its system, or in its folder lists")
        elif path.suffix not in (_IN_LISTS if above else _IN_SYSTEM):
            yield Problem(path, "", f"is not read: expected {Path(name).stem}.toml, written in TOML")


def _is_note(path: Path) -> bool:
    """What may stand anywhere: a text for people, and hidden files."""
    return path.name.startswith(".") or path.suffix == ".md"
