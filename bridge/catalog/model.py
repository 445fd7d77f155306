"""What the catalog's files say, as types: a `SystemType` a folder, an `Operation` a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lxml import etree

from bridge.catalog.problem import Problem
from bridge.routes import id_at, path_at

Schema = Mapping[str, object]
"""Keywords of JSON Schema that OpenAPI 2.0 knows, taken over verbatim into the connector's definition."""

Meaning = Literal["credential_rejected", "not_permitted", "misconfigured", "throttled", "user_unknown"]
Encoding = Literal["base64url", "base64"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Kind = Literal["read", "write"]
SubjectType = Literal["caller", "service"]
Visibility = Literal["important", "advanced", "internal"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a system is: the host (with a port, if it has one) and the tenant there."""

    host: str
    tenant: str

    def expand(self, template: str) -> str:
        """`template` with `{host}` and `{tenant}` filled in."""
        return template.replace("{host}", self.host).replace("{tenant}", self.tenant)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What follows from host and tenant. Texts are templates for `Target.expand`; a setting overrides each."""

    resource_scope: str | None = None
    token_url: str | None = None
    audience: str | None = None
    encoding: Encoding = "base64url"
    token_seconds: int = 600
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class FaultRule:
    """How a system says no: the first rule whose `pattern` is found in its message decides what that means."""

    pattern: re.Pattern[str]
    means: Meaning


@dataclass(frozen=True, slots=True)
class SystemType:
    """A folder of the catalog.

    `services` maps a name to the URL template that operations call; `soap_header` stands in every SOAP request's
    header; `correlation_header` is the HTTP header in which the system takes a request id; `trust_setting` is the place
    where its administrators set which assertions it accepts, in the vendor's words.
    """

    name: str
    title: str
    description: str
    defaults: Defaults
    services: Mapping[str, str]
    namespaces: Mapping[str, str]
    faults: tuple[FaultRule, ...]
    lists: Mapping[str, tuple[Mapping[str, str], ...]]
    soap_header: etree._Element | None = None
    correlation_header: str | None = None
    trust_setting: str | None = None


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """A SOAP 1.1 call: `template` is the body's one child with marks (see `marks`)."""

    service: str
    template: etree._Element


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A JSON call: segments of `path`, values of `query` and the leaves of `body` may be a mark, as a whole."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    body: object | None


@dataclass(frozen=True, slots=True)
class ListRequest:
    """No call at all: a choice list that the customer keeps as a data file."""

    name: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A read of the catalog that runs first; `output` of `operation` becomes the mark's value. Never an input.

    `many`: the output is a list, for `each`. `absent` is the sentence for a caller for whom the read gives nothing.
    """

    operation: str
    output: str
    many: bool = False
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """Where an input's dropdown comes from: the records in output `collection` of the read `operation`.

    `value` and `title` name the records' fields. An offer, no limit: the system decides what it accepts.
    """

    operation: str
    collection: str
    value: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A read in pages: `size` records unless asked otherwise, never more than `max_size`; `total` as an output's."""

    size: int
    max_size: int
    total: str


@dataclass(frozen=True, slots=True)
class Output:
    """`schema` for the definition; `source` is XPath 1.0 (SOAP) or a JSON Pointer (REST, lists).

    An empty source is the answer as a whole, None what the bridge itself says (`nextStep`, `nextCursor`). `items` are
    the fields of a list's records; in a list of plain values, `item_source` is where the value stands in an entry.
    """

    schema: Schema
    source: str | None
    items: Mapping[str, Output] | None = None
    item_source: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that may be asked. `path` is relative to `/api/{system}`; `id` names function and operation.

    `set` names the operations that an agent takes together, such as `time-off`; None belongs to no set.
    `within` is the node of the answer that outputs are read from. `next_step` is what a write tells about what
    happens next. Inputs and outputs of pages and writes that every operation shares are in `inputs` and `outputs`.
    """

    id: str
    system: str
    method: Method
    path: str
    kind: Kind
    sensitive: bool
    subject: SubjectType
    visibility: Visibility | None
    set: str | None
    summary: str
    description: str
    evidence: str
    inputs: Mapping[str, Schema]
    required: tuple[str, ...]
    outputs: Mapping[str, Output]
    lookups: Mapping[str, Lookup]
    choices: Mapping[str, Choices]
    page: Page | None
    within: str | None
    next_step: str | None
    request: SoapRequest | RestRequest | ListRequest
    file: Path

    @property
    def route(self) -> str:
        """The full route, without a leading slash."""
        return self.route_at(self.system)

    def route_at(self, name: str) -> str:
        """The route at a system that is configured under `name`."""
        return path_at(name, self.path)

    def id_at(self, name: str) -> str:
        """The operationId there: a system with a name of its own has ids of its own, of letters and digits only."""
        return id_at(name, self.id, self.system)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that may be asked. `problems` are the mistakes of a customer's folder, whose broken files are left out."""

    systems: Mapping[str, SystemType]
    operations: Mapping[str, Operation]
    problems: tuple[Problem, ...] = ()
