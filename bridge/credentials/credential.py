"""What opens a system, and how it was come by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CredentialPath = Literal["oauth", "entra_saml", "bridge_saml"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token for one caller at one system. `expires_at` is Unix time in seconds."""

    access_token: str = field(repr=False)
    expires_at: float
    path: CredentialPath
