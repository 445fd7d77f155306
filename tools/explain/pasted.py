"""From anything that was pasted to what it is: a token, a scope, an audience, a message, or a whole answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from bridge.aadsts.fallback import BY_ERROR
from bridge.tokens.resources import microsoft_resource
from bridge.tokens.token import parse_authorization
from bridge.tokens.verdict import Failure, Rejection
from bridge.tokens.verdicts import VERDICTS
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Item
from tools.explain.messages import OWN, item_of_audience, items_of_message
from tools.explain.scopes import explain_scope, is_scope
from tools.explain.tokens import explain_token

LONGEST_INPUT = 1_000_000
MOST_TOKENS = 3

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,4}")
_OPAQUE_TOKEN = re.compile(r"(?:[01]\.A|(?=[A-Za-z._-]*\d))[A-Za-z0-9_+/=-]{60,}")
_HEADER = re.compile(
    r"Authorization\s*:(.*)|((?:Bearer|Basic|Negotiate|DPoP)\s+(?:Bearer\s+)?(?:\S+|eyJ.+))", re.IGNORECASE | re.DOTALL
)
_TOKEN_INSIDE = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_OAUTH_ERROR = re.compile(r"invalid_[a-z]{3,20}")
_CODE_ALONE = re.compile(r"(?:AADSTS)?\s*(\d{5,8})", re.IGNORECASE)


def explain(pasted: str, expectation: Expectation, *, now: float) -> Explanation:
    """What is wrong with what was pasted. Never fails; looks at the first million characters."""
    text = pasted[:LONGEST_INPUT].strip().strip("\ufeff\"'`").strip()
    for recognise in (_nothing, _code_alone, _header, _token, _audience, _scope):
        explanation = recognise(text, expectation, now)
        if explanation is not None:
            return explanation
    return _message(text, expectation, now)


def _nothing(text: str, _expectation: Expectation, _now: float) -> Explanation | None:
    return None if text else _of_finding("nothing", Failure(VERDICTS["no_token"]))


def _code_alone(text: str, expectation: Expectation, now: float) -> Explanation | None:
    """A number of Entra's, or a code of the bridge's own."""
    if text in VERDICTS or text in OWN:
        return _message(f'"code": "{text}"', expectation, now)
    if text in BY_ERROR or _OAUTH_ERROR.fullmatch(text):
        return _message(f'"error": "{text}"', expectation, now)
    code = _CODE_ALONE.fullmatch(text)
    return _message(f"AADSTS{code[1]}", expectation, now) if code else None


def _header(text: str, expectation: Expectation, now: float) -> Explanation | None:
    header = _HEADER.fullmatch(text)
    if header is None:
        return None
    try:
        token = parse_authorization(" ".join((header[1] or header[2] or "").split()))
    except Rejection as error:
        return _of_finding("header", error.finding)
    return explain_token(token.replace(" ", ""), expectation, now=now)


def _token(text: str, expectation: Expectation, now: float) -> Explanation | None:
    """A token may be broken over lines."""
    joined = "".join(text.split())
    is_one = _TOKEN.fullmatch(joined) or _OPAQUE_TOKEN.fullmatch(text)
    return explain_token(joined, expectation, now=now) if is_one else None


def _audience(text: str, expectation: Expectation, now: float) -> Explanation | None:
    if not microsoft_resource(text):
        return None
    item = item_of_audience(text, expectation, now=now)
    return Explanation("audience", recognised=True, items=(item,) if item else ())


def _scope(text: str, expectation: Expectation, _now: float) -> Explanation | None:
    line = " ".join(text.split())
    return explain_scope(line, expectation) if is_scope(line) else None


def _of_finding(kind: str, finding: Failure) -> Explanation:
    return Explanation(kind, recognised=True, items=(Item.of_finding(finding),))


def _message(text: str, expectation: Expectation, now: float) -> Explanation:
    """Everything that a message, an answer or a log holds: codes first, then what it says in words, then tokens."""
    spread = "\n".join(_unfolded(text))
    tokens = [explain_token(token, expectation, now=now) for token in _tokens(spread)]
    unique: dict[str, Item] = {}
    for item in (*items_of_message(spread, expectation, now=now), *(item for found in tokens for item in found.items)):
        unique.setdefault(item.advice.code, item)
    first = tokens[0] if tokens else Explanation("message", recognised=False)
    return replace(first, kind="message", recognised=bool(unique or tokens), items=tuple(unique.values()))


def _tokens(text: str) -> list[str]:
    return list(dict.fromkeys(_TOKEN_INSIDE.findall(text)))[:MOST_TOKENS]


def _unfolded(text: str) -> Iterator[str]:
    """The text itself and, if JSON is in it, the texts inside: portals wrap an answer in an answer as escaped JSON."""
    yield text
    seen = 0
    for _ in range(4):
        start = text.find("{")
        if start < 0:
            return
        try:
            document, _end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        leaves = list(_texts(document))[:1000]
        text = "\n".join(leaves)[:LONGEST_INPUT]
        seen += len(text)
        if not text or seen > LONGEST_INPUT:
            return
        yield text


def _texts(document: object) -> Iterator[str]:
    """All texts in a JSON document, without recursion: nesting may be deep."""
    waiting = [document]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
