"""Which path is taken, what is remembered, and that nothing ever crosses from one user to another."""

from __future__ import annotations

import threading
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.base.http_client import Body, HttpResponse, RequestNotSent, ResponseLost
from bridge.credentials import Broker, Credential
from bridge.errors import BridgeError, Forbidden, InvalidUpstreamResponse, Misconfigured, TokenRejected, TryLater
from tests.credentials.support import (
    Bench,
    assertion_xml,
    entra_assertion,
    entra_error,
    oauth_token,
    workday_token,
)
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer

SAML_ONLY = entra_error(399274)
SYSTEM = "BRIDGE_SYSTEMS__WORKDAY__"
ENTRA_SIGNS = {f"{SYSTEM}SAML__{name}": None for name in ("SIGNER", "CERTIFICATE", "NAME_ID_CLAIM", "NAME_ID_PATTERN")}


def get(bench: Bench, name: str = "adele", **overrides: object) -> Credential:
    return bench.get(name, **overrides)


def refused(bench: Bench, name: str = "adele", **overrides: object) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        get(bench, name, **overrides)
    return caught.value


# --- paths


def test_oauth_gives_entras_access_token() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    assert get(bench).access_token == "oauth-for-incoming-token-of-adele"
    [call] = bench.obo_calls
    assert call.form["requested_token_use"] == "on_behalf_of"
    assert "http://www.workday.com/contoso_dpt1/.default" in call.form["scope"].split(" ")
    assert call.headers["client-request-id"] == bench.trace().correlation_id
    assert bench.workday_calls == []


def test_auto_takes_oauth_where_it_works() -> None:
    assert get(Bench(oauth_token)).path == "oauth"


def test_auto_turns_to_the_bridges_assertion_on_399274_and_remembers_it() -> None:
    bench = Bench(SAML_ONLY)
    assert get(bench).access_token == "workday-for-adele.vance@contoso.example"
    assert len(bench.obo_calls) == 1
    assert get(bench, "megan").path == "bridge_saml"
    assert len(bench.obo_calls) == 1, "the doomed call was paid again"
    bench.now += 901
    get(bench, "lee")
    assert len(bench.obo_calls) == 2, "a change would never be found"


def test_the_finding_is_forgotten_after_its_time_however_many_callers_it_has_served() -> None:
    bench = Bench(SAML_ONLY)
    for minute in range(16):
        get(bench, f"{chr(97 + minute)}.user")
        bench.now += 60
    get(bench, "late.user")
    assert len(bench.obo_calls) == 2


def test_the_finding_is_not_remembered_before_saml_has_succeeded() -> None:
    bench = Bench(SAML_ONLY, lambda _: json_answer({"error": "invalid_client"}, 401))
    refused(bench)
    refused(bench, "megan")
    assert len(bench.obo_calls) == 2


@pytest.mark.parametrize("code", [65001, 50105, 50076, 500011, 700016, 90033, 50196])
def test_no_other_answer_of_entras_changes_the_path(code: int) -> None:
    bench = Bench(entra_error(code))
    refused(bench)
    assert bench.workday_calls == []


def test_a_caller_in_a_request_loop_is_kept_from_entra_longer_each_time_and_nobody_else_is() -> None:
    bench = Bench(entra_error(50196))
    for calls, seconds in enumerate((60, 120, 300, 300), start=1):
        for waited in (0, seconds - 2):
            bench.now += waited
            with pytest.raises(TryLater) as caught:
                bench.get()
            assert (caught.value.retry_after, caught.value.members["aadsts"]) == (seconds - waited, [50196])
        assert len(bench.obo_calls) == calls
        bench.now += 3
    refused(bench, "megan")
    assert len(bench.obo_calls) == 5


def test_path_saml_never_asks_for_an_access_token() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="saml")
    assert get(bench).path == "bridge_saml"
    assert bench.obo_calls == []


