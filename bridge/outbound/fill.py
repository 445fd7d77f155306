"""Fills request templates on the parsed tree, never as text. Their placeholders: see `bridge.catalog.placeholders`."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, unquote, urlencode

from lxml import etree

from bridge.catalog.placeholders import EACH, HEX32, IF, JSON_EACH, JSON_IF, Placeholder, placeholder, segments, split
from bridge.errors import InvalidInput
from bridge.outbound.encode import ENCODE
from bridge.outbound.text import as_text

Values = Mapping[str, object]
_ABSENT: Final = object()
_HEX32: Final = re.compile("[0-9a-f]{32}")
_HEADER_VALUE: Final = re.compile(r"[\t -~]{0,4000}")


def fill_xml(template: etree._Element, values: Values) -> etree._Element:
    """A copy of `template` with its placeholders filled."""
    root = copy.deepcopy(template)
    _fill_element(root, values)
    etree.cleanup_namespaces(root)
    return root


def fill_json(template: object, values: Values) -> object:
    """`template` with its placeholders filled; None if all of it is left out."""
    filled = _fill_member(template, values)
    return None if filled is _ABSENT else filled


def fill_url(base: str, path: str, query: Mapping[str, str], values: Values) -> str:
    """`base`, `path` and the query, each value percent-encoded. A parameter without a value is left out."""
    parts = "/".join(_segment(part, values) for part in segments(path)) + ("/" if path.endswith("/") else "")
    pairs = urlencode(fill_texts(query, values))
    return f"{base}/{parts}{'?' if pairs else ''}{pairs}"


def fill_texts(texts: Mapping[str, str], values: Values) -> dict[str, str]:
    """The filled texts of a query, of headers or of a form. A text without a value is left out."""
    filled = ((name, fill_text(text, values)) for name, text in texts.items())
    return {name: as_text(value) for name, value in filled if value is not None}


def fill_headers(headers: Mapping[str, str], values: Values) -> dict[str, str]:
    """HTTP headers. Raises `InvalidInput` for a value that no header can carry."""
    filled = fill_texts(headers, values)
    for name, text in filled.items():
        if not _HEADER_VALUE.fullmatch(text):
            raise InvalidInput(f"A value cannot be sent in the HTTP header {name}.")
    return filled


def fill_text(text: str, values: Values) -> object | None:
    """The value of a text that is one placeholder, or the text with its placeholders encoded; None if one is absent."""
    name = placeholder(text)
    if name is not None:
        return values.get(name)
    filled: list[str] = []
    for part in split(text):
        if isinstance(part, str):
            filled.append(part)
        elif values.get(part.name) is None:
            return None
        else:
            filled.append(ENCODE[str(part.encoder)](values[part.name]))
    return "".join(filled)


def _segment(segment: str, values: Values) -> str:
    """One segment of a path: literal parts as they are, values percent-encoded, the quotes of literals kept."""
    name = placeholder(segment)
    parts = [Placeholder(name, "path")] if name else split(segment)
    filled = "".join(part if isinstance(part, str) else _in_path(part, values) for part in parts)
    if unquote(filled) in ("", ".", ".."):
        names = [part.name for part in parts if isinstance(part, Placeholder)]
        raise InvalidInput("A value cannot be part of an address.", fields=dict.fromkeys(names, "is not valid here"))
    return filled


def _in_path(part: Placeholder, values: Values) -> str:
    value = values.get(part.name)
    if value is None:
        raise InvalidInput("A value is missing in the address.", fields={part.name: "is required"})
    encoded = ENCODE[str(part.encoder)](value)
    return encoded if part.encoder == "path" else quote(encoded, safe="'")


def _holds(condition: str, values: Values) -> bool:
    there = any(_is_there(name, values) for name in condition.removeprefix("!").split())
    return there != condition.startswith("!")


def _is_there(name: str, values: Values) -> bool:
    if name.endswith(HEX32):
        return bool(_HEX32.fullmatch(str(values.get(name.removesuffix(HEX32)))))
    return values.get(name) not in (None, False, [])


def _entries(name: str, values: Values) -> Iterator[Values]:
    """For each entry of the list `name`, the values that placeholders inside it can use."""
    entries = values.get(name)
    for entry in entries if isinstance(entries, list) else ():
        inner = (
            {f"{name}.{field}": value for field, value in entry.items()} if isinstance(entry, dict) else {name: entry}
        )
        yield {**values, **inner}


def _fill_element(element: etree._Element, values: Values) -> bool:
    """Fill an element and all below it. False: it has no value and is to be removed."""
    for key, text in element.attrib.items():
        if "{" in str(text):
            value = fill_text(str(text), values)
            if value is None:
                del element.attrib[key]
            else:
                element.set(key, as_text(value))
    if element.text and "{" in element.text:
        value = fill_text(element.text, values)
        if value is None:
            return False
        element.text = as_text(value)
    for child in list(element):
        _fill_child(element, child, values)
    return True


def _fill_child(parent: etree._Element, child: etree._Element, values: Values) -> None:
    condition, each = child.attrib.pop(IF, ""), child.attrib.pop(EACH, "")
    if condition and not _holds(str(condition), values):
        parent.remove(child)
    elif not each:
        if not _fill_element(child, values):
            parent.remove(child)
    else:
        for scope in _entries(str(each), values):
            entry = copy.deepcopy(child)
            if _fill_element(entry, scope):
                child.addprevious(entry)
        parent.remove(child)


def _fill_member(template: object, values: Values) -> object:
    if isinstance(template, str):
        value = fill_text(template, values) if "{" in template else template
        return _ABSENT if value is None else value
    if isinstance(template, list):
        return [filled for entry in template for filled in _fill_entry(entry, values)]
    if isinstance(template, dict):
        if JSON_IF in template and not _holds(str(template[JSON_IF]), values):
            return _ABSENT
        members = {
            key: _fill_member(member, values) for key, member in template.items() if key not in (JSON_EACH, JSON_IF)
        }
        return {key: member for key, member in members.items() if member is not _ABSENT}
    return template


def _fill_entry(entry: object, values: Values) -> Iterator[object]:
    each = entry.get(JSON_EACH) if isinstance(entry, dict) else None
    for scope in [values] if each is None else _entries(str(each), values):
        filled = _fill_member(entry, scope)
        if filled is not _ABSENT:
            yield filled
