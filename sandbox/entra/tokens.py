"""Access tokens of the tenant in their two forms (Microsoft Learn, "Access token claims reference")."""

import hashlib
import time
from typing import Any

from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import Asked
from sandbox.jws import base64url, sign
from sandbox.world import App, Person, World, guid

LIFETIME_SECONDS = 4500  # Entra's are random, 60-90 minutes, 75 on average
HOME_TENANT_OF_GUESTS = guid("fabrikam")

AGENT = guid("agent-identity")
AGENT_BLUEPRINT = guid("agent-blueprint")
AGENT_USER = guid("agent-user")

AGENTS: dict[str, dict[str, Any]] = {
    "on-behalf-of": {"idtyp": "user", "xms_act_fct": "3 11", "xms_par_app_azp": AGENT_BLUEPRINT, "xms_idrel": "1"},
    "alone": {
        "idtyp": "app",
        "oid": AGENT,
        "sub": AGENT,
        "scp": "/",
        "roles": ["Profiles.Read.All"],
        "xms_act_fct": "11",
        "xms_sub_fct": "11",
        "xms_idrel": "7",
        **dict.fromkeys(("name", "given_name", "family_name", "upn", "preferred_username", "unique_name", "acct")),
    },
    "agent-user": {
        "idtyp": "user",
        "oid": AGENT_USER,
        "xms_act_fct": "11 9",
        "xms_sub_fct": "3 13",
        "xms_par_app_azp": AGENT_BLUEPRINT,
        "xms_idrel": "1",
    },
}
"""The claims that differ when an agent of Entra Agent ID takes part (Microsoft Learn, "Token claims reference for
agents"); None: the claim is absent. The client is the agent's own application id."""


def issuer(tenant_id: str, version: int) -> str:
    """The issuers of the public cloud: only the host that the sandbox listens on differs."""
    if version == 1:
        return f"https://sts.windows.net/{tenant_id}/"
    return f"https://login.microsoftonline.com/{tenant_id}/v2.0"


def user_claims(
    world: World,
    person: Person,
    *,
    version: int,
    audience: str,
    scope: str,
    client: str,
    lifetime_seconds: float = LIFETIME_SECONDS,
) -> dict[str, Any]:
    """The claims of a delegated token, with `upn` and `acct`: optional claims that an administrator adds."""
    now = int(time.time())
    return {
        "aud": audience,
        "iss": issuer(world.tenant_id, version),
        "iat": now,
        "nbf": now,
        "exp": now + int(lifetime_seconds),
        "tid": world.tenant_id,
        "oid": person.oid,
        "sub": base64url(hashlib.sha256(f"{person.oid}{audience}".encode()).digest()),
        "name": person.display_name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "upn": person.upn,
        "scp": scope,
        "uti": base64url(hashlib.sha256(f"{time.time_ns()}{person.oid}".encode()).digest()[:16]),
        **(_v1(person, client) if version == 1 else _v2(person, client)),
        **({"idp": issuer(HOME_TENANT_OF_GUESTS, 1)} if person.guest else {}),
    }


def _v1(person: Person, client: str) -> dict[str, Any]:
    client_claims = {"ver": "1.0", "appid": client, "appidacr": "1", "acr": "1", "amr": ["pwd"]}
    return {**client_claims, "unique_name": person.upn, "acct": int(person.guest)}


def _v2(person: Person, client: str) -> dict[str, Any]:
    client_claims = {"ver": "2.0", "azp": client, "azpacr": "1"}
    return {**client_claims, "preferred_username": person.upn, "acct": int(person.guest)}


def header(keys: KeyRing, version: int) -> dict[str, Any]:
    """A token of version 1 names the key twice."""
    kid = keys.current.kid
    return {"typ": "JWT", "alg": "RS256", **({"x5t": kid} if version == 1 else {}), "kid": kid}


def token_response(
    keys: KeyRing, claims: dict[str, Any], *, lifetime_seconds: int = LIFETIME_SECONDS
) -> dict[str, Any]:
    """A token response with these claims, signed with the current key."""
    version = 1 if claims["ver"] == "1.0" else 2
    token = sign(header(keys, version), claims, keys.current.pair.key)
    lifetime = {"expires_in": lifetime_seconds, "ext_expires_in": lifetime_seconds}
    return {"token_type": "Bearer", **lifetime, "access_token": token}


def delegated_response(world: World, keys: KeyRing, person: Person, client: App, target: Asked) -> dict[str, Any]:
    """The token response for a user. Version and audience follow the setting of the resource, not the endpoint."""
    version = target.app.token_version
    claims = user_claims(
        world,
        person,
        version=version,
        audience=target.app.client_id if version == 2 else target.identifier,
        scope=" ".join(target.scopes),
        client=client.client_id,
    )
    return {**token_response(keys, claims), "scope": target.scope}
