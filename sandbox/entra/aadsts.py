"""The error responses of Entra's endpoints: the AADSTS codes as data, and the exact form of the response.

The texts are from Microsoft Learn, "Microsoft Entra authentication and authorization error codes", and from the
on-behalf-of page. Microsoft publishes no text for 399274; this one is from reports of people who received it.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.server import BadRequestError, Handler, Request, Response
from sandbox.world import World, guid

CHALLENGE = json.dumps(
    {"access_token": {"polids": {"essential": True, "Values": [guid("policy")]}}}, separators=(",", ":")
)


@dataclass(frozen=True, slots=True)
class Row:
    """One code: OAuth's `error`, the text, the HTTP status, and whether the response carries a claims challenge."""

    error: str
    text: str
    status: int = 400
    suberror: str | None = None
    challenge: bool = False


def _client(text: str) -> Row:
    return Row("invalid_client", text, 401)


def _interaction(text: str, suberror: str = "basic_action") -> Row:
    return Row("interaction_required", text, suberror=suberror, challenge=True)


def _grant(text: str, suberror: str | None = None) -> Row:
    return Row("invalid_grant", text, suberror=suberror)


def _request(text: str) -> Row:
    return Row("invalid_request", text)


def _transient(text: str, status: int = 503) -> Row:
    return Row("temporarily_unavailable", text, status)


_MFA = (
    "Due to a configuration change made by your administrator, or because you moved to a new location, "
    "you must {act} multi-factor authentication to access '{resource}'."
)
_INSTALL = (
    "This can happen if the application has not been installed by the administrator of the tenant or consented to by "
    "any user in the tenant. You may have sent your authentication request to the wrong tenant."
)
_SCOPE = "The provided value for the input parameter 'scope' is not valid. {detail}"

