"""Client authentication at the sandbox's Entra, by MSAL too."""

import base64
import time
from collections.abc import Callable
from typing import Any

import msal
import pytest
import requests
from cryptography.hazmat.primitives import hashes

from sandbox.ca import KeyPair, self_signed
from sandbox.entra import Entra
from sandbox.entra.clients import ASSERTION_TYPE, SECRET
from sandbox.jws import base64url, sign
from sandbox.world import contoso
from tests.sandbox.conftest import Obo

WORLD = contoso()
BRIDGE = WORLD.bridge.client_id
ORDERS = f"{WORLD.orders.identifiers[0]}/.default"
Authenticate = Callable[..., list[int]]


@pytest.fixture
def authenticate(obo: Obo) -> Authenticate:
    """`authenticate(form, headers)`: the codes of the refusal of an on-behalf-of request, or []."""

    def send(form: dict[str, str], headers: dict[str, str] | None = None) -> list[int]:
        response = obo(headers=headers, **{"client_id": None, "client_secret": None, **form})
        codes: list[int] = response.json().get("error_codes", [])
        return codes

    return send


def by_assertion(assertion: str, client_id: str = BRIDGE) -> dict[str, str]:
    return {"client_id": client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


# Secrets


@pytest.mark.parametrize(("secret", "codes"), [(SECRET, []), ("wrong", [7000215])])
def test_a_secret_by_basic(authenticate: Authenticate, secret: str, codes: list[int]) -> None:
    value = base64.b64encode(f"{BRIDGE}:{secret}".encode()).decode()
    assert authenticate({}, {"Authorization": f"Basic {value}"}) == codes


def test_basic_that_cannot_be_read(authenticate: Authenticate) -> None:
    assert authenticate({}, {"Authorization": "Basic ***"}) == [9002313]


# Certificates (RFC 7523 as Entra profiles it)


@pytest.fixture(scope="session")
def unknown_pair() -> KeyPair:
    return self_signed("unknown")


@pytest.fixture
def client_assertion(tenant: Entra, entra: str) -> Any:
    """`client_assertion(claims, header, key)`: the bridge's client assertion with overrides."""
    thumbprint = base64url(tenant.client_certificate.certificate.fingerprint(hashes.SHA256()))

    def issued(claims: Any = None, header: Any = None, pair: KeyPair = tenant.client_certificate) -> str:
        now = int(time.time())
        audience = f"{entra}/{WORLD.tenant_id}/oauth2/v2.0/token"
        usual = {"iss": BRIDGE, "sub": BRIDGE, "aud": audience, "jti": "1", "nbf": now, "exp": now + 600}
        return sign({"alg": "RS256", "x5t#S256": thumbprint} | (header or {}), usual | (claims or {}), pair.key)

    return issued


def test_a_registered_certificate_serves(authenticate: Authenticate, client_assertion: Any) -> None:
    assert authenticate(by_assertion(client_assertion())) == []


def test_the_tenants_issuer_serves_as_audience_too(authenticate: Authenticate, client_assertion: Any) -> None:
    audience = f"https://login.microsoftonline.com/{WORLD.tenant_id}/v2.0"
    assert authenticate(by_assertion(client_assertion({"aud": audience}))) == []


CERTIFICATE_REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "an unknown thumbprint": (700027, {"header": {"x5t#S256": "unknown"}}),
    "another algorithm": (700027, {"header": {"alg": "HS256"}}),
    "another subject": (50048, {"claims": {"sub": "someone"}}),
    "another audience": (50012, {"claims": {"aud": "https://elsewhere.example"}}),
    "expired": (700024, {"claims": {"exp": 1}}),
    "not yet valid": (700024, {"claims": {"nbf": 32_503_680_000}}),
    "no expiry": (700024, {"claims": {"exp": None}}),
}


@pytest.mark.parametrize(("code", "changes"), CERTIFICATE_REFUSALS.values(), ids=CERTIFICATE_REFUSALS)
def test_certificate_refusals(
    authenticate: Authenticate, client_assertion: Any, code: int, changes: dict[str, Any]
) -> None:
    assert authenticate(by_assertion(client_assertion(**changes))) == [code]


def test_an_unknown_key_under_the_registered_thumbprint(
    authenticate: Authenticate, client_assertion: Any, unknown_pair: KeyPair
) -> None:
    assert authenticate(by_assertion(client_assertion(pair=unknown_pair))) == [700027]


