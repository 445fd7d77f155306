"""What a message says: AADSTS codes with the ids they name, compared audiences, and symptoms in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bridge.aadsts import BY_CODE, FALLBACKS, EntraAnswer, Outcome, Row, judge
from bridge.aadsts.fallback import BY_ERROR
from bridge.tokens.display import plain
from bridge.tokens.resources import bare, microsoft_resource
from bridge.tokens.token import ParsedToken
from bridge.tokens.validate import validate_claims
from bridge.tokens.verdict import Advice, Failure
from bridge.tokens.verdicts import VERDICTS
from tools.explain.bridge_codes import BRIDGE_CODES
from tools.explain.expectation import Expectation
from tools.explain.explanation import Item
from tools.explain.symptoms import SYMPTOMS

MOST_CODES = 5
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CODE = re.compile(
    r"(?:AADSTS[\s:\"\[]{0,4}|error_?codes?[\W]{1,6}|aadsts(?:_code)?[\W]{1,6})(\d{4,8})\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"AADSTS\d{4,8}:?[^\r\n]{0,600}")
_NAMED = re.compile(rf"'([^'\s]{{3,200}})'|({_GUID})")
_TRACE = re.compile(rf"\b(Trace|Correlation)[ _]?ID\W{{1,6}}({_GUID})", re.IGNORECASE)
_ERROR = re.compile(r"\"error\"\s{0,3}:\s{0,3}\"([a-z_]{3,40})\"")
_OWN_CODE = re.compile(r"\"(verdict|reason|code)\"\s{0,3}:\s{0,3}\"([a-z_]{3,40})\"")
_OWN_FIELD = re.compile(r"\"(found|expected)\"\s{0,3}:\s{0,3}\"([^\"\\]{1,300})\"")

_COMPARED = (
    re.compile(
        r"IDX10214[^']{0,120}'([^']{1,300})'\. Did not match[^']{0,80}'([^']{0,300})'(?:[^']{0,80}'([^']{0,600})')?"
    ),
    re.compile(r"audience mismatch \(got '([^']{1,300})',\s*expected '([^']{1,300})'", re.IGNORECASE),
    re.compile(r"wrong audience or resource '([^']{1,300})'\.[^']{0,160}('[^\r\n]{1,600})", re.IGNORECASE),
    re.compile(r"Provided audience \(([^)]{1,300})\)[^\"]{0,120}\"([^\"]{1,300})\""),
)
_MENTIONED = re.compile(
    r"\b(?:aud|audience|token)\b[^\r\n]{0,60}?((?<!\w)(?:https?://)?apihub\.azure\.com)"
    r"|\b(?:aud|audience)\b[^\r\n]{0,60}?(https?://[^\s\"'<>)]{3,200})",
    re.IGNORECASE,
)
OWN: Mapping[str, Advice] = {advice.code: advice for advice in (*FALLBACKS, *SYMPTOMS, *BRIDGE_CODES)}
"""What the bridge answers in `code`, verdicts apart. Where it means what others say in words, one row serves both."""

_LAST_RESORT = "connector_request_failure"
_OTHER_APP = "neither this bridge's app nor its connector's: the target"


def items_of_message(text: str, expectation: Expectation, *, now: float) -> tuple[Item, ...]:
    """Everything recognised in a message: codes, then audiences, then words."""
    items = [*_of_codes(text, expectation), *_of_own_codes(text), *_of_audiences(text, expectation, now)]
    by_words = [*_of_words(text, has_audience=any(item.advice.code.startswith("audience") for item in items))]
    if not items and not by_words:
        by_words = [*_of_error(text)]
    specific = [item for item in by_words if item.advice.code != _LAST_RESORT]
    return (*items, *(specific if items or specific else by_words))


def item_of_audience(found: str, expectation: Expectation, *, now: float) -> Item | None:
    """The verdict on an audience alone."""
    claims = {"aud": found}
    known = expectation.known(claims) & {"aud"}
    finding = validate_claims(ParsedToken({}, claims), expectation.expected(claims), now=now, known=known)
    return Item.of_finding(finding) if finding else None


def _of_codes(text: str, expectation: Expectation) -> Iterator[Item]:
    for code in list(dict.fromkeys(map(int, _CODE.findall(text))))[:MOST_CODES]:
        row = BY_CODE.get(code)
        facts = (*_facts(code, text, expectation, row), *_readiness(row, expectation))
        if row is None:
            error = _ERROR.search(text)
            row = judge(EntraAnswer(400, error=error[1] if error else ""))
            facts = (("Microsoft's text", f"https://login.microsoftonline.com/error?code={code}"), *facts)
        yield Item(row, row.sentence, _steps(row, facts), facts=facts)


def _facts(code: int, text: str, expectation: Expectation, row: Row | None) -> Iterator[tuple[str, str]]:
    """The ids and names in the code's sentence, with who they are, and the ids that Microsoft's support asks for."""
    sentence = next((said for said in _SENTENCE.findall(text) if str(code) in said), "")
    sentence = re.split(r"\\r|\\n|Trace ID", sentence, maxsplit=1)[0]
    other = _OTHER_APP if row is not None and row.outcome is Outcome.SAML_ONLY and expectation.client_id else ""
    for name, guid in dict.fromkeys(_NAMED.findall(sentence)):
        value = name or guid
        who = _who(value, expectation) or other
        yield "It names", f"{plain(value)} ({who})" if who else plain(value)
    for kind, value in dict.fromkeys(_TRACE.findall(text)):
        yield f"{kind.capitalize()} ID", value


def _readiness(row: Row | None, expectation: Expectation) -> Iterator[tuple[str, str]]:
    """For a SAML-only target: what this bridge would do there."""
    if row is not None and row.outcome is Outcome.SAML_ONLY:
        for name, (_, path) in expectation.systems.items():
            yield "This bridge", f"{name}: {path}"


def _who(value: str, expectation: Expectation) -> str:
    resource = microsoft_resource(value)
    own = {bare(audience) for audience in expectation.audiences} | {expectation.client_id}
    if bare(value) in own - {""}:
        return "the API's own app, the service app"
    if value in expectation.clients:
        return "the connector app"
    target = next(
        (name for name, (identifier, _) in expectation.systems.items() if bare(identifier) == bare(value)), ""
    )
    if target:
        return f"the target, {target}"
    return resource[1] if resource else ""


def _steps(row: Row, facts: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """All steps, those for the app in question first: 399274 has one for the target and one for our own apps."""
    ours = any("service app)" in value or "connector app)" in value for _, value in facts)
    return row.fix[::-1] if ours and row.outcome is Outcome.SAML_ONLY else row.fix


def _of_own_codes(text: str) -> Iterator[Item]:
    """The bridge's own answers in full: `verdict` and `reason` say more than `code`, where they stand."""
    fields = dict(_OWN_FIELD.findall(text))
    named = _OWN_CODE.findall(text)
    finer = [code for member, code in named if member != "code" and (code in VERDICTS or code in OWN)]
    for code in dict.fromkeys(finer or [code for _, code in named]):
        if code in VERDICTS:
            yield Item.of_finding(Failure(VERDICTS[code], fields.get("found"), fields.get("expected")))
        elif code in OWN:
            yield Item.of_advice(OWN[code])


