"""Statements about other products have a source and a date."""

from __future__ import annotations

import re

from sandbox.stack import ROOT

README = (ROOT / "README.md").read_text("utf-8")
COMPARISON = README.partition("## Should you use this?")[2].partition("\n## ")[0]
SOURCES = README.partition("\n## Sources\n")[2]
MANUAL = (ROOT / "docs" / "leaving-manual-authentication.md").read_text("utf-8")
DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")
OWN = "the recipe"


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in `text`, without headings."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\[(\d+)\]", text))


def test_each_alternative_has_a_source_and_each_price_its_own() -> None:
    table = rows(COMPARISON)
    assert len(table) == 6
    without = [row[0] for row in table if OWN not in row[0] and not numbers(" ".join(row))]
    prices = [row[3] for row in table if "$" in row[3] and not numbers(row[3])]
    assert (without, prices) == ([], [])


def test_the_numbers_are_those_of_the_list_and_each_entry_has_an_address() -> None:
    entries = dict(re.findall(r"^(\d+)\. (.+)$", SOURCES, re.MULTILINE))
    assert numbers(COMPARISON) == entries.keys()
    assert [number for number, entry in entries.items() if "](https://" not in entry] == []
    assert DATE.search(COMPARISON)
    assert DATE.search(SOURCES)


def test_each_change_of_copilot_studio_has_its_address() -> None:
    table = rows(MANUAL)
    assert len(table) == 4
    assert [row[0] for row in table if "](https://" not in row[1]] == []
    assert DATE.search(MANUAL.partition("## ")[0])


def test_the_other_pages_date_what_they_cite() -> None:
    for name in ("approval", "recipe"):
        paragraphs = (ROOT / "docs" / f"{name}.md").read_text("utf-8").replace("\n| ", "\n\n| ").split("\n\n")
        cited = [paragraph for paragraph in paragraphs if "](https://" in paragraph]
        assert cited
        assert [paragraph for paragraph in cited if not DATE.search(paragraph)] == []
