"""What opens the system for this caller? `Caller` + system → `Credential`."""

from bridge.credentials.broker import Broker, Subject
from bridge.credentials.credential import Credential

__all__ = ["Broker", "Credential", "Subject"]
