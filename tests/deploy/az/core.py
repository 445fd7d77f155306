"""The stand-in's machinery: commands by name, arguments, output as knack prints it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Handler = Callable[[Json, dict[str, list[str]]], Any]
COMMANDS: dict[str, Handler] = {}
READS = {"show", "list", "exists", "what-if"}
SUBSCRIPTION, TENANT = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
SAML_APP, SAML_SP, SAML_SCOPE = (f"00000000-0000-0000-0000-0000000000c{n}" for n in range(3))


class Refused(Exception):
    """What the real one would refuse."""


class Interrupted(Exception):
    """The script is ended in the middle of this call."""


def command(words: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        COMMANDS[words] = handler
        return handler

    return register


def play(cloud: Json, words: str, options: dict[str, list[str]], argv: list[str]) -> Any:
    if cloud["fails"] and is_change(words.split(), options) and cloud["fails"] in " ".join(argv):
        raise Refused(cloud["refusal"])
    if words not in COMMANDS:
        raise Refused(f"the stand-in does not know 'az {words}'")
    result = COMMANDS[words](cloud, options)
    if cloud["interrupts"] and is_change(words.split(), options):
        change = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/tmp/\S+", "…", " ".join(argv))
        if change not in cloud["interrupted"]:
            cloud["interrupted"].append(change)
            raise Interrupted("in the middle of a change")
    return result


def parse(argv: list[str]) -> tuple[str, dict[str, list[str]]]:
    words, options, name = [], dict[str, list[str]](), None
    for text in argv:
        if text.startswith("--"):
            name = text[2:]
            options[name] = []
        elif name is None:
            words.append(text)
        else:
            options[name].append(text)
    return " ".join(words), options


def is_change(words: list[str], options: dict[str, list[str]]) -> bool:
    """Whether the call changes something, by the verb."""
    if words[0] == "rest":
        return options["method"][0].upper() != "GET"
    return words[-1] not in READS


def shown(result: Any, form: str) -> str:
    """As knack prints: tsv has one row an item, columns by tabs."""
    if result is None:
        return ""
    if form == "json":
        return json.dumps(result)
    return "".join(f"{_row(row)}\n" for row in (result if isinstance(result, list) else [result]))


def _row(row: Any) -> str:
    if isinstance(row, bool):
        return str(row).lower()
    return "\t".join(str(cell) for cell in row) if isinstance(row, list) else str(row)
