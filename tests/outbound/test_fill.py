"""The placeholders of templates, in XML, in JSON and in URLs."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from bridge.errors import InvalidInput
from bridge.outbound.fill import fill_json, fill_url, fill_xml
from tests.support.cases import for_each

NS = 'xmlns:b="urn:obo-saml-bridge"'

# template, values, what is sent
XML: dict[str, tuple[str, dict[str, Any], str]] = {
    "text": ("<a><b>{x}</b></a>", {"x": "1"}, "<a><b>1</b></a>"),
    "attribute": ('<a><b c="{x}"/></a>', {"x": "1"}, '<a><b c="1"/></a>'),
    "the element of an absent text is left out": ("<a><b>{x}</b><c/></a>", {}, "<a><c/></a>"),
    "absent attribute is left out alone": ('<a><b c="{x}" d="1"/></a>', {}, '<a><b d="1"/></a>'),
    "true": ("<a><b>{x}</b></a>", {"x": True}, "<a><b>true</b></a>"),
    "false is a value": ("<a><b>{x}</b></a>", {"x": False}, "<a><b>false</b></a>"),
    "number": ("<a><b>{x}</b></a>", {"x": 7.5}, "<a><b>7.5</b></a>"),
    "number without exponent": ("<a><b>{x}</b></a>", {"x": 1e-7}, "<a><b>0.0000001</b></a>"),
    "large number": ("<a><b>{x}</b></a>", {"x": 1e22}, "<a><b>10000000000000000000000</b></a>"),
    "value that looks like a placeholder": ("<a><b>{x}</b></a>", {"x": "{y}", "y": "2"}, "<a><b>{y}</b></a>"),
    "if present": ('<a><b b:if="x"><c/></b></a>', {"x": "1"}, "<a><b><c/></b></a>"),
    "if absent": ('<a><b b:if="x"><c/></b></a>', {}, "<a/>"),
    "if false": ('<a><b b:if="x"><c/></b></a>', {"x": False}, "<a/>"),
    "if an empty list": ('<a><b b:if="x"><c b:each="x">{x}</c></b></a>', {"x": []}, "<a/>"),
    "if not, an empty list": ('<a><b b:if="!x"/></a>', {"x": []}, "<a><b/></a>"),
    "if not, absent": ('<a><b b:if="!x"/></a>', {}, "<a><b/></a>"),
    "if one of two": ('<a><b b:if="x y"/><c b:if="y z"/><d b:if="!x y"/></a>', {"x": "1"}, "<a><b/></a>"),
    "either-or": ('<a><b b:if="x"/><c b:if="!x"/></a>', {"x": True}, "<a><b/></a>"),
    "each record": (
        '<a><b b:each="l"><c>{l.c}</c><d>{x}</d></b></a>',
        {"l": [{"c": 1}, {"c": 2}], "x": "y"},
        "<a><b><c>1</c><d>y</d></b><b><c>2</c><d>y</d></b></a>",
    ),
    "each plain value": ('<a><b b:each="l">{l}</b><z/></a>', {"l": ["1", "2"]}, "<a><b>1</b><b>2</b><z/></a>"),
    "each of nothing": ('<a><b b:each="l">{l}</b></a>', {}, "<a/>"),
    "each with an absent field": ('<a><b b:each="l"><c>{l.c}</c></b></a>', {"l": [{}]}, "<a><b/></a>"),
    "each under if": ('<a><b b:if="x" b:each="l">{l}</b></a>', {"l": ["1"]}, "<a/>"),
}


@for_each(XML)
def test_placeholders_in_xml_are_filled(template: str, values: dict[str, Any], expected: str) -> None:
    parsed = etree.fromstring(template.replace("<a>", f"<a {NS}>", 1))
    before = etree.tostring(parsed)
    assert etree.tostring(fill_xml(parsed, values), encoding="unicode") == expected
    assert etree.tostring(parsed) == before, "a template is filled in a copy"


JSON: dict[str, tuple[object, dict[str, Any], object]] = {
    "text": ({"a": "{x}"}, {"x": "1"}, {"a": "1"}),
    "types stay": ({"a": "{x}", "b": "{y}"}, {"x": 7, "y": False}, {"a": 7, "b": False}),
    "constants stay": ({"a": True, "b": 1, "c": "d"}, {}, {"a": True, "b": 1, "c": "d"}),
    "absent leaf is left out": ({"a": "{x}", "b": 1}, {}, {"b": 1}),
    "a whole list": ({"a": "{l}"}, {"l": ["1", "2"]}, {"a": ["1", "2"]}),
    "each plain value": ({"a": [{"@each": "l", "id": "{l}"}]}, {"l": ["1", "2"]}, {"a": [{"id": "1"}, {"id": "2"}]}),
    "each record": ({"a": [{"@each": "l", "id": "{l.x}"}]}, {"l": [{"x": 1}]}, {"a": [{"id": 1}]}),
    "if": ({"a": {"@if": "x", "b": 1}, "c": 2}, {}, {"c": 2}),
    "if an empty list": ({"a": {"@if": "x", "b": "{x}"}, "c": 2}, {"x": []}, {"c": 2}),
    "if present": ({"a": {"@if": "x", "b": 1}}, {"x": 1}, {"a": {"b": 1}}),
    "value that looks like a placeholder": ({"a": "{x}"}, {"x": "{y}"}, {"a": "{y}"}),
}


@for_each(JSON)
def test_placeholders_in_json_are_filled(template: object, values: dict[str, Any], expected: object) -> None:
    assert fill_json(template, values) == expected


URLS: dict[str, tuple[str, dict[str, str], dict[str, Any], str]] = {
    "segment": ("/a/{x}/b", {}, {"x": "1"}, "/a/1/b"),
    "slash stays inside": ("/a/{x}", {}, {"x": "1/../2"}, "/a/1%2F..%2F2"),
    "query marks stay inside": ("/a/{x}", {}, {"x": "1?b=c#d"}, "/a/1%3Fb%3Dc%23d"),
    "value in a key stays inside": ("/a({x:odata})", {}, {"x": "1/2'3"}, "/a('1%2F2''3')"),
    "query": ("/a", {"q": "{x}", "n": "{n}", "k": "5"}, {"x": "a&b=c d", "n": 3}, "/a?q=a%26b%3Dc+d&n=3&k=5"),
    "absent query": ("/a", {"q": "{x}"}, {}, "/a"),
    "closing slash": ("/a/b/", {}, {}, "/a/b/"),
    "no ASCII": ("/a/{x}", {}, {"x": "ä"}, "/a/%C3%A4"),
}


@for_each(URLS)
def test_placeholders_in_urls_are_filled(
    path: str, query: dict[str, str], values: dict[str, Any], expected: str
) -> None:
    assert fill_url("https://host", path, query, values) == f"https://host{expected}"


@for_each([".", "..", ""])
def test_a_segment_that_would_change_the_path_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        fill_url("https://host", "/a/{x}", {}, {"x": value})
