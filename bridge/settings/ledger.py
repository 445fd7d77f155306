"""The location of the write ledger: `BRIDGE_LEDGER` and `BRIDGE_LEDGER__…`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from bridge.clouds import Cloud
from bridge.settings.reader import LOOPBACK, Reader, is_https

LedgerKind = Literal["table", "memory"]
MIN_KEY: Final = 32
_TABLE: Final = re.compile(r"/[A-Za-z][A-Za-z0-9]{2,62}")
_ACCOUNT: Final = "[a-z0-9]{3,24}"


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """`table_url` is None for a ledger in the memory of each process. `allowed`: whether this ledger permits writes."""

    table_url: str | None = None
    key: str = field(default="", repr=False)
    allowed: bool = True


def read_ledger(top: Reader, cloud: Cloud, *, in_azure: bool) -> LedgerSettings:
    """In Azure an app has many processes: a ledger in memory permits writes there only if `BRIDGE_LEDGER` names it."""
    group = top.group("LEDGER")
    url, key = group.text("TABLE_URL"), group.text("KEY")
    kind = top.choice("LEDGER", get_args(LedgerKind), "table" if url or group.has("TABLE_URL") else "memory")
    if key and len(key) < MIN_KEY:
        group.fault("KEY", f"is shorter than {MIN_KEY} characters", "deploy/3-secrets.sh generates one")
    if url and not is_table(url, cloud, loopback=not in_azure):
        group.fault(
            "TABLE_URL", "is not the URL of a table", f"It has to be https://ACCOUNT.table.{cloud.storage_domain}/TABLE"
        )
    if kind == "memory":
        return LedgerSettings(None, key or "", allowed=not in_azure or top.has("LEDGER"))
    if not url and not group.has("TABLE_URL"):
        group.fault(
            "TABLE_URL", "is missing", "Set it to the URL of the table, as infra/ does, or remove BRIDGE_LEDGER"
        )
    if not key and not group.has("KEY"):
        group.fault("KEY", "is missing", "Run deploy/3-secrets.sh: it generates one and stores it in Key Vault")
    return LedgerSettings(url, key or "")


def is_table(url: str, cloud: Cloud, *, loopback: bool) -> bool:
    """Whether `url` is that of a table in Azure Storage: no other host gets a token. `loopback` is for tests."""
    if not is_https(url):
        return False
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        return loopback
    host = re.fullmatch(rf"{_ACCOUNT}\.table\.{re.escape(cloud.storage_domain)}", parts.netloc)
    return bool(host and _TABLE.fullmatch(parts.path))
