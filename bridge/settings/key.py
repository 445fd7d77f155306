"""Settings that hold a certificate with its private key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.settings.reader import Reader

if TYPE_CHECKING:
    from bridge.signing.signing_keys import SigningKey


def read_key(
    group: Reader,
    name: str,
    password: str | None = None,
    *,
    key_vault_key_id: str | None = None,
    managed_identity_client_id: str | None = None,
) -> SigningKey | None:
    """The certificate in the setting `name` with its private key. Problems are added to the group.

    With `key_vault_key_id` the key is in Key Vault, where that managed identity may sign with it.
    """
    text = group.raw(name)
    if text is None:
        return None
    from bridge.signing.errors import KeyMaterialError
    from bridge.signing.signing_keys import load_signing_key

    try:
        return load_signing_key(
            text,
            password=password,
            key_vault_key_id=key_vault_key_id,
            managed_identity_client_id=managed_identity_client_id,
        )
    except KeyMaterialError as error:
        group.fault(name, error.problem, error.fix)
        return None
