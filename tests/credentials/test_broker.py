"""Which path is taken, what is remembered, and that nothing ever crosses from one user to another."""

from __future__ import annotations

import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.base.http_client import Body, HttpResponse, RequestNotSent, ResponseLost
from bridge.credentials import Broker
from bridge.errors import BridgeError, Forbidden, InvalidUpstreamResponse, Misconfigured, TokenRejected, TryLater
from tests.credentials.support import (
    CORRELATION_ID,
    SUBJECT,
    Bench,
    assertion_xml,
    caller,
    entra_assertion,
    entra_error,
    new_trace,
    oauth_token,
    workday_token,
)
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import ENTRA_SIGNS
from tests.support.memory import texts_in
from tests.support.raised import raised
from tests.support.threads import at_once

SAML_ONLY = entra_error(399274)
SECRET_EXPIRED = entra_error(7000222, error="invalid_client", status=401)
NOT_ASSIGNED = entra_error(50105, error="access_denied")


def refused(bench: Bench, name: str = "adele", **overrides: object) -> BridgeError:
    return raised(BridgeError, bench.get, name, **overrides)


# --- paths


def test_oauth_gives_entras_access_token() -> None:
    bench = Bench(oauth_token, PATH="oauth")
    assert bench.get().access_token == "oauth-for-incoming-token-of-adele"
    [call] = bench.obo_calls
    assert call.form["requested_token_use"] == "on_behalf_of"
    assert "http://www.workday.com/contoso_dpt1/.default" in call.form["scope"].split(" ")
    assert call.headers["client-request-id"] == CORRELATION_ID
    assert bench.workday_calls == []


def test_auto_takes_oauth_where_it_works() -> None:
    assert Bench(oauth_token).get().path == "oauth"


def test_auto_turns_to_the_bridges_assertion_on_399274_and_remembers_it() -> None:
    bench = Bench(SAML_ONLY)
    assert bench.get().access_token == "workday-for-adele.vance@contoso.example"
    assert len(bench.obo_calls) == 1
    assert bench.get("megan").path == "bridge_saml"
    assert len(bench.obo_calls) == 1, "the call that must fail was made again"
    bench.now += 901
    bench.get("lee")
    assert len(bench.obo_calls) == 2, "a change at Entra would never be noticed"


def test_399274_is_forgotten_after_its_time_however_many_callers_it_has_served() -> None:
    bench = Bench(SAML_ONLY)
    for minute in range(16):
        bench.get(f"{chr(97 + minute)}.user")
        bench.now += 60
    bench.get("late.user")
    assert len(bench.obo_calls) == 2


def test_399274_is_not_remembered_before_saml_has_succeeded() -> None:
    bench = Bench(SAML_ONLY, lambda _: json_answer({"error": "invalid_client"}, 401))
    refused(bench)
    refused(bench, "megan")
    assert len(bench.obo_calls) == 2


@pytest.mark.parametrize("code", [65001, 50105, 50076, 500011, 700016, 90033, 50196])
def test_no_other_refusal_of_entra_changes_the_path(code: int) -> None:
    bench = Bench(entra_error(code))
    refused(bench)
    assert bench.workday_calls == []


def test_a_caller_in_a_request_loop_is_kept_from_entra_longer_each_time_and_other_callers_are_not() -> None:
    bench = Bench(entra_error(50196))
    for calls, seconds in enumerate((60, 120, 300, 300), start=1):
        for waited in (0, seconds - 2):
            bench.now += waited
            error = raised(TryLater, bench.get)
            assert (error.retry_after, error.members["aadsts"]) == (seconds - waited, [50196])
        assert len(bench.obo_calls) == calls
        bench.now += 3
    refused(bench, "megan")
    assert len(bench.obo_calls) == 5


def test_path_saml_never_asks_for_an_access_token() -> None:
    bench = Bench(oauth_token, PATH="saml")
    assert bench.get().path == "bridge_saml"
    assert bench.obo_calls == []


