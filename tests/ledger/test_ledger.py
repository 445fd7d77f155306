"""A write is made once: what the first, a repeat, a concurrent repeat and one after a crash get. On both tables."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError, Conflict, OutcomeUnknown, TryLater
from bridge.ledger import Claim, Ledger, Repeat
from bridge.ledger.ledger import ATTEMPTS, MAX_RESULT
from bridge.ledger.memory_table import MemoryTable
from bridge.ledger.table import Row, Table
from bridge.remembered import DERIVED_KEY_SECONDS, GIVEN_KEY_SECONDS
from tests.ledger.support import DIGESTS, WHO, Failing, Later, claimed, quick, seconds, write

MINUTES_AFTER = 120


def outcome(ledger: Ledger, *arguments: object) -> str:
    """In one word, what a request gets."""
    try:
        return type(ledger.begin(write(*arguments), seconds(0.5))).__name__  # type: ignore[arg-type]
    except BridgeError as error:
        return error.code


def test_a_repeat_gets_the_kept_outputs_and_when_it_was_first(table: Table) -> None:
    claimed(quick(table), write()).done({"eventId": "E-1"})
    again = quick(table).begin(write(), seconds())
    assert isinstance(again, Repeat)
    assert again.result == {"eventId": "E-1"}
    assert again.first_at.startswith("20")
    assert again.first_at.endswith("Z")


@pytest.mark.parametrize(
    "other",
    [
        {"tenant_id": "other"},
        {"object_id": "megan"},
        {"client_id": "another app"},
        {"system": "workday_eu"},
        {"operation": "ChangeMyLegalName"},
        {"body": "B"},
        {"key": "K"},
    ],
    ids=str,
)
def test_another_request_is_no_repeat(table: Table, other: dict[str, str]) -> None:
    claimed(quick(table), write()).done({})
    assert isinstance(quick(table).begin(write(**other), seconds()), Claim)


def test_nothing_in_a_row_tells_who_or_what(table: Table) -> None:
    claimed(quick(table), write("Zaphod", "my-own-key", object_id="Z-OID")).done({"eventId": "E-1"})
    [row] = table.partition(DIGESTS.partition("tenant", "Z-OID"), seconds()).rows
    shown = f"{row.partition} {row.key} {dict(row.values)}"
    assert "E-1" in shown
    assert not [word for word in ("Zaphod", "my-own-key", "Z-OID", "workday", "ChangeMy") if word in shown]


# what came before, in order → what the same request (A) then gets
HISTORIES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "nothing": ([], "Claim"),
    "done": ([("A", "done")], "Repeat"),
    "refused: nothing was done": ([("A", "release")], "Claim"),
    "outcome unknown": ([("A", "unknown")], "outcome_unknown"),
    "A, then B: A is a new wish": ([("A", "done"), ("B", "done")], "Claim"),
    "A, then B refused": ([("A", "done"), ("B", "release")], "Repeat"),
    "A, then B unknown": ([("A", "done"), ("B", "unknown")], "Repeat"),
    "B, then A": ([("B", "done"), ("A", "done")], "Repeat"),
    "A, B, A": ([("A", "done"), ("B", "done"), ("A", "done")], "Repeat"),
    "A unknown, then B: A is never sent again": ([("A", "unknown"), ("B", "done")], "outcome_unknown"),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_what_the_same_request_gets_after(table: Table, history: str) -> None:
    steps, expected = HISTORIES[history]
    for body, end in steps:
        claim = claimed(quick(table), write(body))
        claim.done({}) if end == "done" else getattr(claim, end)()
        time.sleep(0.002)
    assert outcome(quick(table), "A") == expected


def test_a_write_that_was_made_at_the_same_time_does_not_end_a_key(table: Table) -> None:
    """An agent makes A and B at once, and the platform repeats A, whose response it never got."""
    first, second = claimed(quick(table), write("A")), claimed(quick(table), write("B"))
    first.done({})
    second.done({})
    assert outcome(quick(table), "A") == "Repeat"


def test_nor_does_one_whose_end_reached_the_table_late(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """B began before A ended, however long the record of B's end was on its way."""
    first, second = claimed(quick(table), write("A")), claimed(quick(table), write("B"))
    first.done({})
    replace = table.replace

    def late(row: Row, deadline: Deadline) -> object:
        time.sleep(0.1)
        return replace(row, deadline)

    monkeypatch.setattr(table, "replace", late)
    second.done({})
    assert outcome(quick(table), "A") == "Repeat"


