"""The reads that try a system: one for each service, because permissions differ between them."""

from __future__ import annotations

from collections.abc import Collection

from bridge.catalog.model import Catalog, ListRequest, Operation


def harmless_reads(catalog: Catalog, opened: Collection[str]) -> list[Operation]:
    """For each service that open operations call, the first open read as the caller that needs no input.

    Nothing sensitive is read. A read without lookups goes before others, and what serves other operations comes last.
    """
    reads: dict[str, Operation] = {}
    for operation in sorted(catalog.operations.values(), key=_rank):
        if operation.id in opened and operation.service and _is_harmless(operation):
            reads.setdefault(operation.service, operation)
    return list(reads.values())


def _rank(operation: Operation) -> tuple[bool, bool]:
    return operation.visibility == "internal", bool(operation.lookups)


def _is_harmless(operation: Operation) -> bool:
    own_read = operation.kind == "read" and operation.subject == "caller" and not operation.sensitive
    return own_read and not operation.required and not isinstance(operation.request, ListRequest)
