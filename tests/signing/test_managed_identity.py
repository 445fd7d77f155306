"""The managed identity's token through Azure's own SDK, against the identity endpoint's documented protocol."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.credentials.client_authentication import ClientAuthentication
from bridge.errors import Misconfigured, TryLater
from bridge.settings import load
from bridge.signing.managed_identity import PAUSE_SECONDS, ManagedIdentityAssertion
from tests.signing.stand_ins import CLIENT_ID, Clock, IdentityEndpoint
from tests.support.catalog import CATALOG
from tests.support.env import env

AUDIENCE = "api://AzureADTokenExchange"
HALF_A_DAY, A_DAY = 43_200, 86_400


@pytest.fixture
def assertion() -> ManagedIdentityAssertion:
    return ManagedIdentityAssertion(client_id=CLIENT_ID, audience=AUDIENCE)


def test_asks_for_the_federation_audience_as_that_identity(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion
) -> None:
    assert assertion() == f"token-1-for-{AUDIENCE}"
    [request] = identity.requests
    assert request.query == {"api-version": "2019-08-01", "resource": AUDIENCE, "client_id": CLIENT_ID}


def test_the_settings_make_it_the_bridges_proof(identity: IdentityEndpoint) -> None:
    secretless = env(BRIDGE_ENTRA__CLIENT_SECRET=None, BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID=CLIENT_ID)
    proof = ClientAuthentication.for_entra(load(secretless, CATALOG).entra, "https://login.microsoftonline.com/t/token")
    assert proof.fields() == {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": f"token-1-for-{AUDIENCE}",
    }


@pytest.mark.parametrize("audience", ["api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"])
def test_each_cloud_has_its_audience(identity: IdentityEndpoint, audience: str) -> None:
    ManagedIdentityAssertion(client_id=CLIENT_ID, audience=audience)()
    assert identity.requests[0].query["resource"] == audience


def test_one_request_serves_all_threads_until_renewal(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion
) -> None:
    with ThreadPoolExecutor(20) as threads:
        tokens = set(threads.map(lambda _: assertion(), range(100)))
    assert (tokens, len(identity.requests)) == ({f"token-1-for-{AUDIENCE}"}, 1)


@pytest.mark.parametrize(
    ("lifetime", "still_good", "then"),
    [(A_DAY, HALF_A_DAY - 60, 120), (3600, 3600 - 330, 60)],
    ids=["a day's token at half its life", "an hour's token five minutes before its end"],
)
def test_renews_in_time(
    identity: IdentityEndpoint,
    assertion: ManagedIdentityAssertion,
    clock: Clock,
    lifetime: int,
    still_good: int,
    then: int,
) -> None:
    identity.lifetime_seconds = lifetime
    first = assertion()
    clock.advance(still_good)
    assert assertion() == first
    clock.advance(then)
    assert assertion() == f"token-2-for-{AUDIENCE}"


def test_the_old_token_serves_through_an_outage_and_the_endpoint_is_left_alone(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion, clock: Clock
) -> None:
    first = assertion()
    clock.advance(HALF_A_DAY + 60)
    identity.drop(times=100)
    assert [assertion() for _ in range(10)] == [first] * 10
    tried = len(identity.requests) - 1
    assert 1 <= tried <= 2, "one attempt, at most with the SDK's one repeat"
    clock.advance(PAUSE_SECONDS + 1)
    assert assertion() == first
    assert len(identity.requests) - 1 > tried, "tries again after the pause"


def test_recovers_after_an_outage(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion, clock: Clock
) -> None:
    first = assertion()
    clock.advance(HALF_A_DAY + 60)
    identity.fail(503)
    assert assertion() == first
    clock.advance(PAUSE_SECONDS + 1)
    assert assertion() != first


def test_an_expired_token_is_never_given_out(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion, clock: Clock
) -> None:
    assertion()
    clock.advance(A_DAY + 1)
    identity.drop(times=100)
    with pytest.raises(TryLater):
        assertion()


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
def test_passing_trouble_is_try_later(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion, status: int, body: bytes
) -> None:
    identity.fail(status, body=body, headers={"Retry-After": "7"}, times=5)
    with pytest.raises(TryLater) as caught:
        assertion()
    assert caught.value.retry_after == PAUSE_SECONDS
    assert str(status) in (caught.value.operator or "")
    assert len(identity.requests) == 1, "the SDK must not sleep and repeat inside a user's request"


def test_a_dropped_connection_is_tried_once_more(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion
) -> None:
    identity.drop()
    assert assertion() == f"token-2-for-{AUDIENCE}"


def test_an_identity_that_is_not_assigned_is_the_operators_to_fix(identity: IdentityEndpoint) -> None:
    with pytest.raises(Misconfigured) as caught:
        ManagedIdentityAssertion(client_id="99999999-0000-0000-0000-000000000000", audience=AUDIENCE)()
    assert "99999999-0000-0000-0000-000000000000" in (caught.value.operator or "")


def test_outside_azure_it_says_so_at_once(monkeypatch: pytest.MonkeyPatch, assertion: ManagedIdentityAssertion) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)
    with pytest.raises(Misconfigured):
        assertion()


def test_no_token_reaches_the_log_or_a_repr(
    identity: IdentityEndpoint, assertion: ManagedIdentityAssertion, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = assertion()
    assert token not in caplog.text
    assert token not in repr(assertion)
