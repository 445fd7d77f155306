"""What Entra's token endpoint answers when it refuses, and what follows from it.

Microsoft's page on these codes says that they may change at any time. So a code decides only what the OAuth fields
leave open, and what is unknown is judged by them. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from bridge.aadsts.answer import EntraAnswer, read_answer
from bridge.aadsts.judge import BY_CODE, FALLBACKS, ROWS, judge
from bridge.aadsts.row import Outcome, Row

__all__ = ["BY_CODE", "FALLBACKS", "ROWS", "EntraAnswer", "Outcome", "Row", "judge", "read_answer"]
