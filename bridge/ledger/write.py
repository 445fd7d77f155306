"""How the ledger identifies a write: by keyed digests of the caller, the system and the request, never their values."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.errors import InvalidInput
from bridge.remembered import DERIVED_KEY_SECONDS, GIVEN_KEY_SECONDS

KEY_HEADER: Final = "Idempotency-Key"
MAX_KEY: Final = 255


@dataclass(frozen=True, slots=True)
class Write:
    """All four texts are digests: `partition` of the user, `key` of the request, `system` of the user and the system,
    `body` of the inputs. `given`: the caller sent the key; else it is derived from the inputs.
    """

    partition: str
    key: str
    system: str
    body: str
    given: bool

    @property
    def hold_seconds(self) -> int:
        """How long the ledger keeps it."""
        return GIVEN_KEY_SECONDS if self.given else DERIVED_KEY_SECONDS


class Digests:
    """HMAC-SHA256 with `BRIDGE_LEDGER__KEY`: without that key, a row shows neither its user nor its request."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def partition(self, tenant_id: str, object_id: str) -> str:
        """The partition of a user."""
        return self._digest("user", tenant_id.lower(), object_id.lower())

    def write(
        self,
        *,
        tenant_id: str,
        object_id: str,
        client_id: str,
        system: str,
        operation: str,
        inputs: Mapping[str, object],
        idempotency_key: str | None,
    ) -> Write:
        """The digests of a write. Raises `InvalidInput` for an unusable Idempotency-Key."""
        who = (tenant_id.lower(), object_id.lower())
        canonical = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        body = self._digest("body", *who, canonical)
        given = checked_key(idempotency_key)
        what = ("key", given) if given else ("body", canonical)
        return Write(
            partition=self.partition(*who),
            key=self._digest("write", *who, client_id.lower(), system, operation, *what),
            system=self._digest("system", *who, client_id.lower(), system),
            body=body,
            given=given is not None,
        )

    def _digest(self, *parts: str) -> str:
        """JSON separates the parts: ("a", "bc") and ("ab", "c") differ."""
        return hmac.new(self._key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def checked_key(text: str | None) -> str | None:
    """The key that the caller sent, without the quotes of the IETF's draft; None if it sent none.

    Source: draft-ietf-httpapi-idempotency-key-header. Raises `InvalidInput`.
    """
    if text is None or not text.strip():
        return None
    key = text.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidInput(
            f"The {KEY_HEADER} cannot be used.",
            fields={KEY_HEADER: f"Send at most {MAX_KEY} printable ASCII characters, such as a GUID."},
        )
    return key
