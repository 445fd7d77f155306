"""The set-up check: sends requests to Entra and to every system, and judges the settings and the responses."""

from bridge.check.line import CheckResult, State

__all__ = ["CheckResult", "State"]
