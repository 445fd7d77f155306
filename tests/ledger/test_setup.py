"""The ledger's settings with their mistakes, its lines in the set-up check, and what it keeps of each operation."""

from __future__ import annotations

import time
from contextlib import closing
from email.utils import formatdate

import pytest

from bridge.base.http_client import Client, HttpResponse, RequestNotSent
from bridge.catalog import load as load_catalog
from bridge.check.writes import share_line, write_lines
from bridge.ledger.azure_table import AzureTable
from bridge.ledger.pause import Pause, set_pause
from bridge.settings import SettingsError, load
from tests.ledger.support import seconds
from tests.support.azurite import storage_token
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.client import Asked, ScriptedClient, json_answer
from tests.support.env import env
from tests.support.raised import raised

URL, KEY = "https://contoso.table.core.windows.net/ledger", "k" * 32
IN_AZURE = {"WEBSITE_INSTANCE_ID": "i-1"}
Env = dict[str, str]


def ledger_env(url: str | None = URL, key: str | None = KEY, **others: str) -> Env:
    values = {"BRIDGE_LEDGER__TABLE_URL": url, "BRIDGE_LEDGER__KEY": key, **others}
    return {name: value for name, value in values.items() if value is not None}


# settings → where the ledger is: the table's URL, "memory", or "none" (writes are refused)
GOOD: dict[str, tuple[Env, str]] = {
    "nothing, on a laptop": ({}, "memory"),
    "nothing, in Azure": (IN_AZURE, "none"),
    "memory, in Azure": ({**IN_AZURE, "BRIDGE_LEDGER": "memory"}, "memory"),
    "a table": (ledger_env(), URL),
    "a table, in Azure": (ledger_env(**IN_AZURE), URL),
    "memory in place of a table": (ledger_env(BRIDGE_LEDGER="memory"), "memory"),
    "Azurite": (ledger_env("https://127.0.0.1:10002/devstoreaccount1/t"), "https://127.0.0.1:10002/devstoreaccount1/t"),
    "another cloud": (
        ledger_env("https://contoso.table.core.usgovcloudapi.net/ledger", BRIDGE_ENTRA__CLOUD="usgov"),
        "https://contoso.table.core.usgovcloudapi.net/ledger",
    ),
}
# settings → the one setting that is wrong, and a word of the message
BAD: dict[str, tuple[Env, str, str]] = {
    "no URL": (ledger_env(None, BRIDGE_LEDGER="table"), "BRIDGE_LEDGER__TABLE_URL", "is missing"),
    "no key": (ledger_env(key=None), "BRIDGE_LEDGER__KEY", "is missing"),
    "a short key": (ledger_env(key="k" * 31), "BRIDGE_LEDGER__KEY", "shorter than 32"),
    "an unknown kind": (ledger_env(BRIDGE_LEDGER="blob"), "BRIDGE_LEDGER", "blob"),
    "an unresolved reference": (
        ledger_env(key="@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/k/)"),
        "BRIDGE_LEDGER__KEY",
        "Key Vault",
    ),
    "an unknown name": (ledger_env(BRIDGE_LEDGER__TABLE="x"), "BRIDGE_LEDGER__TABLE", "TABLE_URL"),
    "loopback in Azure": (
        ledger_env("https://127.0.0.1:10002/devstoreaccount1/t", **IN_AZURE),
        "BRIDGE_LEDGER__TABLE_URL",
        "is not the URL of a table",
    ),
    **{
        url: (ledger_env(url), "BRIDGE_LEDGER__TABLE_URL", "is not the URL of a table")
        for url in (
            "http://contoso.table.core.windows.net/ledger",
            "https://contoso.table.core.windows.net",
            "https://contoso.table.core.windows.net/ledger?sig=x",
            "https://contoso.blob.core.windows.net/ledger",
            "https://contoso-secondary.table.core.windows.net/ledger",
            "https://contoso.table.core.windows.net.evil.example/ledger",
            "https://user@contoso.table.core.windows.net/ledger",
            "https://contoso.table.core.usgovcloudapi.net/ledger",
        )
    },
}


def place(values: Env) -> str:
    found = load(env(**values), CATALOG).ledger
    return found.table_url or ("memory" if found.allowed else "none")


@for_each(GOOD)
def test_the_settings_determine_where_the_ledger_is(values: Env, expected: str) -> None:
    assert place(values) == expected


@for_each(BAD)
def test_each_mistake_is_reported_by_its_setting(values: Env, setting: str, word: str) -> None:
    [problem] = raised(SettingsError, place, values).problems
    assert problem.setting == setting
    assert word in f"{problem.problem}: {problem.fix}"


