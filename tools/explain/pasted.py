"""Recognises what was pasted (a token, claims, a SAML message, a scope, an audience, a message), and explains it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from bridge.tokens.resources import microsoft_resource
from bridge.tokens.token import parse_authorization
from bridge.tokens.verdict import Rejection
from tools.explain import claims_text, compared, messages, tables
from tools.explain.challenge import SHOWN, parameters
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Item
from tools.explain.saml import explain_saml
from tools.explain.scopes import explain_scope, is_scope
from tools.explain.tokens import explain_claims, explain_token

LONGEST_INPUT = 1_000_000
MOST_TOKENS = 3
MOST_MOMENTS = 200

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,4}")
_OPAQUE_TOKEN = re.compile(r"(?:[01]\.A|(?=[A-Za-z._-]*\d))[A-Za-z0-9_+/=-]{60,}")
_HEADER = re.compile(
    r"(?:Proxy-)?Authorization\s*:(.*)|((?:Bearer|Basic|Negotiate|DPoP)\s+(?:Bearer\s+)?(?:\S+|eyJ.+))",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN_INSIDE = re.compile(
    r"\beyJ[A-Za-z0-9_-]{8,}\.(?:eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*|[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]{4,}){3})"
)
_CUT_INSIDE = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{40,}")
_CUT_ALONE = re.compile(
    r"(eyJ[A-Za-z0-9_.-]{6,})\s*(?:\.{3}|\u2026).{0,40}|(?:\.{3}|\u2026)\s*([A-Za-z0-9_-]+\.[A-Za-z0-9_-]{40,})"
)
_MOMENT = re.compile(r"\b(20\d\d-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
_UNQUOTED = re.compile(r"[\"'<{]+(eyJ[^\"'<>{}\s]+)[\"'>}]+$")
_CODE_ALONE = re.compile(r"(?:AADSTS|error|code)?[\s:]*(\d{5,8})\.?", re.IGNORECASE)
_URL_WITH_PATH = re.compile(r"https://[^/\s]+/.*[A-Za-z]$")

_ERROR_OF_ENTRA = re.compile(r"AADSTS\d")


def explain(pasted: str, expectation: Expectation, *, now: float) -> Explanation:
    """What is wrong with what was pasted. Never fails; reads the first million characters. `now`: Unix seconds."""
    text = _without_quotes(pasted[:LONGEST_INPUT].strip("\ufeff \t\r\n"))
    kinds = (_nothing, _code_alone, _challenge, _header, _saml, _token, _claims, _audience, _scope, _message)
    explanation = next(filter(None, (recognise(text, expectation, now) for recognise in kinds)))
    items = tuple(replace(item, bridge=expectation.bridge) for item in explanation.items)
    return replace(explanation, items=items)


def _without_quotes(text: str) -> str:
    """The text without quotes around the whole of it, which are often copied with a value."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`" and text[0] not in text[1:-1]
    return text[1:-1].strip() if quoted else text


def _nothing(text: str, expectation: Expectation, _now: float) -> Explanation | None:
    return None if text else Explanation.of("nothing", Item.of_code("no_token"))


def _code_alone(text: str, expectation: Expectation, now: float) -> Explanation | None:
    """An AADSTS number, a code of this bridge or of the tables, or the name of an OAuth error, alone."""
    if len(text) > 80:
        return None
    code = _CODE_ALONE.fullmatch(text)
    if code and (text.upper().startswith("AADSTS") or int(code[1]) in tables.codes()):
        return _message(f"AADSTS{code[1]}", expectation, now)
    item = messages.of_code_alone(text)
    return Explanation.of("code", item) if item else None


def _challenge(text: str, expectation: Expectation, now: float) -> Explanation | None:
    found = parameters(text)
    if found is None:
        return None
    facts = tuple((name, found[name][:300]) for name in SHOWN if found.get(name))
    if "error" in found:
        return _message(text, expectation, now)
    return Explanation.of("challenge", Item.of_code("challenge_no_token", ", ".join(found) or "Bearer", facts=facts))


def _header(text: str, expectation: Expectation, now: float) -> Explanation | None:
    header = _HEADER.fullmatch(text)
    if header is None:
        return None
    value = _UNQUOTED.sub(r"\1", (header[1] or header[2] or "").strip())
    try:
        token = parse_authorization(" ".join(value.split()))
    except Rejection as error:
        return Explanation.of("header", Item.of_failure(error.finding))
    return _read_token(token, expectation, now)


def _saml(text: str, expectation: Expectation, now: float) -> Explanation | None:
    return None if _ERROR_OF_ENTRA.search(text) else explain_saml(text, expectation, now=now)


