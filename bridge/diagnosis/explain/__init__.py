"""What `bridge explain` says: from anything that was pasted to findings. Offline, and not needed by the app."""

from bridge.diagnosis.explain.expectation import Expectation
from bridge.diagnosis.explain.explanation import Explanation, Fact, Item
from bridge.diagnosis.explain.pasted import explain

__all__ = ["Expectation", "Explanation", "Fact", "Item", "explain"]
