"""A ServiceNow instance: Entra as OIDC provider, a JWT bearer integration, and the Table API of incidents."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.jws import FindKey
from sandbox.jwt_bearer import GRANT_JWT, Trust, jwt_problem
from sandbox.server import Request, Response, Route
from sandbox.systems.common import Refused, Tokens, entra_person, person_named, routes
from sandbox.world import Person, World

MINE = "caller_id=javascript:gs.getUserID()"
CLIENT_ID, CLIENT_SECRET = "e0d2aeba6cc9468faf62aba562e4b665", "made-up-servicenow-secret"
ACL = {"error": {"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}, "status": "failure"}


@dataclass(slots=True)
class ServiceNow:
    """Every user of Workday has a user record here; callers see their own incidents only."""

    world: World
    find_key: FindKey
    trust: Trust = field(default_factory=Trust)
    tokens: Tokens = field(default_factory=Tokens)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        return routes(
            {
                ("POST", "/oauth_token.do"): self._token,
                ("POST", "/sandbox/trust"): self.trust.route,
                ("GET", "/api/now/table/sys_user"): self._user,
                ("GET", "/api/now/table/incident"): self._list,
                ("POST", "/api/now/table/incident"): self._create,
                ("PATCH", "/api/now/table/incident/{id}"): self._comment,
            }
        )

    def _token(self, request: Request) -> Response:
        form = request.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Response.json({"error": "invalid_client", "error_description": "access_denied"}, status=401)
        problem, claims = jwt_problem(form.get("assertion", ""), self.trust, audience=CLIENT_ID, used=self._used)
        person = person_named(self.world, str(claims.get("sub")))
        if form.get("grant_type") != GRANT_JWT or problem or person is None:
            return Response.json({"error": "server_error", "error_description": problem or "access_denied"}, status=401)
        token = {"access_token": self.tokens.give(person), "scope": "useraccount", "token_type": "Bearer"}
        return Response.json({**token, "expires_in": 1799})

    def _caller(self, request: Request) -> Person:
        scope, audience = self.world.servicenow.scopes[0], self.world.servicenow.client_id
        person = self.tokens.person(request) or entra_person(
            request, self.world, self.find_key, audience=audience, scope=scope
        )
        if person is None or person.worker is None:
            error = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}
            raise Refused(Response.json({"error": error, "status": "failure"}, status=401))
        return person

    def _user(self, request: Request) -> Response:
        person = self._caller(request)
        if request.query.get("sysparm_query") != "sys_id=javascript:gs.getUserID()":
            return Response.json(ACL, status=403)
        user = {"sys_id": _id(person), "name": person.display_name, "user_name": person.upn, "email": person.upn}
        return Response.json({"result": [user]})

    def _list(self, request: Request) -> Response:
        me, (mine, *rest) = _id(self._caller(request)), request.query.get("sysparm_query", "").split("^")
        if mine != MINE:
            return Response.json(ACL, status=403)
        numbers = [part.removeprefix("number=") for part in rest if part.startswith("number=")]
        rows = [row for row in self.incidents if row["caller_id"] == me and (not numbers or row["number"] in numbers)]
        start, size = int(request.query.get("sysparm_offset", 0)), int(request.query["sysparm_limit"])
        return Response.json({"result": rows[start : start + size]}, headers={"X-Total-Count": str(len(rows))})

    def _create(self, request: Request) -> Response:
        me, body = _id(self._caller(request)), request.json()
        if body.get("caller_id") != me:
            return Response.json(ACL, status=403)
        number = f"INC{len(self.incidents) + 10001:07}"
        row = {**body, "number": number, "sys_id": f"{len(self.incidents) + 1:032x}", "state": "1", "comments": ""}
        self.incidents.append(row)
        return Response.json({"result": row}, status=201)

    def _comment(self, request: Request) -> Response:
        me = _id(self._caller(request))
        row = next((one for one in self.incidents if one["sys_id"] == request.params["id"]), None)
        if row is None or row["caller_id"] != me or set(request.json()) != {"comments"}:
            return Response.json(ACL, status=403)
        row["comments"] = request.json()["comments"]
        return Response.json({"result": row})


def _id(person: Person) -> str:
    return person.oid.replace("-", "")