def _of_audiences(text: str, expectation: Expectation, now: float) -> Iterator[Item]:
    """A message that says which audience it got, and often which it wanted: the same rules as for a token."""
    for pattern in _COMPARED:
        match = pattern.search(text)
        if match:
            wanted = re.split(r"[',\s]+", " ".join(group or "" for group in match.groups()[1:]))
            audiences = tuple(value for value in wanted if value not in {"", "null", "or"})
            item = item_of_audience(
                match[1], replace(expectation, audiences=audiences or expectation.audiences), now=now
            )
            if item:
                yield item
            return
    mentioned = _MENTIONED.search(text)
    if mentioned:
        named = mentioned[1] or mentioned[2]
        value = named if "://" in named else f"https://{named}"
        item = item_of_audience(value.rstrip(".,;"), expectation, now=now)
        if item:
            yield item


def _of_words(text: str, *, has_audience: bool) -> Iterator[Item]:
    for symptom in SYMPTOMS:
        if has_audience and symptom.code == "audience_refused":
            continue
        if any(re.search(said, text, re.IGNORECASE) for said in symptom.says):
            yield Item.of_advice(symptom)


def _of_error(text: str) -> Iterator[Item]:
    """An OAuth error without a code: judged by its name."""
    error = _ERROR.search(text)
    if error and error[1] in BY_ERROR:
        row = judge(EntraAnswer(400, error=error[1]))
        yield Item.of_advice(row)
