"""What the check says about a system's services, its lists, and a customer's catalog folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bridge.catalog import Catalog, ListRequest, Operation
from bridge.check.line import CheckResult, failed, ok, warning
from bridge.errors import BridgeError

_LISTS = "Put the values of your tenant into {folder}/{system}/lists/{name}.toml (docs/add-an-operation.md, Lists)."


@dataclass(frozen=True, slots=True)
class ServiceRead:
    """One harmless read of a service, and why it failed (None: it worked)."""

    operation: Operation
    error: BridgeError | None

    def row(self) -> dict[str, object]:
        """As the probe reports it; what the system has to grant only if it refused."""
        row: dict[str, object] = {"service": self.operation.service, "read": self.operation.id, "ok": not self.error}
        if self.error is not None:
            row |= {"code": self.error.code, "detail": self.error.detail}
        return row | ({"needs": self.operation.needs.row()} if is_refusal(self.error) else {})


def is_refusal(error: BridgeError | None) -> bool:
    """Whether the system refused for lack of a permission."""
    return error is not None and error.code == "not_permitted_by_system"


def summary(reads: Sequence[ServiceRead]) -> str:
    """The reads in words: `rest works; human_resources and talent are refused`."""
    groups = {
        "works": [read for read in reads if read.error is None],
        "refused": [read for read in reads if is_refusal(read.error)],
        "failed": [read for read in reads if read.error and not is_refusal(read.error)],
    }
    verbs = {"works": ("works", "work"), "refused": ("is refused", "are refused"), "failed": ("fails", "fail")}
    parts = [
        f"{_listed([str(read.operation.service) for read in group])} {verbs[word][len(group) > 1]}"
        for word, group in groups.items()
        if group
    ]
    return "; ".join(parts) or "no operation without inputs is open, so only the credential was tried"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def service_lines(system: str, reads: Sequence[ServiceRead]) -> Iterator[CheckResult]:
    """One line in words, then one for each service that does not work, with the row to grant."""
    state = ok if all(read.error is None for read in reads) else failed
    yield state("live_services", f"{system}: {summary(reads)}")
    for read in reads:
        if read.error is not None:
            needed = read.operation.needs.sentence() if is_refusal(read.error) else ""
            fix = (f"{read.operation.id} needs {needed}",) if needed else (read.error.hint, read.error.operator or "")
            title = f"{system}, {read.operation.service}: {read.error.detail} [{read.error.code}]"
            yield failed("live_service", title, *filter(None, fix))


def catalog_lines(catalog: Catalog) -> Iterator[CheckResult]:
    """What a customer's folder has that is left out, with the reason."""
    for problem in catalog.problems:
        yield failed("catalog", str(problem), "Run bridge catalog check FOLDER: it names every mistake at once.")
    reported = {str(problem) for problem in catalog.problems}
    for id_, reason in catalog.disabled.items():
        if reason not in reported:
            fix = f'Write an operation of your own with replaces = "{id_}" in the shape of that version.'
            yield warning("operation_disabled", f"{id_} is left out: {reason}", fix)


def list_lines(kind: str, opened: Collection[str], catalog: Catalog, folder: str) -> Iterator[CheckResult]:
    """Open operations whose values come from a list that still has the shipped sample values."""
    samples = catalog.systems[kind].samples
    for operation in catalog.operations.values():
        if operation.id not in opened or operation.system != kind:
            continue
        for name in sorted(_lists(operation, catalog) & samples):
            fix = _LISTS.format(folder=folder, system=kind, name=name)
            yield warning("sample_list", f"{operation.id} takes its values from the sample list {name}", fix)


def _lists(operation: Operation, catalog: Catalog) -> set[str]:
    """The lists that an operation answers or offers."""
    sources = [operation, *(catalog.operations[one.operation] for one in operation.choices.values())]
    return {one.request.name for one in sources if isinstance(one.request, ListRequest)}
