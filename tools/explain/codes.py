"""AADSTS codes in a message: for each the entry that fits the message, and the ids that the message names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bridge.tokens.display import plain
from bridge.tokens.resources import bare, microsoft_resource
from tools.explain import tables
from tools.explain.entry import Entry
from tools.explain.expectation import Expectation
from tools.explain.explanation import Item
from tools.explain.fragments import best

MOST_CODES = 5
LOOK_UP = "https://login.microsoftonline.com/error?code="
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CODE = re.compile(
    r"(?:AADSTS[\s:\"\[]{0,4}|error_?codes?[\W]{1,6}|aadsts(?:_code)?[\W]{1,6}|microsoftonline\.\w+/error\?code=)"
    r"(\d{4,8})\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|isn't|no longer|never|instead of|rather than) (?:an? |the )?$", re.IGNORECASE)
_SPOKEN = re.compile(
    r"\b(?:error|code|errorcode|fehlercode|fehler|erro|erreur)(?:\s+(?:code|number|no\.?))?"
    r"(?:\s*[:=]\s*|\s+)([1-9]\d{4,7})\b",
    re.IGNORECASE,
)
"""As Microsoft's error page shows it, in some languages: `Error Code: 53003`."""
_ABOUT_SIGN_IN = re.compile(r"entra|azure|microsoft|sign|log ?in|consent|token|oauth|corr?[e\u00e9]la|korrela|anmeld")
_SENTENCE = re.compile(r"AADSTS\d{4,8}:?[^\r\n]{0,600}")
_NAMED = re.compile(rf"'([^'\s]{{3,200}})'|({_GUID})")
_PARAMETERS = frozenset(
    (
        *("assertion", "client_assertion", "client_id", "client_secret", "code", "grant_type", "id_token", "password"),
        *("redirect_uri", "refresh_token", "resource", "response_type", "scope", "token", "username"),
    )
)
_TRACE = re.compile(rf"\b(Trace|Correlation)[ _]?ID\W{{1,6}}({_GUID})", re.IGNORECASE)
_SAML_ONLY = 399274
_OURS = ("(the API's own app)", "(the connector app)", "(the client)")


def of_text(text: str, folded: str, expectation: Expectation) -> list[Item]:
    """An item for each code, without general ones beside others."""
    of_entra = _ABOUT_SIGN_IN.search(folded)
    spoken = (number for number in map(int, _SPOKEN.findall(text)) if of_entra and number in tables.codes())
    said = (int(at[1]) for at in _CODE.finditer(text) if not _DENIED.search(text[max(0, at.start() - 20) : at.start()]))
    numbers = list(dict.fromkeys((*said, *spoken)))[:MOST_CODES]
    items = [_item(number, text, folded, expectation) for number in numbers]
    specific = [item for item in items if not item.entry.general] or items
    return list({item.entry.code: item for item in reversed(specific)}.values())[::-1]


def _item(number: int, text: str, folded: str, expectation: Expectation) -> Item:
    entry = _entry(number, folded)
    facts = tuple(_facts(number, text, expectation))
    if number not in tables.entra_entries():
        facts = (("Microsoft's text", f"{LOOK_UP}{number}"), *facts)
    if number == _SAML_ONLY and any(value.endswith(_OURS) for _, value in facts):
        entry = replace(entry, fix=(entry.fix[1], entry.fix[0], *entry.fix[2:]))
    return Item(entry, facts=facts)


def _entry(number: int, folded: str) -> Entry:
    """The entry of the number that fits the message, or one from its line in the list, or from its first digits."""
    for entry in tables.entra_entries().get(number, ()):
        if not entry.when or best(folded, entry.when):
            return entry
    code = tables.codes().get(number)
    return listed(code) if code else _unknown(number)


def listed(code: tables.Code) -> Entry:
    """The entry of a code that has only a line in the list."""
    group = tables.groups()[code.group]
    return Entry(
        code=f"aadsts_{code.number}",
        codes=(code.number,),
        title=f"AADSTS{code.number}: {group.title}",
        sentence=code.sentence,
        cause=group.why,
        fix=(code.fix, *group.fix) if code.fix else group.fix,
    )


def _unknown(number: int) -> Entry:
    group, entry = group_of(number), tables.by_code("entra")["aadsts_unknown"]
    known = group.name != "unknown"
    return replace(
        entry,
        title=f"AADSTS{number} is not in the table",
        sentence=f"{entry.sentence} By its number it concerns {group.title}." if known else entry.sentence,
        cause=f"Typical for such codes: {group.why}" if known else entry.cause,
        fix=(f"Open {LOOK_UP}{number}: Microsoft's own text.", *entry.fix[1:2], *group.fix),
    )


def group_of(number: int) -> tables.Group:
    """The group of a code that is in no table, by its first digits."""
    known = 10_000 <= number < 10_000_000
    name = next((name for start, name in tables.prefixes() if known and str(number).startswith(start)), "unknown")
    return tables.groups()[name]


def _facts(number: int, text: str, expectation: Expectation) -> Iterator[tuple[str, str]]:
    """The ids and names in the code's sentence, with what they are, and the ids that Microsoft's support asks for."""
    sentence = next((said for said in _SENTENCE.findall(text) if str(number) in said), "")
    sentence = re.split(r"\\r|\\n|Trace ID", sentence, maxsplit=1)[0]
    other = "neither this bridge's app nor its connector's: the target"
    stranger = other if number == _SAML_ONLY and expectation.client_id else ""
    for name, guid in dict.fromkeys(_NAMED.findall(sentence)):
        value = name or guid
        if value in _PARAMETERS:
            continue
        who = _who(value, expectation) or stranger
        yield "It names", f"{plain(value)} ({who})" if who else plain(value)
    if number == _SAML_ONLY and expectation.bridge:
        yield from (("This bridge", f"{name}: {path}") for name, (_, path) in expectation.systems.items())
    for kind, value in dict.fromkeys(_TRACE.findall(text)):
        yield f"{kind.capitalize()} ID", value


def _who(value: str, expectation: Expectation) -> str:
    own = {bare(audience) for audience in expectation.audiences} | {expectation.client_id}
    if bare(value) in own - {""}:
        return "the API's own app"
    if value in expectation.clients:
        return "the connector app" if expectation.bridge else "the client"
    targets = (name for name, (identifier, _) in expectation.systems.items() if bare(identifier) == bare(value))
    target = next(targets, "")
    if target:
        return f"the target, {target}"
    resource = microsoft_resource(value)
    return resource[1] if resource else CLIENTS.get(value, "")


CLIENTS = {
    "fe053c5f-3692-4f14-aef2-ee34fc081cae": "Azure API Connections (Power Platform)",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e": "Microsoft Graph PowerShell",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
    "aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
    "de8bc8b5-d9f9-48b1-a8ad-b748da725064": "Graph Explorer",
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264": "Microsoft Teams (desktop, mobile)",
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346": "Microsoft Teams (web)",
    "d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft Office",
    "96ff4394-9197-43aa-b393-6a41652e21f8": "Copilot Studio",
}
"""Application ids of Microsoft's own clients (Microsoft Learn, first-party applications)."""
