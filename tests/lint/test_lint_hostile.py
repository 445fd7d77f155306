"""A connector file can be hostile: whatever it holds, the lint soon returns findings, without control characters."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lint import good
from tools.lint import check
from tools.lint.check import MAX_FILE_BYTES, MAX_PLACES
from tools.lint.reading import MAX_READ_BYTES

MAX_SECONDS = 20
Json = dict[str, Any]
UNREADABLE = {
    "empty": b"",
    "truncated": b'{"swagger": "2.0", "paths": {',
    "text": b"not json at all",
    "trailing comma": b'{"swagger": "2.0",}',
    "NaN": b'{"swagger": NaN}',
    "huge number": b'{"swagger": ' + b"9" * 10_000 + b"}",
    "UTF-16": '{"swagger": "2.0"}'.encode("utf-16"),
    "binary": bytes(range(256)) * 10,
    "deep nesting": b"[" * 100_000,
    "nesting that parses": b"[" * 300 + b"]" * 300,
    "too large": b" " * (MAX_READ_BYTES + 1),
    "open string with escapes": b'{"swagger": "' + rb"\"" * 500_000,
    "open comment": b"{" + b"/*" * 500_000,
}


def test_what_cannot_be_read_is_one_finding() -> None:
    found = {name: [one.rule.name for one in check(data)] for name, data in UNREADABLE.items()}
    assert [name for name, rules in found.items() if rules != ["JsonNotValid"]] == []


def test_json_that_is_no_connector_file_is_reported() -> None:
    values: list[Any] = [None, [], 7, "text", {}, {"name": "x"}]
    for value in values:
        assert [one.rule.name for one in check(json.dumps(value).encode())] == ["NotAConnectorFile"], value


def test_a_syntax_error_is_reported_with_its_line_even_after_comments() -> None:
    (finding,) = check(b'{ // one\n /* two\n three */ "properties": oops }')
    assert "line 3" in finding.found


def test_comments_are_fine_in_properties_and_a_finding_in_a_definition() -> None:
    comment = b'// from the portal: "https://example.com" /* */\n'
    assert check(comment + json.dumps(good.properties()).encode()) == []
    assert [finding.rule.name for finding in check(comment + json.dumps(good.definition()).encode())] == [
        "CommentInDefinition"
    ]


def test_a_byte_order_mark_is_tolerated() -> None:
    assert check(b"\xef\xbb\xbf" + json.dumps(good.definition()).encode()) == []


def test_a_name_that_occurs_twice_in_an_object_is_reported() -> None:
    data = json.dumps(good.properties()).replace('"publisher"', '"iconBrandColor": "#000000", "publisher"')
    assert [(finding.rule.name, finding.found) for finding in check(data.encode())] == [
        ("PropertyRepeated", '"iconBrandColor"')
    ]


def test_a_definition_above_one_megabyte_is_reported() -> None:
    document = good.definition()
    document["info"]["x-padding"] = "x" * MAX_FILE_BYTES
    assert [finding.rule.name for finding in check(json.dumps(document).encode())] == ["FileTooLarge"]


JUNK: list[Any] = [None, True, 0, -1.5, "", "\ud800", [], [None], [[]], {}, {"": None}, {"$ref": 1}, {"type": {}}]


def _every_place(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _every_place(child, (*path, key)))]


def _batches(places: list[tuple[Any, ...]], size: int = 12) -> Iterator[list[tuple[Any, ...]]]:
    """All places, several at a time, none of them inside another of its batch."""
    while places:
        batch: list[tuple[Any, ...]] = []
        for place in places:
            if len(batch) < size and not any(place[: len(one)] == one or one[: len(place)] == place for one in batch):
                batch.append(place)
        yield batch
        places = [place for place in places if place not in batch]


@pytest.mark.parametrize("make", [good.definition, good.properties], ids=["definition", "properties"])
def test_junk_in_any_place_ends_in_findings_and_never_in_an_error(make: Any) -> None:
    number = 0
    for batch in _batches([place for place in _every_place(make()) if place]):
        document = make()
        for place in batch:
            parent = document
            for key in place[:-1]:
                parent = parent[key]
            parent[place[-1]] = JUNK[number % len(JUNK)]
            number += 1
        for finding in check(json.dumps(document).encode()):
            assert str(finding).encode(), batch
    assert number > 30


@pytest.mark.parametrize("kind", ["paths", "definitions", "parameters", "responses"])
def test_a_file_of_nothing_but_mistakes_is_bounded(kind: str) -> None:
    document = good.definition()
    document[kind].update({f"/{number}": {"get": {}, "x": 1} for number in range(1000)})
    findings = check(json.dumps(document).encode())
    counts = Counter(finding.rule.name for finding in findings)
    assert max(counts.values()) == MAX_PLACES


def test_references_that_multiply_are_counted_without_following_each() -> None:
    document = good.definition()
    for level in range(60):
        reference = {"$ref": f"#/definitions/L{level + 1}"}
        document["definitions"][f"L{level}"] = {"type": "object", "properties": dict.fromkeys("abc", reference)}
    document["definitions"]["L60"] = {"type": "string"}
    document["paths"]["/bookings"]["post"]["responses"]["201"]["schema"]["$ref"] = "#/definitions/L0"
    names = {finding.rule.name for finding in check(json.dumps(document).encode())}
    assert {"SchemaTooDeep", "BodySchemaCountExceedsMaxAllowed"} <= names


def _fan_out(count: int, **more: object) -> Json:
    """Definitions that all refer to all."""
    names = [f"D{number}" for number in range(count)]
    fields = {name: {"$ref": f"#/definitions/{name}"} for name in names}
    return {name: {"type": "object", "required": names, "properties": {**fields, **more}} for name in names}


def _layers(count: int, width: int) -> Json:
    """Each refers many times to the next."""
    row = {f"f{number}": {"$ref": "#/definitions/D{}"} for number in range(width)}
    made = {f"D{number}": json.loads(json.dumps(row).replace("{}", str(number + 1))) for number in range(count)}
    return {name: {"type": "object", "properties": fields} for name, fields in made.items()}


HOOKS = {f"h{number}": {"type": "string", "x-ms-notification-url": True} for number in range(2000)}
MANY = [f"p{number}" for number in range(6000)]
DROPDOWN = {"operationId": "Choose", "parameters": {name: {"parameter": name} for name in MANY}}
CHOICES = [{"name": name, "in": "query", "type": "string"} for name in MANY]
COSTLY: dict[str, Json] = {
    "dropdown": {
        "paths": {"/x": {"get": {"operationId": "Choose", "parameters": [*CHOICES, {"x-ms-dynamic-list": DROPDOWN}]}}}
    },
    "every definition refers to every other": {"definitions": _fan_out(120)},
    "layers that multiply": {"definitions": _layers(15, 40)},
    "callbacks": {"definitions": {"D0": {"type": "object", "required": [*HOOKS], "properties": HOOKS}}},
    "tags": {"tags": [{"name": f"t{number}"} for number in range(30_000)]},
    "scopes": {"security": [{"oauth2-auth": [f"s{number}" for number in range(30_000)]}]},
    "enum": {"definitions": {"D0": {"type": "string", "enum": [f"e{number}" for number in range(30_000)]}}},
}


@pytest.mark.parametrize("change", COSTLY.values(), ids=COSTLY.keys())
def test_a_small_file_cannot_cost_minutes(change: Json) -> None:
    document = good.definition()
    for key, value in change.items():
        document[key] = {**document[key], **value} if isinstance(value, dict) else value
    document["paths"]["/bookings"]["post"]["parameters"][1]["schema"] = {"$ref": "#/definitions/D0"}
    started = time.process_time()
    findings = check(json.dumps(document).encode())
    assert time.process_time() - started < MAX_SECONDS
    assert len(findings) < 10 * MAX_PLACES


def test_what_a_terminal_would_act_on_is_shown_as_an_escape() -> None:
    document = good.definition()
    document["host"] = "\x1b[2Jevil\u202e/\ud800"
    document["info"]["\x1b]0;title\x07"] = "\u2066"
    lines = [str(finding) for finding in check(json.dumps(document).encode())]
    assert len(lines) == 2
    assert all(line.isprintable() and line.isascii() for line in lines)
