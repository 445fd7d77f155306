"""The catalog: systems and operations as data. Each system is a folder, each operation a TOML file in it."""

from __future__ import annotations

from bridge.catalog.files import load
from bridge.catalog.model import (
    AssertionFormat,
    Catalog,
    Choices,
    Defaults,
    Encoding,
    FaultRule,
    ListRequest,
    Lookup,
    Meaning,
    Needs,
    Operation,
    Output,
    Page,
    PathChoice,
    RestRequest,
    Returns,
    Schema,
    SoapRequest,
    Span,
    SystemType,
    Target,
    TokenAuth,
)
from bridge.catalog.open_operations import OPERATION_GROUPS, OpenOperations
from bridge.catalog.problem import CatalogError

__all__ = [
    "OPERATION_GROUPS",
    "AssertionFormat",
    "Catalog",
    "CatalogError",
    "Choices",
    "Defaults",
    "Encoding",
    "FaultRule",
    "ListRequest",
    "Lookup",
    "Meaning",
    "Needs",
    "OpenOperations",
    "Operation",
    "Output",
    "Page",
    "PathChoice",
    "RestRequest",
    "Returns",
    "Schema",
    "SoapRequest",
    "Span",
    "SystemType",
    "Target",
    "TokenAuth",
    "load",
]
