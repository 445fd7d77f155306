"""`lint`: what is wrong with a connector's files, found offline. Microsoft's own validator is a hosted service."""

from tools.lint.check import check
from tools.lint.rule import Severity

__all__ = ["Severity", "check"]