TOKEN = json_answer({"access_token": "t", "expires_on": str(int(time.time()) + 3600)})
NOW = {"date": formatdate(usegmt=True)}


def table_answer(*rows: dict[str, str]) -> HttpResponse:
    keys = {"PartitionKey": "pause", "Timestamp": "2026-03-02T09:00:00Z", "odata.etag": "W/1", "RowKey": "-.-"}
    return json_answer({"value": [{**keys, **row} for row in rows]}, 200, **NOW)


def refused(status: int, code: str) -> HttpResponse:
    return json_answer({"odata.error": {"code": code}}, status, **NOW)


# settings and the table's response → state and a word of each line
LINES: dict[str, tuple[Env, HttpResponse | Exception, list[tuple[str, str]]]] = {
    "none": (IN_AZURE, table_answer(), [("failed", "every write is refused")]),
    "memory": ({}, table_answer(), [("warning", "in memory")]),
    "a table": (ledger_env(), table_answer(), [("ok", "can be read")]),
    "paused": (
        ledger_env(),
        table_answer({"system": "workday", "until": ""}),
        [("ok", "can be read"), ("warning", "paused: writes of everybody at the system workday, until resumed")],
    ),
    "a pause that has ended": (ledger_env(), table_answer({"until": "1000"}), [("ok", "can be read")]),
    "no role": (ledger_env(), refused(403, "AuthorizationPermissionMismatch"), [("failed", "Data Contributor")]),
    "no table": (ledger_env(), refused(404, "TableNotFound"), [("failed", "there is no such table")]),
    "another tenant": (ledger_env(), refused(401, "InvalidAuthenticationInfo"), [("failed", "same tenant")]),
    "not reached": (ledger_env(), RequestNotSent("gaierror"), [("failed", "not sent: gaierror")]),
}


def test_the_check_reads_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1/msi/token")
    for name, (values, answer, expected) in LINES.items():

        def table(_: Asked, answer: HttpResponse | Exception = answer) -> HttpResponse:
            if isinstance(answer, Exception):
                raise answer
            return answer

        client = ScriptedClient({"/msi/token": lambda _: TOKEN, ".table.": table})
        lines = list(write_lines(load(env(**values), CATALOG), client))
        found = [(line.state.value, word in line.title) for line, (_, word) in zip(lines, expected, strict=True)]
        assert found == [(state, True) for state, _ in expected], (name, lines)
        assert {asked.method for asked in client.asked} <= {"GET"}, "nothing is changed"


def test_the_check_reads_a_table_of_azurite(table_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Client()) as client:
        table = AzureTable(table_url, client, storage_token)
        set_pause(table, Pause(system="workday"), seconds())
        monkeypatch.setattr("bridge.ledger.writes.open_table", lambda *_: table)
        lines = list(write_lines(load(env(**ledger_env(table_url)), CATALOG), client))
    assert [line.code for line in lines] == ["ledger", "ledger_paused"]


@for_each([("32", 0), (None, 1), ("", 1), ("many", 1)])
def test_the_check_says_when_there_is_no_fair_share(threads: str | None, lines: int) -> None:
    values = {} if threads is None else {"PYTHON_THREADPOOL_THREAD_COUNT": threads}
    assert len(list(share_line(values))) == lines


KEPT = {"CreateIncident": {"eventId", "number"}, "CommentOnMyIncident": {"number"}, "AddMyDependent": {"dependentId"}}
"""All that a repeat of these gets; a repeat of another write gets the event's id, if it has one."""
NOT_KEPT = {
    "DecideMySapTask": {"status"},
    "RequestFeedback": {"status"},
    "RequestTimeOff": {"status"},
    "RunFlow": {"answer"},
}
"""A state may have changed since, and a flow may answer anything: what people wrote is never kept."""


def test_what_the_ledger_keeps_of_each_write_is_listed() -> None:
    """A new write with other outputs fails here until the tables above say which of them are kept."""
    writes = {id_: operation for id_, operation in load_catalog(None).operations.items() if operation.kind == "write"}
    kept = {id_: set(operation.ledger) for id_, operation in writes.items()}
    said = {
        id_: {name for name, output in operation.outputs.items() if output.source is not None}
        for id_, operation in writes.items()
    }
    assert len(writes) > 20
    assert kept == {id_: KEPT.get(id_, {"eventId"} & said[id_]) for id_ in writes}
    assert {id_: said[id_] - kept[id_] for id_ in writes if said[id_] - kept[id_]} == NOT_KEPT
