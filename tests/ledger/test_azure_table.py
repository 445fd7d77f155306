"""The calls of Azure Table storage: long results have pages, clocks may be wrong, a broken response is an error."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.base.http_client import Client, HttpResponse
from bridge.ledger import Ledger, Repeat
from bridge.ledger.azure_table import MAX_PAGES, AzureTable
from bridge.ledger.table import Row, TableUnavailable
from tests.ledger.support import claimed, seconds, write
from tests.support.azurite import storage_token
from tests.support.cases import for_each
from tests.support.client import Asked, ScriptedClient, json_answer
from tests.support.raised import raised

URL = "https://contoso.table.core.windows.net/ledger"
DATE = {"date": "Mon, 02 Mar 2026 09:00:00 GMT"}
ENTITY = {"PartitionKey": "p", "RowKey": "1", "Timestamp": "2026-03-02T09:00:00.5Z", "odata.etag": 'W/"1"'}


def table(answer: object) -> AzureTable:
    def ask(asked: Asked) -> HttpResponse:
        found = answer(asked) if callable(answer) else answer
        assert isinstance(found, HttpResponse)
        return found

    return AzureTable(URL, ScriptedClient({"/ledger": ask}), lambda _: "token")


def test_a_long_result_is_read_page_by_page() -> None:
    def page(asked: Asked) -> HttpResponse:
        query = parse_qs(urlsplit(asked.url).query)
        number = int(query.get("NextRowKey", ["0"])[0])
        assert query["$filter"] == ["PartitionKey eq 'it''s'"]
        further = {"x_ms_continuation_nextpartitionkey": "p", "x_ms_continuation_nextrowkey": str(number + 1)}
        return json_answer(
            {"value": [{**ENTITY, "RowKey": str(number)}]}, 200, **DATE, **(further if number < 3 else {})
        )

    rows = table(page).partition("it's", seconds()).rows
    assert [row.key for row in rows] == ["0", "1", "2", "3"]


def test_the_number_of_pages_is_bounded() -> None:
    further = {"x_ms_continuation_nextpartitionkey": "p"}
    rows = table(json_answer({"value": [ENTITY]}, 200, **DATE, **further)).partition("p", seconds()).rows
    assert len(rows) == MAX_PAGES


def test_an_inserted_row_has_the_time_of_the_table() -> None:
    """If the response leaves the time out, its whole second counts, which is earlier: no key ends because of it."""
    row, headers = Row("p", "1", {}), {**DATE, "etag": 'W/"1"'}
    exact, whole = (table(json_answer(body, 201, **headers)).insert(row, seconds()) for body in (ENTITY, {}))
    assert (exact.changed_at - whole.changed_at, exact.etag) == (0.5, 'W/"1"')


BROKEN = {
    "no JSON": HttpResponse(200, DATE, b"<html>"),
    "no list": json_answer({"value": {}}, 200, **DATE),
    "no keys": json_answer({"value": [{"RowKey": "1"}]}, 200, **DATE),
    "no time": json_answer({"value": [{**ENTITY, "Timestamp": "soon"}]}, 200, **DATE),
    "no Date": json_answer({"value": [ENTITY]}, 200),
    "500": HttpResponse(500, DATE, b""),
    "202": json_answer({"value": [ENTITY]}, 202, **DATE),
}


@for_each(BROKEN)
def test_a_broken_response_is_never_read_as_an_empty_result(answer: HttpResponse) -> None:
    raised(TableUnavailable, table(answer).partition, "p", seconds())


def test_an_instance_whose_clock_is_a_day_ahead_agrees_with_the_others(
    table_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=1)  # type: ignore[arg-type]

    token, real = storage_token(), time.time
    with closing(Client()) as client:
        there = AzureTable(table_url, client, lambda _: token)
        claimed(Ledger(there), write()).done({"eventId": "E-1"})
        monkeypatch.setattr("bridge.ledger.azure_table.datetime", Tomorrow)
        monkeypatch.setattr(time, "time", lambda: real() + 86_400)
        ahead = Ledger(there)
        assert len(there.older_than(600, seconds()).rows) == 1, "it looks old from there"
        assert ahead.sweep(seconds()) == 0
        assert isinstance(ahead.begin(write(), seconds()), Repeat)
        claimed(ahead, write("B")).done({})
    monkeypatch.undo()
    with closing(Client()) as client:
        assert isinstance(Ledger(AzureTable(table_url, client, lambda _: token)).begin(write("B"), seconds()), Repeat)
