"""One way to read JSON."""

from __future__ import annotations

import pytest

from bridge.base.json_reader import MAX_DEPTH, json_object, read_json

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


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=lambda value: repr(value)[:40])
def test_what_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        read_json(text)
    assert caught.value.__cause__ is None
    assert json_object(text) is None


def test_what_is_read() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_json(deep)
    assert read_json(b'\xef\xbb\xbf{"a": [1.5, 9007199254740993, null, "[[[["]}') == {
        "a": [1.5, 9007199254740993, None, "[[[["]
    }
    assert read_json(b"[" + b"[]," * 500 + b"[]]") == [[]] * 501
    assert json_object("[]") is None
