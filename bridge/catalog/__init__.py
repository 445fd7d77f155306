"""What may be asked: systems and operations as data. A folder a system, a TOML file an operation."""

from __future__ import annotations

from bridge.catalog.files import check, load
from bridge.catalog.model import (
    Catalog,
    Choices,
    Defaults,
    FaultRule,
    ListRequest,
    Lookup,
    Meaning,
    Operation,
    Output,
    Page,
    RestRequest,
    Schema,
    SoapRequest,
    SystemKind,
    Target,
)
from bridge.catalog.problem import CatalogError, Problem

__all__ = [
    "Catalog",
    "CatalogError",
    "Choices",
    "Defaults",
    "FaultRule",
    "ListRequest",
    "Lookup",
    "Meaning",
    "Operation",
    "Output",
    "Page",
    "Problem",
    "RestRequest",
    "Schema",
    "SoapRequest",
    "SystemKind",
    "Target",
    "check",
    "load",
]
