"""Settings that hold a certificate with its private key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.settings.reader import Reader

if TYPE_CHECKING:
    from bridge.credentials.keys import SigningKey


def read_key(
    group: Reader, name: str, password: str | None, *, key_vault_key_id: str | None = None
) -> SigningKey | None:
    """The certificate in the setting `name` with its private key, there or in Key Vault; problems go to the group."""
    text = group.raw(name)
    if text is None:
        return None
    from bridge.credentials.keys import KeyMaterialError, load_signing_key

    try:
        return load_signing_key(text, password=password, key_vault_key_id=key_vault_key_id)
    except KeyMaterialError as error:
        group.fault(name, error.problem, error.mend)
        return None
