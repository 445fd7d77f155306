"""A write is made once: what the first, a repeat, a concurrent repeat and one after a crash get, on both tables."""

from __future__ import annotations

import time

import pytest

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError, Conflict, OutcomeUnknown
from bridge.ledger import Claim, Ledger, Repeat, Write
from bridge.ledger.ledger import ATTEMPTS, MAX_RESULT
from bridge.ledger.memory_table import MemoryTable
from bridge.ledger.table import Row, Table
from bridge.remembered import DERIVED_KEY_SECONDS, GIVEN_KEY_SECONDS
from tests.ledger.support import DIGESTS, WHO, Failing, Later, claimed, quick, seconds, write
from tests.support.cases import for_each
from tests.support.raised import raised
from tests.support.threads import at_once, eventually

MINUTES_AFTER = 120


def outcome(ledger: Ledger, what: Write | None = None, limit: float = 0.5) -> str:
    """What a request gets, in one word: by default A."""
    try:
        return type(ledger.begin(what or write("A"), seconds(limit))).__name__
    except BridgeError as error:
        return error.code


def end(claim: Claim, how: str) -> None:
    """`done` keeps the event's id; `release` and `unknown` have no result, `running` does not end it."""
    if how == "done":
        claim.done({"eventId": "E-1"})
    elif how != "running":
        getattr(claim, how)()


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
    assert outcome(quick(table), write(**other)) == "Claim"


def test_a_row_holds_neither_the_person_nor_the_request(table: Table) -> None:
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
    "A, then B: A is a new request": ([("A", "done"), ("B", "done")], "Claim"),
    "A, then B refused": ([("A", "done"), ("B", "release")], "Repeat"),
    "A, then B unknown": ([("A", "done"), ("B", "unknown")], "Repeat"),
    "B, then A": ([("B", "done"), ("A", "done")], "Repeat"),
    "A, B, A": ([("A", "done"), ("B", "done"), ("A", "done")], "Repeat"),
    "A unknown, then B: A is never sent again": ([("A", "unknown"), ("B", "done")], "outcome_unknown"),
}


