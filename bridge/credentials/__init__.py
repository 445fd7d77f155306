"""What opens the system for this caller? `Caller` + system → `Credential`."""

from bridge.credentials.broker import Broker, CredentialRequest
from bridge.credentials.credential import Credential

__all__ = ["Broker", "Credential", "CredentialRequest"]