def _token(text: str, expectation: Expectation, now: float) -> Explanation | None:
    """For a token alone, which may be cut, or broken over several lines."""
    cut = _CUT_ALONE.fullmatch(text)
    if cut:
        return _read_token((cut[1] or f"eyJ{cut[2]}").rstrip("."), expectation, now)
    is_one = _TOKEN.fullmatch("".join(text.split())) or _OPAQUE_TOKEN.fullmatch(text)
    return _read_token(text, expectation, now) if is_one else None


def _read_token(text: str, expectation: Expectation, now: float) -> Explanation:
    """The explanation of the token without the blanks in it, with a note on them: an API refuses them."""
    explanation = explain_token("".join(text.split()), expectation, now=now)
    blanks = len(re.findall(r"\s+", text))
    if not blanks:
        return explanation
    counted = "is a blank or line break" if blanks == 1 else f"are {blanks} blanks or line breaks"
    note = f"There {counted} inside the token. It was read without them; an API refuses it with them."
    return replace(explanation, notes=(note, *explanation.notes))


def _claims(text: str, expectation: Expectation, now: float) -> Explanation | None:
    found = claims_text.decoded(text)
    return explain_claims(found, expectation, now=now) if found else None


def _audience(text: str, expectation: Expectation, now: float) -> Explanation | None:
    if not microsoft_resource(text) or (_URL_WITH_PATH.fullmatch(text) and _is_scope_of_service(text)):
        return None
    item = compared.of_audience(text, expectation, now=now)
    return Explanation.of("audience", *([item] if item else []))


def _is_scope_of_service(text: str) -> bool:
    """Whether an address is a Microsoft service's address followed by the name of a scope."""
    host, _, name = text.rpartition("/")
    return microsoft_resource(host) is not None and is_scope(text) and bool(name)


def _scope(text: str, expectation: Expectation, _now: float) -> Explanation | None:
    line = " ".join(text.split())
    return explain_scope(line, expectation) if is_scope(line) else None


def _message(text: str, expectation: Expectation, now: float) -> Explanation:
    """Everything in a message, a response or a log: codes first, then its words, then tokens."""
    spread = "\n".join(_unfolded(text))
    tokens = [_at_its_time(partial(explain_token, token, expectation), spread, now) for token in _tokens(spread)]
    if not tokens:
        part = claims_text.within(spread)
        beside = (
            _at_its_time(partial(explain_claims, part, expectation), spread, now)
            if part
            else explain_saml(text, expectation, now=now)
        )
        tokens = [beside] if beside else []
    spoken = messages.of_text(spread, expectation, now=now)
    of_tokens = sorted((item for found in tokens for item in found.items), key=_is_incidental)
    if all(item.entry.last for item in spoken):
        items = [*of_tokens, *spoken]
    else:
        items = [*spoken, *(item for item in of_tokens if not _is_incidental(item))]
    items = messages.without_replaced(items)
    first = tokens[0] if tokens else Explanation("message", recognised=False)
    return replace(first, kind="message", recognised=bool(items or tokens), items=tuple(items))


def _is_incidental(item: Item) -> bool:
    """Whether the finding is usual for a token inside a message: it has expired, or its end was left out."""
    return item.entry.code in {"expired", "token_cut"}


def _at_its_time(explain_at: Callable[..., Explanation], text: str, now: float) -> Explanation:
    """The judgement of a token at a moment that the text names, if the token was valid then; otherwise at `now`."""
    found = explain_at(now=now)
    if "expired" not in [item.entry.code for item in found.items]:
        return found
    start, end = (found.payload.get(name) for name in ("iat", "exp"))
    if not isinstance(start, int) or not isinstance(end, int):
        return found
    moment_named = next((moment for moment in _moments(text) if start <= moment < end), None)
    if moment_named is None:
        return found
    at_that_time = explain_at(now=moment_named)
    note = "The token was valid at a time that the text names, and was judged for that time. It has expired since."
    return replace(at_that_time, notes=(note, *at_that_time.notes))


def _moments(text: str) -> Iterator[float]:
    """The moments that a text names, as UTC."""
    for date, time in list(dict.fromkeys(_MOMENT.findall(text)))[:MOST_MOMENTS]:
        with suppress(ValueError):
            yield datetime.fromisoformat(f"{date}T{time}+00:00").timestamp()


def _tokens(text: str) -> list[str]:
    return list(dict.fromkeys(_TOKEN_INSIDE.findall(text) or _CUT_INSIDE.findall(text)))[:MOST_TOKENS]


def _unfolded(text: str) -> Iterator[str]:
    """The text itself and the texts in its JSON, level by level: portals wrap responses in escaped JSON."""
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
    """All texts in a JSON document. Not recursive, since the document may be nested deeply."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
