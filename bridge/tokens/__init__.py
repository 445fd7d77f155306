"""Is this access token good, and if not, why? Pure rules: no I/O, no clock, standard library alone."""

from bridge.tokens.expected import Expected
from bridge.tokens.token import ParsedToken, parse_authorization, parse_token
from bridge.tokens.validate import validate_claims
from bridge.tokens.verdict import Advice, Failure, Rejection, Verdict
from bridge.tokens.verdicts import VERDICTS

__all__ = [
    "VERDICTS",
    "Advice",
    "Expected",
    "Failure",
    "ParsedToken",
    "Rejection",
    "Verdict",
    "parse_authorization",
    "parse_token",
    "validate_claims",
]
