"""Tokens, keys and discovery of the sandbox's Entra, validated with PyJWT."""

import json
import time
from typing import Any

import jwt
import pytest
import requests

from sandbox.ca import Tls
from sandbox.entra import Entra
from sandbox.jws import Jws
from sandbox.server import BadRequestError
from sandbox.world import World


def claims_of(token: str) -> dict[str, Any]:
    return Jws.parse(token).claims


@pytest.fixture
def documents(trusting: requests.Session, entra: str, world: World) -> Any:
    """`documents(version)` → the configuration and the key document it leads to."""

    def fetch(version: int) -> tuple[dict[str, Any], dict[str, Any]]:
        path = "/v2.0" if version == 2 else ""
        url = f"{entra}/{world.tenant_id}{path}/.well-known/openid-configuration"
        configuration = trusting.get(url, timeout=5).json()
        return configuration, trusting.get(configuration["jwks_uri"], timeout=5).json()

    return fetch


# The connector's token


def test_without_arguments_it_is_the_connectors_token_of_the_first_user(
    trusting: requests.Session, entra: str, world: World
) -> None:
    answer = trusting.post(f"{entra}/sandbox/token", timeout=5).json()
    claims = claims_of(answer["access_token"])
    expected = {
        "iss": f"https://login.microsoftonline.com/{world.tenant_id}/v2.0",
        "aud": world.bridge.client_id,
        "azp": world.connector.client_id,
        "scp": "access_as_user",
        "ver": "2.0",
        "tid": world.tenant_id,
        "oid": world.people[0].oid,
        "upn": "adele@contoso.com",
        "preferred_username": "adele@contoso.com",
        "acct": 0,
    }
    assert expected.items() <= claims.items()
    assert 3600 <= claims["exp"] - time.time() <= 5400


def test_version_1_has_its_own_issuer_audience_and_names(tenant: Entra, world: World) -> None:
    claims = claims_of(tenant.token(version=1))
    expected = {
        "iss": f"https://sts.windows.net/{world.tenant_id}/",
        "aud": f"api://{world.bridge.client_id}",
        "appid": world.connector.client_id,
        "ver": "1.0",
        "unique_name": "adele@contoso.com",
        "upn": "adele@contoso.com",
    }
    assert expected.items() <= claims.items()
    assert not {"azp", "preferred_username"} & set(claims)


def test_a_guest_is_marked(tenant: Entra, world: World) -> None:
    claims = claims_of(tenant.token(user="gina"))
    assert claims["acct"] == 1
    assert "#EXT#" in claims["upn"]
    assert world.tenant_id not in claims["idp"]


def test_sub_differs_by_app_and_oid_does_not(tenant: Entra) -> None:
    mine, other = claims_of(tenant.token()), claims_of(tenant.token(audience="another-app"))
    assert mine["oid"] == other["oid"]
    assert mine["sub"] != other["sub"]


@pytest.mark.parametrize("version", [1, 2])
def test_tokens_verify_with_the_published_keys_of_their_version(tenant: Entra, documents: Any, version: int) -> None:
    token = tenant.token(version=version)
    configuration, keys = documents(version)
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWK(next(key for key in keys["keys"] if key["kid"] == kid))
    claims = jwt.decode(token, key, ["RS256"], options={"verify_aud": False}, issuer=configuration["issuer"])
    assert claims["ver"] == f"{version}.0"


def test_v1_tokens_name_their_key_twice(tenant: Entra) -> None:
    assert Jws.parse(tenant.token(version=1)).header.keys() == {"typ", "alg", "x5t", "kid"}
    assert Jws.parse(tenant.token(version=2)).header.keys() == {"typ", "alg", "kid"}


# Tokens that a test asks for


def test_each_part_can_be_chosen(tenant: Entra) -> None:
    token = tenant.token(user="alex", audience="a", scope="s t", client="c", expires_in=-60)
    claims = claims_of(token)
    assert (claims["name"], claims["aud"], claims["scp"], claims["azp"]) == ("Alex Wilber", "a", "s t", "c")
    assert claims["exp"] < time.time()


def test_claims_and_header_are_overridden_and_removed_by_null(tenant: Entra) -> None:
    jws = Jws.parse(tenant.token(claims={"scp": None, "roles": ["x"]}, header={"kid": None, "alg": "HS256"}))
    assert "scp" not in jws.claims
    assert jws.claims["roles"] == ["x"]
    assert jws.header == {"typ": "JWT", "alg": "HS256"}


