"""The types of the catalog: a `SystemType` for each folder, an `Operation` for each file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from lxml import etree

from bridge.catalog.problem import Problem
from bridge.remembered import LOOKUP_SECONDS
from bridge.routes import id_at, path_at

Schema = Mapping[str, object]
"""Keywords of JSON Schema that OpenAPI 2.0 has too. The connector's definition contains them unchanged."""

Meaning = Literal["credential_rejected", "not_permitted", "misconfigured", "throttled", "user_unknown", "conflict"]
Encoding = Literal["base64url", "base64"]
AssertionFormat = Literal["saml", "jwt"]
TokenAuth = Literal["none", "basic", "post"]
PathChoice = Literal["auto", "oauth", "saml"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Kind = Literal["read", "write"]
SubjectType = Literal["caller", "service"]
Visibility = Literal["important", "advanced", "internal"]
Returns = Literal["json", "bytes"]
Version = tuple[int, int]

_PLACE: Final = re.compile(r"\{(?:host|tenant|client_id)\}")
_VERSION: Final = re.compile(r"/v([0-9]{1,3})(?:\.([0-9]{1,2}))?(?=/|$)")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a system is: the host (with a port, if it has one), the tenant there, and the bridge's client id there.

    `caller_name` is the name by which an assertion named the caller there.
    """

    host: str
    tenant: str
    client_id: str = ""
    caller_name: str | None = field(default=None, repr=False)

    def expand(self, template: str) -> str:
        """`template` with `{host}`, `{tenant}` and `{client_id}` filled in, in one pass."""
        values = {"{host}": self.host, "{tenant}": self.tenant, "{client_id}": self.client_id}
        return _PLACE.sub(lambda match: values[match[0]], template)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What follows from host, tenant and client id. Texts are templates for `Target.expand`; a setting overrides each.

    `issuer` and `audience` are those of assertions, `jwt_audience` that of a JWT (default: the token endpoint).
    `constants` are SAML attributes, `extra` form fields of the token request. `instance_host`: the hosts that the
    token response's `instance_url` may name; without it, that member is not read.
    """

    path: PathChoice = "auto"
    resource_scope: str | None = None
    token_url: str | None = None
    client_authentication: TokenAuth = "none"
    extra: Mapping[str, str] = field(default_factory=dict)
    assertion: AssertionFormat = "saml"
    issuer: str | None = None
    audience: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    authn_context: str | None = None
    instance_host: re.Pattern[str] | None = None
    encoding: Encoding = "base64url"
    token_seconds: int = 600
    timeout_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault rule. The first rule whose `pattern` is found in a system's message decides what the message means.

    `fix` is a sentence for the operator.
    """

    pattern: re.Pattern[str]
    means: Meaning
    fix: str = ""


@dataclass(frozen=True, slots=True)
class SystemType:
    """A folder of the catalog.

    `services` maps a name to the URL template that operations call; `soap_header` holds the elements that every SOAP
    request's header has; `correlation_header` is the HTTP header in which the system takes a request id; `message` is
    the JSON Pointer to the sentence in an error response; `trust_setting` is the place where its administrators set
    which assertions it accepts, in the vendor's words, and `client_setting` that of its API clients. `samples` names
    the lists that still have shipped values.
    """

    name: str
    title: str
    description: str
    defaults: Defaults
    services: Mapping[str, str]
    namespaces: Mapping[str, str]
    faults: tuple[FaultRule, ...]
    lists: Mapping[str, tuple[Mapping[str, str], ...]]
    samples: frozenset[str] = frozenset()
    soap_header: tuple[etree._Element, ...] = ()
    correlation_header: str | None = None
    message: str | None = None
    trust_setting: str | None = None
    client_setting: str | None = None

    def version(self, service: str) -> Version | None:
        """The version in a service's URL: `v30.0` is (30, 0). None if the URL has none."""
        found = _VERSION.findall(self.services.get(service, ""))
        return (int(found[-1][0]), int(found[-1][1] or 0)) if found else None


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """A SOAP 1.1 call. `template` is the only child of the body, `header` holds further header elements, both with
    placeholders (see `placeholders`); `action` is the SOAPAction without quotes; `headers` are HTTP headers.
    """

    service: str
    template: etree._Element
    action: str = ""
    header: tuple[etree._Element, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RestRequest:
    """An HTTP call. `path`, and the values of `query`, `headers` and `form`, are texts with placeholders, as are the
    leaves of `body`, which is JSON and sent as `media_type`. `returns` says what the response's body is.
    `empty_on_404`: a read that finds nothing.
    """

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    body: object | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    returns: Returns = "json"
    empty_on_404: bool = False


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Nothing is called: the result is a choice list from a file of the catalog."""

    name: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A read of the catalog that runs first: the placeholder `{name}` is its `output`. Never an input.

    `many`: the output is a list, for `each`. `absent` is the sentence for a caller for whom the read gives nothing.
    Without `output` the lookup is a record, and the placeholders are `{name.field}`: the read's outputs, or those of
    the one entry in its list `collection` whose fields have the values of the inputs in `where`. `inputs` gives the
    read's inputs from this operation's. `remember` is in seconds, 0 for never. A lookup for which an input of `where`
    or `inputs` is absent is not made.
    """

    operation: str
    output: str | None
    many: bool = False
    absent: str | None = None
    collection: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    remember: int = LOOKUP_SECONDS


@dataclass(frozen=True, slots=True)
class Span:
    """A list of days for `each`, from the day in the input `first` to that in `last`; each entry has the field `date`.

    Saturdays and Sundays are left out unless the boolean input `weekends` is true.
    """

    first: str
    last: str
    weekends: str | None
    most: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What an administrator of the system has to grant. `verify` has the names that no public source shows."""

    areas: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    permission: str = ""
    process: str = ""
    action: str = ""
    groups: tuple[str, ...] = ()
    verify: frozenset[str] = frozenset()

    def shown(self, name: str) -> str:
        """A name, with a note if it is to be verified."""
        return f"{name} (verify in your tenant)" if name in self.verify else name

    def row(self) -> dict[str, str]:
        """The columns of the work list, by title; empty where nothing is needed."""
        return {
            "Functional area": ", ".join(map(self.shown, self.areas)),
            "Domain": ", ".join(map(self.shown, self.domains)),
            "Permission": self.permission,
            "Business process": self.shown(self.process) if self.process else "",
            "Initiating action": self.shown(self.action) if self.action else "",
            "Security group": ", ".join(map(self.shown, self.groups)),
        }

    def sentence(self) -> str:
        """The row on one line, for the log."""
        return "; ".join(f"{title.lower()}: {text}" for title, text in self.row().items() if text)


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
    """A read in pages: `size` records unless asked otherwise, never more than `max_size`.

    `total` and `next` are sources as an output's: how many records there are, and the URL of the next page.
    """

    size: int
    max_size: int
    total: str | None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """`schema` for the definition; `source` is XPath 1.0 (SOAP) or a JSON Pointer (REST, lists).

    An empty source is the response as a whole, None what the bridge itself says (`nextStep`, `nextCursor`); `header:`,
    `cookies` and `body` read the HTTP response (see `outputs`). `items` are the fields of a list's records; in a list
    of plain values, `item_source` is the place of the value in an entry.
    """

    schema: Schema
    source: str | None
    items: Mapping[str, Output] | None = None
    item_source: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is relative to `/api/{system}`; `id` names function and operation.

    `set` names the operations that an agent takes together, such as `time-off`; None belongs to no set.
    `within` is the node of the response that outputs are read from. `next_step` is what a write tells about what
    happens next; `confirm_with` is the read that shows whether a write was done. `approval`: it decides about somebody
    else's request. `keep` maps an input to the lookup's field whose value stays if the input is left out. `remember`
    is how many seconds a read's result is kept for its caller. `since` and `before` bound the versions of the service
    for which the shape holds. `ledger` names the outputs that the write ledger keeps for a repeat: ids, never
    personal data. `uses` are the names of the placeholders in the request.
    Inputs and outputs of pages and writes that every operation shares are in `inputs` and `outputs`.
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
    ledger: tuple[str, ...]
    request: SoapRequest | RestRequest | ListRequest
    file: Path
    needs: Needs = Needs()
    confirm_with: str | None = None
    approval: bool = False
    keep: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    remember: int = 0
    since: Version | None = None
    before: Version | None = None
    replaces: str | None = None
    uses: frozenset[str] = frozenset()

    @property
    def service(self) -> str | None:
        """The service that is called, if any."""
        return None if isinstance(self.request, ListRequest) else self.request.service

    @property
    def lookup_only(self) -> bool:
        """Whether its result has a session's cookies. Only other operations may use it, and no caller sees it."""
        return any(output.source == "cookies" for output in self.outputs.values())

    @property
    def word(self) -> str:
        """The word of the OPERATIONS setting that opens it with others of its kind."""
        return "approvals" if self.approval else f"{self.kind}s"

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
    """Systems and operations. `problems` are the mistakes of a customer's folder, whose broken files are left out.

    `disabled` maps the id of an operation that is left out to the reason.
    """

    systems: Mapping[str, SystemType]
    operations: Mapping[str, Operation]
    problems: tuple[Problem, ...] = ()
    disabled: Mapping[str, str] = field(default_factory=dict)
