"""A SuccessFactors company: the SAML bearer grant of its API server, and OData v2 as the token's user."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.server import Request, Response, Route
from sandbox.systems.common import GRANT_SAML, Refused, Tokens, odata_error, person_named, routes
from sandbox.systems.saml_bearer import SamlBearer, attributes
from sandbox.workday import assertions
from sandbox.world import Person, World

COMPANY, API_KEY = "contosoSF", "MzAyZGNhNjQ0YmI2YTI4"
AUDIENCE = "www.successfactors.com"
DATE = re.compile(r"/Date\((-?[0-9]+)\)/")


@dataclass(slots=True)
class SuccessFactors:
    """Its errors have the vendor's form: `errorMessage` at the token endpoint, OData's nested texts at the data."""

    world: World
    bearer: SamlBearer = field(default_factory=lambda: SamlBearer(AUDIENCE))
    tokens: Tokens = field(default_factory=Tokens)
    absences: list[dict[str, Any]] = field(default_factory=list)
    last_assertion: bytes = b""

    def routes(self) -> list[Route]:
        return routes(
            {
                ("POST", "/oauth/token"): self._token,
                ("POST", "/sandbox/trust"): self.bearer.trust.route,
                ("POST", "/sandbox/expire"): self._expire,
                ("GET", "/sandbox/last-assertion"): lambda _: Response.xml(self.last_assertion.decode()),
                ("GET", "/odata/v2/User"): self._user,
                ("GET", "/odata/v2/EmpTimeAccountBalance"): self._balance,
                ("GET", "/odata/v2/EmployeeTime"): self._absences,
                ("POST", "/odata/v2/EmployeeTime"): self._request,
                ("GET", "/odata/v2/{key}/directReports"): self._reports,
            }
        )

    def _expire(self, _: Request) -> Response:
        self.tokens.drop()
        return Response.json({})

    def _token(self, request: Request) -> Response:
        form = request.form
        if [form.get(name) for name in ("grant_type", "client_id", "company_id")] != [GRANT_SAML, API_KEY, COMPANY]:
            raise _refused("Unable to authenticate the client (Invalid API key or company ID)")
        try:
            self.last_assertion = base64.b64decode(form.get("assertion", ""), validate=True)
            name = self.bearer.name_id(self.last_assertion, f"{request.base_url}/oauth/token")
        except (ValueError, assertions.Refused) as error:
            raise _refused(f"Unable to verify the signature of the SAML assertion ({error})") from error
        sent = attributes(self.last_assertion)
        if sent.get("api_key") != [API_KEY]:
            raise _refused("Unable to authenticate the client (The SAML assertion has no api_key)")
        person = person_named(self.world, name) if sent.get("use_username") == ["true"] else None
        if person is None:
            raise _refused("Unable to authenticate the client (Login failed - invalid user)")
        return Response.json({"access_token": self.tokens.give(person), "token_type": "Bearer", "expires_in": 86_399})

    def _caller(self, request: Request) -> Person:
        person = self.tokens.person(request)
        if person is None:
            raise _odata_error(403, "LGN0007", "Invalid OAuth token")
        if request.query.get("$format") != "json":
            raise Refused(Response.xml("<feed/>"))
        return person

    def _own(self, request: Request) -> str:
        """The caller's user ID, if the filter asks for the caller's records only."""
        user_id = _id(self._caller(request))
        if request.query.get("$filter") != f"userId eq '{user_id}'":
            raise _odata_error(403, "COE0020", "You do not have permission to read these records.")
        return user_id

    def _user(self, request: Request) -> Response:
        person = self._caller(request)
        if request.query.get("$filter") != f"username eq '{person.upn}'":
            raise _odata_error(403, "COE0020", "You do not have permission to read these records.")
        return Response.json({"d": {"results": [{**_user(person), "hireDate": "/Date(1518652800000)/"}]}})

    def _balance(self, request: Request) -> Response:
        row = {"userId": self._own(request), "timeAccountType": "VACATION", "balance": "12.5", "unit": "DAYS"}
        return Response.json({"d": {"results": [row]}})

    def _absences(self, request: Request) -> Response:
        mine = self._own(request)
        return Response.json({"d": {"results": [row for row in self.absences if row["userId"] == mine]}})

    def _request(self, request: Request) -> Response:
        person, body = self._caller(request), request.json()
        days = [DATE.fullmatch(str(body.get(name))) for name in ("startDate", "endDate")]
        if body.get("userId") != _id(person) or not all(days) or not body.get("externalCode"):
            raise _odata_error(400, "COE0018", "The record is not complete.")
        if body["timeType"] != "VACATION":
            raise _odata_error(400, "COE0021", f"The time type {body['timeType']} is not allowed for this user.")
        row = {**body, "approvalStatus": "PENDING", "quantityInDays": "1"}
        self.absences.append(row)
        return Response.json({"d": row}, status=201)

    def _reports(self, request: Request) -> Response:
        person = self._caller(request)
        if request.params["key"] != f"User('{_id(person)}')":
            raise _odata_error(403, "COE0020", "You do not have permission to read these records.")
        return Response.json({"d": {"results": [_user(one) for one in self.world.reports_of(person.key)]}})


def _user(person: Person) -> dict[str, Any]:
    names = {"firstName": person.given_name, "lastName": person.family_name, "defaultFullName": person.display_name}
    title = person.worker.title if person.worker else None
    return {"userId": _id(person), "username": person.upn, **names, "title": title, "department": "Retail"}


def _id(person: Person) -> str:
    return person.worker.employee_id if person.worker else ""


def _refused(text: str) -> Refused:
    return Refused(Response.json({"errorHttpCode": "401", "errorMessage": text}, status=401))


def _odata_error(status: int, code: str, text: str) -> Refused:
    return odata_error(status, code, text, language="en-US")
