"""The one JSON reader is strict: what other readers accept in part or in silence is an error."""

from __future__ import annotations

import pytest

from bridge.base.json_reader import MAX_DEPTH, json_object, read_json
from tests.support.cases import for_each

REFUSED = {
    b"": "not JSON",
    b"{": "not JSON",
    b"{'a': 1}": "not JSON",
    b'{"a": 1} {}': "not JSON",
    b'{"a": "\xff"}': "not JSON",
    '{"a": 1}'.encode("utf-16"): "not JSON",
    b'{"a": NaN}': "does not know",
    b"[Infinity]": "does not know",
    b"[-Infinity]": "does not know",
    b"[1e400]": "too large",
    b"[-1e400]": "too large",
    b"1" * 5000: "not JSON",
    b'{"a": 1, "a": 1}': "twice",
    b'[{"b": {"a": 1, "a": 2}}]': "twice",
    b'{"a": 1, "\\u0061": 2}': "twice",
    b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1): "deeply",
    b'{"a":' * 500 + b"1" + b"}" * 500: "deeply",
    b"[" * 100_000: "not JSON",
    b"[" * 100_000 + b"]" * 100_000: "not JSON",
}


@for_each(REFUSED.items(), name=lambda case: repr(case)[:40])
def test_text_that_is_not_plain_json_is_an_error_without_its_cause(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        read_json(text)
    assert caught.value.__cause__ is None
    assert json_object(text) is None


def test_all_other_json_is_read() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_json(deep)
    assert read_json(b'\xef\xbb\xbf{"a": [1.5, 9007199254740993, null, "[[[["]}') == {
        "a": [1.5, 9007199254740993, None, "[[[["]
    }
    assert read_json(b"[" + b"[]," * 500 + b"[]]") == [[]] * 501
    assert json_object("[]") is None
