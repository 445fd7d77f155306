"""MSAL's traps. Each is shown with plain MSAL first, so that a test here means something."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import jwt
import msal
import pytest

from bridge.base.http_client import HttpResponse
from bridge.credentials.client_authentication import ClientAuthentication
from bridge.credentials.on_behalf_of import Entra
from bridge.credentials.refusal import EntraRefusal
from bridge.errors import BridgeError, Misconfigured
from bridge.settings import load
from tests.credentials.support import LOGIN, TOKEN_URL, caller, entra, entra_error, new_trace, oauth_token
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import env
from tests.support.keys import pair_pem, rsa_key
from tests.support.memory import texts_in
from tests.support.raised import raised
from tests.support.tokens import BRIDGE, segment

SCOPE = "http://www.workday.com/contoso_dpt1/.default"
PEOPLE = ("adele", "megan", "lee")
FIXED = "MSAL has fixed this: the workaround can be removed"


class Ours:
    """The bridge's on-behalf-of client."""

    def __init__(self, rule: Rule, **overrides: str | None) -> None:
        self.client = ScriptedClient({"login.microsoftonline.com": entra(rule)})
        self.entra = Entra(load(env(**overrides), CATALOG).entra, self.client)

    def ask(self, name: str, correlation_id: str = "c-1") -> str:
        return self.entra.access_token(caller(name), SCOPE, new_trace(correlation_id))[0]


class PlainMsal:
    """What most code does: one application, MSAL's own caches."""

    def __init__(self, rule: Rule) -> None:
        self.posts = 0

        class Http:
            @staticmethod
            def get(url: str, **_: Any) -> object:
                metadata = {"authorization_endpoint": f"{LOGIN}/authorize", "token_endpoint": f"{LOGIN}/token"}
                return shown(json_answer(metadata))

            @staticmethod
            def post(url: str, *, data: Mapping[str, str], **_: Any) -> object:
                self.posts += 1
                return shown(rule(Asked("POST", url, {}, urlencode(data).encode(), False)))

            @staticmethod
            def close() -> None:
                pass

        self.app = msal.ConfidentialClientApplication(
            BRIDGE, authority=LOGIN, client_credential="s", instance_discovery=False, http_client=Http()
        )

    def ask(self, name: str) -> Any:
        return self.app.acquire_token_on_behalf_of(f"incoming-token-of-{name}", [SCOPE])


def shown(answer: HttpResponse) -> object:
    """The response as MSAL's HTTP client gives it."""

    def raise_for_status() -> None:
        raise OSError(answer.status)

    return SimpleNamespace(
        status_code=answer.status, text=answer.body.decode(), headers=answer.headers, raise_for_status=raise_for_status
    )


def busy(_: Asked) -> HttpResponse:
    return HttpResponse(503, {"retry-after": "60"}, b'{"error": "temporarily_unavailable"}')


def with_id(asked: Asked) -> HttpResponse:
    """A token with client_info, so that MSAL keys it by user."""
    name = asked.form["assertion"]
    info = segment({"uid": name, "utid": "t"})
    return json_answer({"token_type": "Bearer", "expires_in": 3600, "access_token": f"for-{name}", "client_info": info})


def test_trap_the_cache_grows_without_bound() -> None:
    plain, ours = PlainMsal(with_id), Ours(with_id)
    for number in range(20):
        plain.ask(f"u{number}")
        ours.ask(f"u{number}")
    assert len(plain.app.token_cache._cache["AccessToken"]) >= 20, FIXED
    assert not [text for text in texts_in(ours.entra, ours.client) if "incoming-token-of" in text]


def test_trap_one_users_token_is_given_to_another_from_the_cache() -> None:
    plain = PlainMsal(oauth_token)
    plain.ask("adele")
    leaked = plain.app.acquire_token_for_client([SCOPE])
    assert leaked["access_token"] == "oauth-for-incoming-token-of-adele", FIXED
    ours = Ours(oauth_token)
    for name in PEOPLE:
        assert ours.ask(name) == f"oauth-for-incoming-token-of-{name}"


