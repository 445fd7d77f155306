"""Why not, and what now? Pure tables and functions: no I/O, no clock, nothing but the standard library."""

from bridge.diagnosis.examine import examine
from bridge.diagnosis.expected import Expected
from bridge.diagnosis.token import ParsedToken, parse_authorization, parse_token
from bridge.diagnosis.verdict import Advice, Finding, Rejection, Verdict
from bridge.diagnosis.verdicts import VERDICTS

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
