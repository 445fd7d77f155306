"""Fills request templates on the parsed tree, never as text. Their placeholders: see `bridge.catalog.placeholders`."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

from lxml import etree

from bridge.catalog.placeholders import EACH, IF, JSON_EACH, JSON_IF, mark, segments
from bridge.errors import InvalidInput
from bridge.outbound.text import as_text

Values = Mapping[str, object]
_ABSENT: Final = object()


def fill_xml(template: etree._Element, values: Values) -> etree._Element:
    """A copy of `template` with its marks filled."""
    root = copy.deepcopy(template)
    _fill_element(root, values)
    etree.cleanup_namespaces(root)
    return root


def fill_json(template: object, values: Values) -> object:
    """`template` with its marks filled; None if nothing is left."""
    filled = _fill_member(template, values)
    return None if filled is _ABSENT else filled


def fill_url(base: str, path: str, query: Mapping[str, str], values: Values) -> str:
    """`base` and `path` with the query that is left; each value percent-encoded as a whole."""
    parts = "/".join(_segment(part, values) for part in segments(path)) + ("/" if path.endswith("/") else "")
    filled = ((key, values.get(mark(text) or "", None if mark(text) else text)) for key, text in query.items())
    pairs = urlencode([(key, as_text(value)) for key, value in filled if value is not None])
    return f"{base}/{parts}{'?' if pairs else ''}{pairs}"


def _segment(part: str, values: Values) -> str:
    name = mark(part)
    if name is None:
        return part
    text = as_text(values[name])
    if text in ("", ".", ".."):
        raise InvalidInput("A value cannot be part of an address.", fields={name: "is not valid here"})
    return quote(text, safe="")


def _holds(condition: str, values: Values) -> bool:
    there = values.get(condition.removeprefix("!")) not in (None, False, [])
    return there != condition.startswith("!")


def _entries(name: str, values: Values) -> Iterator[Values]:
    """The values that hold inside each entry of the list `name`."""
    entries = values.get(name)
    for entry in entries if isinstance(entries, list) else ():
        inner = (
            {f"{name}.{field}": value for field, value in entry.items()} if isinstance(entry, dict) else {name: entry}
        )
        yield {**values, **inner}


def _fill_element(element: etree._Element, values: Values) -> bool:
    """Fill an element and all below it; False if it has to go."""
    for key, text in element.attrib.items():
        name = mark(str(text))
        if name and values.get(name) is None:
            del element.attrib[key]
        elif name:
            element.set(key, as_text(values[name]))
    name = mark(element.text)
    if name:
        if values.get(name) is None:
            return False
        element.text = as_text(values[name])
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
        name = mark(template)
        value = values.get(name) if name else template
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
