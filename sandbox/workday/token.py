"""`POST /ccx/oauth2/{tenant}/token`: the SAML and JWT bearer grants (RFC 7522, 7523) for one registered API client."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sandbox.jwt_bearer import GRANT_JWT, Trust, jwt_problem
from sandbox.server import BadRequestError, Request, Response
from sandbox.workday.assertions import Refused, Verifier, decode
from sandbox.workday.tenant import Tenant

_HIDDEN = ("assertion", "client_secret")
GRANT = "urn:ietf:params:oauth:grant-type:saml2-bearer"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A registered API client with grant type SAML Bearer. Its secret need not be sent; if it is, it must be right."""

    id: str
    secret: str = field(repr=False)


class OAuthError(Exception):
    """`code` is of RFC 6749 section 5.2."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code

    def response(self) -> Response:
        body = {"error": self.code, "error_description": str(self)}
        if self.code == "invalid_client":
            return Response.json(body, status=401, headers={"WWW-Authenticate": 'Basic realm="Workday"'})
        return Response.json(body, status=400)


class TokenEndpoint:
    """Gives opaque access tokens; as at Workday, the token response has no `expires_in`."""

    def __init__(self, tenant: Tenant, client: ApiClient, verifier: Verifier, trust: Trust) -> None:
        """`trust`: the x509 certificate of the API client, for its grant type Jwt Bearer."""
        self._tenant = tenant
        self._client = client
        self._verifier = verifier
        self._trust = trust
        self._used: set[str] = set()

    def answer(self, request: Request) -> Response:
        try:
            form = request.form
            self._check_client(request, form)
            return self._grant(form, token_url=request.base_url + request.path)
        except OAuthError as error:
            return error.response()
        except Refused as refused:
            return OAuthError("invalid_grant", str(refused)).response()

    def _check_client(self, request: Request, form: Mapping[str, str]) -> None:
        id_, secret = _credentials(request, form)
        if id_ != self._client.id or secret not in (None, self._client.secret):
            raise OAuthError("invalid_client", "The API client is not registered, or its secret is wrong.")

    def _grant(self, form: Mapping[str, str], *, token_url: str) -> Response:
        if form.get("grant_type") not in (GRANT, GRANT_JWT):
            raise OAuthError("unsupported_grant_type", "The API client's grant types are SAML Bearer and Jwt Bearer.")
        if not form.get("assertion"):
            raise OAuthError("invalid_request", "The parameter assertion is missing.")
        named = self._by_jwt if form["grant_type"] == GRANT_JWT else self._by_saml
        worker = self._tenant.by_user_name(named(form["assertion"], token_url))
        if worker is None:
            raise OAuthError("invalid_grant", "The NameID is not the user name of a Workday account.")
        body = {
            "access_token": self._tenant.issue(worker),
            "token_type": "Bearer",
            "refresh_token": secrets.token_urlsafe(48),
        }
        return Response.json(body, headers={"Cache-Control": "no-store"})

    def _by_saml(self, assertion: str, token_url: str) -> str:
        xml = decode(assertion)
        self._tenant.last_assertion = xml
        return self._verifier.verify(xml, token_url=token_url).name_id

    def _by_jwt(self, assertion: str, token_url: str) -> str:
        problem, claims = jwt_problem(assertion, self._trust, audience=token_url, used=self._used)
        if problem:
            raise Refused(f"The JWT is not accepted: {problem}.")
        return str(claims.get("sub"))


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str | None]:
    """Client id and secret from HTTP Basic or from the form."""
    try:
        basic = request.basic_form_decoded
    except BadRequestError as error:
        raise OAuthError("invalid_client", str(error)) from error
    if basic and form.get("client_id", basic[0]) != basic[0]:
        raise OAuthError("invalid_client", "Two different client ids were sent.")
    return basic or (form.get("client_id", ""), form.get("client_secret"))


def grant_name(request: Request) -> str:
    """`saml2_bearer`, or the other grant type that the request names."""
    grant = _form(request).get("grant_type", "none")
    return "saml2_bearer" if grant == GRANT else grant


def shown_form(request: Request) -> str:
    """The form without its credentials."""
    return urlencode({name: value for name, value in _form(request).items() if name not in _HIDDEN})


def issued_token(response: Response | None) -> str | None:
    """The access token in a successful response."""
    if response is None or response.status != 200:
        return None
    try:
        body = json.loads(response.body)
    except ValueError:  # the body of a fault may be anything
        return None
    token = body.get("access_token") if isinstance(body, dict) else None
    return token if isinstance(token, str) else None


def _form(request: Request) -> dict[str, str]:
    try:
        return request.form
    except BadRequestError:
        return {}
