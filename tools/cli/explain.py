"""`bridge explain`: what is wrong with a token, a scope, an error message or a response. Offline, keeps nothing."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from tools.cli import explain_mcp
from tools.cli.expectation_from_settings import expectation_from_settings
from tools.cli.paste import clipboard, looks_cut, read_terminal
from tools.cli.screen import Screen, Style, refuse
from tools.explain import Expectation, Explanation, Fact, Item, explain
from tools.explain.difference import comparable, first_difference
from tools.explain.document import document
from tools.explain.pasted import LONGEST_INPUT
from tools.explain.share import shareable

_PROMPT = (
    "Paste a token, a SAML assertion, a scope or an error message, then press Enter twice. It is not shown.\n"
    "(Or: bridge explain --clipboard)"
)
_TOO_LONG = f"Only the first {LONGEST_INPUT:,} characters were read."
_BY_TERMINAL = "The terminal has cut a line (1,024 characters on macOS, 4,096 on Linux). Use --clipboard or a pipe."

_DESCRIPTION = """\
Says what is wrong with a token, decoded claims, a SAML assertion, a scope, an
error message or a whole pasted response, why, and what to change. Works offline
and keeps nothing. Give a token on standard input rather than as an argument:
arguments stay in the shell's history.
"""
_EPILOG = """\
Where BRIDGE_ settings are in the environment, they are what is expected unless
--expect says otherwise. Exit status: 0 nothing wrong that can be seen offline,
1 a problem was found, 2 wrong usage or not understood.

examples:
  bridge explain                                    (then paste, and an empty line)
  bridge explain --clipboard
  bridge explain AADSTS399274
  bridge explain client_not_allowed
  bridge explain --file answer.json --share
  bridge explain --file token.txt --expect aud=api://my-api tid=TENANT_ID
  bridge explain --mcp https://HOST/mcp --clipboard
  bridge explain --file assertion.xml --expect recipient=https://TOKEN_ENDPOINT
"""
_EXPECT = (
    "what the API expects: aud=…, iss=…, tid=…, scp=…, roles=…, client=… (an allowed client id), guests=yes|no; of an "
    "assertion audience=…, recipient=…, nameid=…, iss=…; all but tid, scp, guests and nameid may be repeated"
)


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `explain`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("input", nargs="*", metavar="TEXT", help="what to explain; - or nothing: standard input")
    parser.add_argument("--file", type=Path, metavar="FILE", help="read it from a file")
    parser.add_argument("--clipboard", action="store_true", help="read it from the clipboard")
    parser.add_argument("--expect", nargs="+", default=[], action="extend", metavar="NAME=VALUE", help=_EXPECT)
    about_mcp = "ask an MCP server for its metadata, and judge it; a token for the server may be the input"
    parser.add_argument("--mcp", metavar="URL", help=about_mcp)
    parser.add_argument("--bridge", action="store_true", help="name this bridge's settings in the steps")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object")
    output.add_argument(
        "--share",
        action="store_true",
        help="print the verdict in a form that may be posted: no token, names or whole ids",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain, print, and give the exit status."""
    try:
        pairs = [pair for pair in arguments.expect if pair != "-"]  # `--expect aud=X -`: the - is the input
        words = " ".join(arguments.input) or ("-" if len(pairs) < len(arguments.expect) else None)
        expectation = _expectation(pairs, bridge=arguments.bridge)
        if arguments.mcp and not (words or arguments.file or arguments.clipboard):
            return explain_mcp.run(arguments.mcp, None, as_json=arguments.json)
        text, cut = _input(words, arguments.file, from_clipboard=arguments.clipboard)
        if arguments.mcp:
            return explain_mcp.run(arguments.mcp, text, as_json=arguments.json)
    except ValueError as error:
        return refuse(f"bridge explain: {error}")
    explanation = explain(text, expectation, now=time.time())
    if arguments.json:
        print(json.dumps(document(explanation), indent=2))
    elif arguments.share:
        screen = Screen.of()
        for line in shareable(explanation).splitlines():
            screen.line(line)
    else:
        _show(explanation, Screen.of(), cut=cut)
    return 2 if not explanation.recognised else int(explanation.has_problem)


