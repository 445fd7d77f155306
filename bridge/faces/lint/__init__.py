"""`lint`: what is wrong with a connector's files, told offline. Microsoft's own validator is a hosted service."""

from bridge.faces.lint.check import check
from bridge.faces.lint.rule import Finding, Rule, Severity

__all__ = ["Finding", "Rule", "Severity", "check"]
