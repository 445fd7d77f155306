"""`lint`: what is wrong with a connector's files, told offline. Microsoft's own validator is a hosted service."""

from bridge.faces.lint.check import check
from bridge.faces.lint.rule import Severity

__all__ = ["Severity", "check"]
