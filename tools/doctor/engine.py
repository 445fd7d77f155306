"""The functions that the page calls in the browser: JSON in, JSON out. They use the `explain` of the command line."""

from __future__ import annotations

import json
from dataclasses import asdict

from tools.doctor.codes import codes
from tools.doctor.presets import FIELDS, PRESETS, pairs
from tools.doctor.wording import for_the_page
from tools.explain.document import verdict
from tools.explain.pasted import LONGEST_INPUT

KINDS = {
    "token": "Access token or other JWT",
    "claims": "Claims of a token",
    "saml": "SAML",
    "header": "Authorization header",
    "challenge": "WWW-Authenticate header",
    "scope": "Scope",
    "audience": "Audience",
    "code": "Code",
    "message": "Error message",
}
_TOO_LONG = f"Only the first {LONGEST_INPUT:,} characters were read."
_BRIDGE = frozenset(preset.name for preset in PRESETS if preset.bridge)


def start() -> str:
    """What the page shows first: `presets`, `fields`, `codes`."""
    return json.dumps(
        {"presets": list(map(asdict, PRESETS)), "fields": list(map(asdict, FIELDS)), "codes": list(codes())}
    )


def answer(question: str) -> str:
    """The verdict on `text` for an API of the kind `preset` with the values of `fields`. `now`: Unix seconds.

    Beside the members of `verdict` there is `kind`, the kind of the input in words.
    """
    asked = json.loads(question)
    text, preset = asked["text"], asked["preset"]
    given = list(pairs(preset, asked["fields"]))
    made = verdict(text, given, bridge=preset in _BRIDGE, now=asked["now"])
    if "error" in made:
        return json.dumps({"error": for_the_page(str(made["error"]))})
    made["kind"] = KINDS.get(str(made["input"]), str(made["input"])) if made["recognised"] else "Not recognised"
    if len(text) > LONGEST_INPUT:
        made["notes"] = [_TOO_LONG, *_list(made["notes"])]
    return json.dumps(_worded(made))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _worded(value: object, name: str = "") -> object:
    """The answer with the sentences of the tables in the words of the page. What was pasted stays as it is."""
    if isinstance(value, str):
        return for_the_page(value) if name in {"detail", "cause", "steps", "notes", "share"} else value
    if isinstance(value, dict):
        return {key: _worded(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner, name) for inner in value]
    return value
