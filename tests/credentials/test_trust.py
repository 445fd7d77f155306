"""A refused assertion: is the user unknown to the system, or has the system stopped to trust the signer?"""

from __future__ import annotations

import pytest

from bridge.base.http_client import HttpResponse
from bridge.credentials.trust import MAX_SUBJECTS, REFUSED_USERS, TrustHistory
from bridge.errors import BridgeError
from bridge.remembered import TRUST_SECONDS
from tests.credentials.support import Bench, entra_error, oauth_token, workday_token
from tests.support.client import Asked, Rule, json_answer

SYSTEM = "BRIDGE_SYSTEMS__WORKDAY__"
UNKNOWN, MISCONFIGURED = (403, "user_unknown_to_system"), (424, "bridge_misconfigured")


def refuse(_: Asked) -> HttpResponse:
    return json_answer({"error": "invalid_grant", "error_description": "The assertion is not accepted."}, 400)


class Workday:
    """A system that accepts assertions until it is told otherwise, and the bridge in front of it."""

    def __init__(self, **overrides: str | None) -> None:
        self.rule: Rule = workday_token
        self.bench = Bench(
            oauth_token, lambda asked: self.rule(asked), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **overrides
        )

    def accepts(self, *names: str) -> None:
        self.rule = workday_token
        for name in names:
            self.bench.broker.lease(self.bench.subject(name), self.bench.trace(), remember=False)

    def refuses(self, name: str, *, rule: Rule = refuse) -> tuple[int, str]:
        """How a refusal of this user is told. A user's next token makes a new exchange."""
        self.rule = rule
        subject = self.bench.subject(name)
        with pytest.raises(BridgeError) as caught:
            self.bench.broker.lease(subject, self.bench.trace(), remember=False)
        assert caught.value.operator, "the operator reads the causes in any case"
        return caught.value.status, caught.value.code


def test_before_anybody_was_accepted_it_is_the_configuration() -> None:
    workday = Workday()
    assert [workday.refuses("adele"), workday.refuses("megan")] == [MISCONFIGURED] * 2


def test_where_others_are_accepted_a_user_who_never_was_is_unknown() -> None:
    workday = Workday()
    workday.accepts("adele")
    assert workday.refuses("newcomer") == UNKNOWN
    assert workday.refuses("newcomer") == UNKNOWN


def test_a_user_who_was_accepted_and_now_is_not_shows_that_the_trust_is_broken_for_everybody() -> None:
    workday = Workday()
    workday.accepts("adele", "megan")
    assert workday.refuses("adele") == MISCONFIGURED
    assert workday.refuses("newcomer") == MISCONFIGURED
    workday.accepts("megan")
    assert workday.refuses("newcomer") == UNKNOWN
    assert workday.refuses("adele") == UNKNOWN, "others are accepted again, so it is this account"


def test_three_different_users_refused_in_a_row_show_it_too() -> None:
    workday = Workday()
    workday.accepts("adele")
    reported = [workday.refuses(name) for name in ("one", "one", "two", "three", "four", "one")]
    assert reported == [UNKNOWN] * 3 + [MISCONFIGURED] * 3
    workday.accepts("adele")
    assert workday.refuses("one") == UNKNOWN


def test_a_success_between_starts_the_count_anew() -> None:
    workday = Workday()
    for name in ("one", "two", "three", "four"):
        workday.accepts("adele")
        assert workday.refuses(name) == UNKNOWN


def test_what_was_learned_ends() -> None:
    workday = Workday()
    workday.accepts("adele")
    workday.bench.now += TRUST_SECONDS + 1
    assert workday.refuses("newcomer") == MISCONFIGURED


def test_the_systems_own_words_decide_first() -> None:
    workday = Workday()
    unknown = json_answer({"error": "invalid_grant", "error_description": "User x unknown"}, 400)
    assert [workday.refuses(name, rule=lambda _: unknown) for name in ("a", "b", "c", "d")] == [UNKNOWN] * 4
    workday.accepts("adele")
    assert workday.refuses("adele", rule=lambda _: unknown) == UNKNOWN


def test_one_systems_trust_says_nothing_of_anothers() -> None:
    history = TrustHistory(lambda: 0.0)
    history.accepted("workday", "a")
    assert not history.points_to_user("sap", "b")
    assert history.points_to_user("workday", "b")


def test_the_memory_is_bounded_and_holds_no_names() -> None:
    history = TrustHistory(lambda: 0.0)
    for number in range(MAX_SUBJECTS + 10):
        history.accepted("workday", str(number))
    assert len(history._subjects) == MAX_SUBJECTS
    workday = Workday()
    workday.accepts("adele")
    workday.refuses("newcomer")
    kept = workday.bench.broker._paths._trust
    assert "adele" not in str([*kept._subjects._entries, *kept._refused._entries.values()])
    assert REFUSED_USERS == 3


def test_other_errors_of_the_endpoint_say_nothing_of_the_user() -> None:
    workday = Workday()
    workday.accepts("adele")
    wrong_client = json_answer({"error": "invalid_client"}, 401)
    assert [workday.refuses(name, rule=lambda _: wrong_client) for name in "abcd"] == [MISCONFIGURED] * 4
    assert workday.refuses("newcomer") == UNKNOWN


def test_an_expired_signing_certificate_is_named_when_it_is_used() -> None:
    bench = Bench(entra_error(399274))
    saml = bench.settings.systems["workday"].saml
    assert saml is not None
    bench.now = saml.key.certificate.not_valid_after_utc.timestamp()
    with pytest.raises(BridgeError) as caught:
        bench.get()
    assert (caught.value.status, caught.value.code) == MISCONFIGURED
    assert f"{SYSTEM}SAML__CERTIFICATE expired on {saml.key.certificate.not_valid_after_utc:%Y-%m-%d}" in str(
        caught.value.operator
    )
    assert bench.workday_calls == []
