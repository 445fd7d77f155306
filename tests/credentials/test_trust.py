"""A refused assertion: is the user unknown to the system, or does the system no longer trust the signer?"""

from __future__ import annotations

from bridge.base.http_client import HttpResponse
from bridge.credentials.trust import MAX_SUBJECTS, REFUSED_USERS, TrustHistory
from bridge.errors import BridgeError
from bridge.remembered import TRUST_SECONDS
from tests.credentials.support import Bench, entra_error, oauth_token, workday_token
from tests.support.client import Asked, Rule, json_answer
from tests.support.clock import Clock
from tests.support.memory import texts_in
from tests.support.raised import raised

UNKNOWN, MISCONFIGURED = (403, "user_unknown_to_system"), (424, "bridge_misconfigured")


def refuse(_: Asked) -> HttpResponse:
    return json_answer({"error": "invalid_grant", "error_description": "The assertion is not accepted."}, 400)


class Workday:
    """A system that accepts or refuses assertions, and the bridge in front of it."""

    def __init__(self) -> None:
        self.rule: Rule = workday_token
        self.bench = Bench(oauth_token, lambda asked: self.rule(asked), PATH="saml")

    def accepts(self, *names: str) -> None:
        self.rule = workday_token
        for name in names:
            self.bench.get_anew(name)

    def refuses(self, name: str, *, rule: Rule = refuse) -> tuple[int, str]:
        """What this user's request ends with. Each request makes a new exchange."""
        self.rule = rule
        error = raised(BridgeError, self.bench.get_anew, name)
        assert error.operator, "the operator reads the causes in any case"
        return error.status, error.code


def test_before_any_user_was_accepted_it_is_the_configuration() -> None:
    workday = Workday()
    assert [workday.refuses("adele"), workday.refuses("megan")] == [MISCONFIGURED] * 2


def test_where_others_are_accepted_a_user_who_never_was_is_unknown() -> None:
    workday = Workday()
    workday.accepts("adele")
    assert [workday.refuses("newcomer"), workday.refuses("newcomer")] == [UNKNOWN] * 2


def test_a_user_who_was_accepted_and_is_now_refused_shows_that_the_trust_is_broken_for_everybody() -> None:
    workday = Workday()
    workday.accepts("adele", "megan")
    assert workday.refuses("adele") == MISCONFIGURED
    assert workday.refuses("newcomer") == MISCONFIGURED
    workday.accepts("megan")
    assert workday.refuses("newcomer") == UNKNOWN
    assert workday.refuses("adele") == UNKNOWN, "others are accepted again, so it is this account"


def test_three_different_users_refused_in_a_row_show_a_broken_trust() -> None:
    assert REFUSED_USERS == 3
    workday = Workday()
    workday.accepts("adele")
    reported = [workday.refuses(name) for name in ("one", "one", "two", "three", "four", "one")]
    assert reported == [UNKNOWN] * 3 + [MISCONFIGURED] * 3
    workday.accepts("adele")
    assert workday.refuses("one") == UNKNOWN


def test_a_success_between_refusals_starts_the_count_anew() -> None:
    workday = Workday()
    for name in ("one", "two", "three", "four"):
        workday.accepts("adele")
        assert workday.refuses(name) == UNKNOWN


def test_a_success_counts_for_an_hour() -> None:
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


def test_other_errors_of_the_endpoint_say_nothing_of_the_user() -> None:
    workday = Workday()
    workday.accepts("adele")
    wrong_client = json_answer({"error": "invalid_client"}, 401)
    assert [workday.refuses(name, rule=lambda _: wrong_client) for name in "abcd"] == [MISCONFIGURED] * 4
    assert workday.refuses("newcomer") == UNKNOWN


def test_one_systems_trust_says_nothing_of_anothers() -> None:
    history = TrustHistory(Clock())
    history.accepted("workday", "a")
    assert not history.points_to_user("sap", "b")
    assert history.points_to_user("workday", "b")


def test_the_memory_is_bounded() -> None:
    history = TrustHistory(Clock())
    for number in range(MAX_SUBJECTS + 10):
        history.accepted("workday", str(number))
    assert history.points_to_user("workday", "0"), "the oldest are forgotten"
    assert not history.points_to_user("workday", str(MAX_SUBJECTS + 9))


def test_the_memory_holds_no_names() -> None:
    workday = Workday()
    workday.accepts("adele")
    workday.bench.broker.discard(workday.bench.subject(), workday.bench.get())
    workday.refuses("newcomer")
    kept = texts_in(workday.bench.broker, workday.bench, workday.bench.client)
    assert not [text for text in kept if "adele" in text or "newcomer" in text]


def test_an_expired_signing_certificate_is_named_when_it_is_used() -> None:
    bench = Bench(entra_error(399274))
    saml = bench.settings.systems["workday"].saml
    assert saml is not None
    end = saml.key.certificate.not_valid_after_utc
    bench.now = end.timestamp()
    error = raised(BridgeError, bench.get)
    assert (error.status, error.code) == MISCONFIGURED
    assert f"BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE expired on {end:%Y-%m-%d}" in str(error.operator)
    assert bench.workday_calls == []
