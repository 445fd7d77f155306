"""The set-up check: asks Entra and every system, and judges what was read and answered."""

from bridge.check.line import Line, State

__all__ = ["Line", "State"]
