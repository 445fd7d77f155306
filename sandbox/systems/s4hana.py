"""An S/4HANA system: the SAML bearer grants of its ABAP token endpoint and of an XSUAA, its inbox and requisitions."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.server import Request, Response, Route
from sandbox.systems.common import GRANT_SAML, Refused, Tokens, oauth_error, odata_error, routes
from sandbox.systems.saml_bearer import SamlBearer, attributes
from sandbox.workday import assertions
from sandbox.world import Person, World

CLIENT, CLIENT_ID, CLIENT_SECRET, SCOPE = "100", "OBO_BRIDGE", "made-up/s4 secret", "ZINBOX_0001 ZREQUISITIONS_0001"
XSUAA_ID = "sb-bridge!t1234"
AUDIENCE = "S4H_100"
TOKEN, XSUAA_TOKEN = "/sap/bc/sec/oauth2/token", "/oauth/token/alias/contoso.azure-live-eu10"
INBOX = "/sap/opu/odata/IWPGW/TASKPROCESSING;mo;v=2"
REQUISITIONS = "/sap/opu/odata/sap/API_PURCHASEREQ_PROCESS_SRV"
GRANT_PROBLEM = "Provided authorization grant is invalid. Exception was {}"


@dataclass(slots=True)
class S4Hana:
    """The name of an ABAP user is the sAMAccountName in capitals. A task is decided once."""

    world: World
    bearer: SamlBearer = field(default_factory=lambda: SamlBearer(AUDIENCE))
    tokens: Tokens = field(default_factory=Tokens)
    decided: dict[str, str] = field(default_factory=dict)
    _sessions: dict[str, tuple[Person, str]] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        return routes(
            {
                ("POST", TOKEN): self._abap_token,
                ("POST", XSUAA_TOKEN): self._xsuaa_token,
                ("POST", "/sandbox/trust"): self.bearer.trust.route,
                ("GET", f"{INBOX}/TaskCollection"): self._tasks,
                ("GET", f"{INBOX}/DecisionOptions"): self._options,
                ("POST", f"{INBOX}/Decision"): self._decide,
                ("GET", f"{REQUISITIONS}/A_PurchaseRequisitionItem"): self._requisitions,
            }
        )

    def _abap_token(self, request: Request) -> Response:
        """Wants HTTP Basic, the same client_id in the form and in the assertion, ordinary Base64, and a scope."""
        form = request.form
        if request.basic_form_decoded != (CLIENT_ID, CLIENT_SECRET) or form.get("client_id") != CLIENT_ID:
            raise oauth_error(401, "invalid_client", "Client credentials missing or wrong")
        if form.get("scope") != SCOPE:
            raise oauth_error(400, "invalid_scope", "The requested scope is invalid")
        xml = self._assertion(form, base64.b64decode)
        person = self._verified(xml, request, GRANT_PROBLEM)
        if attributes(xml).get("client_id") != [CLIENT_ID]:
            raise oauth_error(400, "invalid_grant", GRANT_PROBLEM.format("Attribute client_id is missing"))
        return self._given(person, 3600)

    def _xsuaa_token(self, request: Request) -> Response:
        """Cloud Foundry's UAA: form-decodes HTTP Basic only if a header says so; base64url; its own error texts."""
        form = request.form
        encoded = request.headers.get("x-cf-encoded-credentials") == "true"
        basic = request.basic_form_decoded if encoded else request.basic
        if (basic or (form.get("client_id"), form.get("client_secret"))) != (XSUAA_ID, CLIENT_SECRET):
            raise oauth_error(401, "unauthorized", "Bad credentials")
        xml = self._assertion(form, _from_base64url)
        return self._given(self._verified(xml, request, "{}"), 43_199)

    def _assertion(self, form: dict[str, str], decode: Any) -> bytes:
        if form.get("grant_type") != GRANT_SAML:
            raise oauth_error(400, "unsupported_grant_type", "The grant type is not supported")
        try:
            return bytes(decode(form.get("assertion", "")))
        except ValueError as error:
            raise oauth_error(400, "invalid_grant", GRANT_PROBLEM.format("the assertion's encoding")) from error

    def _verified(self, xml: bytes, request: Request, words: str) -> Person:
        try:
            name = self.bearer.name_id(xml, f"{request.base_url}{request.path}")
        except assertions.Refused as refused:
            raise oauth_error(400, "invalid_grant", words.format(refused)) from refused
        person = next((one for one in self.world.people if one.worker and one.key.upper() == name), None)
        if person is None:
            raise oauth_error(400, "invalid_grant", words.format("SAML2: user could not be mapped"))
        return person

    def _given(self, person: Person, seconds: int) -> Response:
        token = self.tokens.give(person)
        return Response.json({"access_token": token, "token_type": "Bearer", "expires_in": str(seconds)})

    def _caller(self, request: Request) -> Person:
        person = self.tokens.person(request)
        if person is None:
            raise Refused(Response.html("<html>Logon failed</html>", status=401))
        if request.query.get("sap-client") != CLIENT or request.query.get("$format") != "json":
            raise Refused(Response.xml("<feed/>"))
        return person

    def _tasks(self, request: Request) -> Response:
        person = self._caller(request)
        rows = [] if person.key.upper() in self.decided else [_task(person)]
        body = {"d": {"results": rows, "__count": str(len(rows))}}
        if request.headers.get("x-csrf-token", "").lower() != "fetch":
            return Response.json(body)
        session, token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self._sessions[session] = (person, token)
        headers = {"X-CSRF-Token": token, "Set-Cookie": f"SAP_SESSIONID_S4H_100={session}; path=/; secure; HttpOnly"}
        return Response.json(body, headers=headers)

    def _options(self, request: Request) -> Response:
        self._own_task(request)
        rows = [("0001", "Approve"), ("0002", "Reject")]
        return Response.json({"d": {"results": [{"DecisionKey": key, "DecisionText": text} for key, text in rows]}})

    def _decide(self, request: Request) -> Response:
        person = self._own_task(request)
        session = request.headers.get("cookie", "").partition("SAP_SESSIONID_S4H_100=")[2]
        if self._sessions.get(session) != (person, request.headers.get("x-csrf-token")):
            text = Response.text("CSRF token validation failed", "text/plain", status=403)
            return Response(403, text.body, {**text.headers, "X-CSRF-Token": "Required"})
        key = request.query.get("DecisionKey")
        if key not in ("'0001'", "'0002'"):
            raise _odata_error(400, "/IWPGW/TGW/012", f"Decision {key} is not possible")
        self.decided[person.key.upper()] = key
        return Response.json({"d": {**_task(person), "Status": "COMPLETED"}})

    def _own_task(self, request: Request) -> Person:
        person, query = self._caller(request), request.query
        task = _task(person)
        if (query.get("SAP__Origin"), query.get("InstanceID")) != ("'LOCAL_TGW'", f"'{task['InstanceID']}'"):
            raise _odata_error(403, "/IWPGW/TGW/003", "No authorization for this task")
        return person

    def _requisitions(self, request: Request) -> Response:
        name = self._caller(request).key.upper()
        if request.query.get("$filter") != f"CreatedByUser eq '{name}'":
            raise _odata_error(403, "/IWBEP/CM_MGW_RT/021", "No authorization for this selection")
        item = {"PurchaseRequisition": "0010001234", "PurchaseRequisitionItem": "00010", "BaseUnit": "PC"}
        texts = {"PurchaseRequisitionItemText": f"Chair for {name}", "Plant": "1010", "ProcessingStatus": "N"}
        price = {"RequestedQuantity": "2", "PurchaseRequisitionPrice": "149.90", "PurReqnItemCurrency": "EUR"}
        row = {**item, **texts, **price, "DeliveryDate": "/Date(1798675200000)/"}
        return Response.json({"d": {"results": [row], "__count": "1"}})


def _task(person: Person) -> dict[str, str | None]:
    worker = person.worker
    return {
        "SAP__Origin": "LOCAL_TGW",
        "InstanceID": f"00000{worker.employee_id if worker else ''}",
        "TaskDefinitionName": "Release of purchase requisition",
        "TaskTitle": f"Release a chair ({person.display_name})",
        "Priority": "MEDIUM",
        "Status": "READY",
        "CreatedOn": "/Date(1798588800000)/",
        "CreatedByName": "Diego Siciliani",
        "CompletionDeadLine": None,
    }


def _from_base64url(text: str) -> bytes:
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _odata_error(status: int, code: str, text: str) -> Refused:
    return odata_error(status, code, text, language="en")
