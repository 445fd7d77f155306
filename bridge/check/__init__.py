"""The set-up check: asks Entra and every system, and judges what was read and answered."""

from bridge.check.line import CheckResult, State

__all__ = ["CheckResult", "State"]