@pytest.mark.parametrize(("steps", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_the_writes_before_decide_what_a_repeat_gets(table: Table, steps: list[tuple[str, str]], expected: str) -> None:
    for body, how in steps:
        end(claimed(quick(table), write(body)), how)
        time.sleep(0.002)
    assert outcome(quick(table)) == expected


def test_a_write_that_was_made_at_the_same_time_does_not_end_a_key(table: Table) -> None:
    """An agent makes A and B at once, and the platform repeats A, whose response it never got."""
    first, second = claimed(quick(table), write("A")), claimed(quick(table), write("B"))
    first.done({})
    second.done({})
    assert outcome(quick(table)) == "Repeat"


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
    assert outcome(quick(table)) == "Repeat"


def test_another_write_elsewhere_does_not_end_a_key(table: Table) -> None:
    claimed(quick(table), write("A")).done({})
    for elsewhere in ({"system": "orders"}, {"client_id": "another app"}, {"object_id": "megan"}):
        claimed(quick(table), write("B", **elsewhere)).done({})
    assert outcome(quick(table)) == "Repeat"


def test_a_given_key_does_not_end_with_another_write(table: Table) -> None:
    claimed(quick(table), write("A", "K")).done({"eventId": "E-1"})
    claimed(quick(table), write("B")).done({})
    assert outcome(quick(table), write("A", "K")) == "Repeat"


@pytest.mark.parametrize("how", ["done", "unknown", "running"])
def test_one_key_for_two_requests_is_a_conflict(table: Table, how: str) -> None:
    end(claimed(quick(table), write("A", "K")), how)
    error = raised(Conflict, quick(table).begin, write("B", "K"), seconds())
    assert error.code == "idempotency_conflict"
    assert "firstAt" in error.members


@pytest.mark.parametrize(
    ("key", "hold"), [(None, DERIVED_KEY_SECONDS), ("K", GIVEN_KEY_SECONDS)], ids=["derived key", "given key"]
)
def test_a_key_ends_after_its_time_by_the_tables_clock(table: Table, key: str | None, hold: int) -> None:
    claimed(quick(table), write("A", key)).done({})
    assert outcome(quick(Later(table, hold - 5)), write("A", key)) == "Repeat"
    assert outcome(quick(Later(table, hold + 5)), write("A", key)) == "Claim"


def test_after_a_crash_the_outcome_is_unknown_and_a_repeat_is_never_sent(table: Table) -> None:
    claimed(quick(table), write("A"))  # and the process ends here
    claimed(quick(table), write("B")).done({})
    error = raised(OutcomeUnknown, quick(Later(table, MINUTES_AFTER)).begin, write("A"), seconds())
    assert error.members["repeated"] is True
    assert "Read the current data" in error.hint


def test_concurrent_repeats_start_one_and_all_get_its_result(table: Table) -> None:
    starts = []

    def call() -> object:
        claim = Ledger(table).begin(write(), seconds())
        if isinstance(claim, Repeat):
            return claim.result
        starts.append(claim)
        time.sleep(0.1)
        claim.done({"eventId": "E-1"})
        return {"eventId": "E-1"}

    assert at_once([call] * 12) == [{"eventId": "E-1"}] * 12
    assert len(starts) == 1


def test_of_several_requests_that_find_an_expired_row_one_starts(table: Table) -> None:
    claimed(quick(table), write()).done({})
    later = Later(table, DERIVED_KEY_SECONDS + 5)
    assert at_once([lambda: outcome(quick(later), limit=2)] * 8).count("Claim") == 1


def test_for_a_repeat_that_cannot_wait_longer_the_outcome_is_unknown(table: Table) -> None:
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


@pytest.mark.parametrize(("plan", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_write_starts_or_is_refused_while_the_table_fails(
    table: Table, plan: list[str | None], expected: str
) -> None:
    assert outcome(quick(Failing(table, iter(plan))), limit=30) == expected
    if expected != "Claim":
        assert eventually(lambda: outcome(quick(table)) == "Claim"), "a write that was never sent must not block others"


@pytest.mark.parametrize(
    ("how", "expected"), [("done", "Repeat"), ("unknown", "outcome_unknown"), ("release", "Claim")]
)
@pytest.mark.parametrize("fault", ["before", "after"])
def test_the_end_of_a_write_is_recorded_when_the_table_works_again(
    table: Table, how: str, expected: str, fault: str
) -> None:
    end(claimed(quick(Failing(table, iter([None, fault, "before", "before"]))), write()), how)
    assert eventually(lambda: state(table) == how)
    assert outcome(quick(table)) == expected


def state(table: Table) -> str:
    rows = table.partition(write().partition, seconds()).rows
    return rows[0].values["state"] if rows else "release"


def test_a_result_that_is_too_large_is_not_kept(table: Table) -> None:
    claimed(quick(table), write()).done({"eventId": "x" * MAX_RESULT})
    again = quick(table).begin(write(), seconds())
    assert isinstance(again, Repeat)
    assert again.result == {}


def test_forgetting_a_person_leaves_others(table: Table) -> None:
    for oid in ("adele", "megan"):
        claimed(quick(table), write(object_id=oid)).done({})
    assert quick(table).forget(DIGESTS.partition(WHO["tenant_id"], "ADELE"), seconds()) == 1
    assert outcome(quick(table)) == "Claim"
    assert outcome(quick(table), write(object_id="megan")) == "Repeat"


def test_the_sweep_deletes_what_has_expired(table: Table) -> None:
    claimed(quick(table), write("A")).done({})
    claimed(quick(table), write("B", "K")).done({})
    assert quick(Later(table, DERIVED_KEY_SECONDS + 5)).sweep(seconds()) == 1
    assert quick(Later(table, GIVEN_KEY_SECONDS + 5)).sweep(seconds()) == 1


def test_with_a_full_memory_nothing_is_sent() -> None:
    full = MemoryTable(size=1)
    claimed(quick(full), write("A")).done({})
    assert outcome(quick(full), write("B")) == "ledger_unavailable"


@for_each([("K", "K"), ('"K"', "K"), (" K ", "K"), ("", None), ("k" * 255, "k" * 255)])
def test_an_idempotency_key_is_read_with_and_without_quotes_and_spaces(sent: str, same: str | None) -> None:
    assert write("A", sent) == write("A", same)


@for_each(["k" * 256, "ключ", "a\x00b", '""'])
def test_an_idempotency_key_is_a_short_ascii_text(sent: str) -> None:
    error = raised(BridgeError, write, "A", sent)
    assert (error.status, list(error.fields or {})) == (400, ["Idempotency-Key"])