def test_entra_saml_sends_entras_assertion_on_and_the_bare_scope() -> None:
    bench = Bench(entra_assertion(assertion_xml()), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    assert get(bench).path == "entra_saml"
    [obo], [redeemed] = bench.obo_calls, bench.workday_calls
    assert obo.form["scope"] == "http://www.workday.com/contoso_dpt1/.default"
    assert obo.form["requested_token_type"] == "urn:ietf:params:oauth:token-type:saml2"
    assert obo.form["client_secret"] == "made-up-secret-value"
    assert redeemed.form["grant_type"] == "urn:ietf:params:oauth:grant-type:saml2-bearer"
    assert "=" not in redeemed.form["assertion"]


def test_a_system_that_refuses_a_new_oauth_token_is_opened_by_saml() -> None:
    bench = Bench(oauth_token)
    lease = bench.broker.lease(bench.subject(), bench.trace())
    paths = [lease.credential.path]
    lease.renew()
    assert [*paths, lease.credential.path] == ["oauth", "bridge_saml"]
    assert get(bench, "megan").path == "bridge_saml"


def test_turning_to_saml_is_not_undone_by_another_request_that_brings_oauth_again() -> None:
    bench = Bench(oauth_token)
    lease = bench.broker.lease(bench.subject(), bench.trace())
    bench.broker.discard(bench.subject(), lease.credential)
    get(bench)  # the other request, which does not know yet
    lease.renew()
    assert lease.credential.path == "bridge_saml"


def test_a_kept_oauth_token_that_is_refused_is_renewed_as_such() -> None:
    bench = Bench(oauth_token)
    get(bench)
    lease = bench.broker.lease(bench.subject(), bench.trace())
    assert len(bench.obo_calls) == 1
    lease.renew()
    assert (lease.credential.path, len(bench.obo_calls)) == ("oauth", 2)


def test_renewing_what_another_thread_has_renewed_costs_nothing() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="saml")
    get(bench)
    first, second = (bench.broker.lease(bench.subject(), bench.trace()) for _ in range(2))
    first.renew()
    second.renew()
    assert first.credential is second.credential
    assert len(bench.workday_calls) == 2


def test_a_lease_that_remembers_nothing_asks_anew_and_keeps_nothing() -> None:
    bench = Bench(SAML_ONLY)
    get(bench)
    for calls in (2, 3):
        bench.broker.lease(bench.subject(), bench.trace(), remember=False)
        assert (len(bench.obo_calls), len(bench.workday_calls)) == (calls, calls)
    get(bench)
    assert len(bench.workday_calls) == 3, "what was remembered before is still there"


def test_the_path_is_explained() -> None:
    bench = Bench(SAML_ONLY)
    system = bench.settings.systems["workday"]
    assert bench.broker.explain_path(system)[0] == "oauth"
    get(bench)
    path, why = bench.broker.explain_path(system)
    assert (path, "lately" in why) == ("bridge_saml", True)


# --- the service account


def test_the_service_account_is_named_only_when_the_operation_is_of_the_service() -> None:
    bench = Bench(SAML_ONLY, BRIDGE_SYSTEMS__WORKDAY__SAML__SERVICE_ACCOUNT="isu_reader")
    mine, service = bench.get(), bench.get("adele", True)
    assert mine.access_token == "workday-for-adele.vance@contoso.example"
    assert service.access_token == "workday-for-isu_reader"
    assert bench.get() is mine


def test_the_service_accounts_assertion_says_nothing_of_the_caller() -> None:
    bench = Bench(
        SAML_ONLY,
        BRIDGE_SYSTEMS__WORKDAY__SAML__SERVICE_ACCOUNT="isu_reader",
        BRIDGE_SYSTEMS__WORKDAY__SAML__ATTRIBUTES='{"Login": "upn"}',
    )
    for service in (False, True):
        bench.get("adele", service)
    sent = [urlsafe_b64decode(call.form["assertion"] + "===") for call in bench.workday_calls]
    assert [b"adele.vance" in xml for xml in sent] == [True, False]


# --- what is remembered


def test_a_credential_serves_until_the_shorter_lived_token_ends() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="saml")
    get(bench)
    bench.now += 569
    get(bench)
    assert len(bench.workday_calls) == 1
    bench.now += 2
    get(bench)
    assert len(bench.workday_calls) == 2, "Workday names no expiry: the default of 600 s holds"


def test_a_credential_never_outlives_the_incoming_token() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    subject = bench.subject()
    short = replace(subject, caller=replace(subject.caller, expires_at=bench.now + 100))
    bench.broker.lease(short, bench.trace())
    bench.now += 91
    bench.broker.lease(short, bench.trace())
    assert len(bench.obo_calls) == 2


def test_assertions_are_issued_anew_for_each_exchange() -> None:
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="saml")
    get(bench)
    get(bench, "megan")
    bodies = {call.form["assertion"] for call in bench.workday_calls}
    assert len(bodies) == 2