def _expectation(pairs: list[str], *, bridge: bool) -> Expectation:
    """What `--expect` names; without it what the bridge's settings say, and the steps then name those settings."""
    if pairs:
        return Expectation.of_pairs(pairs, bridge=bridge)
    known = expectation_from_settings(os.environ)
    return replace(known, bridge=True) if known else Expectation(bridge=bridge)


def _input(argument: str | None, file: Path | None, *, from_clipboard: bool) -> tuple[str, str]:
    """The text, and a warning if it was cut (else ""). Raises ValueError with what is wrong with the request."""
    if (file is not None) + (argument is not None) + from_clipboard > 1:
        raise ValueError("give one of TEXT, --file and --clipboard")
    if from_clipboard:
        return _decoded(clipboard(LONGEST_INPUT))
    if file is not None:
        try:
            with file.open("rb") as stream:
                return _decoded(stream.read(LONGEST_INPUT + 1))
        except OSError as error:
            raise ValueError(f"{file}: {error.strerror}") from None
    if argument not in {None, "-"}:
        return str(argument), _TOO_LONG if len(str(argument)) > LONGEST_INPUT else ""
    return _pasted() if sys.stdin.isatty() else _decoded(sys.stdin.buffer.read(LONGEST_INPUT + 1))


def _pasted() -> tuple[str, str]:
    text = read_terminal(_PROMPT, LONGEST_INPUT)
    return text, _BY_TERMINAL if looks_cut(text) else ""


def _decoded(raw: bytes) -> tuple[str, str]:
    """Text of a file or a pipe: UTF-8, or UTF-16 as PowerShell writes it. Other bytes become replacement characters."""
    text = raw[:LONGEST_INPUT].decode(_encoding(raw), "replace")
    return text, _TOO_LONG if len(raw) > LONGEST_INPUT else _BY_TERMINAL if _was_cut(text) else ""


def _encoding(raw: bytes) -> str:
    """Found by the byte order mark, or by the zero bytes of ASCII in UTF-16."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    zeros = raw[:200].count(0)
    if zeros > len(raw[:200]) / 3:
        return "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def _was_cut(text: str) -> bool:
    """Whether a piped text is a token that a terminal cut (in a here-document or a variable)."""
    return len(text.splitlines()) == 1 and looks_cut(text) and text.startswith("eyJ")


def _show(explanation: Explanation, screen: Screen, *, cut: str) -> None:
    if cut:
        screen.marked("warning", cut, "yellow")
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
    screen.marked(
        "warning", "This is not recognised: it is no token, claims, SAML message, scope or known error message."
    )
    screen.steps(
        (
            "Paste the whole response: body and headers, from the connector's Test tab or the agent's activity map.",
            "An AADSTS code alone is enough: bridge explain AADSTS50105",
            "For any other code: https://login.microsoftonline.com/error",
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
    screen.line((f"code {item.public_code} · more in {item.advice.anchor}", "dim"))


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
    if comparable(item.found, item.expected):
        place = first_difference(item.found or "", item.expected or "") or 0
        ends = f"{_from(item.found, place)} / {_from(item.expected, place)}"
        screen.text(f"they differ from character {place + 1} on: {ends}")


def _from(text: str | None, place: int) -> str:
    return repr((text or "")[place : place + 20]) if place < len(text or "") else "(ends)"


def _show_claims(claims: tuple[Fact, ...], screen: Screen) -> None:
    """Each claim with its note; a sign and a colour mark the decisive ones."""
    screen.heading("What it says")
    width = min(max(len(fact.name) for fact in claims), 22)
    for fact in claims:
        text = f"{fact.value}  ({fact.note})" if fact.note and fact.value else fact.value or fact.note
        style: Style = "red" if fact.decisive else "plain"
        screen.named(fact.name, text, width=width, mark="here" if fact.decisive else None, style=style)
