"""The HTTP contract: public and protected routes, problem details, and invalid requests."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge import __version__
from tests.e2e.kit import GUID, SECONDS, Bridge, Reply, Sandbox

NAME = "/api/workday/me/legal-name"
GOOD_NAME = {"firstName": "Ada", "lastName": "Lovelace", "country": "GBR"}


# Anyone.


def test_health_needs_no_token_and_has_the_version(bridge: Bridge) -> None:
    reply = bridge.get("/api/health")
    assert (reply.status, reply.json) == (200, {"status": "ok", "version": __version__})


def test_ready_returns_booleans_and_fetches_nothing(app: Callable[..., Bridge], sandbox: Sandbox) -> None:
    bridge = app()
    cold = bridge.get("/api/ready")
    assert (cold.status, cold.json) == (
        200,
        {"settings": True, "signingKeys": True, "entraKeys": False, "systems": True},
    )
    bridge.get("/api/whoami", sandbox.token())
    assert bridge.get("/api/ready").json["entraKeys"] is True


# WhoAmI.


@pytest.mark.parametrize("version", [1, 2])
def test_whoami_returns_what_the_bridge_knows_about_the_caller(bridge: Bridge, sandbox: Sandbox, version: int) -> None:
    facts = sandbox.facts
    seen = bridge.get("/api/whoami", sandbox.token(version=version)).json
    assert seen["tenantId"] == facts["tenantId"]
    assert seen["audience"] == (f"api://{facts['clientId']}" if version == 1 else facts["clientId"])
    assert seen["version"] == f"{version}.0"
    assert seen["clientId"] == facts["connectorClientId"]
    assert seen["scopes"] == "access_as_user"
    assert facts["tenantId"] in seen["issuer"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", seen["expiresAt"])


def test_whoami_returns_the_path_of_each_system_and_why(bridge: Bridge, sandbox: Sandbox) -> None:
    systems = {row["system"]: row for row in bridge.get("/api/whoami", sandbox.token()).json["systems"]}
    assert systems["orders"]["path"] == "oauth"
    assert "BRIDGE_SYSTEMS__ORDERS__PATH is oauth" in systems["orders"]["why"]
    assert systems["entra_signs"]["path"] == "entra_saml"
    assert "claims" not in systems["entra_signs"]["why"]


def test_whoami_names_the_claims_that_a_system_needs_and_whether_they_are_present(
    bridge: Bridge, sandbox: Sandbox
) -> None:
    for claims, word in (({}, "present"), ({"upn": None}, "missing")):
        systems = bridge.get("/api/whoami", sandbox.token(claims=claims)).json["systems"]
        [why] = [row["why"] for row in systems if row["system"] == "workday"]
        assert f"upn ({word})" in why


# Without a token.


def test_without_a_token_the_challenge_has_no_error(bridge: Bridge, sandbox: Sandbox) -> None:
    """RFC 6750 section 3."""
    reply = bridge.get("/api/whoami")
    assert reply.outcome == (401, "no_token")
    challenge = reply.headers["www-authenticate"]
    assert challenge == f'Bearer realm="{sandbox.facts["tenantId"]}"'


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/whoami"), ("GET", "/api/workday/me"), ("POST", NAME), ("POST", "/api/probe/workday")],
)
def test_every_bearer_route_asks_for_a_token_before_anything_else(bridge: Bridge, method: str, path: str) -> None:
    assert bridge.ask(method, path, body=b"{" if method == "POST" else None).outcome == (401, "no_token")


# Problem details.


@pytest.fixture
def problem(bridge: Bridge, sandbox: Sandbox) -> Reply:
    return bridge.post(NAME, sandbox.token(), {"country": "Britain", "colour": "red"})


def test_a_problem_is_of_rfc_9457_with_every_member(problem: Reply) -> None:
    assert problem.headers["content-type"].partition(";")[0] == "application/problem+json"
    document = problem.json
    assert list(document) == ["type", "title", "status", "detail", "code", "hint", "fields", "correlationId"]
    assert document["status"] == problem.status == 400
    assert document["type"].endswith(document["code"])
    assert None not in document.values()


def test_wrong_input_names_every_field_at_once(problem: Reply) -> None:
    assert set(problem.json["fields"]) == {"firstName", "lastName", "country", "colour"}
    assert "Britain" not in problem.body.decode()


def test_every_answer_has_its_own_correlation_id_in_header_body_and_log(bridge: Bridge, sandbox: Sandbox) -> None:
    replies = [bridge.get("/api/whoami", sandbox.token()), *(bridge.get("/api/whoami") for _ in range(3))]
    ids = [reply.correlation_id for reply in replies]
    assert len(set(ids)) == 4
    assert all(GUID.fullmatch(each) for each in ids)
    assert [reply.json["correlationId"] for reply in replies[1:]] == ids[1:]
    assert [bridge.line(reply)["status"] for reply in replies] == [200, 401, 401, 401]


def test_nothing_is_cached_on_the_way(bridge: Bridge, sandbox: Sandbox) -> None:
    for reply in (bridge.get("/api/whoami", sandbox.token()), bridge.get("/api/whoami")):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"


# Invalid requests.


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/whoami"),
        ("DELETE", "/api/workday/me"),
        ("PUT", NAME),
        ("GET", NAME),
        ("OPTIONS", "/api/whoami"),
        ("TRACE", "/api/whoami"),
        ("GET", "/api"),
        ("GET", "/api/nothing"),
        ("GET", "/api/workday/workers/21002"),
        ("GET", "/api/api/health"),
    ],
)
def test_a_wrong_method_or_path_is_404(bridge: Bridge, sandbox: Sandbox, method: str, path: str) -> None:
    assert bridge.ask(method, path, token=sandbox.token()).status == 404


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        (b"{", (400, "invalid_input")),
        (b"\xff\xfe", (400, "invalid_input")),
        (b'"text"', (400, "invalid_input")),
        (b'{"firstName": Infinity}', (400, "invalid_input")),
        (b'{"firstName": ' + b"9" * 5000 + b"}", (400, "invalid_input")),
        (b"[" * 100_000, (400, "invalid_input")),
        (b'{"firstName":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, (400, "invalid_input")),
        (b'{"firstName": ' + b"[" * 900 + b"]" * 900 + b"}", (400, "invalid_input")),
        (b"", (400, "invalid_input")),
        (b"{}", (400, "invalid_input")),
        (b" " * 262_145, (413, "payload_too_large")),
        (b'{"firstName": "' + b"x" * 262_144 + b'"}', (413, "payload_too_large")),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_an_invalid_body(bridge: Bridge, sandbox: Sandbox, body: bytes, reported: tuple[int, str]) -> None:
    assert bridge.post(NAME, sandbox.token(), body).outcome == reported


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "", "application/jsonp"])
def test_a_body_of_another_type_is_415(bridge: Bridge, sandbox: Sandbox, kind: str) -> None:
    reply = bridge.ask("POST", NAME, token=sandbox.token(), body=GOOD_NAME, headers={"Content-Type": kind})
    assert reply.outcome == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;odd"])
def test_json_is_known_however_its_type_is_written(bridge: Bridge, sandbox: Sandbox, kind: str) -> None:
    reply = bridge.ask("POST", NAME, token=sandbox.token(), body={}, headers={"Content-Type": kind})
    assert reply.outcome == (400, "invalid_input")


def test_a_chunked_body_arrives_empty_and_is_reported_as_missing_input(bridge: Bridge, sandbox: Sandbox) -> None:
    """The Functions host hands on a body only if it has a Content-Length."""
    connection = http.client.HTTPConnection(bridge.url.removeprefix("http://"), timeout=SECONDS)
    headers = {"Authorization": f"Bearer {sandbox.token()}", "Content-Type": "application/json"}
    connection.request("POST", NAME, iter([json.dumps(GOOD_NAME).encode()]), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, set(json.loads(answer.read())["fields"])) == (400, {"firstName", "lastName", "country"})
    connection.close()


def test_a_query_key_that_comes_twice_is_refused_by_its_rule(bridge: Bridge, sandbox: Sandbox) -> None:
    """The host joins both by a comma."""
    reply = bridge.get("/api/orders/orders?status=open&status=shipped", sandbox.token())
    assert (reply.outcome, set(reply.json["fields"])) == ((400, "invalid_input"), {"status"})


def test_a_mistake_in_a_catalog_folder_leaves_everything_else_working(
    app: Callable[..., Bridge], sandbox: Sandbox, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(Path(__file__).parents[2] / "sandbox" / "catalog", own)
    (own / "workday").mkdir()
    (own / "workday" / "Mine.toml").write_text("title = 7", "utf-8")
    (own / "orders" / "GetMyOrder.toml").write_text("summary = 7", "utf-8")
    bridge = app({"BRIDGE_CATALOG__FOLDER": str(own)})
    for path in ("/api/workday/me", "/api/orders/orders"):
        assert bridge.get(path, sandbox.token()).status == 200
    report = bridge.get("/api/check").json
    lines = [line for group in report["groups"] if group["name"] == "Catalog" for line in group["lines"]]
    assert lines
    assert all("Mine.toml" in line["title"] or "GetMyOrder.toml" in line["title"] for line in lines)


# Bad settings.


BAD_SETTINGS = {
    "an unknown name": {"BRIDGE_ENTRA__TENANTID": "x"},
    "a missing value": {"BRIDGE_ENTRA__TENANT_ID": None},
    "an unresolved reference": {"BRIDGE_ENTRA__CLIENT_SECRET": "@Microsoft.KeyVault(SecretUri=https://v/secrets/s)"},
}


@pytest.mark.parametrize("settings", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_bad_settings_are_424_on_bearer_routes_while_every_route_answers(
    app: Callable[..., Bridge], sandbox: Sandbox, settings: dict[str, str | None]
) -> None:
    bridge = app(settings)
    assert bridge.get("/api/health").status == 200
    assert (bridge.get("/api/ready").status, bridge.get("/api/ready").json["settings"]) == (503, False)
    for reply in (
        bridge.get("/api/whoami", sandbox.token()),
        bridge.get("/api/workday/me"),
        bridge.post(NAME, sandbox.token(), GOOD_NAME),
        bridge.post("/api/probe/workday", sandbox.token()),
    ):
        assert reply.outcome == (424, "bridge_misconfigured")
        assert "BRIDGE_" not in reply.json["detail"]
        named = bridge.line(reply)["operator"]
        assert all(name in named for name in settings)


# A mistake in one system does not affect the others.


def test_a_system_with_a_mistake_is_424_and_the_others_work(app: Callable[..., Bridge], sandbox: Sandbox) -> None:
    bridge = app({"BRIDGE_SYSTEMS__ORDERS__HOST": "https://orders.example/x"})
    refused = bridge.get("/api/orders/orders", sandbox.token())
    assert refused.outcome == (424, "bridge_misconfigured")
    assert "BRIDGE_" not in refused.json["detail"] + refused.json["hint"]
    assert "BRIDGE_SYSTEMS__ORDERS__HOST" in bridge.line(refused)["operator"]
    assert bridge.post("/api/probe/orders", sandbox.token()).status in (404, 424)
    assert bridge.get("/api/workday/me", sandbox.token()).status == 200
    systems = {row["system"]: row for row in bridge.get("/api/whoami", sandbox.token()).json["systems"]}
    assert "not set up correctly" in systems["orders"]["why"]
    assert "not set up" not in systems["workday"]["why"]


# Systems and operations that do not exist or are not open.


def test_an_operation_that_is_not_open_is_403(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.post("/api/reads_only/me/legal-name", sandbox.token(), GOOD_NAME)
    assert reply.outcome == (403, "operation_not_open")
    assert "BRIDGE_SYSTEMS__READS_ONLY__OPERATIONS" in reply.json["hint"]
    assert bridge.get("/api/reads_only/me", sandbox.token()).status == 200


def test_a_sensitive_operation_is_closed_until_it_is_named(bridge: Bridge, sandbox: Sandbox) -> None:
    assert bridge.get("/api/workday/me/government-ids", sandbox.token()).outcome == (403, "operation_not_open")


def test_a_system_without_settings_is_424_and_its_route_is_there(app: Callable[..., Bridge], sandbox: Sandbox) -> None:
    env = sandbox.facts["env"]
    bridge = app({name: None for name in env if name.startswith("BRIDGE_SYSTEMS__ORDERS__")})
    assert bridge.get("/api/orders/orders", sandbox.token()).outcome == (424, "bridge_misconfigured")


def test_an_unknown_system_is_404_for_probe(bridge: Bridge, sandbox: Sandbox) -> None:
    assert bridge.post("/api/probe/payroll", sandbox.token(user="alex")).outcome == (404, "not_found")
