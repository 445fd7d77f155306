"""Loads the catalog: the built-in folders beside this file, and a customer's folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bridge.catalog.late import LateOperations
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

    The customer's `folder` is read at once. Its mistakes are the `problems` of the result, which leaves the broken
    files out. Where it has operations or a `system.toml`, the built-in part of that system is read with it, because
    operations refer to one another. Any other built-in operation is read and checked when it is first used. A mistake
    in a built-in file raises `CatalogError`.
    """
    wanted = _names(built_in) | _names(folder) if systems is None else set(systems)
    own = {name for name in wanted & _names(folder) if folder and any((folder / name).glob("*.toml"))}
    late_systems, late = _late(built_in, wanted - own)
    if folder is None:
        return Catalog(late_systems, late)
    problems = list(_misplaced(folder, built_in))
    for name in late_systems.keys() & _names(folder):
        late_systems[name] = extend_system(late_systems[name], folder / name, problems)
    extended = _add(Catalog({}, {}), built_in, own)
    if extended.problems:
        raise CatalogError(extended.problems)
    added = _add(extended, folder, own, problems, late.files)
    operations = replace(late, known={**added.operations})
    return replace(added, systems={**late_systems, **added.systems}, operations=operations)


def check_built_in(built_in: Path = BUILT_IN) -> tuple[Problem, ...]:
    """Every mistake in the product's own files, which `load` reads one by one: a test calls this."""
    return _add(Catalog({}, {}), built_in, _names(built_in)).problems


def _names(root: Path | None) -> set[str]:
    return {path.name for path in root.iterdir()} if root and root.is_dir() else set()


def _late(root: Path, wanted: Collection[str]) -> tuple[dict[str, SystemType], LateOperations]:
    problems: list[Problem] = []
    folders = list(_system_folders(root, {}, wanted, problems))
    systems = {folder.name: read_system(folder, problems) for folder in folders}
    if problems:
        raise CatalogError(problems)

    def read(file: Path) -> Operation:
        found: list[Problem] = []
        operation = read_operation(file, systems[file.parent.name], found)
        if operation is None:
            raise CatalogError(sorted(found))
        return operation

    files = {file.stem: file for folder in folders for file in _operation_files(folder)}
    return systems, LateOperations(files, read)


def _add(
    known: Catalog,
    root: Path,
    wanted: Collection[str],
    problems: Iterable[Problem] = (),
    taken: Mapping[str, Path] = MappingProxyType({}),
) -> Catalog:
    """The catalog with everything in the folder `root`; what is broken there is a problem and left out.

    `taken` are the files of other systems' operations, by id.
    """
    found = list(problems)
    read: dict[str, SystemType] = {}
    broken: set[str] = set()
    for folder in _system_folders(root, known.systems, wanted, found):
        before = len(found)
        old = known.systems.get(folder.name)
        new = extend_system(old, folder, found) if old else read_system(folder, found)
        read[folder.name] = new
        if len(found) > before:
            broken.add(folder.name)
    mine = list(_read_operations(root, read, found))
    usable = {name: read[name] for name in read if name not in broken or name in known.systems}
    systems = {**known.systems, **usable}
    operations = {**known.operations}
    _place([one for one in mine if one.system in usable], operations, taken, found)
    failed = {problem.file.stem for problem in found} - operations.keys()
    found += _drop_broken(operations, failed)
    disabled = {**known.disabled, **_take_out_unfit(operations, systems)}
    broken_files = {problem.file: problem for problem in reversed(found) if problem.file.stem[:1].isupper()}
    left_out = {file.stem: str(problem) for file, problem in broken_files.items() if file.stem not in operations}
    return Catalog(systems, operations, tuple(sorted(set(found))), {**left_out, **disabled})


def _place(
    mine: Collection[Operation], operations: dict[str, Operation], taken: Mapping[str, Path], problems: list[Problem]
) -> None:
    """Add `mine` to `operations`. An operation that `replaces` another removes that one."""
    for operation in mine:
        if operation.replaces is None:
            continue
        replaced = operations.pop(operation.replaces, None)
        if replaced is None or replaced.system != operation.system:
            expected = f"'{operation.replaces}' is no operation of {operation.system}"
            near = suggestion(operation.replaces, operations)
            problems.append(Problem(operation.file, "replaces", f"{expected}{near}"))
    places = Places(operations.values(), taken)
    for operation in mine:
        clash = places.take(operation)
        if clash:
            problems.append(clash)
        else:
            operations[operation.id] = operation


def _drop_broken(operations: dict[str, Operation], broken: Collection[str]) -> list[Problem]:
    """Drop operations that refer to one that does not exist, until none does."""
    problems: list[Problem] = []
    failed = set(broken)
    while found := [one for operation in operations.values() for one in broken_links(operation, operations, failed)]:
        problems += found
        for operation in [one for one in operations.values() if one.file in {problem.file for problem in found}]:
            del operations[operation.id]
            failed.add(operation.id)
    return problems


def _take_out_unfit(operations: dict[str, Operation], systems: Mapping[str, SystemType]) -> dict[str, str]:
    """Take out operations that do not fit their service's version, and those that need them. Returns reasons by id."""
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
    """Operations that do not fit the version of the service that is called, with the reason."""
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
    root: Path, known: Mapping[str, SystemType], wanted: Collection[str], problems: list[Problem]
) -> Iterator[Path]:
    """The folders of `root` that add to a known system, or hold a system of their own."""
    if not root.is_dir():
        problems.append(Problem(root, "", "expected a folder"))
        return
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if folder.name in wanted and (folder.name in known or (folder / FILE).exists()):
            yield folder


def _read_operations(root: Path, systems: Mapping[str, SystemType], problems: list[Problem]) -> Iterator[Operation]:
    for name, system in systems.items():
        for file in _operation_files(root / name):
            operation = read_operation(file, system, problems)
            if operation:
                yield operation


def _operation_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.toml") if file.name != FILE)


def _misplaced(root: Path, built_in: Path) -> Iterator[Problem]:
    """Files of a customer's folder that are in a wrong place, so that nothing would read them."""
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
    """Whether a file may be anywhere: texts for people, and hidden files."""
    return path.name.startswith(".") or path.suffix == ".md"
