"""The JWT that the bridge signs (RFC 7523), judged by PyJWT; and what makes a system take one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.credentials.jwt_assertion import JwtIssuer
from bridge.errors import Forbidden, Misconfigured
from bridge.settings import SamlSettings, SettingsError, load
from tests.credentials.support import LOGIN, Bench, entra_error, local_key
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.client import Asked, json_answer
from tests.support.env import env, workday
from tests.support.keys import certificate, certificate_pem, pair_pem, rsa_key
from tests.support.raised import raised
from tests.support.settings import workday_saml
from tests.support.tokens import BRIDGE

AS_JWT: dict[str, str | None] = {"TOKEN__ASSERTION": "jwt", "PATH": "saml", "SAML__SIGNER": None}
TOKEN_URL = "https://wd2-impl-services1.workday.example/ccx/oauth2/contoso_dpt1/token"
NAME = 'o\'hara "x" ß 𝒰'


@pytest.fixture(scope="module")
def saml() -> SamlSettings:
    return workday_saml(**AS_JWT)


def judged(encoded: str | bytes, name: str = "workday") -> dict[str, Any]:
    """The claims, after another implementation has verified signature, audience, issuer and expiry."""
    return jwt.decode(
        encoded,
        certificate(name).public_key(),  # type: ignore[arg-type]
        algorithms=["RS256"],
        audience=TOKEN_URL,
        issuer=f"api://{BRIDGE}/workday",
        options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]},
    )


def test_another_implementation_accepts_it_and_reads_the_name(saml: SamlSettings) -> None:
    issued = JwtIssuer(saml, "verifier-1").issue(NAME, local_key(saml))
    claims = judged(issued.xml)
    assert (claims["sub"], claims["jti"], claims["exp"] - claims["iat"]) == (NAME, issued.id, 120)
    header = jwt.get_unverified_header(issued.xml)
    thumbprint = urlsafe_b64encode(certificate("workday").fingerprint(hashes.SHA256())).decode().rstrip("=")
    assert header == {"alg": "RS256", "typ": "JWT", "x5t#S256": thumbprint, "kid": "verifier-1"}


def test_a_changed_one_is_refused(saml: SamlSettings) -> None:
    head, claims, signature = JwtIssuer(saml).issue("adele", local_key(saml)).xml.decode().split(".")
    forged = json.loads(urlsafe_b64decode(claims + "=="))
    body = urlsafe_b64encode(json.dumps({**forged, "sub": "admin"}).encode()).decode().rstrip("=")
    for encoded, name in ((f"{head}.{body}.{signature}", "workday"), (f"{head}.{claims}.{signature}", "another")):
        with pytest.raises(jwt.InvalidSignatureError):
            judged(encoded, name)


class Vault:
    """A key that signs and can do nothing else, as one in Key Vault."""

    def sign(self, data: bytes, padding: Any, algorithm: Any) -> bytes:
        return rsa_key("workday").sign(data, padding, algorithm)


def test_a_key_that_can_only_sign_is_enough(saml: SamlSettings) -> None:
    issued = JwtIssuer(saml).issue("adele", cast("rsa.RSAPrivateKey", Vault()))
    assert judged(issued.xml)["sub"] == "adele"


def strict(asked: Asked) -> Any:
    """A token endpoint that takes JWT bearer assertions."""
    if asked.form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return json_answer({"error": "unsupported_grant_type"}, 400)
    try:
        claims = judged(asked.form["assertion"])
    except jwt.PyJWTError as error:
        return json_answer({"error": "invalid_grant", "error_description": f"JWT: {error}"}, 400)
    return json_answer({"access_token": f"opaque-for-{claims['sub']}", "token_type": "Bearer"})


def test_the_path_is_bridge_jwt_and_entra_is_not_asked() -> None:
    bench = Bench(entra_error(399274), strict, **AS_JWT)
    credential = bench.get()
    assert (credential.access_token, credential.path) == ("opaque-for-adele.vance@contoso.example", "bridge_jwt")
    assert bench.client.to(LOGIN) == []
    assert bench.broker.explain_path(bench.settings.systems["workday"])[0] == "bridge_jwt"


@for_each(
    {
        "another domain": ({}, {"upn": "eve@elsewhere.example"}),
        "no claim": ({}, {"upn": None}),
        "denied": ({"SAML__DENIED_NAME_IDS": "ADELE.vance@contoso.example"}, {}),
    }
)
def test_names_are_refused_by_the_rules_of_bridge_saml(
    overrides: dict[str, str | None], claims: dict[str, object]
) -> None:
    bench = Bench(entra_error(399274), strict, **AS_JWT, **overrides)
    assert raised(Forbidden, bench.get, "adele", **claims).code == "name_id_refused"
    assert bench.workday_calls == []


def test_a_refusal_names_what_to_compare() -> None:
    bench = Bench(entra_error(399274), strict, **AS_JWT, SAML__AUDIENCE="https://wrong.example")
    operator = str(raised(Misconfigured, bench.get).operator)
    for name in ("SAML__ISSUER", "SAML__CERTIFICATE", "SAML__AUDIENCE", "TOKEN__KEY_ID", "Audience doesn't match"):
        assert name in operator
    assert "RECIPIENT" not in operator


@for_each(
    {
        "Entra signs no JWT": (workday(SAML__SIGNER="entra"), "SAML__SIGNER is entra, but TOKEN__ASSERTION is jwt"),
        "no pattern": (workday(SAML__NAME_ID_PATTERN=None), "SAML__NAME_ID_PATTERN is missing"),
        "Entra's issuer": (workday(SAML__ISSUER="https://sts.windows.net/x/"), "SAML__ISSUER is an issuer of Entra's"),
        "no private key": (
            workday(SAML__CERTIFICATE=certificate_pem("workday")),
            "SAML__CERTIFICATE holds 0 private keys",
        ),
        "the client certificate's key": (
            {"BRIDGE_ENTRA__CLIENT_SECRET": None, "BRIDGE_ENTRA__CLIENT_CERTIFICATE": pair_pem("workday")},
            "is that of",
        ),
    }
)
def test_settings_are_as_narrow_as_those_of_bridge_saml(overrides: dict[str, str | None], reported: str) -> None:
    loaded = load(env(**{**workday(**AS_JWT), **overrides}), CATALOG)
    assert reported in str(SettingsError(loaded.broken["workday"])).replace(": ", " ")


def test_a_repr_shows_no_jwt(saml: SamlSettings) -> None:
    assert "eyJ" not in repr(JwtIssuer(saml).issue("adele", local_key(saml)))
