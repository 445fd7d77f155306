"""What the stand-ins share: tokens that they gave, Entra's tokens, and JWT assertions, each judged strictly."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_pem_x509_certificate

from sandbox.jws import Jws, JwsError, is_current
from sandbox.server import Handler, Request, Response
from sandbox.world import Person, World

GRANT_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_SAML = "urn:ietf:params:oauth:grant-type:saml2-bearer"


class Refused(Exception):
    """Carries the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status))
        self.response = response


def answering(work: Handler) -> Handler:
    """`work`, whose refusal is an answer."""

    def answer(request: Request) -> Response:
        try:
            return work(request)
        except Refused as refused:
            return refused.response

    return answer


@dataclass(slots=True)
class Tokens:
    """Opaque access tokens, each for one person."""

    _people: dict[str, Person] = field(default_factory=dict, repr=False)

    def give(self, person: Person) -> str:
        token = f"00D!{secrets.token_urlsafe(24)}"
        self._people[token] = person
        return token

    def person(self, request: Request) -> Person | None:
        return self._people.get(request.bearer or "")

    def drop(self) -> None:
        """All tokens are dead from now on."""
        self._people.clear()


@dataclass(slots=True)
class Trust:
    """The one signer that an administrator has registered: its issuer and certificate."""

    issuer: str = ""
    certificate: str = ""

    def route(self, request: Request) -> Response:
        body = request.json()
        self.issuer, self.certificate = body["issuer"], body["certificate"]
        return Response.json({})

    @property
    def key(self) -> rsa.RSAPublicKey:
        key = load_pem_x509_certificate(self.certificate.encode()).public_key()
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - for the type
        return key


def jwt_problem(encoded: str, trust: Trust, *, audience: str, used: set[str]) -> tuple[str, Mapping[str, Any]]:
    """Why a JWT bearer assertion is refused (RFC 7523 section 3), in words; empty if it is not. And its claims."""
    try:
        jws = Jws.parse(encoded)
    except JwsError:
        return "invalid assertion", {}
    claims, now = jws.claims, time.time()
    if jws.header.get("alg") != "RS256" or not trust.certificate or not jws.is_signed_by(trust.key):
        return "invalid assertion", claims
    if claims.get("iss") != trust.issuer:
        return "client identifier invalid", claims
    if claims.get("aud") != audience:
        return "audience is invalid", claims
    if not now < claims.get("exp", 0) <= now + 300:
        return "expired assertion", claims
    if claims.get("jti") in used:
        return "assertion has been used", claims
    used.add(claims["jti"])
    return "", claims


def entra_person(
    request: Request, world: World, find_key: Callable[[object], rsa.RSAPublicKey | None], *, audience: str, scope: str
) -> Person | None:
    """The person of an access token of Entra for this audience; None if anything about it is wrong."""
    try:
        jws = Jws.parse(request.bearer or "")
    except JwsError:
        return None
    key = find_key(jws.header.get("kid"))
    good = key is not None and jws.is_signed_by(key) and is_current(jws.claims)
    if not good or jws.claims.get("aud") != audience or jws.claims.get("tid") != world.tenant_id:
        return None
    if scope not in str(jws.claims.get("scp", "")).split():
        return None
    return world.person_of(str(jws.claims.get("oid")))


def person_named(world: World, user_name: str) -> Person | None:
    """Who has this user name there: the same people as in Workday."""
    return next((one for one in world.people if one.worker and one.worker.user_name == user_name), None)