def test_another_write_elsewhere_does_not_end_a_key(table: Table) -> None:
    claimed(quick(table), write("A")).done({})
    for elsewhere in ({"system": "orders"}, {"client_id": "another app"}, {"object_id": "megan"}):
        claimed(quick(table), write("B", **elsewhere)).done({})
    assert outcome(quick(table), "A") == "Repeat"


def test_a_given_key_does_not_end_with_another_write(table: Table) -> None:
    claimed(quick(table), write("A", "K")).done({"eventId": "E-1"})
    claimed(quick(table), write("B")).done({})
    assert outcome(quick(table), "A", "K") == "Repeat"


@pytest.mark.parametrize("end", ["done", "unknown", "running"])
def test_one_key_for_two_requests_is_a_conflict(table: Table, end: str) -> None:
    claim = claimed(quick(table), write("A", "K"))
    if end != "running":
        claim.done({}) if end == "done" else claim.unknown()
    with pytest.raises(Conflict) as caught:
        quick(table).begin(write("B", "K"), seconds())
    assert caught.value.code == "idempotency_conflict"
    assert "firstAt" in caught.value.members


@pytest.mark.parametrize(
    ("key", "hold"), [(None, DERIVED_KEY_SECONDS), ("K", GIVEN_KEY_SECONDS)], ids=["derived key", "given key"]
)
def test_a_key_ends_after_its_time_by_the_tables_clock(table: Table, key: str | None, hold: int) -> None:
    claimed(quick(table), write("A", key)).done({})
    assert outcome(quick(Later(table, hold - 5)), "A", key) == "Repeat"
    assert outcome(quick(Later(table, hold + 5)), "A", key) == "Claim"


def test_after_a_crash_a_repeat_is_reported_that_nothing_is_known_and_is_never_sent(table: Table) -> None:
    claimed(quick(table), write("A"))  # and the process ends here
    claimed(quick(table), write("B")).done({})
    with pytest.raises(OutcomeUnknown) as caught:
        quick(Later(table, MINUTES_AFTER)).begin(write("A"), seconds())
    assert caught.value.members["repeated"] is True
    assert "Read the current data" in caught.value.hint


def test_concurrent_repeats_start_one_and_all_get_its_result(table: Table) -> None:
    callers, starts = 12, []
    together = threading.Barrier(callers)

    def call(_: int) -> object:
        ledger = Ledger(table)
        together.wait()
        claim = ledger.begin(write(), seconds())
        if isinstance(claim, Repeat):
            return claim.result
        starts.append(claim)
        time.sleep(0.1)
        claim.done({"eventId": "E-1"})
        return {"eventId": "E-1"}

    with ThreadPoolExecutor(callers) as pool:
        results = list(pool.map(call, range(callers)))
    assert (len(starts), results) == (1, [{"eventId": "E-1"}] * callers)


def test_two_that_find_an_expired_row_start_one(table: Table) -> None:
    claimed(quick(table), write()).done({})
    later = Later(table, DERIVED_KEY_SECONDS + 5)
    callers = 8
    together = threading.Barrier(callers)

    def call(_: int) -> str:
        together.wait()
        try:
            return type(quick(later).begin(write(), seconds(2))).__name__
        except OutcomeUnknown:
            return "unknown"

    with ThreadPoolExecutor(callers) as pool:
        assert sorted(pool.map(call, range(callers))).count("Claim") == 1


def test_a_repeat_that_cannot_wait_longer_is_not_reported_that_nothing_was_done(table: Table) -> None:
    claimed(quick(table), write())
    with pytest.raises(OutcomeUnknown, match="has not ended yet"):
        quick(table).begin(write(), seconds(1))


