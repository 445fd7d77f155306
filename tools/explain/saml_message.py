"""Reads a SAML response, assertion or request: as XML, base64, base64url, deflated, or a form field."""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

LONGEST_XML = 1_000_000
MOST_ELEMENTS = 20_000
DEEPEST = 100
MOST_EMBEDDED = 20
_LONGEST_TEXT = 20_000

_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
_ROOTS = {f"{_PROTOCOL} Response", f"{_ASSERTION} Assertion", f"{_PROTOCOL} AuthnRequest"}
_FIELD = re.compile(
    r"\b(?:SAMLResponse|SAMLRequest|assertion)[\"']?\s*(?:[=:]|,\s*\"value\"\s*:)\s*[\"']?([A-Za-z0-9+/=_%\s-]{120,})"
)
_EMBEDDED = re.compile(r"(?<![A-Za-z0-9+/_-])P[D-H][A-Za-z0-9+/_%=-]{118,}")
"""What may be base64 of XML (of a < first), inside a JSON token response or the HTML of a form."""
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&"))
_BASE64 = re.compile(r"[A-Za-z0-9+/=_\s-]{100,}")
_XML = re.compile(
    r"<(?:\w+:)?(?:Response|Assertion|AuthnRequest)\b[^>]*>.*</(?:\w+:)?(?:Response|Assertion|AuthnRequest)>", re.DOTALL
)
_LOOKS_XML = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE|<!--.*?-->\s*)*<(?:\w+:)?(?:Response|Assertion|AuthnRequest|!)", re.DOTALL
)


class UnreadableSaml(Exception):
    """A text that looks like SAML cannot be read. The message says why, for the person who pasted it."""


@dataclass(slots=True)
class Element:
    """An XML element. `name` is `namespace name`."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def local(self) -> str:
        return self.name.rpartition(" ")[2]

    def all(self, *path: str) -> list[Element]:
        """The elements at a path of local names below this one, in document order."""
        found = [self]
        for name in path:
            found = [child for element in found for child in element.children if child.local == name]
        return found

    def first(self, *path: str) -> Element | None:
        """The first of `all`."""
        found = self.all(*path)
        return found[0] if found else None

    def value(self, *path: str) -> str:
        """The text of `first`, stripped; empty if there is no such element."""
        found = self.first(*path)
        return found.text.strip() if found else ""


def find(text: str) -> Element | None:
    """The SAML message that a text is or holds; None if it holds none. Raises UnreadableSaml if it cannot be read."""
    raw = _xml_of(text)
    if raw is None:
        return None
    root = parse(raw)
    return root if root.name in _ROOTS else None


def _xml_of(text: str) -> bytes | None:
    if _LOOKS_XML.match(text[:5000]) and "SAML" in text:
        return text[:LONGEST_XML].encode("utf-8", "replace")
    named = _FIELD.search(text)
    if named:
        return _decoded(unquote(named[1]))
    if _BASE64.fullmatch(text):
        return _decoded(text)
    if text.startswith(("{", "[", "<")):
        embedded = filter(None, (_decoded(unquote(found)) for found in _EMBEDDED.findall(text)[:MOST_EMBEDDED]))
        raw = next(embedded, None)
        if raw:
            return raw
    if "%3C" in text[:200] or "&lt;" in text[:200]:
        text = unquote(text[:LONGEST_XML])
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    inside = _XML.search(text[:LONGEST_XML]) if "SAML:2.0" in text else None
    return inside[0].encode("utf-8", "replace") if inside else None


def _decoded(text: str) -> bytes | None:
    """The XML in base64 or base64url text, which may be deflated; None if it holds no SAML."""
    joined = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = b64decode(joined + "=" * (-len(joined) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    if not raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raw = _inflated(raw)
    is_saml = b"SAML" in raw[:4000] or b"<!DOCTYPE" in raw[:4000]
    return raw[:LONGEST_XML] if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and is_saml else None


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(-15).decompress(raw, LONGEST_XML)
    except zlib.error:
        return b""


def parse(raw: bytes) -> Element:
    """The tree of an XML document. Raises UnreadableSaml for a document type, entities, and what is far too large."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.doctype
    try:
        parser.Parse(raw.lstrip(b"\xef\xbb\xbf \r\n\t"), True)
    except expat.ExpatError as error:
        raise UnreadableSaml(f"the XML is not complete or not well formed (line {error.lineno})") from None
    return reader.root.children[0]


class _Reader:
    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise UnreadableSaml("it is far larger, or nested far deeper, than a SAML message")
        element = Element(name, {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        if len(element.text) < _LONGEST_TEXT:
            element.text += text

    def doctype(self, *_: object) -> None:
        raise UnreadableSaml("it holds a document type or entities, which no SAML message may have")
