"""`lint`: finds mistakes in a connector's files offline. Microsoft's own validator is a hosted service."""

from tools.lint.check import check

__all__ = ["check"]
