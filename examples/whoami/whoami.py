"""Shows what your API received: `from whoami import whoami`, and `app.register_functions(whoami)` in function_app.py"""

import base64
import json

import azure.functions as func

whoami = func.Blueprint()
SHOWN = ("aud", "iss", "ver", "azp", "appid", "scp", "roles", "idtyp", "exp")


@whoami.route("whoami", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def who_am_i(req: func.HttpRequest) -> func.HttpResponse:
    """The claims on which access depends, read but NOT verified: use them to find mistakes, never to authorize."""
    token = req.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        shown = {"aud": claims["aud"], **{name: claims[name] for name in SHOWN if name in claims}}
    except (LookupError, TypeError, ValueError):
        return func.HttpResponse("No access token arrived that can be read.", status_code=400)
    return func.HttpResponse(json.dumps({"verified": False, **shown}), mimetype="application/json")
