"""Callers who claim to be another user, or want the bridge to call another host."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.e2e.kit import Bridge, Sandbox
from tests.e2e.mirror import Mirror
from tests.e2e.systems import orders

ME = "/api/workday/me"
MIRROR = "/api/mirror/orders"


@pytest.fixture
def reflection(mirror: Mirror) -> Iterator[Mirror]:
    """The mirror, empty; answering plainly again afterwards."""
    mirror.seen.clear()
    yield mirror
    mirror.headers.clear()
    mirror.status = 200


# Headers that other systems would trust.

SMUGGLED = {
    "X-MS-CLIENT-PRINCIPAL": "eyJhdXRoX3R5cCI6ImFhZCJ9",
    "X-MS-CLIENT-PRINCIPAL-ID": "0a1b2c3d-3333-4444-8555-666677778888",
    "X-MS-CLIENT-PRINCIPAL-NAME": "wd-admin@contoso.com",
    "X-MS-TOKEN-AAD-ACCESS-TOKEN": "stolen",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "evil.example",
    "X-Original-URL": "/api/check",
    "X-Rewrite-URL": "/api/check",
    "X-HTTP-Method-Override": "DELETE",
    "X-User": "wd-admin@contoso.com",
    "Forwarded": "host=evil.example",
    "Host": "evil.example",
    "Cookie": "session=stolen",
    "Proxy-Authorization": "Basic c3RvbGVu",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_header_stands_in_for_a_token(bridge: Bridge, name: str) -> None:
    assert bridge.ask("GET", ME, headers={name: SMUGGLED[name]}).outcome == (401, "no_token")


def test_no_header_changes_who_is_meant_and_none_is_passed_on(
    bridge: Bridge, sandbox: Sandbox, reflection: Mirror
) -> None:
    token = sandbox.token()
    plain = bridge.get(ME, token).json
    assert bridge.ask("GET", ME, token=token, headers=SMUGGLED).json == plain
    bridge.ask("GET", MIRROR, token=token, headers={**SMUGGLED, "Traceparent": "00-1-2-00", "X-Evil": "evil"})
    arrived = reflection.seen[-1].headers
    assert set(arrived) == {"host", "user-agent", "accept", "accept-encoding", "authorization"}
    assert arrived["host"] == urlsplit(reflection.url).netloc
    assert not [value for value in arrived.values() if "evil" in value or "stolen" in value]


def test_the_callers_own_token_never_reaches_the_system(bridge: Bridge, sandbox: Sandbox, reflection: Mirror) -> None:
    token = sandbox.token()
    assert bridge.get(MIRROR, token).status == 200
    sent = reflection.seen[-1].headers["authorization"]
    assert sent.startswith("Bearer ")
    assert token not in sent


@pytest.mark.parametrize("code", ["", "x" * 2_000, "00000000000000000000"])
def test_a_function_key_opens_no_bearer_route(bridge: Bridge, code: str) -> None:
    assert bridge.ask("GET", f"{ME}?code={code}").outcome == (401, "no_token")
    assert bridge.ask("GET", ME, headers={"X-Functions-Key": code}).outcome == (401, "no_token")


def test_a_function_key_in_the_query_is_no_input(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get(ME, sandbox.token(), code="x")
    assert (reply.outcome, list(reply.json["fields"])) == ((400, "invalid_input"), ["code"])


@pytest.mark.parametrize("size", [10_000, 40_000])
def test_huge_headers_end_in_an_answer(bridge: Bridge, sandbox: Sandbox, size: int) -> None:
    """The Functions host takes 32 KB in all."""
    reply = bridge.ask("GET", ME, token=sandbox.token(), headers={"X-Large": "x" * size})
    assert reply.status == (200 if size < 32_768 else 431)


def test_two_authorization_headers_are_refused(bridge: Bridge, sandbox: Sandbox) -> None:
    """The host joins them by a comma; neither is chosen."""
    raw = (
        f"GET {ME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {sandbox.token()}\r\n"
        f"Authorization: Bearer {sandbox.token(user='alex')}\r\n\r\n"
    )
    address = urlsplit(bridge.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(raw.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b'"not_a_jwt"' in answer


# Another user's data, by any input.


@pytest.mark.parametrize(
    "path",
    [
        "/api/workday/21002",
        "/api/workday/workers/21002",
        "/api/workday/me/../workers/21002",
        "/api/workday/me%2f..%2fworkers%2f21002",
        "/api/workday/me;worker=21002",
        "/api//workday/me",
        "/api/workday//me",
        "/api/workday/./me",
        "/api/workday/me%00",
        "/api/workday/me%0d%0aX-Evil:1",
        "//evil.example/api/workday/me",
        "/api/orders/orders/..%2f..%2fsandbox%2fstats",
        "/api/orders/orders/%2e%2e",
        "/api/../api/workday/me",
    ],
)
def test_no_path_leads_to_somebody_else(bridge: Bridge, sandbox: Sandbox, path: str) -> None:
    reply = bridge.ask("GET", path, token=sandbox.token())
    assert reply.status in (400, 404)


@pytest.mark.parametrize("name", ["worker", "workerId", "worker_id", "id", "upn", "oid", "tenant", "host", "system"])
def test_no_query_names_somebody_else(bridge: Bridge, sandbox: Sandbox, name: str) -> None:
    for path in (ME, "/api/workday/me/home-address", "/api/workday/me/reports"):
        assert bridge.get(path, sandbox.token(), **{name: "21002"}).outcome == (400, "invalid_input")


@pytest.mark.parametrize("order", ["1001/../1002", "1001?x=1", "1001#", "1001%2f..", "１００１", "1001\n", "-1", "1e3"])
def test_an_id_in_a_path_is_only_an_id(bridge: Bridge, sandbox: Sandbox, reflection: Mirror, order: str) -> None:
    reply = bridge.ask("GET", f"/api/mirror/orders/{quote(order, safe='')}", token=sandbox.token())
    assert reply.status in (400, 404)
    assert not reflection.seen


def test_another_contacts_id_is_workdays_to_refuse(bridge: Bridge, sandbox: Sandbox) -> None:
    """An id that an operation takes is looked up among the caller's own."""
    alex = sandbox.token(user="alex")
    contact = bridge.get("/api/workday/me/emergency-contacts", alex).json["contacts"][0]["contactId"]
    reply = bridge.ask("DELETE", f"/api/workday/me/emergency-contacts/{contact}", token=sandbox.token())
    assert reply.status == 422
    assert bridge.get("/api/workday/me/emergency-contacts", alex).json["contacts"]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("claim", ["preferred_username", "unique_name", "email", "name", "sub"])
