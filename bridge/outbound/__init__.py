"""Do it: checks an operation's inputs, sends its request with a credential, and reads the response."""

from __future__ import annotations

from bridge.outbound.inputs import check_inputs
from bridge.outbound.lookups import Lookups
from bridge.outbound.perform import perform

__all__ = ["Lookups", "check_inputs", "perform"]