HOSTILE = {
    "lone surrogate": "\ud800",
    "control characters": "\x00\x1b[31m\x7f",
    "markup": "]]><a>&amp;",
    "right to left": "\u202eabc",
    "100 kB": "a" * 100_000,
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_claims_are_issued_unchanged(trusting: requests.Session, entra: str, value: str) -> None:
    body = json.dumps({"claims": {"upn": value}})
    answer = trusting.post(f"{entra}/sandbox/token", data=body, timeout=5).json()
    assert claims_of(answer["access_token"])["upn"] == value


def test_another_key_signs_under_the_right_name(tenant: Entra) -> None:
    jws = Jws.parse(tenant.token(sign="other-key"))
    key = tenant.keys.find(jws.header["kid"])
    assert key is not None
    assert not jws.is_signed_by(key)


def test_an_unsigned_token_says_so(tenant: Entra) -> None:
    token = tenant.token(sign="none")
    assert token.endswith(".")
    assert Jws.parse(token).header["alg"] == "none"


BAD_REQUESTS = {
    "unknown user": {"user": "nobody"},
    "unknown field": {"usr": "adele"},
    "unknown version": {"version": 3},
    "unknown signature": {"sign": "bad"},
    "an expiry that is no number": {"expires_in": "soon"},
    "claims that are no object": {"claims": "aud"},
    "not an object": [],
}


@pytest.mark.parametrize("wanted", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_request_for_an_impossible_token_is_refused(trusting: requests.Session, entra: str, wanted: Any) -> None:
    assert trusting.post(f"{entra}/sandbox/token", json=wanted, timeout=5).status_code == 400


def test_a_misspelt_parameter_is_an_error_in_process_too(tenant: Entra) -> None:
    with pytest.raises(BadRequestError):
        tenant.token(usr="adele")


# Discovery and keys


@pytest.mark.parametrize(
    ("version", "issuer"), [(1, "https://sts.windows.net/{}/"), (2, "https://login.microsoftonline.com/{}/v2.0")]
)
def test_issuers_are_entras_and_addresses_the_sandboxs(
    documents: Any, entra: str, world: World, version: int, issuer: str
) -> None:
    configuration, keys = documents(version)
    assert configuration["issuer"] == issuer.format(world.tenant_id)
    assert configuration["token_endpoint"].startswith(f"{entra}/{world.tenant_id}/oauth2/")
    assert {key["issuer"] for key in keys["keys"]} == {issuer.format("{tenantid}")}


def test_several_keys_are_published_with_their_certificates(documents: Any) -> None:
    _, keys = documents(2)
    assert len({key["kid"] for key in keys["keys"]}) == 2
    for key in keys["keys"]:
        assert {"kty", "use", "kid", "x5t", "x5c", "n", "e", "issuer"} <= key.keys()


def test_documents_of_another_tenant_do_not_exist(trusting: requests.Session, entra: str) -> None:
    for path in ("v2.0/.well-known/openid-configuration", "discovery/keys"):
        answer = trusting.get(f"{entra}/other/{path}", timeout=5)
        assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_rotation_replaces_the_signing_key_at_once(world: World, tls: Tls, trusting: requests.Session) -> None:
    tenant = Entra(world)
    with tenant.server(tls) as server:
        old = Jws.parse(tenant.token()).header["kid"]
        trusting.post(f"{server.url}/sandbox/rotate-keys", timeout=5)
        new = Jws.parse(tenant.token()).header["kid"]
        published = trusting.get(f"{server.url}/{world.tenant_id}/discovery/v2.0/keys", timeout=5).json()["keys"]
    kids = {key["kid"] for key in published}
    assert new in kids
    assert old not in kids


def test_faults_and_counts_know_the_endpoints_of_entra(trusting: requests.Session, entra: str, documents: Any) -> None:
    trusting.post(f"{entra}/sandbox/faults", json={"endpoint": "keys", "status": 500, "body": "{}"}, timeout=5)
    documents(2)
    stats = trusting.get(f"{entra}/sandbox/stats", timeout=5).json()
    assert stats == {"endpoints": {"token": 0, "keys": 1, "discovery": 1, "graph": 0}, "grants": {}, "operations": {}}


# People


def test_the_people_that_tests_need_exist(world: World) -> None:
    ordinary = [p for p in world.people if p.worker and not p.guest and not p.refusal and p.key != "admin"]
    assert len(ordinary) >= 5
    assert [p.key for p in world.people if p.guest] == ["gina"]
    assert [p.key for p in world.people if p.worker is None] == ["newcomer"]
    assert {50105, 50076, 65001} <= {p.refusal for p in world.people}
    assert {p.key for p in world.reports_of("miriam")} == {"adele", "alex", "diego"}


def test_ids_and_names_of_people_are_unique(world: World) -> None:
    for ids in ([p.oid for p in world.people], [p.upn for p in world.people], [p.key for p in world.people]):
        assert len(set(ids)) == len(world.people)
    workers = [p.worker for p in world.people if p.worker]
    assert len({w.wid for w in workers}) == len({w.employee_id for w in workers}) == len(workers)


# Agents of Entra Agent ID


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("on-behalf-of", {"idtyp": "user", "scp": "access_as_user", "oid": "adele"}),
        ("alone", {"idtyp": "app", "scp": "/", "oid": "azp", "xms_sub_fct": "11"}),
        ("agent-user", {"idtyp": "user", "scp": "access_as_user", "xms_sub_fct": "3 13"}),
    ],
)
def test_a_token_in_which_an_agent_takes_part(
    tenant: Entra, world: World, agent: str, expected: dict[str, str]
) -> None:
    claims = claims_of(tenant.token(agent=agent))
    oid = {"adele": world.people[0].oid, "azp": claims["azp"]}.get(expected.pop("oid", ""), claims["oid"])
    assert (expected | {"oid": oid}).items() <= claims.items()
    assert "11" in claims["xms_act_fct"].split()
    assert claims["azp"] != world.connector.client_id
    people = {person.oid for person in world.people}
    assert (claims["oid"] in people) is (agent == "on-behalf-of")
    chosen = claims_of(tenant.token(agent=agent, version=1, client=world.connector.client_id))
    assert chosen["appid"] == world.connector.client_id
