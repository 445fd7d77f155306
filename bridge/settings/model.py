"""The settings as types. Secrets never appear in a repr."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bridge.base.invisible import without_blanks
from bridge.catalog import AssertionFormat, Encoding, PathChoice, TokenAuth
from bridge.clouds import Cloud
from bridge.errors import Misconfigured
from bridge.settings.connector import ConnectorSettings
from bridge.settings.ledger import LedgerSettings
from bridge.settings.mcp import McpSettings
from bridge.settings.raw import RawSettings
from bridge.settings.reader import Problem

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from bridge.signing.signing_keys import SigningKey
    from bridge.tokens import Expected

Signer = Literal["entra", "bridge"]
Transform = Literal["none", "local_part", "lower", "upper"]


@dataclass(frozen=True, slots=True)
class ClientCredential:
    """How the bridge authenticates to Entra: exactly one of the three."""

    secret: str | None = field(default=None, repr=False)
    certificate: SigningKey | None = None
    managed_identity_client_id: str | None = None


@dataclass(frozen=True, slots=True)
class EntraSettings:
    """The bridge's own app registration, and which callers it accepts.

    `allowed_clients` are in the order of the setting: the first is the connector app. `audiences` are the accepted
    `aud` of v1 tokens. `graph` is the base URL of Microsoft Graph: the cloud's, or that of the sandbox.
    """

    tenant_id: str
    client_id: str
    cloud: Cloud
    authority: str
    client_credential: ClientCredential
    allowed_clients: tuple[str, ...]
    audiences: frozenset[str]
    required_scope: str
    allow_guests: bool
    allow_agent_users: bool
    graph: str

    @property
    def expected(self) -> Expected:
        """The values that a caller's token is validated against."""
        from bridge.tokens import Expected

        return Expected(
            tenant_id=self.tenant_id,
            client_id=self.client_id,
            audiences=self.audiences,
            audiences_v2=frozenset({self.client_id}),
            issuers=self.cloud.issuers(self.tenant_id),
            allowed_clients=frozenset(self.allowed_clients),
            required_scope=self.required_scope,
            allow_guests=self.allow_guests,
            allow_agent_users=self.allow_agent_users,
        )


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """The system's OAuth token endpoint (RFC 7522; RFC 7523 if `assertion` is `jwt`).

    `query` is added to `url`, `headers` are sent as they are, `key_id` is the `kid` of a JWT.
    """

    url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    auth: TokenAuth
    scope: str | None
    extra: Mapping[str, str] = field(repr=False)
    encoding: Encoding
    default_seconds: int
    assertion: AssertionFormat = "saml"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    key_id: str | None = None


UNSPECIFIED_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"


def folded(name: str) -> str:
    """A name for comparison: case, width and invisible characters make no difference."""
    return without_blanks(unicodedata.normalize("NFKC", without_blanks(name)).casefold())


@dataclass(frozen=True, slots=True)
class NameIdRule:
    """Which users may be named in an assertion that the bridge signs, and how.

    The name comes from `claim`, a claim of the caller's token, or from `graph_property`, the path of a property of the
    user in Microsoft Graph; the other one is None. `domain` is the one domain of the users (lower case) if `transform`
    is `local_part`: without it, users of two domains would get the same name. `denied` names are `folded`, both as set
    and after the transform.
    """

    claim: str | None
    pattern: re.Pattern[str]
    transform: Transform
    format: str
    denied: frozenset[str] = field(repr=False)
    domain: str | None = None
    graph_property: str | None = None

    @property
    def source(self) -> str:
        """The claim or property that holds the name, for messages."""
        return f"claim {self.claim!r}" if self.claim else f"property {self.graph_property!r} in Microsoft Graph"

    def denies(self, name: str) -> bool:
        """Whether `name` may never be asserted."""
        return folded(name) in self.denied


@dataclass(frozen=True, slots=True)
class SamlSettings:
    """How the bridge's own assertions for one system are made, as SAML or JWT. No other system has its key or issuer.

    `attributes` name claims, `constants` are texts. `next_certificate` is published beside that of `key` while the
    system changes over; `metadata`: whether anyone may fetch the identity provider's metadata.
    """

    key: SigningKey
    issuer: str
    audience: str
    recipient: str
    name_id: NameIdRule
    attributes: Mapping[str, str]
    lifetime_seconds: int
    service_account: str | None = field(repr=False)
    constants: Mapping[str, str] = field(default_factory=dict, repr=False)
    authn_context: str = UNSPECIFIED_CONTEXT
    name_qualifier: str | None = None
    next_certificate: Certificate | None = None
    metadata: bool = False


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """One configured system. None: `saml` unless the bridge signs, `token` without token endpoint, `raw` if closed."""

    name: str
    kind: str
    host: str
    tenant: str
    timeout_seconds: float
    operations: Set[str]
    path: PathChoice
    signer: Signer
    resource_scope: str | None
    audience: str | None
    token: TokenSettings | None
    saml: SamlSettings | None
    raw: RawSettings | None = None

    def setting(self, suffix: str) -> str:
        """The full name of one of this system's settings, for messages."""
        return f"BRIDGE_SYSTEMS__{self.name.upper()}__{suffix}"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. `systems`: name in lower case → system.

    `broken`: name → problems, for the systems with mistakes. They are not in `systems`; the others work.
    """

    entra: EntraSettings
    public_url: str | None
    probe: bool
    systems: Mapping[str, SystemSettings]
    connector: ConnectorSettings = field(default_factory=ConnectorSettings)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    mcp: McpSettings = field(default_factory=McpSettings)
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    def require_public_url(self) -> str:
        """`public_url`. Raises `Misconfigured` if it is not known."""
        if self.public_url is None:
            raise Misconfigured(
                "The bridge does not know its own public address.",
                hint="Ask its administrator to set BRIDGE_PUBLIC_URL.",
                operator="BRIDGE_PUBLIC_URL and WEBSITE_HOSTNAME are missing",
            )
        return self.public_url

    @property
    def used_claims(self) -> frozenset[str]:
        """The claims that the bridge's own assertions use."""
        signed = [system.saml for system in self.systems.values() if system.saml]
        found = (claim for saml in signed for claim in (saml.name_id.claim, *saml.attributes.values()))
        return frozenset(filter(None, found))