def test_entra_saml_sends_entras_assertion_on_and_asks_for_the_bare_scope() -> None:
    bench = Bench(entra_assertion(assertion_xml()), PATH="saml", **ENTRA_SIGNS)
    assert bench.get().path == "entra_saml"
    [obo], [redeemed] = bench.obo_calls, bench.workday_calls
    assert obo.form["scope"] == "http://www.workday.com/contoso_dpt1/.default"
    assert obo.form["requested_token_type"] == "urn:ietf:params:oauth:token-type:saml2"
    assert obo.form["client_secret"] == "made-up-secret-value"
    assert redeemed.form["grant_type"] == "urn:ietf:params:oauth:grant-type:saml2-bearer"
    assert "=" not in redeemed.form["assertion"]


def test_a_system_that_refuses_a_new_oauth_token_is_opened_by_saml() -> None:
    bench = Bench(oauth_token)
    lease = bench.broker.lease(bench.subject(), new_trace())
    paths = [lease.credential.path]
    lease.renew()
    assert [*paths, lease.credential.path] == ["oauth", "bridge_saml"]
    assert bench.get("megan").path == "bridge_saml"


def test_a_request_that_turned_to_saml_never_gets_the_oauth_token_of_another_request() -> None:
    bench = Bench(oauth_token)
    lease = bench.broker.lease(bench.subject(), new_trace())
    bench.broker.discard(bench.subject(), lease.credential)
    assert bench.get().path == "oauth", "the other request, which does not know yet"
    lease.renew()
    assert lease.credential.path == "bridge_saml"


def test_a_remembered_oauth_token_that_is_refused_is_renewed_by_oauth() -> None:
    bench = Bench(oauth_token)
    bench.get()
    lease = bench.broker.lease(bench.subject(), new_trace())
    assert len(bench.obo_calls) == 1
    lease.renew()
    assert (lease.credential.path, len(bench.obo_calls)) == ("oauth", 2)


def test_renewing_what_another_thread_has_renewed_costs_nothing() -> None:
    bench = Bench(oauth_token, PATH="saml")
    bench.get()
    first, second = (bench.broker.lease(bench.subject(), new_trace()) for _ in range(2))
    first.renew()
    second.renew()
    assert first.credential is second.credential
    assert len(bench.workday_calls) == 2


def test_a_lease_that_remembers_nothing_asks_anew_and_keeps_nothing() -> None:
    bench = Bench(SAML_ONLY)
    bench.get()
    for calls in (2, 3):
        bench.get_anew()
        assert (len(bench.obo_calls), len(bench.workday_calls)) == (calls, calls)
    bench.get()
    assert len(bench.workday_calls) == 3, "what was remembered before is still remembered"


def test_the_path_is_explained() -> None:
    bench = Bench(SAML_ONLY)
    system = bench.settings.systems["workday"]
    assert bench.broker.explain_path(system)[0] == "oauth"
    bench.get()
    path, why = bench.broker.explain_path(system)
    assert (path, "lately" in why) == ("bridge_saml", True)


# --- the service account


def test_the_service_account_is_named_only_when_the_operation_is_of_the_service() -> None:
    bench = Bench(SAML_ONLY, SAML__SERVICE_ACCOUNT="isu_reader")
    mine, service = bench.get(), bench.get("adele", True)
    assert mine.access_token == "workday-for-adele.vance@contoso.example"
    assert service.access_token == "workday-for-isu_reader"
    assert bench.get() is mine


def test_the_service_accounts_assertion_says_nothing_of_the_caller() -> None:
    bench = Bench(SAML_ONLY, SAML__SERVICE_ACCOUNT="isu_reader", SAML__ATTRIBUTES='{"Login": "upn"}')
    for service in (False, True):
        bench.get("adele", service)
    sent = [urlsafe_b64decode(call.form["assertion"] + "===") for call in bench.workday_calls]
    assert [b"adele.vance" in xml for xml in sent] == [True, False]


# --- what is remembered


def test_a_credential_serves_until_the_shorter_lived_token_ends() -> None:
    bench = Bench(oauth_token, PATH="saml")
    bench.get()
    bench.now += 569
    bench.get()
    assert len(bench.workday_calls) == 1
    bench.now += 2
    bench.get()
    assert len(bench.workday_calls) == 2, "Workday sends no expires_in: the default of 600 s applies"


def test_a_credential_never_outlives_the_incoming_token() -> None:
    bench = Bench(oauth_token, PATH="oauth")
    subject = bench.subject()
    short = replace(subject, caller=replace(subject.caller, expires_at=bench.now + 100))
    bench.broker.lease(short, new_trace())
    bench.now += 91
    bench.broker.lease(short, new_trace())
    assert len(bench.obo_calls) == 2


