"""What a message holds: AADSTS codes, codes of this bridge, compared values, known words, and OAuth errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import unquote_plus

from bridge.public_codes import PUBLIC_CODES
from bridge.tokens.verdicts import VERDICTS
from tools.explain import codes, compared, tables
from tools.explain.entry import Entry
from tools.explain.expectation import Expectation
from tools.explain.explanation import Item
from tools.explain.fragments import best, fold

MOST_ITEMS = 4
_LONGEST_READ = 200_000
_OWN_CODE = re.compile(r"\"(verdict|reason|code)\"\s{0,3}:\s{0,3}\"([a-z_]{3,40})\"")
_OWN_FIELD = re.compile(r"\"(found|expected)\"\s{0,3}:\s{0,3}\"([^\"\\]{1,300})\"")
_NUMBER = re.compile(r"(?:idx|idw|aadb2c|msis|tf|vs)\d")
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")
_ENTRA = re.compile(
    r"aadsts|error_codes|trace[_ ]id|login\.microsoftonline|login\.windows|sts\.windows\.net|login\.chinacloudapi|"
    r"login\.partner\.microsoftonline|microsoft entra|suberror"
)
_OAUTH = re.compile(r"(?<![\w.-])([a-z]{4,14}(?:_[a-z]{2,12}){1,3})(?![\w-])")
_OAUTH_JOINED = re.compile(r"\b(invalid|unauthorized|access)(grant|client|scope|request|denied)\b")


def of_text(text: str, expectation: Expectation, *, now: float) -> tuple[Item, ...]:
    """Everything that is recognised in a message, the most specific first."""
    if _ENCODED.search(text):
        text = f"{text}\n{unquote_plus(text[:_LONGEST_READ])}"
    folded = fold(text[:_LONGEST_READ])
    by_code = codes.of_text(text, folded, expectation)
    own = [*_of_own_codes(text)]
    values = [] if own else [*compared.of_text(text[:_LONGEST_READ], expectation, now=now)]
    alone = by_code and " " not in folded
    words = [] if own or alone else [*_of_words(folded, codes_found=bool(by_code))]
    if by_code and not values:
        words = [entry for entry in words if not entry.general or _by_its_number(folded, entry)]
    elif values or not all(entry.general for entry in words):
        words = [entry for entry in words if not entry.general]
    elif not all(entry.last for entry in words):
        words = [entry for entry in words if not entry.last]
    items = without_replaced([*by_code, *own, *values, *map(Item, words)]) or _of_oauth_error(folded)
    return tuple(items[:MOST_ITEMS])


def of_code_alone(text: str) -> Item | None:
    """For a code of the tables or of this bridge, or for the name of an OAuth error, without any text around it."""
    if text in VERDICTS:
        return Item.of_code(text)
    if text in PUBLIC_CODES:
        return Item(Entry.of(PUBLIC_CODES[text]))
    tabled = chain(tables.messages(), *map(tables.entries, ("entra", "verdicts", "scopes", "oauth")))
    entry = next((entry for entry in tabled if entry.code == text), None) or _oauth_entry(text, entra=False)
    return Item(entry) if entry else None


def without_replaced(items: Iterable[Item]) -> list[Item]:
    """The items without those that another one replaces, and only the first of each code."""
    listed = list(items)
    replaced = frozenset().union(*(item.entry.over for item in listed))
    unique = {item.entry.code: item for item in reversed(listed) if item.entry.code not in replaced}
    return list(unique.values())[::-1]


def _oauth_entry(error: str, *, entra: bool) -> Entry | None:
    """The entry of an OAuth error: the one for Entra's errors if Entra gave it, otherwise the general one."""
    fitting = [entry for entry in tables.entries("oauth") if error in entry.errors and (entra or not entry.entra)]
    return max(fitting, key=lambda entry: entry.entra, default=None)


def _of_own_codes(text: str) -> Iterator[Item]:
    """The codes in a response of this bridge. `verdict` and `reason` are more exact than `code`."""
    fields = dict(_OWN_FIELD.findall(text))
    named = [(member, code) for member, code in _OWN_CODE.findall(text) if code in VERDICTS or code in PUBLIC_CODES]
    finer = [code for member, code in named if member != "code"]
    for code in dict.fromkeys(finer or [code for _, code in named]):
        if code in VERDICTS:
            yield Item.of_code(code, fields.get("found"), fields.get("expected"))
        else:
            yield Item(Entry.of(PUBLIC_CODES[code]))


def _of_words(folded: str, *, codes_found: bool) -> Iterator[Entry]:
    """The entries whose words are in the text, the longest match first; only one beside an AADSTS code."""
    known = tables.messages() if codes_found else chain(tables.messages(), tables.sentences())
    scored = ((best(folded, entry.says), entry) for entry in known)
    fitting = [(score, entry) for score, entry in scored if score and not best(folded, entry.unless)]
    fitting.sort(key=lambda pair: (pair[1].general, pair[1].last, -pair[0]))
    replaced = frozenset().union(*(entry.over for _, entry in fitting))
    remaining = [entry for _, entry in fitting if entry.code not in replaced]
    yield from remaining[: 1 if codes_found else 3]


def _by_its_number(folded: str, entry: Entry) -> bool:
    """Whether the text has an error number of another product that belongs to this entry."""
    return bool(best(folded, tuple(line for line in entry.says if _NUMBER.match(line))))


def _of_oauth_error(folded: str) -> list[Item]:
    """The first OAuth error that the text names and a table knows."""
    entra = bool(_ENTRA.search(folded))
    joined = (f"{first}_{second}" for first, second in _OAUTH_JOINED.findall(folded))
    entries = (_oauth_entry(error, entra=entra) for error in dict.fromkeys((*_OAUTH.findall(folded), *joined)))
    return [Item(entry) for entry in entries if entry][:1]
