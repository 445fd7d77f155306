"""The lines of the set-up check as tables: the other side's response, and the state of the line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.catalog import load as load_catalog
from bridge.check import CheckResult, State, entra
from bridge.check.system import judge_settings, token_endpoint
from bridge.settings import SystemSettings
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.settings import workday_saml, workday_system

SYSTEMS = load_catalog(systems={"workday", "s4hana", "salesforce"}).systems

ISSUER, TOKEN_URL = "https://login.example/t/v2.0", "https://login.example/t/oauth2/v2.0/token"
GOOD_METADATA = {"issuer": ISSUER, "token_endpoint": TOKEN_URL}
NOW = datetime.now(UTC)


def refusal(code: int, error: str = "invalid_client") -> bytes:
    return json.dumps({"error": error, "error_codes": [code]}).encode()


@for_each(
    {
        "right": (200, json.dumps(GOOD_METADATA).encode(), State.OK),
        "issuer": (200, json.dumps({**GOOD_METADATA, "issuer": "https://login.other/t/v2.0"}).encode(), State.FAILED),
        "endpoint": (200, json.dumps({**GOOD_METADATA, "token_endpoint": "https://x.example"}).encode(), State.FAILED),
        "HTML": (200, b"<html>", State.FAILED),
        "deep": (200, b"[" * 100_000, State.FAILED),
        "unknown tenant": (400, refusal(90002, "invalid_tenant"), State.FAILED),
        "outage": (503, b"", State.FAILED),
    }
)
def test_only_the_tenants_own_metadata_are_accepted(status: int, body: bytes, state: State) -> None:
    assert entra.metadata(status, body, issuer=ISSUER, token_url=TOKEN_URL).state is state


@for_each(
    [
        (0, State.OK),
        (20, State.OK),
        (-60, State.WARNING),
        (60, State.WARNING),
        (301, State.FAILED),
        (-999, State.FAILED),
    ]
)
def test_the_difference_of_the_clocks_determines_its_line(seconds: int, state: State) -> None:
    own = datetime(2026, 3, 2, 9, 0, tzinfo=UTC).timestamp() + seconds
    assert entra.clock("Mon, 02 Mar 2026 09:00:00 GMT", own).state is state


@for_each(["", "yesterday", "Mon, 99 Mar 2026 09:00:00 GMT"])
def test_without_a_date_a_person_has_to_check_the_clock(date: str) -> None:
    assert entra.clock(date, 0).state is State.MANUAL


@for_each([("abc", "abc", State.OK), ("abc", "", State.FAILED), ("", "", State.FAILED)])
def test_both_token_versions_need_signing_keys(v1: str, v2: str, state: State) -> None:
    line = entra.keys({"1.0": frozenset(v1), "2.0": frozenset(v2)}, "https://login.example/keys")
    assert line.state is state


@for_each(
    {
        "the tenant's": ("ab", "abc", [State.OK]),
        "its own": ("x", "abc", [State.WARNING]),
        "both": ("ax", "abc", [State.WARNING]),
        "the app's are not known": ("", "abc", []),
        "the tenant's are not known": ("x", "", []),
    }
)
def test_a_service_app_with_a_signing_key_of_its_own_is_found(of_app: str, tenants: str, states: list[State]) -> None:
    lines = entra.own_keys(frozenset(of_app), tenants=frozenset(tenants))
    assert [line.state for line in lines] == states


@for_each(
    [
        (200, b"{}", State.OK),
        (401, refusal(7000215), State.FAILED),
        (401, refusal(7000222), State.FAILED),
        (401, refusal(700027), State.FAILED),
        (400, refusal(700213), State.FAILED),
        (400, refusal(700016, "unauthorized_client"), State.FAILED),
        (401, b'{"error": "invalid_client"}', State.FAILED),
        (400, refusal(501051, "invalid_grant"), State.OK),
        (400, refusal(900144, "invalid_request"), State.WARNING),
        (503, b"<html>", State.WARNING),
        (429, b"", State.WARNING),
    ]
)
def test_entras_response_determines_the_line_of_the_client_credential(status: int, body: bytes, state: State) -> None:
    line = entra.client_credential(status, body)
    assert line.state is state
    assert state is State.OK or line.fix


@for_each(
    [
        ("managed identity", None, State.OK),
        ("secret", None, State.MANUAL),
        ("certificate", 31, State.OK),
        ("certificate", 30, State.WARNING),
        ("certificate", 0, State.WARNING),
        ("certificate", -1, State.FAILED),
    ]
)
def test_the_check_warns_before_the_client_credential_expires(kind: str, days: int | None, state: State) -> None:
    assert entra.credential_expiry(kind, days).state is state


@for_each(
    [
        (400, "application/json", b'{"error": "invalid_grant"}', State.OK),
        (400, "application/json", b'{"error": "invalid_request"}', State.OK),
        (401, "application/json", b'{"error": "invalid_client"}', State.FAILED),
        (400, "application/json", b'{"error": "unsupported_grant_type"}', State.FAILED),
        (200, "text/html", b"<html>Sign in</html>", State.FAILED),
        (404, "text/html", b"", State.FAILED),
        (404, "application/json", b'{"error": "not_found"}', State.FAILED),
        (429, "application/json", b'{"error": "too_many"}', State.WARNING),
        (503, "text/html", b"<html>maintenance</html>", State.WARNING),
        (200, "application/json", b"[]", State.FAILED),
        (400, "application/json", b'{"error": {"code": 1}}', State.FAILED),
    ]
)
def test_the_response_of_the_token_endpoint_determines_its_line(
    status: int, media_type: str, body: bytes, state: State
) -> None:
    line = token_endpoint(status, media_type, body, workday_system(), CATALOG.systems["workday"])
    assert line.state is state


def lines(of: SystemSettings, sensitive: frozenset[str] = frozenset(), now: datetime = NOW) -> dict[str, CheckResult]:
    return {line.code: line for line in judge_settings(of, CATALOG.systems["workday"], sensitive=sensitive, now=now)}


def test_the_check_warns_of_open_operations_that_are_sensitive() -> None:
    one = frozenset({"GetMyProfile"})
    with_one = replace(workday_system(), operations=one)
    assert lines(workday_system())["operations"].state is State.FAILED
    assert lines(with_one)["operations"].state is State.OK
    assert lines(with_one, one)["operations"].state is State.WARNING


@for_each(
    [
        ({}, "recipient", State.OK),
        ({"SAML__RECIPIENT": "https://impl.workday.example/login-saml.htmld"}, "recipient", State.WARNING),
        ({}, "name_id", State.WARNING),
        ({"SAML__DENIED_NAME_IDS": "wd-admin"}, "name_id", State.OK),
        ({"SAML__NAME_ID_PATTERN": ".*", "SAML__DENIED_NAME_IDS": "wd-admin"}, "name_id", State.WARNING),
        (
            {"SAML__NAME_ID_CLAIM": None, "SAML__NAME_ID_SOURCE": "graph:employeeId"},
            "graph_permission",
            State.MANUAL,
        ),
        ({}, "signing_key", State.OK),
        ({}, "system_trusts", State.MANUAL),
        ({}, "audience", State.OK),
        (
            {"RESOURCE_SCOPE": "http://www.workday.com/t/.default", "SAML__AUDIENCE": "http://www.workday.com/u"},
            "audience",
            State.WARNING,
        ),
        ({"SAML__SIGNER": "entra"}, "audience", State.OK),
        ({"SAML__SIGNER": "entra", "RESOURCE_SCOPE": "http://www.workday.com/.default"}, "audience", State.WARNING),
        (
            {"SAML__SIGNER": "entra", "RESOURCE_SCOPE": "http://www.workday.com/user_impersonation"},
            "audience",
            State.OK,
        ),
        ({"SAML__SIGNER": "entra"}, "target_permission", State.MANUAL),
    ]
)
def test_the_settings_of_a_system_determine_its_lines(
    overrides: dict[str, str | None], code: str, state: State
) -> None:
    assert lines(workday_system(**overrides))[code].state is state


def test_a_hint_names_the_vendors_own_screens() -> None:
    of, now = workday_system(), NOW
    for kind, place in (("workday", "Edit Tenant Setup"), ("s4hana", "SOAUTH2"), ("salesforce", "connected app")):
        found = {line.code: line for line in judge_settings(of, SYSTEMS[kind], sensitive=frozenset(), now=now)}
        client = token_endpoint(401, "application/json", b'{"error": "invalid_client"}', of, SYSTEMS[kind])
        for line in (found["system_trusts"], client):
            assert ("Workday" in str(line.fix)) == (kind == "workday"), line
        assert place in str(found["system_trusts"].fix)


def test_an_open_pass_through_is_a_warning() -> None:
    line = lines(workday_system(RAW__PREFIXES="/ccx/api/v1", RAW__METHODS="GET POST"))["raw"]
    assert (line.state, "raw" in lines(workday_system())) == (State.WARNING, False)
    assert "GET, POST below /ccx/api/v1" in line.title


def test_the_signing_certificate_warns_in_time() -> None:
    ends = workday_saml().key.certificate.not_valid_after_utc
    for days, state in ((40, State.OK), (20, State.WARNING), (-2, State.FAILED)):
        assert lines(workday_system(), now=ends - timedelta(days=days))["signing_certificate"].state is state


def test_a_line_that_is_not_ok_says_what_to_do() -> None:
    of_entra = workday_system(SAML__SIGNER="entra")
    for line in (*entra.MANUAL, *lines(workday_system()).values(), *lines(of_entra).values()):
        assert line.state is State.OK or line.fix