class LosesItsConnection(ScriptedClient):
    """As the bridge's client does when a kept connection turns out dead: asks for the body again, and sends that."""

    def send(self, method: str, url: str, *, body: Body = None, **more: Any) -> HttpResponse:
        if callable(body) and "/ccx/oauth2/" in url:
            self.asked.append(Asked(method, url, {}, body(), False))
        return super().send(method, url, body=body, **more)


@pytest.mark.parametrize("signer", ["bridge", "entra"])
def test_a_lost_connection_is_answered_with_another_assertion(signer: str) -> None:
    ids = iter(range(9))

    def entra(_: Asked) -> HttpResponse:
        name = f"_{next(ids)}".encode()
        return entra_assertion(assertion_xml().replace(b'"_a"', b'"%s"' % name).replace(b"#_a", b"#" + name))(_)

    bench = Bench(entra, BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **(ENTRA_SIGNS if signer == "entra" else {}))
    client = LosesItsConnection(bench.client.rules)
    broker, trace = Broker(bench.settings, CATALOG.systems, client), bench.trace()
    broker.lease(bench.subject(), trace)
    first, second = (call.form["assertion"] for call in client.to("/ccx/oauth2/"))
    assert first != second
    assert len({record.id for record in trace.assertions}) == 2, "both are logged"


