"""Messages that name the audience or issuer that was found, and often the expected one: judged as a token is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bridge.tokens.resources import bare
from bridge.tokens.token import ParsedToken
from bridge.tokens.validate import validate_claims
from tools.explain.expectation import Expectation
from tools.explain.explanation import Item
from tools.explain.issuers import difference, with_name

_Q = r"[\"'`\u2018\u2019\u201c\u201d\\]{0,3}"
_V = r"([^\s\"'`,;\\\u2018\u2019\u201c\u201d\[\](){}<>]{3,300})"
_GOT = r"(?:got|received|actual|found|provided|but was|sends?|sent|token has|has value)"
_WANTED = r"(?:expected|expects|expecting|wanted|should be|must be|configured|required)"
_WORDS = r"(?:\s+(?:configured|expected|audience|issuer|aud|iss|value|is|was|one of|of))*"
_PAIRS = (
    re.compile(
        r"(?:Audiences?|Issuer): '([^']{1,300})'\.? Did not match"
        r"[^']{0,80}'([^']{0,300})'(?:[^']{0,80}'([^']{0,600})')?"
    ),
    re.compile(r"wrong audience or resource '([^']{1,300})'\.[^']{0,160}('[^\r\n]{1,600})", re.IGNORECASE),
    re.compile(r"Provided audience \(([^)]{1,300})\)[^\"]{0,120}\"([^\"]{1,300})\""),
    re.compile(
        rf"\b{_GOT}{_WORDS}[\s:=(\[]{{0,4}}{_Q}{_V}[^\r\n]{{0,60}}?\b{_WANTED}{_WORDS}[\s:=(\[]{{0,4}}{_Q}{_V}", re.I
    ),
    re.compile(
        rf"\b(?:aud|audience|iss|issuer)(?:\s+claim)?(?:\s+(?:is|was|of))?[\s:=]{{1,3}}{_Q}{_V}[^\r\n]{{0,40}}?"
        rf"\b(?:{_WANTED}|(?:did|does) not match|doesn't match|is not){_WORDS}[\s:=(\[]{{0,4}}{_Q}{_V}",
        re.IGNORECASE,
    ),
    re.compile(r"with value \[([^\]\s]{1,300})\] does not match[^\r\n]{0,60}map\[([^\]\s]{3,300}?):\{", re.IGNORECASE),
    re.compile(r"has value \[([^\]]{1,300})\],? must be \[?([^\]\s]{1,300})", re.IGNORECASE),
)
_BLANK = re.compile(
    r"Audiences?: ['\u2018\u2019]([^'\u2018\u2019 ]{3,300})['\u2018\u2019]\.? Did not match"
    r"[^'\u2018\u2019]{0,80}['\u2018\u2019]([ \t]+\1[ \t]*|\1[ \t]+)['\u2018\u2019]"
)
"""An expected audience with blanks around it, in a message of Microsoft.IdentityModel."""
_REVERSED = re.compile(
    rf"\b{_WANTED}{_WORDS}[\s:=(\[]{{0,4}}{_Q}{_V}[^\r\n]{{0,60}}?\b{_GOT}{_WORDS}[\s:=(\[]{{0,4}}{_Q}{_V}", re.I
)
_NOUN = re.compile(r"\b(issuer|iss|provider|aud|audience)s?\b", re.IGNORECASE)
_LINK = r"(?:in|of|the|my|a|token|tokens|is|was|claim|value|as|shows?|says|to|set|being|for|equals?)"
_VALUE = (
    r"(https?://[^\s\"'<>`)\\,]{3,200}|api://[^\s\"'<>`)\\,]{3,200}|spn:[^\s\"'<>`)\\,]{3,200}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|apihub\.azure\.com|client_?0[0-9A-Za-z]{8,40})"
)
_MENTIONED = (
    re.compile(rf"\b(?:aud|audience)s?\b(?:[\"'`\s:=\\\[\u201c\u201d]|\b{_LINK}\b){{0,16}}?{_VALUE}", re.IGNORECASE),
    re.compile(r"\btokens?\b[^\r\n]{0,60}?((?<!\w)(?:https?://)?apihub\.azure\.com)", re.IGNORECASE),
)
_PLACEHOLDER = re.compile(r"[<>{}]|x{4}|\.\.\.|…|^null$|^\(null\)$", re.IGNORECASE)
_OTHER_FORMATS = re.compile(r"saml|assertion|for this response|AADSTS", re.IGNORECASE)


def of_text(text: str, expectation: Expectation, *, now: float) -> Iterator[Item]:
    """The verdict on the first comparison in the text, or else on the first audience in it.

    Comparisons of SAML audiences and in AADSTS sentences are left to the tables.
    """
    if not _OTHER_FORMATS.search(text):
        compared = _compared(text, expectation, now)
        if compared is not None:
            yield from compared
            return
    for pattern in _MENTIONED:
        mentioned = pattern.search(text)
        if mentioned:
            value = mentioned[1].rstrip(".,;")
            found = f"https://{value}" if value.casefold() == "apihub.azure.com" else value
            item = of_audience(found, expectation, now=now)
            if item:
                yield item
            return


def of_audience(found: str, expectation: Expectation, *, now: float) -> Item | None:
    """The verdict on an audience alone."""
    claims = {"aud": found}
    known = expectation.known(claims) & {"aud"}
    failure = validate_claims(ParsedToken({}, claims), expectation.expected(claims), now=now, known=known)
    return Item.of_failure(failure) if failure else None


def _compared(text: str, expectation: Expectation, now: float) -> list[Item] | None:
    blank = _BLANK.search(text)
    if blank:
        return [Item.of_code("audience_blank", blank[1], f"'{blank[2]}'")]
    for found, wanted, noun in _pairs(text):
        if noun.startswith(("iss", "provider")):
            item = _of_issuer(found, wanted)
        else:
            item = of_audience(found, replace(expectation, audiences=wanted or expectation.audiences), now=now)
        return [item] if item else []
    return None


def _pairs(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each comparison as (found, wanted, the noun that names what is compared)."""
    for pattern in (*_PAIRS, _REVERSED):
        match = pattern.search(text)
        if not match:
            continue
        first, *others = (group or "" for group in match.groups())
        found, rest = (others[-1], [first]) if pattern is _REVERSED else (first, others)
        wanted = tuple(value for value in re.split(r"[',\s]+", " ".join(rest)) if value and value != "or")
        wanted = tuple(value.rstrip(".") for value in wanted if _is_value(value.rstrip(".")) or value == bare(found))
        nouns = _NOUN.findall(text[max(0, match.start() - 120) : match.end()])
        before = _NOUN.findall(text[max(0, match.start() - 120) : match.start() + 12])
        noun = (before or nouns or [""])[-1].casefold()
        if noun and wanted and _is_value(found.rstrip(".")):
            yield found.rstrip("."), wanted, noun


def _is_value(text: str) -> bool:
    """Whether it can be an identifier, and is neither a placeholder nor a word of the sentence."""
    return not _PLACEHOLDER.search(text) and not re.fullmatch(r"[A-Za-z]*", text)


def _of_issuer(found: str, wanted: tuple[str, ...]) -> Item | None:
    code = difference(found, wanted)
    if code is None:
        return None
    shown = f"from {found}" if code == "token_version" else with_name(found)
    return Item.of_code(code, shown, " or ".join(wanted[:3]))
