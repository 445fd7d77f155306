"""Signing keys, from settings or in Key Vault, and the managed identity's access tokens."""