ROWS: dict[int, Row] = {
    # the request
    900144: _request("The request body must contain the following parameter: '{detail}'."),
    901002: _request("The 'resource' request parameter is not supported."),
    9002313: _request("Invalid request. Request is malformed or invalid."),
    70003: Row("unsupported_grant_type", "The app requested an unsupported grant type '{detail}'."),
    90002: _request("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
    9001023: _request("The grant type isn't supported over the /common or /consumers endpoints."),
    # the client
    700016: Row(
        "unauthorized_client", f"Application with identifier '{{app}}' was not found in the directory. {_INSTALL}"
    ),
    7000112: Row("unauthorized_client", "Application '{app}' is disabled."),
    7000114: Row("unauthorized_client", "Application '{app}' is not allowed to make application on-behalf-of calls."),
    7000215: _client(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
        "not the client secret ID, for a secret added to app '{app}'."
    ),
    7000218: _client("The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    7000222: _client("The provided client secret keys for app '{app}' are expired."),
    50012: _client("Authentication failed. {detail}"),
    50048: _client("SubjectMismatchesIssuer - Subject mismatches Issuer claim in the client assertion."),
    700024: _client("Client assertion is not within its valid time range. {detail}"),
    700025: _client("Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    700027: _client(
        "The certificate with identifier used to sign the client assertion is not registered on application. {detail}"
    ),
    700211: _client("No matching federated identity record found for presented assertion issuer '{detail}'."),
    700212: _client("No matching federated identity record found for presented assertion audience '{detail}'."),
    700213: _client("No matching federated identity record found for presented assertion subject '{detail}'."),
    700229: _client("Only app-only tokens can be used as Federated Identity Credentials for the issuer."),
    7000226: _client("No federated identity credential policy found on application."),
    # the incoming assertion
    50013: _grant("Assertion failed signature validation. {detail}", "bad_token"),
    500131: _grant(
        "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was "
        "'{detail}' and the expected audience is '{app}' or one of the Application Uris of this application. The "
        "downstream client must request a token for the expected audience (the application that made the OBO request) "
        "and this application should use that token as the assertion."
    ),
    500133: _grant(
        "Assertion is not within its valid time range. Ensure that the access token is not expired. {detail}"
    ),
    240002: _grant("Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant."),
    50173: _grant("The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    # the device code
    70016: Row("authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    70018: Row("authorization_declined", "Authorization was declined by the end user."),
    70019: Row("bad_verification_code", "The device code is invalid."),
    70020: Row("expired_token", "The device code has expired."),
    # scope and resource
    28003: Row("invalid_scope", "Provided value for the input parameter scope cannot be empty."),
    70011: Row("invalid_scope", _SCOPE),
    700022: Row("invalid_scope", f"{_SCOPE} It contains more than one resource."),
    700023: Row("invalid_scope", f"{_SCOPE} It does not contain a resource."),
    650053: Row(
        "invalid_client", "The application '{app}' asked for scope '{detail}' that doesn't exist on the resource."
    ),
    650057: Row(
        "invalid_resource", "Invalid resource. The client has requested access to a resource which is not listed."
    ),
    500011: Row(
        "invalid_resource", f"The resource principal named {{resource}} was not found in the tenant. {_INSTALL}"
    ),
    50001: Row("invalid_resource", "The resource named {resource} is disabled or was not found."),
    50003: Row("invalid_request", "No signing key is configured. The resource '{resource}' cannot get SAML tokens."),
    90009: _request(
        "Application '{app}' is requesting a token for itself. This scenario is supported only if resource is "
        "specified using the GUID based App Identifier."
    ),
    399274: Row(
        "invalid_request",
        "The application with App ID '{resource}' is configured for SAML SSO and could not be used with "
        "non-SAML protocol.",
    ),
    # the authorization code
    50011: _request(
        "The redirect URI '{detail}' specified in the request does not match the redirect URIs configured for the "
        "application '{app}'."
    ),
    700054: Row("unsupported_response_type", "response_type is not enabled for the application."),
    9002325: _request("Proof Key for Code Exchange is required for cross-origin authorization code redemption."),
    9010010: Row(
        "invalid_target", "The resource parameter provided in the request doesn't match with the requested scopes."
    ),
    70000: _grant("The provided value for the 'code' parameter is not valid for this client and redirect URI."),
    70008: _grant("The provided authorization code or refresh token has expired due to inactivity."),
    54005: _grant("OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
    501481: _grant("The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    # consent, assignment, the user
    65001: _grant(
        "The user or administrator has not consented to use the application with ID '{app}'. Send an interactive "
        "authorization request for this user and resource.",
        "consent_required",
    ),
    65004: _grant("User declined to consent to access the app.", "consent_required"),
    50105: _grant(
        "Your administrator has configured the application ('{resource}') to block users unless they are specifically "
        "granted ('assigned') access to the application. The signed-in user '{user}' is blocked because they are not a "
        "direct member of a group with access, nor had access directly assigned by an administrator.",
    ),
    50020: _grant("User account '{user}' from identity provider does not exist in tenant '{tenant}'."),
    50034: _grant("The user account {user} does not exist in the {tenant} directory."),
    50053: _grant(
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
    ),
    50055: _grant("The password is expired.", "user_password_expired"),
    50057: _grant("The user account is disabled."),
    50124: _grant("Claims transformation contains invalid input parameter. Contact your tenant admin."),
    50196: _grant("The server terminated an operation because it encountered a client request loop."),
    530035: _grant("Access has been blocked by security defaults.", "message_only"),
    50126: _grant("Error validating credentials due to invalid username or password."),
    50144: _grant("User's Active Directory password has expired.", "user_password_expired"),
    # Conditional Access
    50072: _interaction(_MFA.replace("{act}", "enroll in")),
    50074: _interaction("Strong Authentication is required."),
    50076: _interaction(_MFA.replace("{act}", "use")),
    50078: _interaction(
        "Presented multi-factor authentication has expired due to policies configured by your administrator."
    ),
    50079: _interaction(_MFA.replace("{act}", "enroll in")),
    50097: _interaction("Device authentication is required."),
    50158: _interaction("External security challenge was not satisfied.", "additional_action"),
    53000: _interaction("Device is not in required device state: compliant.", "message_only"),
    50129: _interaction("Device is not workplace joined."),
    53001: _interaction("Device is not in required device state: domain_joined.", "message_only"),
    53002: _interaction("Application used is not an approved application for Conditional Access.", "message_only"),
    53004: _interaction("User needs to complete multi-factor authentication registration process."),
    53003: _interaction("Access has been blocked by Conditional Access policies.", "message_only"),
    # failures of Entra itself
    50033: _transient("A recoverable error has occurred."),
    50087: _transient("A transient error has occurred."),
    90006: _transient("External service is temporarily unavailable. Please try again."),
    90024: _transient("A transient error has occurred. Please try again."),
    90033: _transient("A transient error has occurred. Please try again."),
    90055: _transient("The tenant has made too many requests and is throttled.", 429),
}


OTHER = _grant("Entra knows this code; the sandbox has no text for it.")


class AadstsError(Exception):
    """A refusal. `facts` fill the row's text: app, resource, user, tenant, detail."""

    def __init__(self, code: int, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def body(self, request: Request) -> dict[str, Any]:
        """The body of the error response, with the lines of the description as Entra writes them."""
        row = ROWS.get(self.code, OTHER)
        trace_id = str(uuid4())
        correlation_id = request.headers.get("client-request-id") or str(uuid4())
        timestamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        text = row.text.format_map(defaultdict(str, self.facts)).strip()
        body: dict[str, Any] = {
            "error": row.error,
            "error_description": f"AADSTS{self.code}: {text}\r\nTrace ID: {trace_id}\r\n"
            f"Correlation ID: {correlation_id}\r\nTimestamp: {timestamp}",
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.code}",
        }
        body |= {"suberror": row.suberror} if row.suberror else {}
        return body | ({"claims": CHALLENGE} if row.challenge else {})

    def response(self, request: Request) -> Response:
        """The error response of an endpoint."""
        body, status = self.body(request), ROWS.get(self.code, OTHER).status
        retry = {"Retry-After": "60"} if status == 429 else {}
        return Response.json(body, status=status, headers=HEADERS | {"x-ms-request-id": body["trace_id"]} | retry)


HEADERS = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


def answering(work: Callable[[Request], Any]) -> Handler:
    """A handler that responds with the result of `work` as JSON, or with the `AadstsError` that it raises."""

    def answer(request: Request) -> Response:
        try:
            return Response.json(work(request), headers=HEADERS)
        except AadstsError as error:
            return error.response(request)

    return answer


def check_tenant(world: World, request: Request) -> None:
    """The tenant in the path. Raises `AadstsError`."""
    tenant = request.params["tenant"]
    if tenant in ("common", "consumers"):
        raise AadstsError(9001023)
    if tenant != world.tenant_id:
        raise AadstsError(90002, tenant=tenant)


def form_of(request: Request) -> dict[str, str]:
    """The form-encoded body. Raises `AadstsError`."""
    try:
        return request.form
    except BadRequestError as error:
        raise AadstsError(9002313) from error


def check_present(parameters: Mapping[str, str], *names: str) -> None:
    """Raises `AadstsError` for the first of these parameters that is missing or empty."""
    for name in names:
        if not parameters.get(name):
            raise AadstsError(900144, detail=name)
