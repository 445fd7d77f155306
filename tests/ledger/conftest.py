"""Tables for the ledger: one in memory, and one in Azurite over TLS."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.base.http_client import Client
from bridge.ledger.azure_table import AzureTable
from bridge.ledger.memory_table import MemoryTable
from bridge.ledger.table import Table
from tests.support import azurite


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an account's tables in Azurite."""
    if azurite.installed() is None:
        assert not os.environ.get("CI"), ".ci/run installs Azurite: it is never missing in CI"
        pytest.skip("Azurite is not installed: npm install --prefix ~/.cache/obo-saml-bridge/azurite azurite@3.35.0")
    folder = tmp_path_factory.mktemp("azurite")
    with pytest.MonkeyPatch.context() as patch, azurite.running(folder) as url:
        patch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
        yield url


@pytest.fixture
def table_url(account: str) -> str:
    """An empty table in Azurite."""
    return azurite.create_table(account, f"t{uuid.uuid4().hex}", ca_file=Path(os.environ["REQUESTS_CA_BUNDLE"]))


@pytest.fixture(params=["memory", "azurite"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """An empty table: each test runs with one in memory and with one in Azurite."""
    if request.param == "memory":
        yield MemoryTable()
        return
    with closing(Client()) as client:
        yield AzureTable(request.getfixturevalue("table_url"), client, azurite.storage_token)
        for thread in threading.enumerate():
            if thread.name.startswith("ledger-"):
                thread.join(10)
