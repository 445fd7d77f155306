"""What `bridge check` concludes: pure judgements on what was read and on what the other side answered."""

from bridge.diagnosis.check.line import Line, State

__all__ = ["Line", "State"]
