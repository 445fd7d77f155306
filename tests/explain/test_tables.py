"""The tables, and the handbook that is made from them: every row is reached, every page is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bridge.tokens import VERDICTS
from tools.cli.troubleshooting import INDEXES, PAGES, everything, handbook
from tools.explain import Expectation, explain, tables
from tools.explain.codes import group_of
from tools.explain.entry import Entry

ADVICE = list(everything())
MICROSOFTS = [
    int(number)
    for line in (Path(__file__).parent / "aadsts_numbers.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for number in line.split()
]
ABOUT_EXCHANGES = {240000, 240002, 50013, 500131, 500133, 700001}


def codes(pasted: str) -> list[str]:
    return [item.advice.code for item in explain(pasted, Expectation(), now=0.0).items]


def test_microsofts_list_is_known_whole() -> None:
    assert len(set(MICROSOFTS)) == 304
    assert set(MICROSOFTS) <= set(tables.codes())


def test_each_number_alone_gets_its_own_answer() -> None:
    wrong = []
    for number in tables.codes():
        (item,) = explain(f"AADSTS{number}", Expectation(), now=0.0).items
        about_exchange = "exchange" in item.advice.sentence and number not in ABOUT_EXCHANGES
        if not isinstance(item.advice, Entry) or number not in item.advice.codes or not item.steps or about_exchange:
            wrong.append((number, item.advice.code))
    assert not wrong


def test_what_a_message_quotes_chooses_the_entry() -> None:
    wrong = []
    for entry in tables.entries("entra"):
        for quoted in entry.when[:1]:
            for name, example in (("~uri", "'https://sp.contoso.example/saml'"), ("~loopback", "http://localhost:8")):
                quoted = quoted.replace(name, example)
            if codes(f"AADSTS{entry.codes[0]}: {quoted}")[0] != entry.code:
                wrong.append((entry.code, quoted))
    assert not wrong


def test_each_message_is_found_by_its_own_example() -> None:
    said = {entry.code: codes(entry.message) for entry in (*tables.messages(), *tables.sentences())}
    assert len(said) > 200
    assert not {code: found for code, found in said.items() if code not in found}


def test_each_oauth_error_is_found_by_its_name_and_by_who_says_it() -> None:
    wrong = []
    for entry in tables.entries("oauth"):
        trace = ', "trace_id": "x"' if entry.entra else ""
        said = [codes(f'{{"error": "{error}"{trace}}}') for error in entry.errors]
        wrong += [(entry.code, found) for found in said if found != [entry.code]]
    assert not wrong


@pytest.mark.parametrize("number", [1234567, 50999, 65999, 700999])
def test_an_unknown_code_is_named_so_with_microsofts_link_and_no_guess(number: int) -> None:
    (item,) = explain(f"AADSTS{number}", Expectation(), now=0.0).items
    assert "not in the table" in item.advice.title
    assert dict(item.facts)["Microsoft's text"].endswith(f"={number}")
    assert "exchange" not in item.detail
    assert group_of(number).title


def test_no_two_entries_have_one_code_and_what_they_replace_exists() -> None:
    listed = [
        entry.code for name in (*tables.MESSAGE_TABLES, "entra", "oauth", "scopes") for entry in tables.entries(name)
    ]
    assert len(listed) == len(set(listed))
    known = {advice.code for advice in ADVICE} | {"audience_sharepoint"}
    assert set().union(*(entry.over for entry in tables.messages())) <= known
    assert {code.group for code in tables.codes().values()} <= set(tables.groups())
    assert {group for _, group in tables.prefixes()} <= set(tables.groups())
    assert set(tables.entra_entries()) <= set(tables.codes())


def test_every_verdict_of_the_api_has_a_neutral_voice() -> None:
    for code in VERDICTS:
        text = " ".join((*tables.token_entry(code).fix, tables.token_entry(code).cause))
        assert "BRIDGE_" not in text, code
        assert "service app" not in text or code in tables_without_neutral_voice(), code


def tables_without_neutral_voice() -> set[str]:
    """What only the bridge itself says, after it has checked a signature or its own agreements."""
    return set(VERDICTS) - set(tables.by_code("verdicts"))


def test_each_entry_is_whole_and_plain() -> None:
    wrong = []
    for advice in ADVICE:
        texts = (advice.title, advice.sentence, advice.cause, *advice.fix, advice.az or "")
        whole = all((advice.title, advice.sentence, advice.cause, advice.fix))
        plain = all(text.isprintable() and "  " not in text for text in texts)
        if not (whole and plain and re.fullmatch(r"[a-z][a-z0-9_]+", advice.code)):
            wrong.append(advice.code)
    assert not wrong


def test_each_fragment_closes_its_brackets() -> None:
    lines = [(entry.code, line) for entry in ADVICE for line in (*entry.says, *entry.unless, *entry.when)]
    assert not [(code, line) for code, line in lines for one in line.split(" & ") if one.count("(") != one.count(")")]


def test_each_command_can_be_split_by_a_shell() -> None:
    commands = [advice.az for advice in ADVICE if advice.az]
    words = [shlex.split(command) for command in commands]
    assert not [command for command in words if command[0] != "az"]
    assert not [command for command in words if set("<>|&;$`") & set("".join(command))], "capitals are replaced"


def test_the_handbook_is_current() -> None:
    files = handbook()
    there = {*PAGES.glob("*.md"), *INDEXES}
    assert set(files) == there, "run: python -m tools.cli.troubleshooting"
    stale = [file.name for file, text in files.items() if file.read_text("utf-8") != text]
    assert not stale, "run: python -m tools.cli.troubleshooting"


def test_every_link_of_the_handbook_leads_to_a_file() -> None:
    for file, text in handbook().items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (file.parent / target).exists(), (file.name, target)


def test_the_indexes_name_every_code_and_every_page() -> None:
    index = "".join(handbook()[file] for file in INDEXES)
    linked = set(re.findall(r"errors/(\w+)\.md", index))
    unlinked = {advice.code for advice in ADVICE} - linked
    assert all(code in tables.by_code("verdicts") or code in tables.by_code("scopes") for code in unlinked)
    assert {f"AADSTS{number}" for number in tables.codes()} <= set(re.findall(r"AADSTS\d+", index))
