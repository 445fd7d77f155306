"""docs/approval.md and docs/personal-data.md agree with the catalog, the clouds and the settings."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest

from bridge.api.body import MAX_BODY_BYTES
from bridge.api.probe import PROBES, WINDOW_SECONDS
from bridge.catalog import load
from bridge.clouds import CLOUDS
from bridge.errors import TryLater
from bridge.fair_share import FairShare
from sandbox.stack import ROOT
from tests.settings.test_documented import documented
from tools.cli.personal_data import PAGE, page

APPROVAL = (ROOT / "docs" / "approval.md").read_text("utf-8")


def test_the_table_of_personal_data_is_the_catalogs() -> None:
    assert PAGE.read_text("utf-8") == page(load()), "run python3 dev.py docs"


def test_every_host_of_microsofts_that_the_bridge_calls_is_named() -> None:
    hosts = {host for cloud in CLOUDS.values() for host in (cloud.login_host, cloud.graph.removeprefix("https://"))}
    assert {host for host in hosts if f"`{host}`" not in APPROVAL} == set()


def test_a_host_that_a_token_response_may_name_is_among_the_hosts_that_are_called() -> None:
    named = {system.title for system in load().systems.values() if system.defaults.instance_host}
    assert named == {"Salesforce"}
    assert "systems whose catalog file has `instance_host` (Salesforce)" in APPROVAL


def test_the_limits_are_the_codes() -> None:
    threads = 32
    share = FairShare(threads)
    turns = [share.turn("tenant", "person") for _ in range(threads // 2)]
    with ExitStack() as running:
        for turn in turns:
            running.enter_context(turn)
        with pytest.raises(TryLater) as refused, share.turn("tenant", "person"):
            pass
    assert f"({threads // 2} of {threads}): `{refused.value.code}`" in APPROVAL
    assert (WINDOW_SECONDS, f"| {PROBES} a minute |" in APPROVAL) == (60, True)
    assert f"| {MAX_BODY_BYTES // 1024} KB · 500 KB |" in APPROVAL


def test_the_alert_for_enumeration_watches_an_operation_that_exists_and_asks_what_the_page_says() -> None:
    query = (ROOT / "infra" / "queries" / "alert-enumeration.kql").read_text("utf-8")
    operations = set(re.findall(r'r\.operation == "(\w+)"', query))
    assert operations == {"SearchColleagues"} <= load().operations.keys()
    [limit] = re.findall(r"searches > (\d+)", query)
    assert f"more than {limit} times in an hour" in " ".join(APPROVAL.split())


def test_operations_that_show_other_people_exist_and_are_named() -> None:
    named = set(re.findall(r"`((?:Get|Search|List)[A-Z]\w+)`", APPROVAL))
    assert named == {"GetMyReports", "SearchColleagues"}
    assert named <= load().operations.keys()


def test_settings_in_short_form_exist() -> None:
    short = set(re.findall(r"`((?:TOKEN__URL|HOST|OPERATIONS|NAME_ID_PATTERN|DENIED_NAME_IDS))`", APPROVAL))
    assert len(short) == 5
    assert {name for name in short if not any(known.endswith(f"__{name}") for known in documented())} == set()
