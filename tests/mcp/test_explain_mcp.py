"""`bridge explain --mcp`: servers, issuers and tokens as they occur, and what is reported for each."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from bridge.check import CheckResult, State
from sandbox.stack import ROOT
from tests.e2e.kit import Sandbox
from tests.mcp.kit import Mcp
from tests.support.cases import for_each
from tests.support.tokens import token
from tools.cli.main import main
from tools.explain.mcp import Seen, issuer_places, judge, metadata_places, named_place
from tools.explain.mcp_token import pasted

ADDRESS = "https://mcp.example.com/mcp"
APP = "b1d9e5a0-1111-4222-8333-444455556666"
ENTRA = "https://login.microsoftonline.com/7f1e2d3c-4b5a-4968-8776-655443322110/v2.0"
GOOD: Mapping[str, Any] = {
    "resource": ADDRESS,
    "authorization_servers": ["https://issuer.example.com"],
    "scopes_supported": ["tools"],
}
NOW = time.time()
ENDPOINTS = {name: f"https://issuer.example.com/{name}" for name in ("authorization_endpoint", "token_endpoint")}
PKCE = {**ENDPOINTS, "code_challenge_methods_supported": ["S256"]}
DYNAMIC = {**PKCE, "registration_endpoint": "https://issuer.example.com/register"}


@dataclass(frozen=True)
class Shape:
    """A server's metadata, its issuer's and a token; and how the server answers a request without one."""

    metadata: Mapping[str, Any] | None = field(default_factory=lambda: GOOD)
    issuer: Mapping[str, Any] | None = None
    claims: Mapping[str, Any] | str | None = None
    status: int = 401
    challenge: str = f'Bearer resource_metadata="{ADDRESS}"'
    location: str = ""
    missed: tuple[tuple[str, str], ...] = ()

    def seen(self) -> Seen:
        name = (self.metadata or {}).get("authorization_servers", [""])[0]
        document = None if self.issuer is None else {"issuer": name, **self.issuer}
        text = token({"iss": name, **self.claims}) if isinstance(self.claims, Mapping) else self.claims
        return Seen(
            ADDRESS,
            self.status,
            self.challenge,
            self.location,
            dict(self.metadata or {}),
            f"{ADDRESS}/metadata",
            dict(self.missed),
            document,
            token=pasted(text) if text is not None else None,
        )


class Report(NamedTuple):
    """The codes of the failed lines, words of the report, and the clients that get no token."""

    failed: str = ""
    words: str = ""
    shut_out: frozenset[str] = frozenset()


def issued_by(issuer: str, **more: object) -> dict[str, Any]:
    return {**GOOD, "authorization_servers": [issuer], **more}


DISCOVERY, WIZARD = "Copilot Studio, OAuth 2.0 Dynamic discovery", "Copilot Studio, OAuth 2.0 Manual"
ALL_STRICT = frozenset({"VS Code", "Claude", "ChatGPT", DISCOVERY})
ALL_COPILOT, NO_DISCOVERY = frozenset({DISCOVERY, WIZARD}), frozenset({DISCOVERY})
WORKOS, AUTH0 = "https://brave-1.authkit.app", "https://contoso.eu.auth0.com/"
KEYCLOAK = "https://sso.example.com/realms/staff"
OKTA, COGNITO = "https://dev-1.okta.com/oauth2/default", "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12"
GOOGLE, GITHUB = "https://accounts.google.com", "https://github.com/login/oauth"
DESCOPE, SCALEKIT = "https://api.descope.com/v1/apps/agentic/P2x/MS3y", "https://contoso.scalekit.com"
OKTA_METADATA = {**PKCE, "registration_endpoint": "https://dev-1.okta.com/oauth2/v1/clients"}
OWN_ENTRA = issued_by(ENTRA, scopes_supported=[f"{ADDRESS}/access_as_user"])
# what is seen → what is reported
SHAPES = {
    "all good": (Shape(issuer=DYNAMIC), Report()),
    "WorkOS, client without resource": (
        Shape(issued_by(WORKOS), DYNAMIC, {"aud": "client_01JABCDEF", "sub": "user_01"}),
        Report("mcp_token_client_id", "Authorization URL Query String Template", ALL_COPILOT),
    ),
    "WorkOS, client with resource": (
        Shape(issued_by(WORKOS), DYNAMIC, {"aud": [ADDRESS]}),
        Report(shut_out=ALL_COPILOT),
    ),
    "Auth0, token for itself": (
        Shape(issued_by(AUTH0), DYNAMIC, "opaque-token"),
        Report("mcp_token_opaque", "parameter audience", ALL_COPILOT),
    ),
    "Auth0, encrypted token for itself": (
        Shape(issued_by(AUTH0), DYNAMIC, "eyJhbGciOiJkaXIifQ..a.b.c"),
        Report("mcp_token_opaque", "encrypted", ALL_COPILOT),
    ),
    "Auth0 under a domain of its own": (
        Shape(
            issued_by("https://login.example.com/"),
            {**PKCE, "registration_endpoint": "https://login.example.com/oidc/register"},
        ),
        Report(words="Resource Parameter Compatibility Profile", shut_out=ALL_COPILOT),
    ),
    "Auth0, audience of userinfo": (
        Shape(issued_by(AUTH0), DYNAMIC, {"aud": [f"{AUTH0}userinfo"], "azp": "abc"}),
        Report("mcp_token_for_issuer", "Auth0 has its own parameter audience", ALL_COPILOT),
    ),
    "Keycloak, audience account": (
        Shape(issued_by(KEYCLOAK), DYNAMIC, {"aud": "account", "azp": "copilot"}),
        Report("mcp_token_audience", "Add an audience mapper"),
    ),
    "Keycloak, audience the client": (
        Shape(issued_by(KEYCLOAK), DYNAMIC, {"aud": "copilot", "azp": "copilot"}),
        Report("mcp_token_client_id"),
    ),
    "Keycloak, no audience": (
        Shape(issued_by(KEYCLOAK), DYNAMIC, {"azp": "copilot"}),
        Report("mcp_token_no_audience", "may be absent"),
    ),
    "Okta, closed registration": (
        Shape(issued_by(OKTA), OKTA_METADATA, {"aud": ADDRESS}),
        Report(words="API token", shut_out=NO_DISCOVERY),
    ),
    "Okta, audience of its default server": (
        Shape(issued_by(OKTA), OKTA_METADATA, {"aud": "api://default", "cid": "0oa1"}),
        Report("mcp_token_audience", "Security > API", NO_DISCOVERY),
    ),
    "Okta, org authorization server": (
        Shape(issued_by("https://dev-1.okta.com"), OKTA_METADATA, {"aud": "https://dev-1.okta.com", "cid": "0oa1"}),
        Report("mcp_token_for_issuer", shut_out=NO_DISCOVERY),
    ),
    "Cognito, no audience": (
        Shape(issued_by(COGNITO), ENDPOINTS, {"client_id": "7abc", "token_use": "access"}),
        Report("mcp_token_no_audience", "does not say so (code_challenge_methods_supported)", NO_DISCOVERY),
    ),
    "Cognito, ID token": (
        Shape(issued_by(COGNITO), ENDPOINTS, {"aud": "7abc", "token_use": "id"}),
        Report("mcp_token_id_token", shut_out=NO_DISCOVERY),
    ),
    "Google": (
        Shape(issued_by(GOOGLE), PKCE, "ya29.a0ARrdaM"),
        Report(words="signs users in at Google", shut_out=NO_DISCOVERY),
    ),
    "GitHub": (
        Shape(issued_by(GITHUB), PKCE, "gho_16C7e42F292c6912E7"),
        Report(words="GitHub's own API", shut_out=NO_DISCOVERY),
    ),
    "Descope": (Shape(issued_by(DESCOPE), DYNAMIC, {"aud": [ADDRESS, "P2x"]}), Report(words="At Descope")),
    "Scalekit": (
        Shape(issued_by(SCALEKIT), DYNAMIC, {"aud": ["res_12", "other"]}),
        Report("mcp_token_audience", "res_…"),
    ),
    "an unknown issuer": (
        Shape(issued_by("https://id.example.net"), DYNAMIC, {"aud": "x"}),
        Report("mcp_token_audience"),
    ),
    "Entra, azurewebsites.net": (
        Shape(
            issued_by(ENTRA, resource=ADDRESS, scopes_supported=[f"api://{APP}/access_as_user"]),
            ENDPOINTS,
            {"aud": APP, "azp": "x"},
        ),
        Report(words="AADSTS9010010", shut_out=ALL_STRICT),
    ),
    "Entra, App ID URI on its own domain": (
        Shape(issued_by(ENTRA, scopes_supported=[f"{ADDRESS}/access_as_user"]), ENDPOINTS),
        Report(shut_out=NO_DISCOVERY),
    ),
    "Entra, resource api://": (
        Shape(issued_by(ENTRA, resource=f"api://{APP}", scopes_supported=[f"api://{APP}/x"]), ENDPOINTS),
        Report("mcp_resource", "an App ID URI of Entra", ALL_STRICT),
    ),
    "Entra, token of another API": (
        Shape(
            issued_by(ENTRA, scopes_supported=[f"api://{APP}/access_as_user"]),
            ENDPOINTS,
            {"aud": "https://graph.microsoft.com", "azp": "x"},
        ),
        Report("mcp_token_audience", shut_out=ALL_STRICT),
    ),
    "Entra, short scope": (
        Shape(issued_by(ENTRA, scopes_supported=["access_as_user"]), ENDPOINTS),
        Report("mcp_scopes", "AADSTS650053", ALL_STRICT),
    ),
    "Entra, resource without a path": (
        Shape(
            issued_by(ENTRA, resource="https://mcp.example.com", scopes_supported=["https://mcp.example.com/x"]),
            ENDPOINTS,
        ),
        Report(words="with a slash at its end", shut_out=NO_DISCOVERY),
    ),
    "Entra, common": (
        Shape(
            issued_by(
                ENTRA.replace("7f1e2d3c-4b5a-4968-8776-655443322110", "common"), scopes_supported=[f"{ADDRESS}/x"]
            ),
            {**ENDPOINTS, "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"},
        ),
        Report("mcp_issuer_mismatch", "/TENANT_ID/v2.0", NO_DISCOVERY),
    ),
    "Entra, v1 token": (
        Shape(
            OWN_ENTRA,
            ENDPOINTS,
            {"iss": "https://sts.windows.net/7f1e2d3c-4b5a-4968-8776-655443322110/", "aud": ADDRESS},
        ),
        Report("mcp_token_version", "requestedAccessTokenVersion", NO_DISCOVERY),
    ),
    "Entra, token of another issuer": (
        Shape(OWN_ENTRA, ENDPOINTS, {"iss": WORKOS, "aud": ADDRESS}),
        Report("mcp_token_issuer", "(WorkOS)", NO_DISCOVERY),
    ),
    "an expired token": (Shape(issuer=DYNAMIC, claims={"aud": ADDRESS, "exp": NOW - 60}), Report(words="has expired")),
    "a slash at the end": (
        Shape({**GOOD, "resource": "https://mcp.example.com/MCP/"}, DYNAMIC),
        Report("mcp_resource", "by a slash at the end, or by upper and lower case", ALL_STRICT),
    ),
    "another host": (
        Shape({**GOOD, "resource": "https://internal:8080/mcp"}, DYNAMIC),
        Report("mcp_resource", shut_out=ALL_STRICT),
    ),
    "the address above it": (Shape({**GOOD, "resource": "https://mcp.example.com"}, DYNAMIC), Report()),
    "issuer with another name": (
        Shape(issuer={**DYNAMIC, "issuer": "https://other.example"}),
        Report("mcp_issuer_mismatch"),
    ),
    "issuer without metadata": (Shape(issuer=None), Report("mcp_issuer_metadata")),
    "no metadata": (
        Shape(None, missed=(("https://mcp.example.com/x", "HTTP 404"), ("https://mcp.example.com/y", "HTTP 200"))),
        Report("mcp_metadata", "Looked at https://mcp.example.com/x: HTTP 404; https://mcp.example.com/y: HTTP 200."),
    ),
    "no metadata, but an authorization server of its own": (Shape(None, DYNAMIC), Report(words="2025-03-26")),
    "no issuer": (Shape({"resource": ADDRESS}, DYNAMIC), Report("mcp_issuer")),
    "issuers of a wrong type": (Shape({**GOOD, "authorization_servers": [{}]}, DYNAMIC), Report("mcp_issuer")),
    "no server": (Shape(status=404, challenge="", issuer=DYNAMIC), Report("mcp_server")),
    "no challenge": (Shape(challenge="Bearer", issuer=DYNAMIC), Report(words="WWW-Authenticate")),
    "open": (Shape(status=200, challenge="", issuer=DYNAMIC), Report(words="without a token")),
    "an old transport": (Shape(status=405, challenge="", issuer=DYNAMIC), Report("mcp_server")),
    "a redirect": (
        Shape(status=308, challenge="", location="https://www.example.com/mcp", issuer=DYNAMIC),
        Report("mcp_redirect", "https://www.example.com/mcp"),
    ),
    "a firewall": (Shape(status=403, challenge="", issuer=DYNAMIC), Report("mcp_forbidden", "firewall")),
    "a server that fails": (Shape(status=503, challenge="", issuer=DYNAMIC), Report("mcp_server_fails")),
    "a challenge without quotes": (Shape(challenge=f"Bearer Resource_Metadata={ADDRESS}", issuer=DYNAMIC), Report()),
    "one challenge of two": (
        Shape(challenge=f'Basic realm="a", Bearer error="x", resource_metadata="{ADDRESS}"', issuer=DYNAMIC),
        Report(),
    ),
    "a challenge that leads nowhere": (
        Shape(missed=((ADDRESS, "HTTP 404"),), issuer=DYNAMIC),
        Report("mcp_challenge_place", "stop"),
    ),
    "no PKCE": (Shape(issuer={**ENDPOINTS, "registration_endpoint": "x"}), Report(words="PKCE")),
    "plain PKCE": (
        Shape(issuer={**DYNAMIC, "code_challenge_methods_supported": ["plain"]}),
        Report(words="does not say that it supports PKCE"),
    ),
    "no endpoints": (
        Shape(issuer={**DYNAMIC, "token_endpoint": ""}),
        Report("mcp_issuer_endpoints", "lacks token_endpoint"),
    ),
    "client ID metadata documents": (
        Shape(issuer={**PKCE, "client_id_metadata_document_supported": True}),
        Report(shut_out=NO_DISCOVERY),
    ),
}


def texts(lines: list[CheckResult]) -> str:
    return "\n".join(text for line in lines for text in (line.title, *line.fix))


@for_each(SHAPES)
def test_each_shape_is_explained(shape: Shape, report: Report) -> None:
    lines = judge(shape.seen(), now=NOW)
    assert " ".join(line.code for line in lines if line.state is State.FAILED) == report.failed
    assert report.words in texts(lines)
    without = {line.title.partition(" gets no token")[0] for line in lines if " gets no token" in line.title}
    assert without == report.shut_out


def test_without_a_mistake_nothing_has_to_be_fixed() -> None:
    assert {line.state for line in judge(SHAPES["all good"][0].seen(), now=NOW)} == {State.OK}


def test_an_address_of_the_old_transport_is_recognised() -> None:
    assert "Copilot Studio ended" in texts(judge(Seen("https://mcp.example.com/sse", 404), now=NOW))


def test_a_token_is_found_in_what_was_pasted(subtests: pytest.Subtests) -> None:
    made = token({"aud": ADDRESS})
    for text in (made, f"Bearer {made}", f"Authorization: Bearer {made}\r\n", json.dumps({"access_token": made})):
        with subtests.test(text[:30]):
            claims = pasted(text).claims
            assert claims
            assert claims["aud"] == ADDRESS
    decoded = pasted('{"iss": "https://i.example", "aud": "x"}').claims
    assert decoded == {"iss": "https://i.example", "aud": "x"}
    assert [pasted(text).claims for text in ("", "x", "{}", "eyJ", "eyJ.eyJ.x")] == [None] * 5


def test_hostile_documents_are_explained_and_crash_nothing(subtests: pytest.Subtests) -> None:
    """Any value in any place."""
    values: list[object] = [None, 1, [], {}, "", [None], [[]], {"a": []}]
    values += ["x" * 10_000, "\u202e", "https://[", ["\u202e" * 9000]]
    names = ["resource", "authorization_servers", "scopes_supported", "issuer", "registration_endpoint"]
    names += ["authorization_endpoint", "code_challenge_methods_supported"]
    for value in values:
        for name in names:
            with subtests.test(f"{name} {str(value)[:20]}"):
                document = {**GOOD, **DYNAMIC, name: value}
                claims = pasted(token({"aud": value, "iss": value, "azp": value, "exp": value}))
                seen = Seen(ADDRESS, 401, metadata=document, issuer=document, token=claims)
                shown = texts(judge(seen, now=NOW))
                texts(judge(replace(seen, issuer=None), now=NOW))
                assert "\u202e" not in shown
                assert len(shown) < 12_000


def test_metadata_are_looked_for_where_the_standards_put_them() -> None:
    base = "https://mcp.example.com/.well-known/oauth-protected-resource"
    assert metadata_places(ADDRESS, "") == [f"{base}/mcp", base]
    assert metadata_places(ADDRESS, 'Bearer realm="x", resource_metadata="https://a/b"')[0] == "https://a/b"
    assert [named_place(text) for text in ("", "Bearer", 'Bearer resource_metadata=""')] == ["", "", ""]
    assert issuer_places("https://i.example/t/v2.0") == [
        "https://i.example/.well-known/oauth-authorization-server/t/v2.0",
        "https://i.example/.well-known/openid-configuration/t/v2.0",
        "https://i.example/t/v2.0/.well-known/openid-configuration",
    ]


def explained(mcp: Mcp, sandbox: Sandbox, *more: str, given: str | None = None) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tools", "explain", "--mcp", mcp.url, "--json", *more],
        cwd=ROOT,
        input=given,
        env={"REQUESTS_CA_BUNDLE": sandbox.facts["ca"], "NO_PROXY": "localhost,127.0.0.1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "{}")


def test_it_reads_the_metadata_of_the_running_bridge(mcp: Mcp, sandbox: Sandbox) -> None:
    status, reported = explained(mcp, sandbox)
    codes = {one["code"]: one["state"] for one in reported["findings"]}
    assert (status, reported["problem"], codes["mcp_resource"], codes["mcp_issuer_metadata"]) == (0, False, "ok", "ok")
    assert [one["title"].partition(" gets")[0] for one in reported["findings"] if one["state"] == "warning"] == [
        DISCOVERY
    ]


def test_it_compares_a_token_and_does_not_print_it(mcp: Mcp, sandbox: Sandbox) -> None:
    wrong = sandbox.token(audience=sandbox.facts["connectorClientId"])
    status, reported = explained(mcp, sandbox, "-", given=wrong)
    found = next(one for one in reported["findings"] if one["code"] == "mcp_token_client_id")
    assert (status, found["state"]) == (1, "failed")
    assert wrong not in json.dumps(reported)
    codes = {one["code"] for one in explained(mcp, sandbox, "-", given=sandbox.token())[1]["findings"]}
    assert "mcp_token_audience" in codes


def test_an_invalid_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for address in ("mcp.example.com/mcp", "http://mcp.example.com/mcp", "file:///etc/passwd", "https://u@h/"):
        assert main(["explain", "--mcp", address]) == 2
        assert "--mcp takes the whole address" in capsys.readouterr().err


def test_an_address_without_a_server_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--mcp", "http://127.0.0.1:9/mcp"]) == 2
    assert "no answer from http://127.0.0.1:9/mcp" in capsys.readouterr().err


class Strange(BaseHTTPRequestHandler):
    """A server that redirects, repeats headers, and serves a page in place of its metadata."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/mcp")
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="a"')
            self.send_header("WWW-Authenticate", 'Bearer resource_metadata="http://10.0.0.1/x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        is_moved = self.path == "/.well-known/oauth-protected-resource/mcp"
        body = b"<html>"
        if self.path == "/there":
            body = json.dumps({"resource": "http://127.0.0.1/mcp", "authorization_servers": ["file:///etc/"]}).encode()
        self.send_response(302 if is_moved else 200)
        if is_moved:
            self.send_header("Location", "/there")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_a_strange_server_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Strange) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        found = {}
        for path in ("mcp", "moved"):
            assert main(["explain", "--mcp", f"http://127.0.0.1:{server.server_port}/{path}", "--json"]) == 1
            lines = json.loads(capsys.readouterr().out)["findings"]
            found[path] = {line["code"]: line["title"] for line in lines if line["state"] == "failed"}
        server.shutdown()
    assert "http://10.0.0.1/x" in found["mcp"]["mcp_challenge_place"]
    assert "file:///etc/" in found["mcp"]["mcp_issuer_metadata"]
    assert "redirects to /mcp" in found["moved"]["mcp_redirect"]
    assert "mcp_metadata" in found["moved"]
