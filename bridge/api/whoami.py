"""`GET /api/whoami`: what the bridge reads in the caller's token, and which path each system would take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.api.message import Request
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.settings import SystemSettings
    from bridge.trace import Trace


def whoami(app: App, caller: Caller, request: Request, trace: Trace) -> dict[str, object]:
    """Only what the caller's own token says, and for each system the path that would be taken, and why.

    The members are the same for everybody. `actor` and `actorParent` have a value if an agent calls on behalf of the
    user. `optionalClaims` names the optional claims that decide about guests and agents, as far as the token has them:
    if one is absent, the service app does not request it, or Entra has no value for it.
    """
    return {
        "tenantId": caller.tenant_id,
        "objectId": caller.object_id,
        "audience": caller.audience,
        "issuer": caller.issuer,
        "version": caller.version,
        "clientId": caller.client_id,
        "scopes": " ".join(caller.scopes),
        "expiresAt": datetime.fromtimestamp(caller.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "actor": caller.actor or "",
        "actorParent": caller.actor_parent or "",
        "optionalClaims": " ".join(caller.optional_claims),
        "systems": _systems(app, caller),
    }


def _systems(app: App, caller: Caller) -> list[dict[str, str]]:
    systems = []
    for system in app.settings.systems.values():
        path, why = app.broker.explain_path(system)
        systems.append({"system": system.name, "path": path, "why": why + _needed_claims(system, caller)})
    why = "not set up correctly: the administrator sees the problems in `GET /api/check`"
    return [*systems, *({"system": name, "path": "none", "why": why} for name in app.settings.broken)]


def _needed_claims(system: SystemSettings, caller: Caller) -> str:
    """The claims that the bridge's assertion for this system is made from, and whether the token has them."""
    if system.saml is None:
        return ""
    needed = dict.fromkeys([system.saml.name_id.claim, *system.saml.attributes.values()])
    found = [f"{claim} ({'present' if claim in caller.claims else 'missing'})" for claim in needed]
    return f"; its assertion needs these claims of your token: {', '.join(found)}"
