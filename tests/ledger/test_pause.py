"""Writes are paused for all, for a system or for a person; each instance knows within 15 seconds."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bridge.base.http_client import Client
from bridge.errors import TryLater
from bridge.ledger.azure_table import AzureTable
from bridge.ledger.pause import Pause, PauseReader, end_pause, pauses, set_pause
from bridge.ledger.table import Table, TableUnavailable
from bridge.remembered import PAUSES_SECONDS
from tests.ledger.support import Failing, Later, claimed, quick, seconds, write
from tests.support.azurite import storage_token
from tests.support.cases import for_each
from tests.support.clock import Clock
from tests.support.raised import raised
from tools.cli.main import main

ADELE = "0a1b2c3d-3333-4444-8555-666677778888"
MEGAN = "0a1b2c3d-3333-4444-8555-666677778889"


def is_paused(reader: PauseReader, system: str = "workday", user: str = ADELE) -> bool:
    try:
        reader.require_running(system, user, seconds())
    except TryLater as error:
        assert (error.status, error.code) == (503, "writes_paused")  # noqa: PT017
        assert error.retry_after  # noqa: PT017
        return True
    return False


# the pause → (system, person) → whether it stops their writes
PAUSES: dict[str, tuple[Pause, dict[tuple[str, str], bool]]] = {
    "all": (Pause(), {("workday", ADELE): True, ("orders", MEGAN): True}),
    "a system": (Pause(system="workday"), {("workday", ADELE): True, ("orders", ADELE): False}),
    "a person": (
        Pause(user=ADELE.upper()),
        {("workday", ADELE): True, ("orders", ADELE): True, ("workday", MEGAN): False},
    ),
    "both": (Pause("workday", ADELE), {("workday", ADELE): True, ("orders", ADELE): False, ("workday", MEGAN): False}),
}


@pytest.mark.parametrize(("pause", "expected"), PAUSES.values(), ids=PAUSES)
def test_a_pause_stops_the_writes_that_it_names(
    table: Table, pause: Pause, expected: dict[tuple[str, str], bool]
) -> None:
    set_pause(table, pause, seconds())
    assert {who: is_paused(PauseReader(table), *who) for who in expected} == expected
    assert end_pause(table, pause, seconds())
    assert not any(is_paused(PauseReader(table), *who) for who in expected)


def test_a_pause_ends_at_its_time_by_the_tables_clock(table: Table) -> None:
    _, now = pauses(table, seconds())
    set_pause(table, Pause(until=now + 60), seconds())
    assert is_paused(PauseReader(table))
    assert not is_paused(PauseReader(Later(table, 61)))


def test_a_pause_that_is_set_again_replaces_the_first(table: Table) -> None:
    _, now = pauses(table, seconds())
    set_pause(table, Pause(until=now + 60), seconds())
    set_pause(table, Pause(), seconds())
    assert pauses(table, seconds())[0] == [Pause()]


def test_an_instance_reads_pauses_once_in_ten_seconds(table: Table) -> None:
    clock, counting = Clock(), Failing(table, iter([]))
    reader = PauseReader(counting, clock)
    assert not is_paused(reader)
    set_pause(table, Pause(), seconds())
    assert not is_paused(reader)
    clock.now += PAUSES_SECONDS
    assert is_paused(reader)
    assert counting.calls == ["partition", "partition"]
    assert PAUSES_SECONDS < 15


def test_writes_stop_while_pauses_cannot_be_read(table: Table) -> None:
    raised(TableUnavailable, is_paused, PauseReader(Failing(table, iter(["before"]))))


@for_each([{"user": "adele"}, {"system": "work/day"}, {"system": ""}])
def test_a_pause_names_a_system_by_its_name_and_a_person_by_the_object_id(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not"):
        Pause(**wrong)


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Azure CLI that is signed in."""
    script = tmp_path / "az"
    script.write_text(f"#!{sys.executable}\nprint({storage_token()!r})\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(script))


WRONG_WORDS = {
    "pause --for 0": "'0' is not a number of minutes from 1 to 10080",
    "pause --for 10081": "'10081' is not a number of minutes",
    "pause --for soon": "'soon' is not a number of minutes",
    "pause --user adele": "'adele' is not an object id",
    "resume --system work/day": "'work/day' is not the name of a system",
    "forget --user adele": "'adele' is not an object id",
    "forget": "--user",
    "pause --table https://contoso.table.core.windows.net.evil.example/ledger": "is not https://ACCOUNT.table",
    "resume --table http://contoso.table.core.windows.net/ledger": "is not https://ACCOUNT.table",
}


def test_wrong_arguments_are_refused_before_the_azure_cli_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: pytest.fail("the Azure CLI was asked"))
    unsaid = {}
    for words, part in WRONG_WORDS.items():
        with pytest.raises(SystemExit) as caught:
            main(["ledger", *words.split()])
        reported = capsys.readouterr().err
        if caught.value.code != 2 or part not in reported:
            unsaid[words] = reported
    assert not unsaid


@pytest.mark.usefixtures("az")
def test_the_command_line_pauses_resumes_and_forgets(
    table_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, str]:
        status = main(["ledger", *words, "--table", table_url])
        reported = capsys.readouterr()
        return status, reported.out + reported.err

    status, printed = run("pause", "--system", "workday", "--for", "15")
    assert (status, "Paused: writes of everybody at the system workday" in printed) == (0, True)
    assert run("pause", "--user", ADELE)[1].count("Paused:") == 2
    assert run("resume")[0] == 1
    assert run("resume", "--user", ADELE)[1].count("Paused:") == 1
    assert run("resume", "--system", "workday") == (0, "Nothing is paused.\n")
    assert run("forget", "--user", ADELE, "--tenant", "tenant")[0] == 2
    monkeypatch.setenv("BRIDGE_LEDGER__KEY", "a key of thirty-two bytes or more, for tests")
    with closing(Client()) as client:
        claimed(quick(AzureTable(table_url, client, storage_token)), write(object_id=ADELE)).done({})
    for rows in ("1 row", "0 rows"):
        printed = f"Deleted what the ledger kept about this person: {rows}.\n"
        assert run("forget", "--user", ADELE, "--tenant", "tenant") == (0, printed)
