"""An access token for a target system, the path that produced it, and the request for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bridge.inbound import Caller
from bridge.settings import SystemSettings

CredentialPath = Literal["oauth", "entra_saml", "bridge_saml", "bridge_jwt"]

CredentialKey = tuple[str, str, str, str, bool]
"""tenant id, object id, hash of the incoming token, system name, whether the service account is meant."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token for one caller at one system. `expires_at` is Unix time in seconds.

    `host` is where the token is used, if the token response named another host than the setting. `name` is the
    caller's name in the assertion.
    """

    access_token: str = field(repr=False)
    expires_at: float
    path: CredentialPath
    host: str | None = None
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """Whose credential is wanted: the caller's, or, for reads that allow it, that of the system's service account."""

    caller: Caller
    system: SystemSettings
    service: bool = False

    @property
    def key(self) -> CredentialKey:
        """The key under which the credential is remembered. It always includes a hash of the incoming token."""
        caller = self.caller
        return caller.tenant_id, caller.object_id, caller.token_hash, self.system.name, self.service_account is not None

    @property
    def service_account(self) -> str | None:
        """The fixed subject, if it is asked for and set."""
        saml = self.system.saml
        return saml.service_account if self.service and saml else None
