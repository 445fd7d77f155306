"""Which access token opens the system for this caller? `Caller` + system → `CredentialLease`."""

from bridge.credentials.broker import Broker, CredentialLease
from bridge.credentials.credential import Credential, CredentialRequest

__all__ = ["Broker", "Credential", "CredentialLease", "CredentialRequest"]
