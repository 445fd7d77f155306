"""The part of Microsoft Graph with which users read their own data (Microsoft Learn, "Get a user")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.entra.keys import KeyRing
from sandbox.entra.tokens import issuer
from sandbox.jws import Jws, JwsError, is_current
from sandbox.server import Request, Response
from sandbox.world import Person, World

_DEFAULT = ("displayName", "givenName", "surname", "userPrincipalName", "id")
_NO_PROPERTY = "Could not find a property named '{}' on type 'microsoft.graph.user'."


@dataclass(frozen=True, slots=True)
class Graph:
    """`GET /v1.0/me` for delegated tokens with User.Read."""

    world: World
    keys: KeyRing

    def __call__(self, request: Request) -> Response:
        try:
            jws = Jws.parse(request.bearer or "")
        except JwsError:
            return _error(401, "InvalidAuthenticationToken", "Access token is empty.")
        person = self._person(jws)
        if person is None:
            return _error(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        if "User.Read" not in str(jws.claims.get("scp", "")).split():
            return _error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        properties = _properties(person)
        wanted = request.query["$select"].split(",") if "$select" in request.query else _DEFAULT
        for name in wanted:
            if name not in properties:
                return _error(400, "BadRequest", _NO_PROPERTY.format(name))
        context = f"{self.world.graph.identifiers[0]}/v1.0/$metadata#users/$entity"
        return Response.json({"@odata.context": context, **{name: properties[name] for name in wanted}})

    def _person(self, jws: Jws) -> Person | None:
        key, claims = self.keys.find(jws.header.get("kid")), jws.claims
        good = key is not None and jws.is_signed_by(key) and is_current(claims)
        right = (
            claims.get("iss") == issuer(self.world.tenant_id, 1) and claims.get("aud") in self.world.graph.identifiers
        )
        return self.world.person_of(str(claims.get("oid"))) if good and right else None


def _properties(person: Person) -> Mapping[str, Any]:
    extensions: dict[str, str | None] = {f"extensionAttribute{number}": None for number in range(1, 16)}
    return {
        "id": person.oid,
        "displayName": person.display_name,
        "givenName": person.given_name,
        "surname": person.family_name,
        "userPrincipalName": person.upn,
        "mail": person.upn,
        "employeeId": person.worker.employee_id if person.worker else None,
        "onPremisesSamAccountName": person.key,
        "onPremisesExtensionAttributes": {**extensions, "extensionAttribute3": f"CONTOSO-{person.key}"},
    }


def _error(status: int, code: str, message: str) -> Response:
    return Response.json({"error": {"code": code, "message": message}}, status=status)