def test_another_app_has_no_certificate(authenticate: Authenticate, client_assertion: Any) -> None:
    other = WORLD.connector.client_id
    assert authenticate(by_assertion(client_assertion({"iss": other, "sub": other}), other)) == [700027]


def test_an_assertion_that_is_no_jwt(authenticate: Authenticate) -> None:
    assert authenticate(by_assertion("abc")) == [50012]


# Federated credentials: the token of a managed identity


def managed_identity_token(tenant: Entra, claims: Any = None, **wanted: Any) -> str:
    app_only = {"sub": WORLD.managed_identity, "oid": WORLD.managed_identity, "scp": None, "idtyp": "app"}
    return tenant.token(**{"audience": "api://AzureADTokenExchange", "claims": app_only | (claims or {})} | wanted)


def test_the_federated_credential_serves(authenticate: Authenticate, tenant: Entra) -> None:
    assert authenticate(by_assertion(managed_identity_token(tenant))) == []


FEDERATION_REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "another issuer": (700211, {"claims": {"iss": "https://token.actions.githubusercontent.com"}}),
    "an issuer of version 1": (700211, {"version": 1}),
    "another audience": (700212, {"audience": "api://azureadtokenexchange"}),
    "another subject": (700213, {"claims": {"sub": "someone"}}),
    "a user's token": (700229, {"claims": {"scp": "x"}}),
    "a signature with an unknown key": (50013, {"sign": "other-key"}),
    "expired": (700024, {"expires_in": -1}),
}


@pytest.mark.parametrize(("code", "changes"), FEDERATION_REFUSALS.values(), ids=FEDERATION_REFUSALS)
def test_federation_refusals(authenticate: Authenticate, tenant: Entra, code: int, changes: dict[str, Any]) -> None:
    assert authenticate(by_assertion(managed_identity_token(tenant, **changes))) == [code]


def test_another_app_has_no_federated_credential(authenticate: Authenticate, tenant: Entra) -> None:
    assert authenticate(by_assertion(managed_identity_token(tenant), WORLD.connector.client_id)) == [7000226]


# MSAL as the client


def client(entra: str, http: requests.Session, credential: Any) -> Any:
    return msal.ConfidentialClientApplication(
        BRIDGE,
        authority=f"{entra}/{WORLD.tenant_id}",
        client_credential=credential,
        instance_discovery=False,
        http_client=http,
    )


def credentials(tenant: Entra) -> dict[str, Any]:
    pair = tenant.client_certificate
    return {
        "secret": SECRET,
        "certificate": {"private_key": pair.key_pem, "public_certificate": pair.certificate_pem},
        "federation": {"client_assertion": lambda: managed_identity_token(tenant)},
    }


@pytest.mark.parametrize("kind", ["secret", "certificate", "federation"])
def test_msal_gets_a_token_with_each_credential(
    entra: str, trusting: requests.Session, tenant: Entra, kind: str
) -> None:
    app = client(entra, trusting, credentials(tenant)[kind])
    answer = app.acquire_token_on_behalf_of(tenant.token(), [ORDERS])
    assert answer.get("token_type") == "Bearer", answer


def test_msal_reads_the_refusal_whole(entra: str, trusting: requests.Session, tenant: Entra) -> None:
    app = client(entra, trusting, SECRET)
    answer = app.acquire_token_on_behalf_of(tenant.token(user="carla"), [ORDERS])
    assert answer["error_codes"] == [50076]
    assert {"claims", "suberror", "trace_id", "correlation_id"} <= answer.keys()


# The client credentials grant, with which an app finds out whether its client authentication is accepted


APP_ONLY = {
    "good": ({}, []),
    "wrong secret": ({"client_secret": "wrong"}, [7000215]),
    "unknown app": ({"client_id": "nobody"}, [700016]),
    "unknown resource": ({"scope": "api://x/.default"}, [500011]),
}


@pytest.mark.parametrize(("changes", "codes"), APP_ONLY.values(), ids=APP_ONLY)
def test_the_client_credentials_grant(obo: Obo, changes: dict[str, str], codes: list[int]) -> None:
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default", **changes}
    body = obo(assertion=None, requested_token_use=None, **form).json()
    assert (body.get("error_codes", []), body.get("token_type")) == (codes, None if codes else "Bearer")
