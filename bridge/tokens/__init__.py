"""Is this access token good, and if not, why? Pure tables and functions: no I/O, no clock, nothing but the standard library."""

from bridge.tokens.expected import Expected
from bridge.tokens.token import ParsedToken, parse_authorization, parse_token
from bridge.tokens.validate import examine
from bridge.tokens.verdict import Advice, Finding, Rejection, Verdict
from bridge.tokens.verdicts import VERDICTS

__all__ = [
    "VERDICTS",
    "Advice",
    "Expected",
    "Finding",
    "ParsedToken",
    "Rejection",
    "Verdict",
    "examine",
    "parse_authorization",
    "parse_token",
]
