"""On-behalf-of to Workday in one file: see docs/recipe.md for what each part does, and for what this file lacks."""

import os

import azure.functions as func
import jwt
import msal
import requests
from assertion import issue  # the file beside this one

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
E = os.environ
AUTHORITY = f"{E.get('AUTHORITY_HOST', 'https://login.microsoftonline.com')}/{E['TENANT_ID']}"
ISSUERS = [f"https://login.microsoftonline.com/{E['TENANT_ID']}/v2.0", f"https://sts.windows.net/{E['TENANT_ID']}/"]
WORKDAY, TENANT = f"https://{E['WORKDAY_HOST']}", E["WORKDAY_TENANT"]
TOKEN_URL = f"{WORKDAY}/ccx/oauth2/{TENANT}/token"
AUDIENCE = f"http://www.workday.com/{TENANT}"  # the SAML application's Entity ID
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
JWKS = jwt.PyJWKClient(f"{AUTHORITY}/discovery/v2.0/keys")


class Refused(Exception):
    """Entra or Workday refused; the message is theirs."""


@app.route("workday/me", methods=["GET"])
def get_my_profile(req: func.HttpRequest) -> func.HttpResponse:
    token = req.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims = validate(token)
        worker = requests.get(
            f"{WORKDAY}/ccx/api/v1/{TENANT}/workers/me",
            headers={"Authorization": f"Bearer {access_token(token, claims)}"},
            timeout=30,
        )
    except jwt.PyJWTError as error:
        return func.HttpResponse(str(error), status_code=401, headers={"WWW-Authenticate": "Bearer"})
    except Refused as error:
        return func.HttpResponse(str(error), status_code=403)
    return func.HttpResponse(worker.content, status_code=worker.status_code, mimetype="application/json")


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
        raise Refused(oauth.get("error_description"))
    assertion = issue(claims["upn"], AUDIENCE, TOKEN_URL) if "SIGNING_KEY" in E else ask_entra(token, scope)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:saml2-bearer", "assertion": assertion.rstrip("=")}
    return str(post(TOKEN_URL, {**form, "client_id": E["WORKDAY_CLIENT_ID"]})["access_token"])


def ask_entra(token: str, scope: str) -> str:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "requested_token_use": "on_behalf_of"}
    form |= {"requested_token_type": SAML2, "assertion": token, "scope": scope}
    form |= {"client_id": E["CLIENT_ID"], "client_secret": E["CLIENT_SECRET"]}
    return str(post(f"{AUTHORITY}/oauth2/v2.0/token", form)["access_token"])


def post(url: str, form: dict[str, str]) -> dict[str, str]:
    response = requests.post(url, data=form, timeout=30)
    if response.status_code != 200:
        raise Refused(response.text)
    document: dict[str, str] = response.json()
    return document
