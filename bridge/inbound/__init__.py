"""Who is calling? Headers → `Caller`, or a rejection with its verdict."""

from bridge.inbound.authenticator import Authenticator, rejection
from bridge.inbound.caller import Caller
from bridge.inbound.keys import KeyCache, KeysUnavailable

__all__ = ["Authenticator", "Caller", "KeyCache", "KeysUnavailable", "rejection"]
