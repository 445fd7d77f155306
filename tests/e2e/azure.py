"""Azure's services for a function app, with the sandbox's faults: the managed identity's endpoint, and a vault.

Sources: Microsoft Learn, "How to use managed identities for App Service", REST endpoint reference, 2019-08-01; Key
Vault REST API, "Sign", api-version 7.4.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bridge.base.http_client import Client, HttpResponse
from sandbox.ca import Tls
from sandbox.controls import Controls
from sandbox.server import Request, Response, Server

VAULT = "https://kv-fault-matrix.vault.azure.net"
KEY_PATH = "/keys/workday-signing/" + "0123456789abcdef" * 2
PEM = "BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"


@contextmanager
def start_azure(facts: Mapping[str, Any]) -> Iterator[str]:
    """Its address. It has the key of the sandbox's own settings, and the sandbox's certificate."""
    key = load_pem_private_key(facts["env"][PEM].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    controls = Controls("vault", "identity")
    routes = [
        controls.route("POST", f"{KEY_PATH}/sign", lambda request: _sign(key, request), endpoint="vault"),
        controls.route("GET", "/msi/token", _token, endpoint="identity"),
        *controls.routes(),
    ]
    ca = Path(facts["ca"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca.with_name("server.pem"))
    with Server(routes, Tls(context, ca)) as server:
        yield server.url


def key_in_vault(env: Mapping[str, str]) -> dict[str, str]:
    """These settings, but with Workday's signing key in the vault."""
    certificate = env[PEM][env[PEM].index("-----BEGIN CERTIFICATE-----") :]
    return {**env, PEM: certificate, "BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID": VAULT + KEY_PATH}


@contextmanager
def reached(*, vault: str, identity: str) -> Iterator[None]:
    """The bridge's own client finds the vault and the identity's endpoint at these addresses."""
    real = Client.send

    def send(client: Client, method: str, url: str, **more: Any) -> HttpResponse:
        return real(client, method, url.replace(VAULT, vault, 1), **more)

    endpoint = {"IDENTITY_ENDPOINT": f"{identity}/msi/token", "IDENTITY_HEADER": "header"}
    with patch.object(Client, "send", send), patch.dict(os.environ, endpoint):
        yield


def _token(request: Request) -> Response:
    if request.headers.get("x-identity-header") != "header" or request.query.get("api-version") != "2019-08-01":
        return Response.json({"statusCode": 400, "message": "Bad Request"}, status=400)
    value = f"for {request.query['resource']}"
    return Response.json({"access_token": value, "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"})


def _sign(key: rsa.RSAPrivateKey, request: Request) -> Response:
    if request.bearer != "for https://vault.azure.net":
        return Response.json({"error": {"code": "Unauthorized"}}, status=401)
    wanted = json.loads(request.body)
    if wanted["alg"] != "RS256" or request.query.get("api-version") != "7.4":
        return Response.json({"error": {"code": "BadParameter"}}, status=400)
    digest = urlsafe_b64decode(wanted["value"] + "==")
    signature = key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    return Response.json({"kid": VAULT + KEY_PATH, "value": urlsafe_b64encode(signature).rstrip(b"=").decode()})
