"""Stand-ins for App Service's identity endpoint and Key Vault's key operations, by their documented protocols."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from bridge.base.http_client import Client, HttpResponse

IDENTITY_HEADER = "5f0c2e3b-the-header-of-this-instance"
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
VAULT_SCOPE_RESOURCE = "https://vault.azure.net"


@dataclass
class Request:
    """What a stand-in was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 64


class StandIn:
    """A loopback HTTP server: records requests, plays the faults that wait, and else responds with `answer`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._faults: deque[Answer | None] = deque()
        self._calm = threading.Event()
        self._calm.set()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def fail(
        self, status: int = 500, *, body: bytes = b"{}", headers: dict[str, str] | None = None, times: int = 1
    ) -> None:
        """Send this in place of the right response."""
        self._faults.extend([(status, headers or {}, body)] * times)

    def hang(self) -> None:
        """From now on, send nothing until `recover`."""
        self._calm.clear()

    def drop(self, *, times: int = 1) -> None:
        """Close the connection without a response."""
        self._faults.extend([None] * times)

    def recover(self) -> None:
        """Forget the faults that are left."""
        self._faults.clear()
        self._calm.set()

    def respond(self, request: Request) -> Answer | None:
        self.requests.append(request)
        self._calm.wait(20)
        return self._faults.popleft() if self._faults else self.answer(request)

    def close(self) -> None:
        self._calm.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one segment for each response: unbuffered writes cost 40 ms each on loopback

        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = stand_in.respond(Request(self.command, url.path, query, headers, body))
            if answer is None:
                self.close_connection = True
                return
            status, extra, content = answer
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **extra}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            with suppress(OSError):  # the caller has given up
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: the requests are in `requests`."""

    return Handler


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> Answer:
    return status, headers or {}, json.dumps(body).encode()


class IdentityEndpoint(StandIn):
    """Microsoft Learn, "How to use managed identities for App Service", REST endpoint reference, 2019-08-01."""

    def __init__(self) -> None:
        super().__init__()
        self.lifetime_seconds = 86_400
        self.known_clients: set[str | None] = {CLIENT_ID, None}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return _json(401, {"statusCode": 401, "message": "Unauthorized"})
        if request.query.get("api-version") != "2019-08-01" or "resource" not in request.query:
            return _json(400, {"statusCode": 400, "message": "Bad Request"})
        if request.query.get("client_id") not in self.known_clients:
            return _json(400, {"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found"})
        return _json(
            200,
            {
                "access_token": f"token-{len(self.requests)}-for-{request.query['resource']}",
                "expires_on": str(int(time.time()) + self.lifetime_seconds),
                "resource": request.query["resource"],
                "token_type": "Bearer",
                "client_id": CLIENT_ID,
            },
        )


class Vault(StandIn):
    """Key Vault REST API: "Get Key", "Sign", and "Authentication, requests and responses" for the challenge."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        super().__init__()
        self.key = key
        self.host = f"kv-{uuid.uuid4().hex[:12]}.vault.azure.net"
        self.key_path = f"/keys/workday-signing/{uuid.uuid4().hex}"
        self.key_id = f"https://{self.host}{self.key_path}"
        self.client: Client = _Rewired(f"https://{self.host}", self.url)
        """The bridge's own client, with this server behind the vault's name."""

    def answer(self, request: Request) -> Answer:
        if not request.headers.get("authorization", "").endswith(f"-for-{VAULT_SCOPE_RESOURCE}"):
            challenge = f'Bearer authorization="https://login.microsoftonline.com/t", resource="{VAULT_SCOPE_RESOURCE}"'
            error = {"error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer token."}}
            return _json(401, error, {"WWW-Authenticate": challenge})
        if request.query.get("api-version") != "7.4":
            return _json(400, {"error": {"code": "BadParameter", "message": "The specified version is not recognized"}})
        if request.method == "POST" and request.path == f"{self.key_path}/sign":
            return self._sign(json.loads(request.body))
        return _json(404, {"error": {"code": "KeyNotFound", "message": "A key with (name/id) was not found."}})

    def signatures(self) -> int:
        """How many signatures were asked for with a token, as the vault's log would count them."""
        return sum(1 for r in self.requests if r.path.endswith("/sign") and "authorization" in r.headers)

    def close(self) -> None:
        self.client.close()
        super().close()

    def _sign(self, body: dict[str, str]) -> Answer:
        if body["alg"] != "RS256":
            return _json(400, {"error": {"code": "BadParameter", "message": "Invalid algorithm"}})
        digest = base64.urlsafe_b64decode(body["value"] + "==")
        signature = self.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        return _json(200, {"kid": self.key_id, "value": _b64url(signature)})


class _Rewired(Client):
    def __init__(self, public: str, local: str) -> None:
        super().__init__()
        self._public, self._local = public, local

    def send(self, method: str, url: str, **more: Any) -> HttpResponse:
        return super().send(method, url.replace(self._public, self._local, 1), **more)


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Clock:
    """Moves `time.time`, for the libraries too, ahead by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = time.time
        self._ahead = 0.0
        monkeypatch.setattr(time, "time", lambda: self._real() + self._ahead)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds
