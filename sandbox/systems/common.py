"""What the stand-ins share: their own access tokens, the validation of Entra's access tokens, and refusals."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.jws import FindKey, Jws, JwsError, is_current
from sandbox.server import Handler, Request, Response, Route
from sandbox.world import Person, World

GRANT_SAML = "urn:ietf:params:oauth:grant-type:saml2-bearer"


class Refused(Exception):
    """A refusal, with the response that says so."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status))
        self.response = response


def answering(work: Handler) -> Handler:
    """`work`; if it raises `Refused`, the response is that of the refusal."""

    def answer(request: Request) -> Response:
        try:
            return work(request)
        except Refused as refused:
            return refused.response

    return answer


def oauth_error(status: int, error: str, description: str) -> Refused:
    """An error response of RFC 6749 section 5.2."""
    return Refused(Response.json({"error": error, "error_description": description}, status=status))


def odata_error(status: int, code: str, text: str, *, language: str) -> Refused:
    """An error response of OData v2."""
    error = {"code": code, "message": {"lang": language, "value": text}}
    return Refused(Response.json({"error": error}, status=status))


def routes(handlers: Mapping[tuple[str, str], Handler]) -> list[Route]:
    """The routes of a system, by method and path."""
    return [Route(method, path, answering(handler)) for (method, path), handler in handlers.items()]


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
        """Revoke all tokens."""
        self._people.clear()


def entra_person(request: Request, world: World, find_key: FindKey, *, audience: str, scope: str) -> Person | None:
    """The user of an access token of Entra for this audience; None if the token is not valid here."""
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
    """The person with this user name: the same people as in Workday."""
    return next((one for one in world.people if one.worker and one.worker.user_name == user_name), None)
