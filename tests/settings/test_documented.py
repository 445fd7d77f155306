"""docs/settings.md names every setting, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.settings import load
from bridge.settings.reader import Reader
from tests.support.catalog import CATALOG
from tests.support.env import SYSTEM, env

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", re.MULTILINE)
GROUPS = {
    "The bridge and its callers": "",
    "A system": SYSTEM,
    "Its token endpoint": f"{SYSTEM}TOKEN__",
    "Its pass-through": f"{SYSTEM}RAW__",
    "The assertion": f"{SYSTEM}SAML__",
}


def documented() -> set[str]:
    names = set()
    for section in re.split(r"^##+ ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        prefix = GROUPS[section.partition("\n")[0]]
        for row in ROW.findall(section):
            names |= {prefix + name for name in re.findall(r"`([A-Z_]+)`", row)}
    return names


def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every name that loading the settings looks at."""
    seen: set[str] = set()
    original = Reader.__init__

    def init(self: Reader, values: object, prefix: str, problems: object, shared: object = None) -> None:
        original(self, values, prefix, problems, seen)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "__init__", init)
    load(env(), CATALOG)
    return seen


def test_the_page_and_the_code_name_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert documented() == asked_for(monkeypatch)


def test_a_name_that_is_not_on_the_page_is_refused() -> None:
    [problem] = load(env(BRIDGE_SYSTEMS__WORKDAY__SAML__KEY="x"), CATALOG).broken["workday"]
    assert "BRIDGE_SYSTEMS__WORKDAY__SAML__KEY: is not a setting" in str(problem)
