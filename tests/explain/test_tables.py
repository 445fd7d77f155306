"""The tables, and the handbook that is made from them: every row is reached, every page is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bridge.tokens import VERDICTS
from bridge.tokens.verdict import Advice
from tools.cli.troubleshooting import INDEX, PAGES, everything, handbook
from tools.explain import Expectation, explain, tables
from tools.explain.codes import group_of
from tools.explain.entry import Entry

ADVICE = list(everything())
MESSAGES = list(tables.messages())
MICROSOFTS = [
    int(number)
    for line in (Path(__file__).parent / "aadsts_numbers.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for number in line.split()
]
PLACES = (
    *("make.powerapps.com", "make.powerautomate.com", "Copilot Studio", "Entra admin center", "Azure portal", "az "),
    *("Power Platform admin center", "Power Automate", "Workday", "https://", "docs/", "bridge ", "WorkOS", "API"),
)


def codes(pasted: str) -> list[str]:
    return [item.advice.code for item in explain(pasted, Expectation(), now=0.0).items]


def test_microsofts_list_is_known_whole() -> None:
    assert len(set(MICROSOFTS)) == 304
    assert set(MICROSOFTS) <= set(tables.codes())


@pytest.mark.parametrize("number", sorted(tables.codes()))
def test_a_number_alone_gets_its_own_answer(number: int) -> None:
    (item,) = explain(f"AADSTS{number}", Expectation(), now=0.0).items
    assert isinstance(item.advice, Entry)
    assert number in item.advice.codes
    assert item.steps
    assert not re.search(r"exchange", item.advice.sentence) or number in {240000, 240002, 50013, 500131, 500133, 700001}


@pytest.mark.parametrize("entry", [e for e in tables.entries("entra") if e.when], ids=lambda entry: entry.code)
def test_what_a_message_quotes_chooses_the_entry(entry: Entry) -> None:
    quoted = (
        entry.when[0].replace("~uri", "'https://sp.contoso.example/saml'").replace("~loopback", "http://localhost:8")
    )
    assert codes(f"AADSTS{entry.codes[0]}: {quoted}")[0] == entry.code


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.code)
def test_a_message_is_found_by_its_own_example(entry: Entry) -> None:
    assert entry.code in codes(entry.message)


@pytest.mark.parametrize("entry", tables.entries("oauth"), ids=lambda entry: entry.code)
def test_an_oauth_error_is_found_by_its_name_and_by_who_says_it(entry: Entry) -> None:
    trace = ', "trace_id": "x"' if entry.entra else ""
    for error in entry.errors:
        assert codes(f'{{"error": "{error}"{trace}}}') == [entry.code]


@pytest.mark.parametrize("number", [1234567, 50999, 65999, 700999, 12])
def test_an_unknown_code_is_named_so_with_microsofts_link_and_no_guess(number: int) -> None:
    if number > 9999:
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
    assert set().union(*(entry.over for entry in MESSAGES)) <= known
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


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: advice.code)
def test_an_entry_is_whole_and_plain(advice: Advice) -> None:
    texts = (advice.title, advice.sentence, advice.cause, *advice.fix, advice.az or "")
    assert all((advice.title, advice.sentence, advice.cause, advice.fix))
    assert not [text for text in texts if not text.isprintable() or "  " in text]
    assert re.fullmatch(r"[a-z][a-z0-9_]+", advice.code)


@pytest.mark.parametrize("advice", [a for a in ADVICE if a.az], ids=lambda advice: advice.code)
def test_every_command_can_be_split_by_a_shell(advice: Advice) -> None:
    words = shlex.split(advice.az or "")
    assert words[0] == "az"
    assert not set("<>|&;$`") & set("".join(words)), "what must be replaced is written in capitals"


def test_the_handbook_is_current() -> None:
    files = handbook()
    there = {*PAGES.glob("*.md"), INDEX}
    assert set(files) == there, "run: python -m tools.cli.troubleshooting"
    stale = [file.name for file, text in files.items() if file.read_text("utf-8") != text]
    assert not stale, "run: python -m tools.cli.troubleshooting"


def test_every_link_of_the_handbook_leads_to_a_file() -> None:
    for file, text in handbook().items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (file.parent / target).exists(), (file.name, target)


def test_the_index_names_every_code_and_every_page() -> None:
    index = handbook()[INDEX]
    linked = set(re.findall(r"errors/(\w+)\.md", index))
    unlinked = {advice.code for advice in ADVICE} - linked
    assert all(code in tables.by_code("verdicts") or code in tables.by_code("scopes") for code in unlinked)
    assert {f"AADSTS{number}" for number in tables.codes()} <= set(re.findall(r"AADSTS\d+", index))
