"""Why not, and what now? Pure tables and functions: no I/O, no clock, nothing but the standard library."""

from bridge.diagnosis.examine import EVERYTHING, examine
from bridge.diagnosis.expected import Expected
from bridge.diagnosis.token import MAX_TOKEN_LENGTH, ParsedToken, parse_authorization, parse_token
from bridge.diagnosis.verdict import Advice, Finding, Rejection, Verdict
from bridge.diagnosis.verdicts import VERDICTS

__all__ = [
    "EVERYTHING",
    "MAX_TOKEN_LENGTH",
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