def test_no_claim_that_others_can_set_names_the_caller(
    bridge: Bridge, sandbox: Sandbox, version: int, claim: str
) -> None:
    token = sandbox.token(user="adele", version=version, claims={claim: "alex@contoso.com"})
    assert bridge.get(ME, token).json["name"] == "Adele Vance"


def test_entras_assertion_for_another_user_is_refused(bridge: Bridge, sandbox: Sandbox) -> None:
    """As from MSAL's cache, or from a proxy that mixes up responses."""
    facts, token = sandbox.facts, sandbox.token(user="alex")
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "requested_token_use": "on_behalf_of",
        "requested_token_type": "urn:ietf:params:oauth:token-type:saml2",
        "client_id": facts["clientId"],
        "client_secret": facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"],
        "scope": f"http://www.workday.com/{facts['workdayTenant']}/.default",
        "assertion": token,
    }
    alexs = sandbox.control("POST", "entra", f"/{facts['tenantId']}/oauth2/v2.0/token", form=form)
    sandbox.fault("entra", "token", body=alexs)
    with sandbox.counting() as spent:
        reply = bridge.get("/api/entra_signs/me", sandbox.token(user="adele"))
    assert reply.outcome == (424, "bridge_misconfigured")
    assert "not about the caller" in reply.json["detail"]
    assert "saml2_bearer" not in spent
    assert alexs["access_token"] not in "".join(bridge.log) + reply.body.decode()


# What a system could do to the bridge and its other callers.


def test_a_systems_cookie_is_never_sent_back(bridge: Bridge, sandbox: Sandbox, reflection: Mirror) -> None:
    reflection.headers["Set-Cookie"] = "session=adele; Path=/"
    for user in ("adele", "alex", "adele"):
        bridge.get(MIRROR, sandbox.token(user=user))
    bridge.post(MIRROR, sandbox.token(), {"item": "Desk", "quantity": 1})
    assert len(reflection.seen) == 4
    assert not [request for request in reflection.seen if "cookie" in request.headers]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_systems_redirect_is_not_followed(bridge: Bridge, sandbox: Sandbox, reflection: Mirror, status: int) -> None:
    reflection.status = status
    reflection.headers["Location"] = f"{reflection.url}/orders/1"
    assert bridge.get(MIRROR, sandbox.token()).outcome == (424, "bridge_misconfigured")
    assert [request.path for request in reflection.seen] == ["/orders"]


def test_a_systems_headers_never_reach_the_caller(bridge: Bridge, sandbox: Sandbox, reflection: Mirror) -> None:
    reflection.headers.update({"X-Evil": "1", "Set-Cookie": "a=b", "WWW-Authenticate": "Basic", "Location": "/x"})
    reply = bridge.get(MIRROR, sandbox.token())
    assert not {"x-evil", "set-cookie", "www-authenticate", "location"} & set(reply.headers)


def test_a_netrc_and_a_proxy_for_other_hosts_change_nothing(
    app: Callable[..., Bridge],
    sandbox: Sandbox,
    reflection: Mirror,
    bundle: Path,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n", "ascii")
    bridge = app(
        {
            **orders(sandbox.facts, "mirror", HOST=urlsplit(reflection.url).netloc),
            "REQUESTS_CA_BUNDLE": str(bundle),
            "NETRC": str(netrc),
            "HTTP_PROXY": "http://127.0.0.1:9",
        }
    )
    assert bridge.get(MIRROR, sandbox.token()).status == 200
    assert reflection.seen[-1].headers["authorization"].startswith("Bearer eyJ")
    assert bridge.get(ME, sandbox.token()).status == 200


def test_the_correlation_id_goes_along_to_entra(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get("/api/orders/orders", sandbox.token(user="nestor"))
    assert reply.json["entraCorrelationId"] == reply.correlation_id
