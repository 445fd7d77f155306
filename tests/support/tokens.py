"""Entra access tokens as the real ones look, v1 and v2, with anything in them changed."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.tokens import Expected
from tests.support.keys import rsa_key

TENANT = "7f1e2d3c-4b5a-4968-8776-655443322110"
BRIDGE = "b1d9e5a0-1111-4222-8333-444455556666"
CONNECTOR = "c0ffee00-2222-4333-8444-555566667777"
USER = "0a1b2c3d-3333-4444-8555-666677778888"
KID = "signing-key-1"
NOW = int(time.time())
"""One moment for the whole run: tests compare these claims with a time that they have read at import, too."""

ISSUER_V1, ISSUER_V2 = f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"
OWN_DOMAIN = "https://bridge.contoso.example/"
EXPECTED = Expected(
    tenant_id=TENANT,
    client_id=BRIDGE,
    audiences=frozenset({BRIDGE, f"api://{BRIDGE}", OWN_DOMAIN}),
    audiences_v2=frozenset({BRIDGE}),
    issuers={"1.0": ISSUER_V1, "2.0": ISSUER_V2},
    allowed_clients=frozenset({CONNECTOR}),
    required_scope="access_as_user",
    allow_guests=False,
)


def claims(version: int = 2, /, **overrides: object) -> dict[str, object]:
    """The claims of a good token; `overrides` replace, None removes."""
    common: dict[str, object] = {
        "tid": TENANT,
        "oid": USER,
        "sub": "pairwise-subject",
        "scp": "access_as_user",
        "iat": NOW - 10,
        "nbf": NOW - 10,
        "exp": NOW + 3600,
        "upn": "adele.vance@contoso.example",
        "uti": "unique-token-id",
    }
    if version == 2:
        form: dict[str, object] = {
            "ver": "2.0",
            "iss": ISSUER_V2,
            "aud": BRIDGE,
            "azp": CONNECTOR,
            "azpacr": "1",
            "preferred_username": "adele.vance@contoso.example",
        }
    else:
        form = {
            "ver": "1.0",
            "iss": ISSUER_V1,
            "aud": f"api://{BRIDGE}",
            "appid": CONNECTOR,
            "appidacr": "1",
            "unique_name": "adele.vance@contoso.example",
        }
    merged = {**common, **form, **overrides}
    return {name: value for name, value in merged.items() if value is not None}


def segment(document: object) -> str:
    """Unpadded base64url of bytes, or of a document as JSON."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(
    payload: Mapping[str, object] | bytes,
    *,
    key: RSAPrivateKey | None = None,
    header: Mapping[str, object] | None = None,
) -> str:
    """A token signed with RS256; `header` overrides, None removes."""
    merged = {"typ": "JWT", "alg": "RS256", "kid": KID, **(header or {})}
    head = segment({name: value for name, value in merged.items() if value is not None})
    signing_input = f"{head}.{segment(payload)}"
    signature = (key or rsa_key("entra")).sign(signing_input.encode(), PKCS1v15(), SHA256())
    return f"{signing_input}.{segment(signature)}"


def good(version: int = 2, /, **overrides: object) -> str:
    """A token the bridge accepts."""
    return token(claims(version, **overrides))
