"""What an error response of Entra's token endpoint means for the request.

Microsoft's page on these codes says that they may change at any time. So a code decides only what the OAuth fields
leave open, and an unknown code is judged by them. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from bridge.aadsts.error_response import EntraError, read_error
from bridge.aadsts.judge import BY_CODE, judge
from bridge.aadsts.row import Outcome, Row
from bridge.aadsts.rows import FALLBACKS, ROWS

__all__ = ["BY_CODE", "FALLBACKS", "ROWS", "EntraError", "Outcome", "Row", "judge", "read_error"]
