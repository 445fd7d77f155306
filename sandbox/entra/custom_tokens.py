"""`POST /sandbox/token`: any token that a test asks for, hostile ones included."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_type_hints

from sandbox.ca import KeyPair
from sandbox.controls import checked
from sandbox.entra.keys import KeyRing
from sandbox.entra.tokens import AGENT, AGENTS, LIFETIME_SECONDS, header, user_claims
from sandbox.jws import sign
from sandbox.server import BadRequestError
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomToken:
    """Which token to issue. Without any field: the v2 token that the connector sends for the first user.

    `claims` and `header` override; null removes. `expires_in` is in seconds from now and may be negative.
    `agent` makes it a token in which an agent takes part, whose client is the agent unless `client` says otherwise.
    `sign`: "other-key" signs with an unknown key under the right `kid`; "none" leaves the signature empty.
    """

    user: str = "adele"
    version: Literal[1, 2] = 2
    audience: str | None = None
    scope: str | None = None
    client: str | None = None
    expires_in: float = LIFETIME_SECONDS
    agent: Literal["on-behalf-of", "alone", "agent-user"] | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    sign: Literal["good", "other-key", "none"] = "good"

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Raises `BadRequestError`."""
        return cls(**checked(document, get_type_hints(cls)))


def issue(world: World, keys: KeyRing, other_key: KeyPair, wanted: CustomToken) -> str:
    """The token. Raises `BadRequestError` for a user who does not exist."""
    person = world.person(wanted.user)
    if person is None:
        raise BadRequestError(f"'user' is one of: {', '.join(person.key for person in world.people)}.")
    audience = world.bridge.client_id if wanted.version == 2 else world.bridge.identifiers[0]
    claims = user_claims(
        world,
        person,
        version=wanted.version,
        audience=audience if wanted.audience is None else wanted.audience,
        scope="access_as_user" if wanted.scope is None else wanted.scope,
        client=(AGENT if wanted.agent else world.connector.client_id) if wanted.client is None else wanted.client,
        lifetime_seconds=wanted.expires_in,
    )
    head = header(keys, wanted.version) | ({"alg": "none"} if wanted.sign == "none" else {})
    signing = {"good": keys.current.pair.key, "other-key": other_key.key, "none": None}
    claims = _overridden(claims | AGENTS.get(wanted.agent or "", {}), wanted.claims)
    return sign(_overridden(head, wanted.header), claims, signing[wanted.sign])


def _overridden(document: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (document | overrides).items() if value is not None}
