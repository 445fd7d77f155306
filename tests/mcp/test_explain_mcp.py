"""`bridge explain --mcp`: the shapes that servers and issuers have, and what clients make of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.check import CheckResult, State
from sandbox.stack import ROOT
from tests.e2e.kit import Sandbox
from tests.mcp.kit import Mcp
from tests.support.tokens import token
from tools.cli.main import main
from tools.explain.mcp import Fetched, Seen, issuer_places, judge, metadata_places, with_token

ADDRESS = "https://mcp.example.com/mcp"
APP = "b1d9e5a0-1111-4222-8333-444455556666"
ENTRA = "https://login.microsoftonline.com/7f1e2d3c-4b5a-4968-8776-655443322110/v2.0"
GOOD: Mapping[str, Any] = {
    "resource": ADDRESS,
    "authorization_servers": ["https://issuer.example.com"],
    "scopes_supported": ["tools"],
}
PKCE = {"code_challenge_methods_supported": ["S256"]}
DYNAMIC = {**PKCE, "registration_endpoint": "https://issuer.example.com/register"}


@dataclass(frozen=True)
class Shape:
    """A server, its issuer, a token, and the codes that a reader needs to see (with the words that tell)."""

    metadata: Mapping[str, Any] | None = field(default_factory=lambda: GOOD)
    issuer: Mapping[str, Any] | None = None
    status: int = 401
    challenge: str = f'Bearer resource_metadata="{ADDRESS}"'
    claims: Mapping[str, Any] | str | None = None
    failed: tuple[str, ...] = ()
    words: str = ""
    shut_out: frozenset[str] = frozenset()

    def seen(self) -> Seen:
        name = (self.metadata or {}).get("authorization_servers", [""])[0]
        metadata = Fetched(f"{ADDRESS}/metadata", 200, dict(self.metadata)) if self.metadata is not None else None
        document = None if self.issuer is None else {"issuer": name, **self.issuer}
        seen = Seen(
            ADDRESS, self.status, self.challenge, metadata, Fetched("https://issuer.example.com/x", 200, document)
        )
        if self.claims is None:
            return seen
        return with_token(seen, self.claims if isinstance(self.claims, str) else token({"iss": name, **self.claims}))


def issued_by(issuer: str, **more: object) -> dict[str, Any]:
    return {**GOOD, "authorization_servers": [issuer], **more}


DISCOVERY = "Copilot Studio, OAuth 2.0 Dynamic discovery"
STRICT = frozenset({"VS Code", "Claude", "ChatGPT", DISCOVERY})
WORKOS, AUTH0 = "https://brave-1.authkit.app", "https://contoso.eu.auth0.com/"
KEYCLOAK = "https://sso.example.com/realms/staff"
SHAPES = {
    "all good": Shape(issuer=DYNAMIC),
    "WorkOS, client without resource: the story": Shape(
        issued_by(WORKOS),
        DYNAMIC,
        claims={"aud": "client_01JABCDEF", "sub": "user_01"},
        failed=("mcp_token_client_id",),
        words="Add the server's address as a resource in WorkOS",
    ),
    "WorkOS, client with resource": Shape(issued_by(WORKOS), DYNAMIC, claims={"aud": [ADDRESS]}),
    "Auth0, token for itself": Shape(
        issued_by(AUTH0), DYNAMIC, claims="opaque-token", failed=("mcp_token_opaque",), words="parameter audience"
    ),
    "Auth0, audience of userinfo": Shape(
        issued_by(AUTH0),
        DYNAMIC,
        claims={"aud": [f"{AUTH0}userinfo"], "azp": "abc"},
        failed=("mcp_token_audience",),
        words="Auth0 takes its own parameter audience",
    ),
    "Keycloak, audience account": Shape(
        issued_by(KEYCLOAK),
        DYNAMIC,
        claims={"aud": "account", "azp": "copilot"},
        failed=("mcp_token_audience",),
        words="Add an audience mapper",
    ),
    "Keycloak, audience the client": Shape(
        issued_by(KEYCLOAK), DYNAMIC, claims={"aud": "copilot", "azp": "copilot"}, failed=("mcp_token_client_id",)
    ),
    "Entra, azurewebsites.net": Shape(
        issued_by(ENTRA, resource=ADDRESS, scopes_supported=[f"api://{APP}/access_as_user"]),
        {},
        claims={"aud": APP, "azp": "x"},
        words="AADSTS9010010",
        shut_out=STRICT,
    ),
    "Entra, App ID URI on its own domain": Shape(
        issued_by(ENTRA, scopes_supported=[f"{ADDRESS}/access_as_user"]), {}, shut_out=frozenset({DISCOVERY})
    ),
    "Entra, resource api://": Shape(
        issued_by(ENTRA, resource=f"api://{APP}", scopes_supported=[f"api://{APP}/x"]),
        {},
        failed=("mcp_resource",),
        words="an App ID URI of Entra",
        shut_out=STRICT,
    ),
    "Entra, token of another API": Shape(
        issued_by(ENTRA, scopes_supported=[f"api://{APP}/access_as_user"]),
        {},
        claims={"aud": "https://graph.microsoft.com", "azp": "x"},
        failed=("mcp_token_audience",),
        shut_out=STRICT,
    ),
    "a slash at the end": Shape(
        {**GOOD, "resource": "https://mcp.example.com/MCP/"},
        DYNAMIC,
        failed=("mcp_resource",),
        words="by a slash at the end, or by upper and lower case",
        shut_out=STRICT,
    ),
    "another host": Shape(
        {**GOOD, "resource": "https://internal:8080/mcp"}, DYNAMIC, failed=("mcp_resource",), shut_out=STRICT
    ),
    "the address above it": Shape({**GOOD, "resource": "https://mcp.example.com"}, DYNAMIC),
    "issuer with another name": Shape(
        issuer={**DYNAMIC, "issuer": "https://other.example"}, failed=("mcp_issuer_mismatch",)
    ),
    "issuer without metadata": Shape(issuer=None, failed=("mcp_issuer_metadata",)),
    "no metadata": Shape(None, DYNAMIC, failed=("mcp_metadata",), words="OAuth 2.0 > Manual"),
    "no issuer": Shape({"resource": ADDRESS}, DYNAMIC, failed=("mcp_issuer",)),
    "issuers of a wrong type": Shape({**GOOD, "authorization_servers": [{}]}, DYNAMIC, failed=("mcp_issuer",)),
    "no server": Shape(status=404, challenge="", issuer=DYNAMIC, failed=("mcp_server",)),
    "no challenge": Shape(challenge="Bearer", issuer=DYNAMIC, words="WWW-Authenticate"),
    "open": Shape(status=200, challenge="", issuer=DYNAMIC, words="without a token"),
    "no PKCE": Shape(issuer={"registration_endpoint": "x"}, words="PKCE"),
    "client ID metadata documents": Shape(issuer={**PKCE, "client_id_metadata_document_supported": True}),
}


def texts(lines: list[CheckResult]) -> str:
    return "\n".join(text for line in lines for text in (line.title, *line.fix))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_shape_is_told(shape: Shape) -> None:
    lines = judge(shape.seen())
    assert tuple(line.code for line in lines if line.state is State.FAILED) == shape.failed
    assert shape.words in texts(lines)
    shut_out = {line.title.partition(" gets no token")[0] for line in lines if " gets no token" in line.title}
    assert shut_out == shape.shut_out


def test_all_good_has_nothing_to_fix() -> None:
    assert {line.state for line in judge(SHAPES["all good"].seen())} == {State.OK}


@pytest.mark.parametrize("value", [None, 1, [], {}, "", "x" * 10_000, "\u202e", [None], [[]], {"a": []}])
def test_hostile_documents_are_told_and_crash_nothing(value: object) -> None:
    """Any value in any place."""
    names = ("resource", "authorization_servers", "scopes_supported", "issuer", "registration_endpoint")
    for name in names:
        document = {**GOOD, **DYNAMIC, name: value}
        seen = Seen(ADDRESS, 401, "", Fetched("https://a", 200, document), Fetched("https://b", 200, document))
        told = texts(judge(with_token(seen, token({"aud": value, "iss": value, "azp": value}))))
        assert "\u202e" not in told
        assert len(told) < 12_000


def test_places_are_those_of_the_standards() -> None:
    base = "https://mcp.example.com/.well-known/oauth-protected-resource"
    assert metadata_places(ADDRESS, "") == [f"{base}/mcp", base]
    assert metadata_places(ADDRESS, 'Bearer realm="x", resource_metadata="https://a/b"')[0] == "https://a/b"
    assert issuer_places("https://i.example/t/v2.0") == [
        "https://i.example/.well-known/oauth-authorization-server/t/v2.0",
        "https://i.example/.well-known/openid-configuration/t/v2.0",
        "https://i.example/t/v2.0/.well-known/openid-configuration",
    ]


def told_by(mcp: Mcp, sandbox: Sandbox, *more: str, given: str | None = None) -> tuple[int, dict[str, Any]]:
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


def test_it_asks_the_bridge_itself(mcp: Mcp, sandbox: Sandbox) -> None:
    status, told = told_by(mcp, sandbox)
    codes = {one["code"]: one["state"] for one in told["findings"]}
    assert (status, told["problem"], codes["mcp_resource"], codes["mcp_issuer_metadata"]) == (0, False, "ok", "ok")


def test_it_compares_a_token_and_keeps_it(mcp: Mcp, sandbox: Sandbox) -> None:
    wrong = sandbox.token(audience=sandbox.facts["connectorClientId"])
    status, told = told_by(mcp, sandbox, "-", given=wrong)
    found = next(one for one in told["findings"] if one["code"] == "mcp_token_client_id")
    assert (status, found["state"]) == (1, "failed")
    assert wrong not in json.dumps(told)
    codes = {one["code"] for one in told_by(mcp, sandbox, "-", given=sandbox.token())[1]["findings"]}
    assert "mcp_token_audience" in codes


@pytest.mark.parametrize(
    "address", ["mcp.example.com/mcp", "http://mcp.example.com/mcp", "file:///etc/passwd", "https://u@h/"]
)
def test_an_address_that_is_none_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--mcp", address]) == 2
    assert "--mcp takes the whole address" in capsys.readouterr().err


def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--mcp", "http://127.0.0.1:9/mcp"]) == 2
    assert "no answer from http://127.0.0.1:9/mcp" in capsys.readouterr().err
