"""Client authentication at the sandbox's Entra, by MSAL too."""

import base64
import time
from collections.abc import Callable
from typing import Any

import msal
import pytest
import requests
from cryptography.hazmat.primitives import hashes

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


@pytest.fixture
def certificate_assertion(tenant: Entra, entra: str) -> Callable[..., str]:
    """`certificate_assertion(claims, header, pair)`: the bridge's client assertion with overrides."""
    thumbprint = base64url(tenant.client_certificate.certificate.fingerprint(hashes.SHA256()))

    def issued(claims: Any = None, header: Any = None, pair: str = "client_certificate") -> str:
        now = int(time.time())
        audience = f"{entra}/{WORLD.tenant_id}/oauth2/v2.0/token"
        usual = {"iss": BRIDGE, "sub": BRIDGE, "aud": audience, "jti": "1", "nbf": now, "exp": now + 600}
        key = getattr(tenant, pair).key
        return sign({"alg": "RS256", "x5t#S256": thumbprint} | (header or {}), usual | (claims or {}), key)

    return issued


CERTIFICATE: dict[str, tuple[list[int], dict[str, Any]]] = {
    "the registered certificate": ([], {}),
    "the tenant's issuer as audience": (
        [],
        {"claims": {"aud": f"https://login.microsoftonline.com/{WORLD.tenant_id}/v2.0"}},
    ),
    "an unknown thumbprint": ([700027], {"header": {"x5t#S256": "unknown"}}),
    "an unknown key under the registered thumbprint": ([700027], {"pair": "other_key"}),
    "another algorithm": ([700027], {"header": {"alg": "HS256"}}),
    "another subject": ([50048], {"claims": {"sub": "someone"}}),
    "another audience": ([50012], {"claims": {"aud": "https://elsewhere.example"}}),
    "expired": ([700024], {"claims": {"exp": 1}}),
    "not yet valid": ([700024], {"claims": {"nbf": 32_503_680_000}}),
    "no expiry": ([700024], {"claims": {"exp": None}}),
}


@pytest.mark.parametrize(("codes", "changes"), CERTIFICATE.values(), ids=CERTIFICATE)
def test_certificates(
    authenticate: Authenticate, certificate_assertion: Callable[..., str], codes: list[int], changes: dict[str, Any]
) -> None:
    assert authenticate(by_assertion(certificate_assertion(**changes))) == codes


def test_another_app_has_no_certificate(authenticate: Authenticate, certificate_assertion: Callable[..., str]) -> None:
    other = WORLD.connector.client_id
    assert authenticate(by_assertion(certificate_assertion({"iss": other, "sub": other}), other)) == [700027]


def test_an_assertion_that_is_no_jwt(authenticate: Authenticate) -> None:
    assert authenticate(by_assertion("abc")) == [50012]


# Federated credentials: the token of a managed identity


def managed_identity_token(tenant: Entra, claims: Any = None, **wanted: Any) -> str:
    app_only = {"sub": WORLD.managed_identity, "oid": WORLD.managed_identity, "scp": None, "idtyp": "app"}
    return tenant.token(**{"audience": "api://AzureADTokenExchange", "claims": app_only | (claims or {})} | wanted)


FEDERATION: dict[str, tuple[list[int], dict[str, Any]]] = {
    "the managed identity's token": ([], {}),
    "another issuer": ([700211], {"claims": {"iss": "https://token.actions.githubusercontent.com"}}),
    "an issuer of version 1": ([700211], {"version": 1}),
    "another audience": ([700212], {"audience": "api://azureadtokenexchange"}),
    "another subject": ([700213], {"claims": {"sub": "someone"}}),
    "a user's token": ([700229], {"claims": {"scp": "x"}}),
    "a signature with an unknown key": ([50013], {"sign": "other-key"}),
    "expired": ([700024], {"expires_in": -1}),
}


@pytest.mark.parametrize(("codes", "changes"), FEDERATION.values(), ids=FEDERATION)
def test_federated_credentials(
    authenticate: Authenticate, tenant: Entra, codes: list[int], changes: dict[str, Any]
) -> None:
    assert authenticate(by_assertion(managed_identity_token(tenant, **changes))) == codes


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
