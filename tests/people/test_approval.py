"""docs/approval.md and docs/personal-data.md say what the catalog, the clouds and the settings say."""

from __future__ import annotations

import re

import pytest

from bridge.catalog import load
from bridge.clouds import CLOUDS
from sandbox.stack import ROOT
from tests.settings.test_documented import documented
from tools.cli.personal_data import PAGE, page

APPROVAL = (ROOT / "docs" / "approval.md").read_text("utf-8")


def test_the_table_of_personal_data_is_the_catalogs() -> None:
    assert PAGE.read_text("utf-8") == page(load()), "run python3 dev.py docs"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_clouds_sign_in_host_is_named(cloud: str) -> None:
    assert f"`{CLOUDS[cloud].login_host}`" in APPROVAL


def test_operations_that_show_other_people_exist_and_are_named() -> None:
    named = set(re.findall(r"`((?:Get|Search|List)[A-Z]\w+)`", APPROVAL))
    assert named == {"GetMyReports", "SearchColleagues"}
    assert named <= load().operations.keys()


def test_settings_in_short_form_exist() -> None:
    short = set(re.findall(r"`((?:TOKEN__URL|HOST|OPERATIONS|NAME_ID_PATTERN|DENIED_NAME_IDS))`", APPROVAL))
    assert len(short) == 5
    assert {name for name in short if not any(known.endswith(f"__{name}") for known in documented())} == set()
