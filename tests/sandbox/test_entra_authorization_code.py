"""The authorization code grant: by a public client with PKCE, and by Copilot Studio with a secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.entra.clients import CONNECTOR_SECRET
from sandbox.jws import Jws, base64url
from sandbox.world import World

VERIFIER = "v" * 43
REDIRECT = "http://localhost:5123/callback"


class Client:
    """A public client with valid requests; `changed` members override, None leaves one out."""

    def __init__(self, entra: str, session: requests.Session, world: World) -> None:
        self.base, self.session, self.world = f"{entra}/{world.tenant_id}/oauth2/v2.0", session, world

    def authorize(self, **changed: str | None) -> requests.Response:
        query: dict[str, str | None] = {
            "client_id": self.world.laptop.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": f"api://{self.world.bridge.client_id}/access_as_user",
            "state": "s/1",
            "code_challenge": base64url(hashlib.sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
            "login_hint": "alex@contoso.com",
        }
        return self.session.get(
            f"{self.base}/authorize", params={**query, **changed}, allow_redirects=False, timeout=10
        )

    def code(self, **changed: str | None) -> str:
        return back(self.authorize(**changed))["code"]

    def redeem(self, code: str, **changed: str | None) -> requests.Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.world.laptop.client_id,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return self.session.post(f"{self.base}/token", data={**form, **changed}, timeout=10)


@pytest.fixture
def client(entra: str, trusting: requests.Session, world: World) -> Client:
    return Client(entra, trusting, world)


def back(response: requests.Response) -> dict[str, str]:
    """The parameters that the client receives at its redirect URI."""
    assert response.status_code == 302, response.text
    location = response.headers["Location"]
    assert location.startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_a_code_becomes_a_token_of_the_hinted_user(client: Client, world: World) -> None:
    returned = back(client.authorize())
    assert returned["state"] == "s/1"
    answer = client.redeem(returned["code"]).json()
    claims = Jws.parse(answer["access_token"]).claims
    person = world.person("alex")
    assert person
    assert (claims["oid"], claims["aud"], claims["azp"]) == (
        person.oid,
        world.bridge.client_id,
        world.laptop.client_id,
    )
    assert (claims["scp"], answer["token_type"]) == ("access_as_user", "Bearer")


def test_without_a_hint_it_is_the_first_user(client: Client, world: World) -> None:
    claims = Jws.parse(client.redeem(client.code(login_hint=None)).json()["access_token"]).claims
    assert claims["oid"] == world.people[0].oid


AUTHORIZE: list[tuple[dict[str, str | None], int]] = [
    ({"response_type": "token"}, 700054),
    ({"response_type": None}, 900144),
    ({"scope": None}, 900144),
    ({"scope": "openid"}, 28003),
    ({"scope": "api://nobody/x"}, 500011),
    ({"code_challenge": None}, 9002325),
    ({"code_challenge": "short"}, 9002325),
    ({"code_challenge_method": "plain"}, 9002325),
    ({"login_hint": "nobody"}, 50034),
    ({"resource": "https://my-bridge.azurewebsites.net/mcp"}, 9010010),
    ({"resource": "http://localhost:7071/mcp"}, 9010010),
    ({"resource": "{bridge}"}, 9010010),
    ({"resource": "api://{bridge}/"}, 9010010),
    ({"resource": "http://localhost:7071/mcp/", "scope": "http://localhost:7071/mcp/access_as_user"}, 9010010),
    ({"resource": "http://localhost:7071/mcp", "scope": "access_as_user"}, 9010010),
    ({"resource": "http://localhost:7071/mcp", "scope": "http://localhost:7072/mcp/access_as_user"}, 9010010),
    ({"scope": "http://evil.example:80/mcp/access_as_user"}, 500011),
]


@pytest.mark.parametrize(("changed", "code"), AUTHORIZE)
def test_the_client_receives_the_error(client: Client, world: World, changed: Mapping[str, Any], code: int) -> None:
    asked = {name: value and value.format(bridge=world.bridge.client_id) for name, value in changed.items()}
    returned = back(client.authorize(**asked))
    assert returned["error_description"].startswith(f"AADSTS{code}:")
    assert returned["state"] == "s/1"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"redirect_uri": "https://evil.example/callback"}, 50011),
        ({"redirect_uri": "http://localhost.evil.example:80/"}, 50011),
        ({"redirect_uri": "http://localhost:5123/elsewhere"}, 50011),
        ({"redirect_uri": None}, 50011),
        ({"client_id": "nobody"}, 700016),
        ({"client_id": None}, 900144),
    ],
)
def test_an_unknown_redirect_uri_is_never_used(client: Client, changed: Mapping[str, Any], code: int) -> None:
    answer = client.authorize(**changed)
    assert (answer.status_code, answer.json()["error_codes"], "Location" in answer.headers) == (400, [code], False)


@pytest.mark.parametrize("resource", ["http://localhost:7071/mcp", "http://127.0.0.1:1/mcp", "api://{bridge}"])
def test_a_resource_that_the_scope_begins_with_is_accepted(client: Client, world: World, resource: str) -> None:
    resource = resource.format(bridge=world.bridge.client_id)
    code = client.code(resource=resource, scope=f"{resource}/access_as_user offline_access")
    claims = Jws.parse(client.redeem(code, resource=resource).json()["access_token"]).claims
    assert claims["aud"] == world.bridge.client_id  # a v2 token, whatever was asked for


def test_a_client_with_a_secret_needs_no_pkce(client: Client, world: World) -> None:
    """Copilot Studio with manual OAuth settings: redirect URI of the connector, a secret, no `resource`."""
    [redirect_uri] = world.connector.reply_urls
    who = {"client_id": world.connector.client_id, "redirect_uri": redirect_uri}

    def redeem(**form: str | None) -> requests.Response:
        answer = client.authorize(**who, code_challenge=None, code_challenge_method=None)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        return client.redeem(code, **who, code_verifier=None, **form)

    assert Jws.parse(redeem(client_secret=CONNECTOR_SECRET).json()["access_token"]).claims["azp"] == who["client_id"]
    assert redeem(client_secret="wrong").json()["error_codes"] == [7000215]
    assert redeem().json()["error_codes"] == [7000218]
    assert client.authorize(**who, code_challenge="short").headers["Location"].startswith(redirect_uri)


REDEEM: list[tuple[dict[str, str | None], int]] = [
    ({"code_verifier": "w" * 43}, 501481),
    ({"code_verifier": None}, 900144),
    ({"redirect_uri": "http://localhost:5124/callback"}, 70000),
    ({"client_id": "00000000-0000-0000-0000-000000000000"}, 700016),
    ({"client_secret": "x"}, 700025),
    ({"resource": "https://other.example"}, 9010010),
]


@pytest.mark.parametrize(("changed", "code"), REDEEM)
def test_a_code_is_bound_to_its_request(client: Client, changed: Mapping[str, Any], code: int) -> None:
    assert client.redeem(client.code(), **changed).json()["error_codes"] == [code]


def test_a_made_up_code_is_refused(client: Client) -> None:
    assert client.redeem("made-up").json()["error_codes"] == [9002313]


def test_a_code_is_valid_once(client: Client) -> None:
    code = client.code()
    assert client.redeem(code).status_code == 200
    assert client.redeem(code).json()["error_codes"] == [54005]


def test_authorization_server_metadata(entra: str, trusting: requests.Session, world: World, client: Client) -> None:
    document = trusting.get(f"{entra}/.well-known/oauth-authorization-server/{world.tenant_id}/v2.0", timeout=10).json()
    assert document["issuer"] == f"{entra}/{world.tenant_id}/v2.0"
    assert document["authorization_endpoint"] == f"{client.base}/authorize"
    assert "code_challenge_methods_supported" not in document
