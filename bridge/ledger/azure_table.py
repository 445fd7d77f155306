"""A table in Azure Table storage: five REST requests, with the app's managed identity.

Source: Azure Storage REST API, "Table service": Insert Entity, Update Entity, Delete Entity, Query Entities, and
"Authorize with Microsoft Entra ID". Why without Azure's SDK: docs/decisions/014-ledger-without-sdk.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, urlencode

from bridge.base.deadline import Deadline
from bridge.base.http_client import Client, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.errors import Misconfigured
from bridge.ledger.table import Row, RowChanged, RowExists, Rows, TableUnavailable

RESOURCE: Final = "https://storage.azure.com/"
"""The resource of the access token, in every cloud."""
MAX_PAGES: Final = 20
"""Pages that a query reads, of at most 1,000 rows each."""
_HEADERS: Final = {
    "x-ms-version": "2020-12-06",
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0;NetFx",
    "Accept": "application/json;odata=minimalmetadata",
}
_FIXES: Final = {
    401: "the table does not accept the app's managed identity: storage account and app must be in the same tenant",
    403: "the app's managed identity needs the role Storage Table Data Contributor on the table, and access through "
    "the storage account's network rules; a new role takes up to ten minutes",
    404: "there is no such table: compare BRIDGE_LEDGER__TABLE_URL, or deploy infra/ again",
}
_SYSTEM_KEYS: Final = ("PartitionKey", "RowKey", "Timestamp")


class AzureTable:
    """Thread-safe: it has no state. Keys and ETags make every change safe to send twice."""

    def __init__(self, url: str, client: Client, token: Callable[[Deadline], str]) -> None:
        """`url` is that of the table, without a final slash. `token` returns an access token for `RESOURCE`."""
        self._url = url
        self._client = client
        self._token = token

    def insert(self, row: Row, deadline: Deadline) -> Row:
        response = self._send("POST", self._url, deadline, row=row, headers={"Prefer": "return-content"})
        if response.status == 409 and _code(response) == "EntityAlreadyExists":
            raise RowExists
        _expect(response, 201)
        return replace(row, etag=_etag(response), changed_at=_written_at(response))

    def replace(self, row: Row, deadline: Deadline) -> None:
        _expect(self._change("PUT", row, deadline), 204)

    def delete(self, row: Row, deadline: Deadline) -> None:
        _expect(self._change("DELETE", row, deadline), 204)

    def partition(self, name: str, deadline: Deadline) -> Rows:
        return self._query(f"PartitionKey eq {_literal(name)}", deadline)

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        """By this instance's clock, which decides only which rows are read."""
        before = datetime.fromtimestamp(datetime.now(UTC).timestamp() - seconds, UTC)
        return self._query(f"Timestamp lt datetime'{before:%Y-%m-%dT%H:%M:%SZ}'", deadline, pages=1)

    def _change(self, method: str, row: Row, deadline: Deadline) -> HttpResponse:
        keys = quote(f"(PartitionKey={_literal(row.partition)},RowKey={_literal(row.key)})", safe="(),='")
        sent = row if method == "PUT" else None
        response = self._send(method, self._url + keys, deadline, row=sent, headers={"If-Match": row.etag})
        if response.status == 412 or (response.status == 404 and _code(response) != "TableNotFound"):
            raise RowChanged
        return response

    def _query(self, condition: str, deadline: Deadline, pages: int = MAX_PAGES) -> Rows:
        query, rows = {"$filter": condition}, list[Row]()
        for _ in range(pages):
            response = _expect(self._send("GET", f"{self._url}()?{urlencode(query)}", deadline), 200)
            rows += _rows(response)
            names = {f"Next{key}": f"x-ms-continuation-next{key.lower()}" for key in ("PartitionKey", "RowKey")}
            following = {name: response.headers[header] for name, header in names.items() if header in response.headers}
            if not following:
                break
            query |= following
        return Rows(_date(response), rows)

    def _send(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        row: Row | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        sent = {**_HEADERS, "Authorization": f"Bearer {self._token(deadline)}", **(headers or {})}
        content = json.dumps({"PartitionKey": row.partition, "RowKey": row.key, **row.values}) if row else ""
        if row:
            sent["Content-Type"] = "application/json"
        try:
            return self._client.send(method, url, deadline=deadline, headers=sent, body=content.encode if row else None)
        except RequestNotSent as error:
            raise TableUnavailable(f"not sent: {error}") from None
        except ResponseLost as error:
            raise TableUnavailable(f"no response: {error}") from None


def _expect(response: HttpResponse, status: int) -> HttpResponse:
    if response.status == status:
        return response
    if response.status in _FIXES:
        raise Misconfigured(
            "The bridge cannot use its write ledger, so it makes no changes. Nothing was done.",
            operator=f"the ledger's table responds with {response.status} {_code(response)}: {_FIXES[response.status]}",
        )
    raise TableUnavailable(f"HTTP {response.status} {_code(response)}")


def _code(response: HttpResponse) -> str:
    """The service's error code, such as EntityAlreadyExists; empty if there is none."""
    error = (json_object(response.body) or {}).get("odata.error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.isalnum() and len(code) < 64 else ""


def _etag(response: HttpResponse) -> str:
    etag = response.headers.get("etag", "")
    if not etag:
        raise TableUnavailable("a response without an ETag")
    return etag


def _written_at(response: HttpResponse) -> float:
    """When the table wrote the entity in the response: its Timestamp, or else the whole second before."""
    try:
        return datetime.fromisoformat(str((json_object(response.body) or {}).get("Timestamp"))).timestamp()
    except ValueError:
        return _date(response)


def _date(response: HttpResponse) -> float:
    """The time at the table, in Unix seconds."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except ValueError:
        raise TableUnavailable("a response without a Date") from None


def _rows(response: HttpResponse) -> Iterator[Row]:
    entities = (json_object(response.body) or {}).get("value")
    if not isinstance(entities, list):
        raise TableUnavailable("a response that is not a list of entities")
    for entity in entities:
        texts = {name: value for name, value in entity.items() if isinstance(value, str)}
        try:
            keys = [texts[name] for name in _SYSTEM_KEYS]
            changed_at = datetime.fromisoformat(keys[2]).timestamp()
            etag = texts["odata.etag"]
        except (KeyError, ValueError):
            raise TableUnavailable("an entity without its keys") from None
        values = {name: value for name, value in texts.items() if "odata." not in name and name not in _SYSTEM_KEYS}
        yield Row(keys[0], keys[1], values, etag, changed_at)


def _literal(text: str) -> str:
    """A string literal of OData."""
    return "'{}'".format(text.replace("'", "''"))
