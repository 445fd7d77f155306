"""The marks of request templates, and the check that each name in a template is known and each input is used.

- `{name}` as a whole text, a whole attribute, or a whole leaf of JSON: the value. Absent, it takes the element, the
  attribute or the leaf with it.
- `b:each="days"` on an element: once per entry of that list. Inside, `{days.date}` is a field of the entry, and
  `{days}` the entry itself in a list of plain values. In JSON the key `@each` does the same for an object in a list.
- `b:if="name"` (in JSON `@if`): the element stays if the value is there and not false; `b:if="!name"` is the contrary.

Names are inputs, lookups and, in a read of pages, `page.size`, `page.number` (from 1) and `page.offset` (from 0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

NAMESPACE = "urn:obo-saml-bridge"
EACH = f"{{{NAMESPACE}}}each"
IF = f"{{{NAMESPACE}}}if"
JSON_EACH = "@each"
JSON_IF = "@if"
PAGE = ("page.size", "page.number", "page.offset")

_MARK = re.compile(r"\{([A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)?)\}")
_WHOLE = "a mark must be the whole text: {name}"


def mark(text: str | None) -> str | None:
    """The name in `text` if the text is a mark as a whole."""
    found = _MARK.fullmatch(text.strip()) if text else None
    return found[1] if found else None


def segments(path: str) -> Iterator[str]:
    """The parts of a URL path between its slashes."""
    return iter(path.strip("/").split("/"))


@dataclass(slots=True)
class Check:
    """The names that a template may use: plain ones, and per list its entries' fields (None: plain values).

    Afterwards `used` holds the names that were used and `mistakes` what is wrong: (place, expected).
    """

    names: frozenset[str]
    lists: Mapping[str, frozenset[str] | None]
    used: set[str] = field(default_factory=set)
    mistakes: list[tuple[str, str]] = field(default_factory=list)

    def xml(self, element: etree._Element, inside: str | None = None) -> None:
        """Check an element and all below it; `inside` is the list whose entry is being written."""
        place = etree.QName(element).localname
        each, condition = element.get(EACH), element.get(IF)
        if element.getparent() is None and (each or condition):
            self.mistakes.append((place, "expected neither b:each nor b:if on the outermost element"))
        self._condition(condition, inside, place)
        for key, value in element.attrib.items():
            if key not in (EACH, IF):
                self._text(str(value), inside, f"{place}/@{etree.QName(key).localname}")
            if etree.QName(key).namespace == NAMESPACE and key not in (EACH, IF):
                self.mistakes.append((place, "expected b:each or b:if; there are no other marks of this kind"))
        inside = self._enter(each, inside, place) if each is not None else inside
        self._text(element.text, inside, place)
        for child in element.iterchildren(etree.Element):
            self.xml(child, inside)
            if child.tail and child.tail.strip():
                self.mistakes.append((place, "expected either text or elements, not both"))

    def json(self, value: object, place: str, inside: str | None = None, *, entry: bool = False) -> None:
        """Check a JSON template and all in it; `entry` says that it stands directly in a list."""
        if isinstance(value, str):
            self._text(value, inside, place, whole_list=True)
        elif isinstance(value, list):
            for one in value:
                self.json(one, place, inside, entry=True)
        elif isinstance(value, dict):
            each = value.get(JSON_EACH)
            if each is not None and not entry:
                self.mistakes.append((place, f"{JSON_EACH} stands in an object inside a list"))
            self._condition(value.get(JSON_IF), inside, place)
            inside = self._enter(each, inside, place) if each is not None else inside
            for key, member in value.items():
                if key not in (JSON_EACH, JSON_IF):
                    self.json(member, f"{place}.{key}", inside)
        elif not isinstance(value, bool | int | float | None):
            self.mistakes.append((place, "expected a value that JSON has"))

    def query(self, query: Mapping[str, str]) -> None:
        """Check a URL's query."""
        for name, text in query.items():
            self._text(text, None, f"query.{name}")

    def path(self, path: str) -> None:
        """Check a URL path."""
        for segment in segments(path):
            self._text(segment, None, "path")

    def _text(self, text: str | None, inside: str | None, place: str, *, whole_list: bool = False) -> None:
        if not text or not ("{" in text or "}" in text):
            return
        name = mark(text)
        if name is None:
            self.mistakes.append((place, _WHOLE))
        else:
            self._use(name, inside, place, whole_list=whole_list)

    def _condition(self, condition: object, inside: str | None, place: str) -> None:
        if condition is not None:
            self._use(str(condition).removeprefix("!"), inside, place, whole_list=True)

    def _enter(self, name: object, inside: str | None, place: str) -> str | None:
        if inside is None and name in self.lists:
            self.used.add(str(name))
            return str(name)
        expected = "no list inside a list" if inside else "the name of an input that is a list"
        self.mistakes.append((place, f"'{name}': expected {expected}"))
        return inside

    def _use(self, name: str, inside: str | None, place: str, *, whole_list: bool) -> None:
        owner, _, part = name.partition(".")
        fields = self.lists.get(owner)
        known = (
            name in self.names
            or (whole_list and name in self.lists)
            or (inside == owner and ((fields is None and not part) or (fields is not None and part in fields)))
        )
        if known:
            self.used.add(name)
        else:
            self.mistakes.append((place, f"'{name}' is no input, lookup, page value or field of a list's entry here"))
