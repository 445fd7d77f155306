"""Who is calling? Headers → `Caller`, or a rejection with its verdict."""

from bridge.inbound.authenticator import Authenticator
from bridge.inbound.caller import Caller
from bridge.inbound.jwks import KeyCache

__all__ = ["Authenticator", "Caller", "KeyCache"]