def test_fifty_threads_that_ask_for_one_credential_cost_one_exchange() -> None:
    release = threading.Event()

    def slow(asked: Asked) -> HttpResponse:
        assert release.wait(10)
        return workday_token(asked)

    bench = Bench(oauth_token, slow, BRIDGE_SYSTEMS__WORKDAY__PATH="saml")
    got: list[Credential] = []
    threads = [threading.Thread(target=lambda: got.append(get(bench))) for _ in range(50)]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join(20)
    assert len(bench.workday_calls) == 1
    assert len(got) == 50
    assert len(set(map(id, got))) == 1


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.credentials.broker.MAX_CREDENTIALS", 5)
    bench = Bench(oauth_token, BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    for number in range(12):
        get(bench, f"user{number}")
    assert len(bench.broker._credentials) == 5


# --- refusals


def test_an_app_wide_refusal_is_remembered_for_half_a_minute_without_what_was_the_first_callers() -> None:
    bench = Bench(entra_error(7000222, error="invalid_client", status=401))
    first, second = refused(bench), refused(bench, "megan")
    assert isinstance(first, Misconfigured)
    assert len(bench.obo_calls) == 1
    assert first.members["entraTraceId"] == "t-1"
    assert "entraTraceId" not in second.members
    assert second.members["aadsts"] == [7000222]
    bench.now += 31
    refused(bench)
    assert len(bench.obo_calls) == 2


def test_a_kept_refusal_holds_on_to_nothing_of_those_who_were_reported_it() -> None:
    bench = Bench(entra_error(7000222, error="invalid_client", status=401))
    for name in ("adele", "megan", "lee"):
        refused(bench, name)
    [(kept, _)] = bench.broker._paths._app_wide._entries.values()
    assert kept.__traceback__ is None


def test_without_another_path_399274_is_remembered_like_any_app_wide_refusal() -> None:
    bench = Bench(SAML_ONLY, BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    assert isinstance(refused(bench), Misconfigured)
    assert isinstance(refused(bench, "megan"), Misconfigured)
    assert len(bench.obo_calls) == 1


def test_a_refusal_of_one_caller_is_never_answered_to_another() -> None:
    def by_user(asked: Asked) -> HttpResponse:
        rule: Rule = oauth_token if "megan" in asked.form["assertion"] else entra_error(50105, error="access_denied")
        return rule(asked)

    bench = Bench(by_user)
    assert isinstance(refused(bench), Forbidden)
    assert get(bench, "megan").access_token == "oauth-for-incoming-token-of-megan"
    assert refused(bench).code == "not_assigned"


CLAIMS = '{"access_token":{"polids":{"essential":true,"Values":["p-1"]}}}'


def test_a_claims_challenge_goes_to_clients_that_declared_cp1_and_to_others_as_a_sentence() -> None:
    bench = Bench(entra_error(50076, error="interaction_required", claims=CLAIMS))
    plain, capable = refused(bench), refused(bench, xms_cc=["cp1"])
    assert isinstance(plain, Forbidden)
    assert plain.challenge is None
    assert isinstance(capable, TokenRejected)
    assert capable.challenge is not None
    encoded = capable.challenge.partition('claims="')[2].rstrip('"')
    assert b64decode(encoded).decode() == CLAIMS
    assert 'error="insufficient_claims"' in capable.challenge


def test_after_a_claims_challenge_nothing_given_before_serves_that_user() -> None:
    answers: list[Rule] = [oauth_token]
    bench = Bench(lambda asked: answers[-1](asked), BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    get(bench)
    get(bench, "megan")
    answers.append(entra_error(50076, error="interaction_required", claims=CLAIMS))
    subject = bench.subject()
    newer = replace(subject, caller=replace(subject.caller, token_hash="another", token="another-token"))
    with pytest.raises(BridgeError):
        bench.broker.lease(newer, bench.trace())
    assert refused(bench).code == "claims_challenge"
    assert get(bench, "megan").path == "oauth"


def test_a_claims_challenge_met_by_a_probe_counts_as_well() -> None:
    answers: list[Rule] = [oauth_token]
    bench = Bench(lambda asked: answers[-1](asked), BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    get(bench)
    answers.append(entra_error(50076, error="interaction_required", claims=CLAIMS))
    with pytest.raises(Forbidden):
        bench.broker.lease(bench.subject(), bench.trace(), remember=False)
    assert refused(bench).code == "claims_challenge"


TROUBLE: list[tuple[str, Rule, type[BridgeError]]] = [
    ("503", lambda _: HttpResponse(503, {"retry-after": "7"}, b"busy"), TryLater),
    ("429", lambda _: json_answer({"error": "temporarily_unavailable", "error_codes": [90055]}, 429), TryLater),
    ("a proxy's page", lambda _: HttpResponse(200, {"content-type": "text/html"}, b"<html>"), InvalidUpstreamResponse),
    ("a list", lambda _: json_answer([]), InvalidUpstreamResponse),
    ("no token in it", lambda _: json_answer({"token_type": "Bearer"}), InvalidUpstreamResponse),
]


@pytest.mark.parametrize("leg", ["oauth", "entra_saml"])
@pytest.mark.parametrize(("rule", "kind"), [row[1:] for row in TROUBLE], ids=[row[0] for row in TROUBLE])
def test_trouble_at_entra_is_reported_apart_from_nonsense(leg: str, rule: Rule, kind: type[BridgeError]) -> None:
    path = {f"{SYSTEM}PATH": "oauth"} if leg == "oauth" else {f"{SYSTEM}PATH": "saml", **ENTRA_SIGNS}
    error = refused(Bench(rule, **path))
    assert type(error) is kind
    assert (error.retry_after is not None) == (kind is TryLater)


@pytest.mark.parametrize(
    "failure", [RequestNotSent("dns"), ResponseLost("cut", timed_out=False), ResponseLost("slow", timed_out=True)]
)
def test_no_answer_from_entra_is_try_later_too(failure: Exception) -> None:
    def fail(_: Asked) -> HttpResponse:
        raise failure

    assert refused(Bench(fail)).status == 503


def test_one_users_503_is_not_replayed_to_the_next_as_plain_msal_does() -> None:
    answers: list[Rule] = [lambda _: HttpResponse(503, {"retry-after": "60"}, b"")]
    bench = Bench(lambda asked: answers[-1](asked), BRIDGE_SYSTEMS__WORKDAY__PATH="oauth")
    refused(bench)
    answers.append(oauth_token)
    assert get(bench, "megan").path == "oauth"
    assert get(bench).path == "oauth"


# --- many at once


def test_two_users_at_once_under_faults_never_get_each_others_credential_or_error() -> None:
    def entra(asked: Asked) -> HttpResponse:
        rule: Rule = entra_error(50105) if "odd" in asked.form["assertion"] else SAML_ONLY
        return rule(asked)

    bench = Bench(entra, workday_token)
    wrong: list[str] = []

    def ask(name: str, odd: bool) -> Callable[[], None]:
        def run() -> None:
            for _ in range(20):
                try:
                    token = get(bench, name).access_token
                    if odd or token != f"workday-for-{name}.vance@contoso.example":
                        wrong.append(f"{name}: {token}")
                except Forbidden as error:
                    if not odd or error.code != "not_assigned":
                        wrong.append(f"{name}: {error.code}")

        return run

    # The finding "SAML-only" must not be there, or the unassigned user would not be asked about at Entra at all.
    bench.broker._paths._oauth_unsupported.put = lambda *args, **kwargs: None  # type: ignore[method-assign]
    threads = [
        threading.Thread(target=ask(f"{kind}{n}".translate(str.maketrans("01234", "abcde")), kind == "odd"))
        for kind in ("odd", "even")
        for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
