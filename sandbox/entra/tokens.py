"""Access tokens of the tenant in their two forms (Microsoft Learn, "Access token claims reference")."""

import hashlib
import time
from typing import Any

from sandbox.entra.keys import KeyRing
from sandbox.jws import base64url, sign
from sandbox.world import Person, World, guid

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
"""How tokens differ in which an agent of Entra Agent ID takes part (Microsoft Learn, "Token claims reference for
agents"); None: the claim is absent. The client is the agent's own application id."""


def issuer(tenant_id: str, version: int) -> str:
    """The real names: only the network host of the sandbox differs from the public cloud."""
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
    """Claims of a delegated token, `upn` and `acct` included as the optional claims that administrators add."""
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
    return {
        "ver": "1.0",
        "appid": client,
        "appidacr": "1",
        "acr": "1",
        "amr": ["pwd"],
        "unique_name": person.upn,
        "acct": int(person.guest),
    }


def _v2(person: Person, client: str) -> dict[str, Any]:
    return {
        "ver": "2.0",
        "azp": client,
        "azpacr": "1",
        "preferred_username": person.upn,
        "acct": int(person.guest),
    }


def header(keys: KeyRing, version: int) -> dict[str, Any]:
    """v1 names the key twice."""
    kid = keys.current.kid
    return {"typ": "JWT", "alg": "RS256", **({"x5t": kid} if version == 1 else {}), "kid": kid}


def issue(keys: KeyRing, claims: dict[str, Any]) -> str:
    """A token as Entra itself would sign it."""
    version = 1 if claims["ver"] == "1.0" else 2
    return sign(header(keys, version), claims, keys.current.pair.key)
