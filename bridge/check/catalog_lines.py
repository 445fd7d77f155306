"""The check's lines on a customer's catalog folder and on the lists of systems."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bridge.catalog import Catalog, ListRequest, Operation
from bridge.check.line import CheckResult, failed, warning

_LISTS = "Put the values of your tenant into {folder}/{system}/lists/{name}.toml (docs/add-an-operation.md, Lists)."


def catalog_lines(catalog: Catalog) -> Iterator[CheckResult]:
    """What is left out of a customer's folder, with the reason."""
    for problem in catalog.problems:
        yield failed("catalog", str(problem), "Run bridge catalog check FOLDER: it names every mistake at once.")
    reported = {str(problem) for problem in catalog.problems}
    for id_, reason in catalog.disabled.items():
        if reason not in reported:
            fix = f'Write an operation of your own with replaces = "{id_}" in the shape of that version.'
            yield warning("operation_disabled", f"{id_} is left out: {reason}", fix)


def list_lines(kind: str, opened: Collection[str], catalog: Catalog, folder: str) -> Iterator[CheckResult]:
    """Open operations that use a list with the shipped sample values."""
    samples = catalog.systems[kind].samples
    for operation in catalog.operations.values():
        if operation.id not in opened or operation.system != kind:
            continue
        for name in sorted(_lists(operation, catalog) & samples):
            fix = _LISTS.format(folder=folder, system=kind, name=name)
            yield warning("sample_list", f"{operation.id} takes its values from the sample list {name}", fix)


def _lists(operation: Operation, catalog: Catalog) -> set[str]:
    """The lists that an operation returns, or that its inputs choose from."""
    sources = [operation, *(catalog.operations[one.operation] for one in operation.choices.values())]
    return {one.request.name for one in sources if isinstance(one.request, ListRequest)}