class LosesItsConnection(ScriptedClient):
    """As the bridge's client does after a kept connection has died: asks for the body again, and sends that."""

    def send(self, method: str, url: str, *, body: Body = None, **more: Any) -> HttpResponse:
        if callable(body) and "/ccx/oauth2/" in url:
            self.asked.append(Asked(method, url, {}, body(), False))
        return super().send(method, url, body=body, **more)


@pytest.mark.parametrize("signer", ["bridge", "entra"])
def test_after_a_lost_connection_another_assertion_is_sent(signer: str) -> None:
    ids = iter(range(9))

    def entra(asked: Asked) -> HttpResponse:
        name = f"_{next(ids)}".encode()
        return entra_assertion(assertion_xml().replace(b'"_a"', b'"%s"' % name).replace(b"#_a", b"#" + name))(asked)

    bench = Bench(entra, PATH="saml", **(ENTRA_SIGNS if signer == "entra" else {}))
    client = LosesItsConnection(bench.client.rules)
    broker, trace = Broker(bench.settings, CATALOG.systems, client), new_trace()
    broker.lease(bench.subject(), trace)
    first, second = (call.form["assertion"] for call in client.to("/ccx/oauth2/"))
    assert first != second
    assert len({record.id for record in trace.assertions}) == 2, "both are logged"


def test_fifty_threads_that_ask_for_one_credential_cost_one_exchange() -> None:
    def slow(asked: Asked) -> HttpResponse:
        time.sleep(0.2)
        return workday_token(asked)

    bench = Bench(oauth_token, slow, PATH="saml")
    got = at_once([bench.get] * 50)
    assert (len(bench.workday_calls), len(set(map(id, got)))) == (1, 1)


def test_the_number_of_remembered_credentials_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.credentials.broker.MAX_CREDENTIALS", 5)
    bench = Bench(oauth_token, PATH="oauth")
    for number in range(12):
        bench.get(f"user{number}")
    for number, calls in ((11, 12), (7, 12), (6, 13), (0, 14)):
        bench.get(f"user{number}")
        assert len(bench.obo_calls) == calls


# --- refusals


def test_an_app_wide_refusal_is_remembered_for_half_a_minute_without_what_was_the_first_callers() -> None:
    bench = Bench(SECRET_EXPIRED)
    first, second = refused(bench), refused(bench, "megan")
    assert isinstance(first, Misconfigured)
    assert isinstance(second, Misconfigured)
    assert len(bench.obo_calls) == 1
    assert first.members["entraTraceId"] == "t-1"
    assert "entraTraceId" not in second.members
    assert second.members["aadsts"] == [7000222]
    bench.now += 31
    refused(bench)
    assert len(bench.obo_calls) == 2


def test_a_remembered_refusal_holds_nothing_of_the_callers_who_got_it() -> None:
    bench = Bench(SECRET_EXPIRED)
    for name in ("adele", "megan", "lee"):
        refused(bench, name)
    assert not [text for text in texts_in(bench.broker, bench, bench.client) if "incoming-token-of" in text]


def test_without_another_path_399274_is_remembered_like_any_app_wide_refusal() -> None:
    bench = Bench(SAML_ONLY, PATH="oauth")
    assert isinstance(refused(bench), Misconfigured)
    assert isinstance(refused(bench, "megan"), Misconfigured)
    assert len(bench.obo_calls) == 1


def test_a_refusal_of_one_caller_never_reaches_another() -> None:
    bench = Bench(lambda asked: (oauth_token if "megan" in asked.form["assertion"] else NOT_ASSIGNED)(asked))
    assert isinstance(refused(bench), Forbidden)
    assert bench.get("megan").access_token == "oauth-for-incoming-token-of-megan"
    assert refused(bench).code == "not_assigned"


CLAIMS = '{"access_token":{"polids":{"essential":true,"Values":["p-1"]}}}'
CHALLENGE = entra_error(50076, error="interaction_required", claims=CLAIMS)


