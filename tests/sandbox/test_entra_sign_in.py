"""Signing in as a person: the authorization code with PKCE and the device code, as RFC 6749, 7636 and 8628 say."""

import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests

from sandbox.entra.clients import SECRET
from sandbox.jws import base64url
from sandbox.world import World

REDIRECT = "http://localhost:41234"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64url(hashlib.sha256(VERIFIER.encode()).digest())


class SigningIn:
    """The public client's requests; `changes` replace a parameter, None leaves it out."""

    def __init__(self, entra: str, session: requests.Session, world: World) -> None:
        self.base, self.session = f"{entra}/{world.tenant_id}/oauth2/v2.0", session
        self.entra = entra
        self.client = world.laptop.client_id
        self.scope = f"{world.bridge.identifiers[0]}/access_as_user openid profile offline_access"

    def authorize(self, **changes: str | None) -> requests.Response:
        query: dict[str, str | None] = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": self.scope,
            "state": "s t",
            "nonce": "n",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return self.session.get(f"{self.base}/authorize", params=query | changes, allow_redirects=False, timeout=10)

    def answer(self, **changes: str | None) -> dict[str, str]:
        """What the browser brings back to the redirect URI."""
        location = self.authorize(**changes).headers["Location"]
        assert location.startswith(f"{REDIRECT}?")
        return dict(parse_qsl(urlsplit(location).query))

    def token(self, **form: str) -> Any:
        return self.session.post(f"{self.base}/token", data={"client_id": self.client, **form}, timeout=10).json()

    def redeem(self, code: str, **changes: str) -> Any:
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER, "code": code}
        return self.token(**form | changes)

    def device(self) -> Any:
        form = {"client_id": self.client, "scope": self.scope}
        return self.session.post(f"{self.base}/devicecode", data=form, timeout=10).json()

    def poll(self, device_code: str) -> Any:
        return self.token(grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=device_code)

    def enter(self, **body: str) -> int:
        return self.session.post(f"{self.entra}/sandbox/device", json=body, timeout=10).status_code


@pytest.fixture
def signing_in(entra: str, trusting: requests.Session, world: World) -> SigningIn:
    return SigningIn(entra, trusting, world)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_code_gives_the_persons_token_for_the_bridge(signing_in: SigningIn, world: World) -> None:
    answer = signing_in.answer(login_hint="alex@contoso.com")
    assert answer["state"] == "s t"
    document = signing_in.redeem(answer["code"])
    token = claims(document["access_token"])
    assert (token["aud"], token["azp"], token["azpacr"]) == (world.bridge.client_id, world.laptop.client_id, "0")
    assert (token["upn"], token["scp"]) == ("alex@contoso.com", "access_as_user")
    id_token = claims(document["id_token"])
    assert (id_token["aud"], id_token["nonce"], "scp" in id_token) == (world.laptop.client_id, "n", False)
    assert document["refresh_token"]


def test_an_answer_may_come_as_a_form(signing_in: SigningIn) -> None:
    page = signing_in.authorize(response_mode="form_post", state='"><script>').text
    assert f'<form method="POST" action="{REDIRECT}">' in page
    assert ('name="code"' in page, "<script>" in page) == (True, False)


def test_a_code_is_redeemed_once_by_whom_it_was_made_for(signing_in: SigningIn) -> None:
    code = signing_in.answer()["code"]
    assert "access_token" in signing_in.redeem(code)
    assert signing_in.redeem(code)["error_codes"] == [54005]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code_verifier": "another"}, 501481),
        ({"redirect_uri": "http://localhost:1"}, 500112),
        ({"client_secret": SECRET}, 700025),
        ({"client_id": "nobody"}, 700016),
    ],
    ids=["another verifier", "another redirect URI", "a secret of a public client", "an unknown client"],
)
def test_a_redemption_that_does_not_fit_is_refused(signing_in: SigningIn, changes: dict[str, str], code: int) -> None:
    assert signing_in.redeem(signing_in.answer()["code"], **changes)["error_codes"] == [code]


@pytest.mark.parametrize("uri", ["https://evil.example", "http://localhost.evil.example", "http://localhost:1/other"])
def test_a_redirect_uri_that_is_not_registered_is_never_followed(signing_in: SigningIn, uri: str) -> None:
    response = signing_in.authorize(redirect_uri=uri)
    assert (response.status_code, "Location" in response.headers) == (400, False)
    assert response.json()["error_codes"] == [50011]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "api://nobody/.default"}, "invalid_resource"),
        ({"login_hint": "nobody@contoso.com"}, "invalid_grant"),
    ],
    ids=["no PKCE", "implicit", "no scope", "unknown resource", "unknown person"],
)
def test_other_errors_come_back_to_the_redirect_uri(
    signing_in: SigningIn, changes: dict[str, str | None], error: str
) -> None:
    answer = signing_in.answer(**changes)
    assert (answer["error"], answer["state"], "code" in answer) == (error, "s t", False)


def test_a_device_waits_until_somebody_has_signed_in(signing_in: SigningIn) -> None:
    device = signing_in.device()
    assert device["user_code"] in device["message"]
    assert signing_in.poll(device["device_code"])["error"] == "authorization_pending"
    assert signing_in.enter(user_code=device["user_code"], user="alex") == 204
    token = signing_in.poll(device["device_code"])["access_token"]
    assert claims(token)["upn"] == "alex@contoso.com"
    assert signing_in.poll(device["device_code"])["error"] == "bad_verification_code"


def test_a_person_may_decline(signing_in: SigningIn) -> None:
    device = signing_in.device()
    assert signing_in.enter(user_code=device["user_code"]) == 204
    assert signing_in.poll(device["device_code"])["error"] == "authorization_declined"


def test_codes_are_not_interchangeable(signing_in: SigningIn) -> None:
    assert signing_in.poll(signing_in.answer()["code"])["error"] == "bad_verification_code"
    assert signing_in.redeem(signing_in.device()["device_code"])["error_codes"] == [54005]
    assert signing_in.enter(user_code="NO-SUCH", user="alex") == 400
