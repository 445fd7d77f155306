"""A Salesforce org: the JWT bearer flow for one connected app, and the REST API v59.0 of the caller."""

from dataclasses import dataclass, field

from sandbox.jwt_bearer import GRANT_JWT, Trust, jwt_problem
from sandbox.server import Request, Response, Route
from sandbox.systems.common import Refused, Tokens, oauth_error, person_named, routes
from sandbox.world import Person, World

AUDIENCE = "https://login.salesforce.com"
DATA = "/services/data/v59.0"
OPEN = "SELECT Id, Name, StageName, Amount, CloseDate, Account.Name FROM Opportunity WHERE OwnerId = '{owner}' "


@dataclass(slots=True)
class Salesforce:
    """Every user of Workday has a user here, pre-authorized for the connected app."""

    world: World
    trust: Trust = field(default_factory=Trust)
    tokens: Tokens = field(default_factory=Tokens)
    calls: list[dict[str, object]] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        return routes(
            {
                ("POST", "/services/oauth2/token"): self._token,
                ("POST", "/sandbox/trust"): self.trust.route,
                ("GET", "/services/oauth2/userinfo"): self._user,
                ("GET", f"{DATA}/query"): self._query,
                ("GET", f"{DATA}/parameterizedSearch"): self._search,
                ("POST", f"{DATA}/sobjects/Task"): self._task,
            }
        )

    def _token(self, request: Request) -> Response:
        form = request.form
        if form.get("grant_type") != GRANT_JWT:
            raise oauth_error(400, "unsupported_grant_type", "grant type not supported")
        problem, claims = jwt_problem(form.get("assertion", ""), self.trust, audience=AUDIENCE, used=self._used)
        if problem:
            raise oauth_error(400, "invalid_grant", problem)
        person = person_named(self.world, str(claims.get("sub")))
        if person is None:
            raise oauth_error(400, "invalid_grant", "user hasn't approved this consumer")
        token = {"access_token": self.tokens.give(person), "token_type": "Bearer", "instance_url": request.base_url}
        return Response.json({**token, "scope": "api id", "id": f"{request.base_url}/id/00D/{_id(person)}"})

    def _caller(self, request: Request) -> Person:
        person = self.tokens.person(request)
        if person is None:
            error = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
            raise Refused(Response.json(error, status=401))
        return person

    def _user(self, request: Request) -> Response:
        person = self._caller(request)
        return Response.json({"user_id": _id(person), "name": person.display_name, "preferred_username": person.upn})

    def _query(self, request: Request) -> Response:
        person = self._caller(request)
        if not request.query.get("q", "").startswith(OPEN.format(owner=_id(person))):
            return Response.json([{"message": "unexpected token", "errorCode": "MALFORMED_QUERY"}], status=400)
        row = {"Id": "006000000000001", "Name": f"Deal of {person.given_name}", "StageName": "Prospecting"}
        record = {**row, "Amount": 1500.0, "CloseDate": "2026-12-31", "Account": {"Name": "Fabrikam"}}
        return Response.json({"totalSize": 1, "done": True, "records": [record]})

    def _search(self, request: Request) -> Response:
        self._caller(request)
        rows = [{"Id": "001000000000001", "Name": "Fabrikam", "Industry": None, "Phone": "+1 555"}]
        return Response.json({"searchRecords": [row for row in rows if request.query["q"] in str(row["Name"])]})

    def _task(self, request: Request) -> Response:
        person = self._caller(request)
        body = request.json()
        if body.get("TaskSubtype") != "Call" or not str(body.get("WhatId", "")).startswith(("001", "006")):
            error = [
                {"message": "Related To ID: id value of incorrect type", "errorCode": "MALFORMED_ID", "fields": []}
            ]
            return Response.json(error, status=400)
        self.calls.append({**body, "OwnerId": _id(person)})
        return Response.json({"id": "00T000000000001", "success": True, "errors": []}, status=201)


def _id(person: Person) -> str:
    return f"005{person.oid.replace('-', '')[:12]}"
