"""MSAL's traps. Each is shown with plain MSAL first, so that a test here means something."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import jwt
import msal
import pytest

from bridge.base.http_client import Deadline, HttpResponse
from bridge.credentials.client_authentication import ClientAuthentication
from bridge.credentials.on_behalf_of import Entra
from bridge.credentials.refusal import EntraRefusal
from bridge.errors import BridgeError, Misconfigured
from bridge.settings import load
from bridge.trace import Trace
from tests.credentials.support import LOGIN, caller, entra, entra_error, oauth_token
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import env
from tests.support.keys import pair_pem, rsa_key
from tests.support.tokens import BRIDGE

SCOPE = "http://www.workday.com/contoso_dpt1/.default"


class Bench:
    def __init__(self, rule: Rule, **overrides: str | None) -> None:
        self.client = ScriptedClient({"login.microsoftonline.com": entra(rule)})
        self.entra = Entra(load(env(**overrides), CATALOG).entra, self.client)

    def ask(self, name: str) -> str:
        return self.entra.access_token(caller(name), SCOPE, Trace("c-1", Deadline(30)))[0]

    @property
    def posts(self) -> list[Asked]:
        return self.client.to("/oauth2/v2.0/token")


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
                from urllib.parse import urlencode

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
    def raise_for_status() -> None:
        raise OSError(answer.status)

    return SimpleNamespace(
        status_code=answer.status, text=answer.body.decode(), headers=answer.headers, raise_for_status=raise_for_status
    )


def busy(_: Asked) -> HttpResponse:
    return HttpResponse(503, {"retry-after": "60"}, b'{"error": "temporarily_unavailable"}')


def test_trap_the_cache_grows_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, ours = PlainMsal(with_id), Bench(with_id)
    applications = []

    class Recorded(msal.ConfidentialClientApplication):  # type: ignore[misc]  # msal has no types
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)
            applications.append(self)

    monkeypatch.setattr(msal, "ConfidentialClientApplication", Recorded)
    for number in range(20):
        plain.ask(f"u{number}")
        ours.ask(f"u{number}")
    assert len(plain.app.token_cache._cache["AccessToken"]) >= 20, "MSAL has fixed this: the workaround can go"
    assert len(set(map(id, applications))) == 20
    assert all(len(one.token_cache._cache["AccessToken"]) == 1 for one in applications), "one exchange each"


def with_id(asked: Asked) -> HttpResponse:
    """An answer with client_info, so that MSAL keys it by user."""
    from tests.support.tokens import segment

    name = asked.form["assertion"]
    info = segment({"uid": name, "utid": "t"})
    return json_answer({"token_type": "Bearer", "expires_in": 3600, "access_token": f"for-{name}", "client_info": info})


def test_trap_one_users_answer_is_given_to_another_from_the_cache() -> None:
    plain = PlainMsal(oauth_token)
    plain.ask("adele")
    leaked = plain.app.acquire_token_for_client([SCOPE])
    assert leaked["access_token"] == "oauth-for-incoming-token-of-adele", "MSAL has fixed this: the workaround can go"
    ours = Bench(oauth_token)
    ours.ask("adele")
    assert ours.ask("megan") == "oauth-for-incoming-token-of-megan"


def test_trap_one_users_503_is_replayed_to_everybody() -> None:
    plain = PlainMsal(busy)
    for name in ("adele", "megan", "lee"):
        with pytest.raises(msal.exceptions.MsalServiceError):
            plain.ask(name)
    assert plain.posts == 1, "MSAL has fixed this: the workaround can go"
    ours = Bench(busy)
    for name in ("adele", "megan", "lee"):
        with pytest.raises(EntraRefusal):
            ours.ask(name)
    assert len(ours.posts) == 3


def test_trap_details_of_a_5xx_and_retry_after_are_lost() -> None:
    with pytest.raises(msal.exceptions.MsalServiceError) as lost:
        PlainMsal(busy).ask("adele")
    assert "temporarily_unavailable" not in str(lost.value), "MSAL has fixed this: the workaround can go"
    with pytest.raises(EntraRefusal) as kept:
        Bench(busy).ask("adele")
    assert (kept.value.answer.error, kept.value.retry_after) == ("temporarily_unavailable", 60)


def test_trap_a_page_in_place_of_json_is_printed_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def page(_: Asked) -> HttpResponse:
        return HttpResponse(200, {"content-type": "text/html"}, b"<html>secret page</html>")

    with pytest.raises(json.JSONDecodeError):
        PlainMsal(page).ask("adele")
    assert "secret page" in caplog.text, "MSAL has fixed this: the workaround can go"
    caplog.clear()
    with pytest.raises(BridgeError):
        Bench(page).ask("adele")
    assert "secret page" not in caplog.text


def test_no_metadata_are_fetched_and_only_the_clouds_token_endpoint_is_asked() -> None:
    ours = Bench(oauth_token)
    ours.ask("adele")
    ours.ask("megan")
    assert [asked.url for asked in ours.client.asked] == [f"{LOGIN}/oauth2/v2.0/token"] * 2


def test_each_exchange_has_the_deadline_and_the_correlation_id_of_its_own_request() -> None:
    ours = Bench(oauth_token)
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda n: ours.entra.access_token(caller(f"u{n}"), SCOPE, Trace(f"c-{n}", Deadline(30))), range(40)
            )
        )
    sent = {(asked.form["assertion"], asked.headers["client-request-id"]) for asked in ours.posts}
    assert sent == {(f"incoming-token-of-u{n}", f"c-{n}") for n in range(40)}


def test_an_expired_client_certificate_is_named_and_nothing_is_sent() -> None:
    expired = pair_pem("entra-client", ends_in_days=-1)
    bench = Bench(oauth_token, BRIDGE_ENTRA__CLIENT_SECRET=None, BRIDGE_ENTRA__CLIENT_CERTIFICATE=expired)
    with pytest.raises(Misconfigured) as caught:
        bench.ask("adele")
    assert "BRIDGE_ENTRA__CLIENT_CERTIFICATE expired on" in (caught.value.operator or "")
    assert bench.posts == []


def test_entras_refusal_keeps_its_codes_and_ids() -> None:
    with pytest.raises(EntraRefusal) as caught:
        Bench(entra_error(65001, suberror="consent_required")).ask("adele")
    answer = caught.value.answer
    assert (answer.error_codes, answer.trace_id, answer.correlation_id) == ((65001,), "t-1", "c-1")


def test_a_certificate_proves_the_bridge_on_both_legs_with_ps256_and_a_fresh_jti() -> None:
    proof = {"BRIDGE_ENTRA__CLIENT_SECRET": None, "BRIDGE_ENTRA__CLIENT_CERTIFICATE": pair_pem("entra-client")}
    bench = Bench(oauth_token, **proof)
    bench.ask("adele")
    bench.entra.assertion(caller(), SCOPE, Trace("c", Deadline(30)))
    seen = set()
    for post in bench.posts:
        assert post.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        encoded = post.form["client_assertion"]
        assert set(jwt.get_unverified_header(encoded)) == {"alg", "typ", "x5t#S256"}
        claims = jwt.decode(
            encoded,
            rsa_key("entra-client").public_key(),
            algorithms=["PS256"],
            audience=f"{LOGIN}/oauth2/v2.0/token",
            issuer=BRIDGE,
        )
        assert claims["exp"] - claims["iat"] == 600
        seen.add(claims["jti"])
    assert len(seen) == 2


def test_a_proof_is_exactly_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        ClientAuthentication()
    with pytest.raises(ValueError, match="exactly one"):
        ClientAuthentication(secret="s", assertion=lambda _: "a")