def test_a_claims_challenge_is_sent_to_clients_that_declared_cp1_and_explained_to_others() -> None:
    bench = Bench(CHALLENGE)
    plain, capable = refused(bench), refused(bench, xms_cc=["cp1"])
    assert isinstance(plain, Forbidden)
    assert plain.challenge is None
    assert isinstance(capable, TokenRejected)
    assert capable.challenge is not None
    encoded = capable.challenge.partition('claims="')[2].rstrip('"')
    assert b64decode(encoded).decode() == CLAIMS
    assert 'error="insufficient_claims"' in capable.challenge


@pytest.mark.parametrize("remember", [True, False], ids=["in a call with a newer token", "in a probe"])
def test_after_a_claims_challenge_no_remembered_credential_serves_that_user(remember: bool) -> None:
    bench = Bench(oauth_token, PATH="oauth")
    bench.get()
    bench.get("megan")
    bench.token = CHALLENGE
    subject = bench.subject()
    newer = replace(subject, caller=replace(subject.caller, token_hash="another", token="another-token"))
    raised(BridgeError, bench.broker.lease, newer if remember else subject, new_trace(), remember=remember)
    assert refused(bench).code == "claims_challenge"
    assert bench.get("megan").path == "oauth"


TROUBLE: dict[str, tuple[Rule, type[BridgeError]]] = {
    "503": (lambda _: HttpResponse(503, {"retry-after": "7"}, b"busy"), TryLater),
    "429": (lambda _: json_answer({"error": "temporarily_unavailable", "error_codes": [90055]}, 429), TryLater),
    "a proxy's page": (lambda _: HttpResponse(200, {"content-type": "text/html"}, b"<html>"), InvalidUpstreamResponse),
    "a list": (lambda _: json_answer([]), InvalidUpstreamResponse),
    "no token": (lambda _: json_answer({"token_type": "Bearer"}), InvalidUpstreamResponse),
}


@pytest.mark.parametrize("settings", [{"PATH": "oauth"}, {"PATH": "saml", **ENTRA_SIGNS}], ids=["oauth", "entra_saml"])
@pytest.mark.parametrize(("rule", "kind"), TROUBLE.values(), ids=TROUBLE)
def test_an_outage_at_entra_and_an_unusable_response_are_different_errors(
    settings: dict[str, str | None], rule: Rule, kind: type[BridgeError]
) -> None:
    error = refused(Bench(rule, **settings))
    assert type(error) is kind
    assert (error.retry_after is not None) == (kind is TryLater)


@pytest.mark.parametrize(
    "failure", [RequestNotSent("dns"), ResponseLost("cut", timed_out=False), ResponseLost("slow", timed_out=True)]
)
def test_no_response_from_entra_is_try_later_too(failure: Exception) -> None:
    def fail(_: Asked) -> HttpResponse:
        raise failure

    assert refused(Bench(fail)).status == 503


def test_one_users_503_is_not_replayed_to_the_next_as_plain_msal_does() -> None:
    bench = Bench(lambda _: HttpResponse(503, {"retry-after": "60"}, b""), PATH="oauth")
    refused(bench)
    bench.token = oauth_token
    assert bench.get("megan").path == "oauth"
    assert bench.get().path == "oauth"


# --- many at once


def test_users_at_once_never_get_each_others_credential_or_refusal() -> None:
    users = {f"{kind}.{letter}": kind for kind in ("odd", "even") for letter in "abcde"}

    def entra(asked: Asked) -> HttpResponse:
        name = asked.form["assertion"].removeprefix("incoming-token-of-")
        xml = assertion_xml(oid=caller(name).object_id, subject=SUBJECT.replace("adele.vance", name))
        rule: Rule = NOT_ASSIGNED if users[name] == "odd" else entra_assertion(xml)
        return rule(asked)

    bench = Bench(entra, PATH="saml", **ENTRA_SIGNS)

    def ask(name: str) -> Callable[[], set[str]]:
        def run() -> set[str]:
            found = set()
            for round_ in range(20):
                try:
                    found.add((bench.get_anew if round_ % 2 else bench.get)(name).access_token)
                except Forbidden as error:
                    found.add(error.code)
            return found

        return run

    found = dict(zip(users, at_once(ask(name) for name in users), strict=True))
    assert found == {
        name: {"not_assigned" if kind == "odd" else f"workday-for-{name}@contoso.example"}
        for name, kind in users.items()
    }
