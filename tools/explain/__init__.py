"""The explanations of `bridge explain`: from a pasted text to findings. Offline, standard library only, no I/O."""

from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Fact, Item
from tools.explain.pasted import explain

__all__ = ["Expectation", "Explanation", "Fact", "Item", "explain"]
