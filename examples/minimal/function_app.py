"""On-behalf-of to Workday: see docs/recipe.md for what each part does, and for what these lines lack."""

import json
import os
from typing import Any

import azure.functions as func
import jwt
import msal
import requests
from assertion import issue  # the files beside this one
from changes import envelope
from lxml import etree

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
E = os.environ
AUTHORITY = f"{E.get('AUTHORITY_HOST', 'https://login.microsoftonline.com')}/{E['TENANT_ID']}"
ISSUERS = [f"https://login.microsoftonline.com/{E['TENANT_ID']}/v2.0", f"https://sts.windows.net/{E['TENANT_ID']}/"]
WORKDAY, TENANT = f"https://{E['WORKDAY_HOST']}/ccx", E["WORKDAY_TENANT"]
TOKEN_URL = f"{WORKDAY}/oauth2/{TENANT}/token"
AUDIENCE = f"http://www.workday.com/{TENANT}"  # the SAML application's Entity ID
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
JWKS = jwt.PyJWKClient(f"{AUTHORITY}/discovery/v2.0/keys")


class Refused(Exception):
    """HTTP status and text of the response; refusals by Entra and Workday are returned unchanged."""


@app.route("workday/me", methods=["GET"])
def get_my_profile(req: func.HttpRequest) -> func.HttpResponse:
    return respond(req, profile)


@app.route("workday/me/{change}", methods=["POST"])  # legal-name, home-address, documents
def change_my_data(req: func.HttpRequest) -> func.HttpResponse:
    return respond(req, lambda token: change(token, req))


def respond(req: func.HttpRequest, work: Any) -> func.HttpResponse:
    incoming = req.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        result = work(access_token(incoming, validate(incoming)))
    except jwt.PyJWTError as error:
        return func.HttpResponse(str(error), status_code=401, headers={"WWW-Authenticate": "Bearer"})
    except Refused as error:
        return func.HttpResponse(error.args[1], status_code=error.args[0])
    return func.HttpResponse(json.dumps(result), mimetype="application/json")


def validate(token: str) -> dict[str, str]:
    key = JWKS.get_signing_key_from_jwt(token).key
    audiences = [E["CLIENT_ID"], f"api://{E['CLIENT_ID']}"]
    claims: dict[str, str] = jwt.decode(token, key, ["RS256"], audience=audiences, issuer=ISSUERS)
    client = claims.get("azp") or claims.get("appid")
    if client != E["CONNECTOR_CLIENT_ID"] or "access_as_user" not in claims.get("scp", "").split():
        raise jwt.InvalidTokenError("This client or this scope is not allowed.")
    return claims


def access_token(token: str, claims: dict[str, str]) -> str:
    scope = f"{AUDIENCE}/.default"
    client = msal.ConfidentialClientApplication(  # a new one for each request: its cache and throttle mix up users
        E["CLIENT_ID"], client_credential=E["CLIENT_SECRET"], authority=AUTHORITY, instance_discovery=False
    )
    oauth = client.acquire_token_on_behalf_of(token, [scope])
    if "access_token" in oauth:
        return str(oauth["access_token"])
    if 399274 not in oauth.get("error_codes", []):
        raise Refused(403, oauth.get("error_description"))
    assertion = issue(claims["upn"], AUDIENCE, TOKEN_URL) if "SIGNING_KEY" in E else ask_entra(token, scope)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:saml2-bearer", "assertion": assertion.rstrip("=")}
    return str(call("POST", TOKEN_URL, data={**form, "client_id": E["WORKDAY_CLIENT_ID"]}).json()["access_token"])


def ask_entra(token: str, scope: str) -> str:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "requested_token_use": "on_behalf_of"}
    form |= {"requested_token_type": SAML2, "assertion": token, "scope": scope}
    form |= {"client_id": E["CLIENT_ID"], "client_secret": E["CLIENT_SECRET"]}
    return str(call("POST", f"{AUTHORITY}/oauth2/v2.0/token", data=form).json()["access_token"])


def profile(token: str) -> Any:
    return call("GET", f"{WORKDAY}/api/v1/{TENANT}/workers/me", headers={"Authorization": f"Bearer {token}"}).json()


def change(token: str, req: func.HttpRequest) -> dict[str, str | None]:
    try:
        body = envelope(req.route_params["change"], profile(token)["id"], req.get_json())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(400, f"Unknown, missing or no JSON: {error}") from None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/xml; charset=utf-8"}
    response = call("POST", f"{WORKDAY}/service/{TENANT}/Human_Resources/v30.0", data=body.encode(), headers=headers)
    root = etree.fromstring(response.content, etree.XMLParser(resolve_entities=False))
    return {"eventId": root.findtext(".//{*}ID[@{urn:com.workday/bsvc}type='WID']")}


def call(method: str, url: str, **content: Any) -> requests.Response:
    response = requests.request(method, url, timeout=30, **content)
    if response.status_code != 200:
        raise Refused(403, response.text)
    return response
