"""Whatever people write arrives exactly as sent: in every text input of every operation."""

from __future__ import annotations

import json
from typing import cast
from urllib.parse import parse_qs, urlsplit

from bridge.catalog import ListRequest, Operation, SoapRequest
from tests.outbound.support import BUILT_IN, do, empty_success, example, examples, is_free_text, sent_xml
from tests.support.cases import for_each

TEXTS = {
    "markup": "</wd:First_Name><wd:Auto_Complete>true</wd:Auto_Complete>",
    "quotes": 'O\'Neil "Bob" `x`',
    "end of CDATA": "]]>",
    "entities": "&amp; &lt; &#x41; &undefined; <!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "braces": "{worker} {{firstName}} ${x}",
    "emoji": "👩‍🔬🇩🇪",
    "right to left": "‏שלום‎ \u202eevil\u202c",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "line ends": "one\ntwo\r\nthree\rfour\ttab",
    "spaces around": "  Ada  ",
    "10 kB": "ä" * 10_240,
    "percent": "100% %20 a+b?c=d&e#f",
    "JSON": '{"a": "\\u0000"}',
}
OPERATIONS = [
    one
    for one in BUILT_IN.operations.values()
    if not isinstance(one.request, ListRequest) and any(is_free_text(schema) for schema in one.inputs.values())
]


def carried(operation: Operation, text: str) -> list[str]:
    """All texts that the system receives when every free text input holds `text`."""
    raw = examples(operation)
    raw |= {name: example(schema, text) for name, schema in operation.inputs.items() if is_free_text(schema)}
    _, [asked] = do(operation, raw, empty_success(operation))
    if isinstance(operation.request, SoapRequest):
        return [node.text or "" for node in sent_xml(asked).iter()]
    query = [value for values in parse_qs(urlsplit(asked.url).query).values() for value in values]
    return query + [str(value) for value in json.loads(asked.body or b"{}").values()]


FITTING = {
    f"{operation.id}: {name}": (operation, text)
    for operation in OPERATIONS
    for name, text in TEXTS.items()
    if all(len(text) <= cast(int, schema.get("maxLength", len(text))) for schema in operation.inputs.values())
}


@for_each(FITTING)
def test_text_arrives_exactly_as_sent(operation: Operation, text: str) -> None:
    inputs = [name for name, schema in operation.inputs.items() if is_free_text(schema)]
    assert carried(operation, text).count(text) >= len(inputs)


def test_nothing_that_is_written_becomes_markup() -> None:
    operation = BUILT_IN.operations["ChangeMyLegalName"]
    plain = {node.tag for node in sent_xml(do(operation, examples(operation), empty_success(operation))[1][0]).iter()}
    hostile = examples(operation, text=TEXTS["markup"])
    assert {node.tag for node in sent_xml(do(operation, hostile, empty_success(operation))[1][0]).iter()} == plain