def test_trap_one_users_503_is_replayed_to_everybody() -> None:
    plain, ours = PlainMsal(busy), Ours(busy)
    for name in PEOPLE:
        raised(msal.exceptions.MsalServiceError, plain.ask, name)
        raised(EntraRefusal, ours.ask, name)
    assert plain.posts == 1, FIXED
    assert len(ours.client.asked) == 3


def test_trap_details_of_a_5xx_and_retry_after_are_lost() -> None:
    lost = raised(msal.exceptions.MsalServiceError, PlainMsal(busy).ask, "adele")
    assert "temporarily_unavailable" not in str(lost), FIXED
    kept = raised(EntraRefusal, Ours(busy).ask, "adele")
    assert (kept.answer.error, kept.retry_after) == ("temporarily_unavailable", 60)


def test_trap_a_page_in_place_of_json_is_printed_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def page(_: Asked) -> HttpResponse:
        return HttpResponse(200, {"content-type": "text/html"}, b"<html>secret page</html>")

    raised(json.JSONDecodeError, PlainMsal(page).ask, "adele")
    assert "secret page" in caplog.text, FIXED
    caplog.clear()
    raised(BridgeError, Ours(page).ask, "adele")
    assert "secret page" not in caplog.text


def test_no_metadata_are_fetched_and_only_the_clouds_token_endpoint_is_asked() -> None:
    ours = Ours(oauth_token)
    ours.ask("adele")
    ours.ask("megan")
    assert [asked.url for asked in ours.client.asked] == [TOKEN_URL] * 2


def test_each_exchange_has_the_correlation_id_of_its_own_request() -> None:
    ours = Ours(oauth_token)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: ours.ask(f"u{n}", f"c-{n}"), range(40)))
    sent = {(asked.form["assertion"], asked.headers["client-request-id"]) for asked in ours.client.asked}
    assert sent == {(f"incoming-token-of-u{n}", f"c-{n}") for n in range(40)}


def test_an_expired_client_certificate_is_named_and_nothing_is_sent() -> None:
    expired = pair_pem("entra-client", ends_in_days=-1)
    ours = Ours(oauth_token, BRIDGE_ENTRA__CLIENT_SECRET=None, BRIDGE_ENTRA__CLIENT_CERTIFICATE=expired)
    error = raised(Misconfigured, ours.ask, "adele")
    assert "BRIDGE_ENTRA__CLIENT_CERTIFICATE expired on" in (error.operator or "")
    assert ours.client.asked == []


def test_entras_refusal_keeps_its_codes_and_ids() -> None:
    answer = raised(EntraRefusal, Ours(entra_error(65001, suberror="consent_required")).ask, "adele").answer
    assert (answer.error_codes, answer.trace_id, answer.correlation_id) == ((65001,), "t-1", "c-1")


def test_a_client_certificate_signs_ps256_assertions_for_both_kinds_of_token_each_with_its_own_jti() -> None:
    certificate = {"BRIDGE_ENTRA__CLIENT_SECRET": None, "BRIDGE_ENTRA__CLIENT_CERTIFICATE": pair_pem("entra-client")}
    ours = Ours(oauth_token, **certificate)
    ours.ask("adele")
    ours.entra.assertion(caller(), SCOPE, new_trace())
    key, ids = rsa_key("entra-client").public_key(), set()
    for post in ours.client.asked:
        assert post.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        encoded = post.form["client_assertion"]
        assert set(jwt.get_unverified_header(encoded)) == {"alg", "typ", "x5t#S256"}
        claims = jwt.decode(encoded, key, algorithms=["PS256"], audience=TOKEN_URL, issuer=BRIDGE)
        assert claims["exp"] - claims["iat"] == 600
        ids.add(claims["jti"])
    assert len(ids) == 2


def test_the_client_authenticates_in_exactly_one_way() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        ClientAuthentication()
    with pytest.raises(ValueError, match="exactly one"):
        ClientAuthentication(secret="s", assertion=lambda _: "a")