# how the table fails, call by call → what the request gets
FAULTS: dict[str, tuple[list[str | None], str]] = {
    "the insert was lost": (["before"], "Claim"),
    "the insert's response was lost: the row is our own": (["after"], "Claim"),
    "then the query fails too, and the row is taken back": (["after", None, "before"], "ledger_unavailable"),
    "down": (["before"] * ATTEMPTS, "ledger_unavailable"),
    "only responses are lost": (["after", *["before"] * (ATTEMPTS - 1)], "ledger_unavailable"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_table(table: Table, fault: str) -> None:
    plan, expected = FAULTS[fault]
    failing = Failing(table, iter(plan))
    try:
        found: str = type(quick(failing).begin(write(), seconds())).__name__
    except TryLater as error:
        found = error.code
    assert found == expected
    if expected != "Claim":
        assert eventually(lambda: outcome(quick(table), "A") == "Claim"), "what was never sent must not stay in the way"


@pytest.mark.parametrize("end", ["done", "unknown", "release"])
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_record_is_made_when_the_table_is_back(table: Table, end: str, fault: str) -> None:
    claim = claimed(quick(Failing(table, iter([None, fault, "before", "before"]))), write())
    claim.done({"eventId": "E-1"}) if end == "done" else getattr(claim, end)()
    expected = {"done": "Repeat", "unknown": "outcome_unknown", "release": "Claim"}[end]
    assert eventually(lambda: state(table) == end)
    assert outcome(quick(table), "A") == expected


def state(table: Table) -> str:
    rows = table.partition(write().partition, seconds()).rows
    return rows[0].values["state"] if rows else "release"


def eventually(is_so: object) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if is_so():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_result_that_is_too_large_is_not_kept(table: Table) -> None:
    claimed(quick(table), write()).done({"eventId": "x" * MAX_RESULT})
    again = quick(table).begin(write(), seconds())
    assert isinstance(again, Repeat)
    assert again.result == {}


def test_forgetting_a_person_leaves_others(table: Table) -> None:
    for oid in ("adele", "megan"):
        claimed(quick(table), write(object_id=oid)).done({})
    assert quick(table).forget(DIGESTS.partition(WHO["tenant_id"], "ADELE"), seconds()) == 1
    assert isinstance(quick(table).begin(write(), seconds()), Claim)
    assert isinstance(quick(table).begin(write(object_id="megan"), seconds()), Repeat)


def test_the_sweep_deletes_what_has_expired(table: Table) -> None:
    claimed(quick(table), write("A")).done({})
    claimed(quick(table), write("B", "K")).done({})
    assert quick(Later(table, DERIVED_KEY_SECONDS + 5)).sweep(seconds()) == 1
    assert quick(Later(table, GIVEN_KEY_SECONDS + 5)).sweep(seconds()) == 1


def test_a_full_memory_sends_nothing() -> None:
    full = MemoryTable(size=1)
    claimed(quick(full), write("A")).done({})
    with pytest.raises(TryLater) as caught:
        quick(full).begin(write("B"), seconds())
    assert caught.value.code == "ledger_unavailable"


@pytest.mark.parametrize(
    ("sent", "same"),
    [("K", "K"), ('"K"', "K"), (" K ", "K"), ("", None), ("k" * 255, "k" * 255)],
    ids=["plain", "as the draft writes it", "with spaces", "empty", "longest"],
)
def test_an_idempotency_key(sent: str, same: str | None) -> None:
    assert write("A", sent) == write("A", same)


@pytest.mark.parametrize("sent", ["k" * 256, "ключ", "a\x00b", '""'], ids=["long", "not ASCII", "control", "no text"])
def test_what_is_no_idempotency_key(sent: str) -> None:
    with pytest.raises(BridgeError) as caught:
        write("A", sent)
    assert (caught.value.status, list(caught.value.fields or {})) == (400, ["Idempotency-Key"])
