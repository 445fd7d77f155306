"""The managed identity's token, by the identity endpoint's documented protocol."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.base.http_client import Client, Deadline
from bridge.credentials.client_authentication import ClientAuthentication
from bridge.errors import Misconfigured, TryLater
from bridge.settings import load
from bridge.signing.managed_identity import PAUSE_SECONDS, ManagedIdentity, _Token
from tests.signing.stand_ins import CLIENT_ID, Clock, IdentityEndpoint
from tests.support.catalog import CATALOG
from tests.support.env import env
from tests.support.raised import raised
from tests.support.threads import eventually

AUDIENCE = "api://AzureADTokenExchange"
HALF_A_DAY, A_DAY = 43_200, 86_400
Ask = Callable[[], str]


@pytest.fixture
def ask(client: Client) -> Ask:
    """The token for the federation audience, as each caller asks for it."""
    identity = ManagedIdentity(CLIENT_ID)
    return lambda: identity.token(AUDIENCE, client, Deadline(10))


def test_the_token_is_for_the_federation_audience_and_that_identity(identity: IdentityEndpoint, ask: Ask) -> None:
    assert ask() == f"token-1-for-{AUDIENCE}"
    [request] = identity.requests
    assert request.query == {"api-version": "2019-08-01", "resource": AUDIENCE, "client_id": CLIENT_ID}


def test_the_settings_make_it_the_bridges_client_authentication(identity: IdentityEndpoint, client: Client) -> None:
    secretless = env(BRIDGE_ENTRA__CLIENT_SECRET=None, BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID=CLIENT_ID)
    entra = load(secretless, CATALOG).entra
    own = ClientAuthentication.for_entra(entra, "https://login.microsoftonline.com/t/token", client)
    assert own.fields(Deadline(10)) == {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": f"token-1-for-{AUDIENCE}",
    }


def test_one_request_serves_all_threads_until_renewal(identity: IdentityEndpoint, ask: Ask) -> None:
    with ThreadPoolExecutor(20) as threads:
        tokens = set(threads.map(lambda _: ask(), range(100)))
    assert (tokens, len(identity.requests)) == ({f"token-1-for-{AUDIENCE}"}, 1)


@pytest.mark.parametrize(
    ("lifetime", "still_good", "then"),
    [(A_DAY, HALF_A_DAY - 60, 120), (3600, 3600 - 330, 60)],
    ids=["a day's token at half its life", "an hour's token five minutes before its end"],
)
def test_a_token_is_renewed_in_time(
    identity: IdentityEndpoint, ask: Ask, clock: Clock, lifetime: int, still_good: int, then: int
) -> None:
    identity.lifetime_seconds = lifetime
    first = ask()
    clock.advance(still_good)
    assert ask() == first
    clock.advance(then)
    assert ask() == first, "no caller waits for the renewal"
    assert eventually(lambda: ask() == f"token-2-for-{AUDIENCE}")


def test_the_old_token_serves_through_an_outage_and_the_endpoint_is_seldom_asked(
    identity: IdentityEndpoint, ask: Ask, clock: Clock
) -> None:
    first = ask()
    clock.advance(HALF_A_DAY + 60)
    identity.fail(503, times=100)
    assert [ask() for _ in range(10)] == [first] * 10
    assert eventually(lambda: len(identity.requests) == 2)
    clock.advance(PAUSE_SECONDS + 1)
    assert ask() == first
    assert eventually(lambda: len(identity.requests) == 3), "tries again after the pause"
    identity.recover()
    clock.advance(PAUSE_SECONDS + 1)
    assert eventually(lambda: ask() != first)


def test_a_good_token_never_waits_for_an_endpoint_that_hangs(
    identity: IdentityEndpoint, ask: Ask, clock: Clock
) -> None:
    first = ask()
    clock.advance(HALF_A_DAY + 60)
    identity.hang()
    start = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: ask(), range(40))) == {first}
    assert time.monotonic() - start < 1
    identity.recover()
    assert eventually(lambda: ask() != first)


def test_without_a_token_callers_share_one_attempt_and_its_failure(
    identity: IdentityEndpoint, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.signing.managed_identity.FETCH_SECONDS", 0.5)
    shared = ManagedIdentity(CLIENT_ID)
    identity.hang()

    def waited(_: int) -> float:
        start = time.monotonic()
        raised(TryLater, shared.token, AUDIENCE, client, Deadline(10))
        return time.monotonic() - start

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(waited, range(24))) < 2
    assert len(identity.requests) <= 2, "one attempt, with its one repeat"


def test_the_callers_deadline_is_the_endpoints_timeout(identity: IdentityEndpoint, client: Client) -> None:
    identity.hang()
    start = time.monotonic()
    raised(TryLater, ManagedIdentity(CLIENT_ID).token, AUDIENCE, client, Deadline(0.3))
    assert time.monotonic() - start < 2


@pytest.mark.usefixtures("identity")
def test_the_failure_of_a_caller_without_time_is_not_shared(client: Client) -> None:
    shared = ManagedIdentity(CLIENT_ID)
    raised(TryLater, shared.token, AUDIENCE, client, Deadline(0))
    assert shared.token(AUDIENCE, client, Deadline(10))


def test_an_expired_token_is_never_used(identity: IdentityEndpoint, ask: Ask, clock: Clock) -> None:
    ask()
    identity.fail(503, times=100)
    clock.advance(A_DAY - 3)
    raised(TryLater, ask)


def test_a_token_that_has_expired_when_it_arrives_is_never_used(identity: IdentityEndpoint, ask: Ask) -> None:
    identity.lifetime_seconds = -10
    raised(TryLater, ask)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b'{"statusCode": 429, "message": "Too many requests"}'),
        (500, b"{}"),
        (503, b"<html>Service Unavailable</html>"),
        (200, b"<html>proxy</html>"),
    ],
    ids=["throttled", "error", "outage with a page", "a page in place of JSON"],
)
def test_throttling_outages_and_unusable_responses_are_try_later(
    identity: IdentityEndpoint, ask: Ask, status: int, body: bytes
) -> None:
    identity.fail(status, body=body, headers={"Retry-After": "7"}, times=5)
    error = raised(TryLater, ask)
    assert error.retry_after == PAUSE_SECONDS
    assert (str(status) if status != 200 else "nothing usable") in (error.operator or "")
    assert len(identity.requests) == 1


def test_after_a_dropped_connection_the_request_is_sent_once_more(identity: IdentityEndpoint, ask: Ask) -> None:
    identity.drop()
    assert ask() == f"token-2-for-{AUDIENCE}"


def test_an_identity_that_is_not_assigned_is_the_operators_to_fix(identity: IdentityEndpoint, client: Client) -> None:
    unassigned = "99999999-0000-0000-0000-000000000000"
    error = raised(Misconfigured, ManagedIdentity(unassigned).token, AUDIENCE, client, Deadline(10))
    assert unassigned in (error.operator or "")


def test_outside_azure_the_identity_is_misconfigured(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)
    raised(Misconfigured, ask)


def test_no_token_reaches_the_log_or_a_repr(
    identity: IdentityEndpoint, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = ask()
    assert token not in caplog.text
    assert token not in repr(_Token(token, 0))
