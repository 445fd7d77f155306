"""What the stand-ins share: tokens that they gave, and Entra's tokens, judged strictly."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.jws import Jws, JwsError, is_current
from sandbox.server import Handler, Request, Response
from sandbox.world import Person, World

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
