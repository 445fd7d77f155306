"""The placeholders of request templates, and the check that each name in a template is known and each input is used.

- `{name}` as a whole text, a whole attribute, a whole path segment or a whole leaf of JSON: the value. Absent, it takes
  the element, the attribute, the query parameter, the header or the leaf with it.
- `{name:encoder}` inside a text: the value, written by an encoder of `ENCODERS`, so that it cannot end the text around
  it. If one value of a text is absent, the whole text is.
- `b:each="days"` on an element: once per entry of that list. Inside, `{days.date}` is a field of the entry, and
  `{days}` the entry itself in a list of plain values. In JSON the key `@each` does the same for an object in a list.
- `b:if="name"` (in JSON `@if`): the element stays if the value is there and not false; `b:if="!name"` is the contrary,
  `b:if="name other"` asks for one of several, and `b:if="name:hex32"` whether the value is 32 hexadecimal digits, as
  some systems write their IDs.

Names are inputs, lookups (`{name.field}` if the lookup is a record), spans (as lists), those of `SYSTEM` and, in a read
of pages, those of `PAGE`: `page.number` counts from 1, `page.offset` from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from bridge.catalog.problem import suggestion

NAMESPACE = "urn:obo-saml-bridge"
EACH = f"{{{NAMESPACE}}}each"
IF = f"{{{NAMESPACE}}}if"
HEADERS = f"{{{NAMESPACE}}}headers"
JSON_EACH = "@each"
JSON_IF = "@if"
HEX32 = ":hex32"
PAGE = ("page.size", "page.number", "page.offset")
CALLER_NAME = "caller.name"
"""The caller's name in the assertion. There is none on the path `oauth`."""
SYSTEM = ("system.host", "system.tenant", "service.url", "service.version", "request.id", CALLER_NAME)
"""The configured system, the URL and version of the service that is called, a UUID of this request, and the caller."""
ENCODERS = ("odata", "soql", "path", "epoch")

_PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)?)(?::([a-z]+))?\}")
_WHOLE = "a placeholder inside a text names an encoder: {name:%s}; without one it must be the whole text: {name}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name, and the encoder that writes its value inside a text (None: the placeholder is the whole text)."""

    name: str
    encoder: str | None


def placeholder(text: str | None) -> str | None:
    """The name in `text` if the text as a whole is one placeholder without an encoder."""
    found = _PLACEHOLDER.fullmatch(text.strip()) if text else None
    return found[1] if found and not found[2] else None


def split(text: str) -> list[str | Placeholder]:
    """The literal parts and the placeholders of `text`, in order."""
    parts: list[str | Placeholder] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [text[at : found.start()], Placeholder(found[1], found[2])]
        at = found.end()
    return [part for part in [*parts, text[at:]] if part]


def segments(path: str) -> Iterator[str]:
    """The parts of a URL path between its slashes."""
    return iter(path.strip("/").split("/"))


@dataclass(slots=True)
class Check:
    """The names that a template may use: plain ones, per list its entries' fields (None: plain values), and records.

    Afterwards `used` holds the names that were used and `mistakes` what is wrong: (place, expected).
    """

    names: frozenset[str]
    lists: Mapping[str, frozenset[str] | None]
    records: frozenset[str] = frozenset()
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
                self.mistakes.append((place, "expected b:each or b:if; there are no other attributes of this kind"))
        inside = self._enter(each, inside, place) if each is not None else inside
        self._text(element.text, inside, place)
        for child in element.iterchildren(etree.Element):
            self.xml(child, inside)
            if child.tail and child.tail.strip():
                self.mistakes.append((place, "expected either text or elements, not both"))

    def json(self, value: object, place: str, inside: str | None = None, *, entry: bool = False) -> None:
        """Check a JSON template and all in it; `entry`: it is directly an entry of a list."""
        if isinstance(value, str):
            self._text(value, inside, place, whole_list=True)
        elif isinstance(value, list):
            for one in value:
                self.json(one, place, inside, entry=True)
        elif isinstance(value, dict):
            each = value.get(JSON_EACH)
            if each is not None and not entry:
                self.mistakes.append((place, f"{JSON_EACH} belongs in an object inside a list"))
            self._condition(value.get(JSON_IF), inside, place)
            inside = self._enter(each, inside, place) if each is not None else inside
            for key, member in value.items():
                if key not in (JSON_EACH, JSON_IF):
                    self.json(member, f"{place}.{key}", inside)
        elif not isinstance(value, bool | int | float | None):
            self.mistakes.append((place, "expected a value that JSON has"))

    def texts(self, place: str, texts: Mapping[str, str]) -> None:
        """Check the values of a query, of headers or of a form."""
        for name, text in texts.items():
            self._text(text, None, f"{place}.{name}")

    def path(self, path: str) -> None:
        """Check a URL path."""
        for segment in segments(path):
            self._text(segment, None, "path")

    def _text(self, text: str | None, inside: str | None, place: str, *, whole_list: bool = False) -> None:
        if not text or not ("{" in text or "}" in text):
            return
        name = placeholder(text)
        if name is not None:
            self._use(name, inside, place, whole_list=whole_list)
            return
        for part in split(text):
            if isinstance(part, Placeholder) and part.encoder in ENCODERS:
                self._use(part.name, inside, place, whole_list=False)
            elif isinstance(part, Placeholder) and part.encoder:
                self.mistakes.append((place, f"'{part.encoder}': expected an encoder: {', '.join(ENCODERS)}"))
            elif isinstance(part, Placeholder) or "{" in part or "}" in part:
                self.mistakes.append((place, _WHOLE % "|".join(ENCODERS)))

    def _condition(self, condition: object, inside: str | None, place: str) -> None:
        names = "" if condition is None else str(condition).removeprefix("!")
        if condition is not None and not names.split():
            self.mistakes.append((place, "expected a name in the condition"))
        for name in names.split():
            self._use(name.removesuffix(HEX32), inside, place, whole_list=not name.endswith(HEX32))

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
            or (owner in self.records and bool(part))
            or (inside == owner and ((fields is None and not part) or (fields is not None and part in fields)))
        )
        if known:
            self.used.add(name)
        else:
            near = suggestion(name, self._all())
            expected = f"'{name}' is no input, lookup, page value or field of a list's entry here{near}"
            self.mistakes.append((place, expected))

    def _all(self) -> set[str]:
        fields = {f"{name}.{field}" for name, inner in self.lists.items() for field in inner or ()}
        return {*self.names, *self.lists, *fields}
