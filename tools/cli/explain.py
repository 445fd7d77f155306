"""`bridge explain`: what is wrong with a token, a scope, an error message or a whole answer. Offline, keeps nothing."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tools.cli.expectation_from_settings import expectation_from_settings
from tools.cli.screen import Screen, Style
from tools.explain import Expectation, Explanation, Fact, Item, explain
from tools.explain.pasted import LONGEST_INPUT

_DESCRIPTION = """\
Says what is wrong with a token, a scope, an AADSTS message, a code of the
bridge's or a whole pasted answer, why, and what to change. Works offline and
keeps nothing. Give a token on standard input rather than as an argument:
arguments stay in the shell's history.
"""
_EPILOG = """\
Without --expect the bridge's own settings are used if they stand in the
environment. Exit status: 0 nothing wrong that can be seen offline, 1 a problem
was found, 2 wrong usage or not understood.

examples:
  bridge explain                                    (then paste, and Ctrl-D)
  bridge explain AADSTS399274
  bridge explain client_not_allowed
  bridge explain --file answer.json
  bridge explain --file token.txt --expect aud=api://my-api tid=TENANT_ID
"""
_EXPECT = (
    "what the API expects of the token: aud=…, iss=…, tid=…, scp=…, client=… (an allowed client id), guests=yes|no; "
    "aud, iss and client may be repeated"
)
_KEYS = ("aud", "iss", "tid", "scp", "client", "guests")


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `explain`."""
    parser = subparsers.add_parser(
        "explain",
        help="say what is wrong with a token, a scope or an error message",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", nargs="?", metavar="TEXT", help="what to explain; - or nothing: standard input")
    parser.add_argument("--file", type=Path, metavar="FILE", help="read it from a file")
    parser.add_argument("--expect", nargs="+", default=[], action="extend", metavar="NAME=VALUE", help=_EXPECT)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain, print, and give the exit status."""
    try:
        expectation = _expectation(arguments.expect) if arguments.expect else expectation_from_settings(os.environ)
        text, cut = _input(arguments.input, arguments.file)
    except ValueError as error:
        print(f"bridge explain: {error}", file=sys.stderr)
        return 2
    now = time.time()
    explanation = explain(text, expectation, now=now)
    if arguments.json:
        print(json.dumps(_document(explanation), indent=2))
    else:
        _show(explanation, Screen.of(), cut=cut)
    return 2 if not explanation.recognised else int(explanation.has_problem)


def _expectation(pairs: Iterable[str]) -> Expectation:
    told: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if name not in _KEYS or not equals or not value:
            raise ValueError(f"--expect takes NAME=VALUE with one of {', '.join(_KEYS)}, not {pair[:60]!r}")
        told.setdefault(name, []).append(value)
    for name in ("tid", "scp", "guests"):
        if len(told.get(name, [])) > 1:
            raise ValueError(f"--expect {name}= may stand once only")
    guests = told.get("guests", [""])[0]
    if guests not in {"", "yes", "no"}:
        raise ValueError("--expect guests= takes yes or no")
    return Expectation(
        audiences=tuple(told.get("aud", ())),
        issuers=tuple(told.get("iss", ())),
        tenant_id=told.get("tid", [""])[0],
        scope=told.get("scp", [""])[0],
        clients=tuple(told.get("client", ())),
        guests={"": None, "yes": True, "no": False}[guests],
    )


def _input(argument: str | None, file: Path | None) -> tuple[str, bool]:
    """The text, and whether it was cut. Raises ValueError with what is wrong with the request."""
    if file is not None and argument is not None:
        raise ValueError("give either TEXT or --file, not both")
    if file is not None:
        try:
            with file.open("rb") as stream:
                return _decoded(stream.read(LONGEST_INPUT + 1))
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from None
    if argument not in {None, "-"}:
        return str(argument), len(str(argument)) > LONGEST_INPUT
    if sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        print(f"Paste a token, a scope or an error message, then press {end}:", file=sys.stderr)
    return _decoded(sys.stdin.buffer.read(LONGEST_INPUT + 1))


def _decoded(raw: bytes) -> tuple[str, bool]:
    """Text of a file or a pipe: UTF-8, or UTF-16 as PowerShell writes it. What is neither becomes visible escapes."""
    cut = len(raw) > LONGEST_INPUT
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return raw[:LONGEST_INPUT].decode(encoding, "replace"), cut


def _show(explanation: Explanation, screen: Screen, *, cut: bool) -> None:
    if cut:
        screen.marked("warning", f"Only the first {LONGEST_INPUT:,} characters were looked at.", "yellow")
    if not explanation.recognised:
        _show_unknown(screen)
    elif not explanation.items:
        screen.marked("good", f"Nothing is wrong with this {explanation.kind} that can be seen here.")
    for number, item in enumerate(explanation.items):
        if number:
            screen.line()
        _show_item(item, screen)
    if explanation.claims:
        _show_claims(explanation.claims, screen)
    if explanation.notes:
        screen.heading("Note")
        for note in explanation.notes:
            screen.text(note)


def _show_unknown(screen: Screen) -> None:
    screen.marked("warning", "This is neither a token nor a scope nor a message that is known here.")
    screen.steps(
        (
            "Paste the whole answer: body and response headers, from the connector's Test tab or the agent's activity "
            "map.",
            "An AADSTS code alone is enough: bridge explain AADSTS50105",
            "Codes that are not known here: https://login.microsoftonline.com/error",
        )
    )


def _show_item(item: Item, screen: Screen) -> None:
    screen.marked("bad" if item.problem else "good", item.advice.title)
    screen.text(item.detail)
    _show_pairs(item, screen)
    screen.heading("Why")
    screen.text(item.advice.cause)
    screen.heading("What to do")
    screen.steps(item.steps)
    if item.advice.az:
        screen.heading("With the az CLI")
        screen.line("  ", (item.advice.az, "cyan"))
    screen.line()
    screen.line((f"code {item.advice.public_code} · more in {item.advice.anchor}", "dim"))


def _show_pairs(item: Item, screen: Screen) -> None:
    pairs = [("found", item.found), ("expected", item.expected), *item.facts]
    shown = [(name, value) for name, value in pairs if value]
    if not shown:
        return
    width = max(len(name) for name, _ in shown) + 2
    screen.line()
    for name, value in shown:
        style: Style = "red" if name == "found" and item.problem else "green" if name == "expected" else "plain"
        screen.text(value, first=name.ljust(width), style=style)


def _show_claims(claims: tuple[Fact, ...], screen: Screen) -> None:
    """Each claim with its note; the decisive ones marked, in colour and by a sign."""
    screen.heading("What the token says")
    width = min(max(len(fact.name) for fact in claims), 22)
    for fact in claims:
        text = f"{fact.value}  ({fact.note})" if fact.note and fact.value else fact.value or fact.note
        style: Style = "red" if fact.decisive else "plain"
        screen.named(fact.name, text, width=width, mark="here" if fact.decisive else None, style=style)


def _document(explanation: Explanation) -> dict[str, object]:
    """The whole as JSON. All text is escaped to ASCII when printed, so that nothing in it can act on a terminal."""
    document: dict[str, object] = {
        "input": explanation.kind,
        "recognised": explanation.recognised,
        "problem": explanation.has_problem,
        "code": next((item.advice.public_code for item in explanation.items if item.problem), None),
        "findings": [_finding(item) for item in explanation.items],
        "notes": list(explanation.notes),
    }
    if explanation.payload:
        document["token"] = {
            "header": {name: _shallow(value) for name, value in explanation.header.items()},
            "claims": {name: _shallow(value) for name, value in explanation.payload.items()},
            "decisive": [fact.name for fact in explanation.claims if fact.decisive],
        }
    return document


def _shallow(value: object, depth: int = 8) -> object:
    """The value, with what nests deeper than any token of Entra's left out: printing it would not end well."""
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return "(nested too deeply to show)"
    if isinstance(value, dict):
        return {name: _shallow(inner, depth - 1) for name, inner in value.items()}
    return [_shallow(inner, depth - 1) for inner in value]


def _finding(item: Item) -> dict[str, object]:
    fields: dict[str, object] = {
        "code": item.advice.public_code,
        "verdict": item.advice.code,
        "problem": item.problem,
        "title": item.advice.title,
        "detail": item.detail,
        "found": item.found,
        "expected": item.expected,
        "cause": item.advice.cause,
        "steps": list(item.steps),
        "az": item.advice.az,
        "docs": item.advice.anchor,
        "facts": [{"name": name, "value": value} for name, value in item.facts] or None,
    }
    return {name: value for name, value in fields.items() if value is not None}
