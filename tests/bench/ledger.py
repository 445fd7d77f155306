"""The cost of the write ledger: two calls of a table for each write, here of Azurite over TLS on this machine."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bridge.base.http_client import Client, Deadline
from bridge.ledger import Claim, Digests, Ledger
from bridge.ledger.azure_table import AzureTable
from tests.bench.bridge import Bench
from tests.bench.measure import Row, ratio, seconds
from tests.support import azurite


def ledger(bench: Bench) -> Iterator[Row]:
    """Nothing, if Azurite is not installed."""
    if azurite.installed() is None:
        return
    with TemporaryDirectory() as folder, azurite.running(Path(folder)) as account, closing(Client()) as client:
        ca_file = Path(folder) / "ca.pem"
        with patch.dict(os.environ, REQUESTS_CA_BUNDLE=str(ca_file)):
            url = azurite.create_table(account, "ledger", ca_file=ca_file)
            table = AzureTable(url, client, azurite.storage_token)
            numbers = itertools.count()

            def write() -> None:
                digests = Digests(b"bench")
                who = {"tenant_id": "t", "object_id": f"o{next(numbers)}", "client_id": "c"}
                about = {**who, "system": "workday", "operation": "ChangeMyLegalName"}
                claim = Ledger(table).begin(digests.write(**about, inputs={}, idempotency_key=None), Deadline(30))
                assert isinstance(claim, Claim)
                claim.done({"eventId": "E"})

            def call() -> None:
                table.partition("nobody", Deadline(30))

            yield Row("a write's two ledger calls / one call of the table", ratio(write, call, rounds=60), 4)
            yield Row("  a write's ledger calls in milliseconds", median(seconds(write) for _ in range(60)) * 1000)
