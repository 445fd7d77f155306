"""The table of tokens and used assertion IDs."""

from datetime import UTC, datetime, timedelta

from sandbox.workday.expiring import Expiring


def _in(seconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_row_is_added_once_and_found_until_it_expires() -> None:
    table: Expiring[str] = Expiring()
    assert table.add("a", "first", until=_in(60))
    assert not table.add("a", "second", until=_in(60))
    assert table.get("a") == "first"
    assert table.add("b", "gone", until=_in(-1))
    assert table.get("b") is None
    assert table.add("b", "back", until=_in(60))


def test_expired_rows_are_removed() -> None:
    table: Expiring[None] = Expiring()
    for number in range(5_000):
        table.add(str(number), None, until=_in(-1))
    assert len(table._rows) <= 1_000
    table.add("living", None, until=_in(60))
    assert not table.add("living", None, until=_in(60))


def test_a_cleared_table_is_empty() -> None:
    table: Expiring[str] = Expiring()
    table.add("a", "first", until=_in(60))
    table.clear()
    assert table.get("a") is None
