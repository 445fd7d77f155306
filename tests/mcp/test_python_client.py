"""The official Python client (`mcp` on PyPI): every revision that it supports, and its way to a token."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.e2e.kit import Bridge, Sandbox
from tests.mcp.kit import STATELESS, Mcp

REDIRECT = "http://127.0.0.1:33418/callback"
Work = Callable[[Client], Awaitable[Any]]


@asynccontextmanager
async def connected(url: str, http: httpx2.AsyncClient, mode: str) -> AsyncIterator[Client]:
    async with http, Client(streamable_http_client(url, http_client=http), mode=mode) as client:
        yield client


def with_token(mcp: Mcp, token: str, mode: str, work: Work) -> Any:
    async def run() -> Any:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        async with connected(mcp.url, http, mode) as client:
            return await work(client)

    return asyncio.run(run())


async def list_and_call(client: Client) -> tuple[set[str], Any, Any]:
    listed = await client.list_tools()
    profile = await client.call_tool("GetMyProfile")
    refused = await client.call_tool("RequestMyDocument", {})
    return {tool.name for tool in listed.tools}, profile, refused


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", STATELESS, "auto"])
def test_it_lists_and_calls(mcp: Mcp, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, revision: str) -> None:
    mode = revision
    if revision < STATELESS:
        monkeypatch.setattr("mcp.client.session.LATEST_HANDSHAKE_VERSION", revision)
        mode = "legacy"
    token = sandbox.token()
    agreed: list[object] = []

    async def work(client: Client) -> Any:
        agreed.append(client.session.protocol_version)
        return await list_and_call(client)

    names, profile, refused = with_token(mcp, token, mode, work)
    assert agreed == [STATELESS if revision == "auto" else revision]
    assert names == set(mcp.tools(token))
    assert (profile.is_error, profile.structured_content["name"]) == (False, "Adele Vance")
    assert (refused.is_error, "type: is required" in refused.content[0].text) == (True, True)


class Memory:
    """The client's token store; the client id is entered by hand, because Entra has no dynamic registration."""

    def __init__(self, client_id: str) -> None:
        self.client = OAuthClientInformationFull(
            client_id=client_id, redirect_uris=[AnyUrl(REDIRECT)], token_endpoint_auth_method="none"
        )
        self.tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError("there is nothing to register")


class Browser:
    """Signs in as one user; `back` is the query of the redirect to the client."""

    def __init__(self, trust: ssl.SSLContext, user: str) -> None:
        self.trust, self.user, self.asked = trust, user, {}  # type: tuple[ssl.SSLContext, str, dict[str, list[str]]]
        self.back: dict[str, list[str]] = {}

    async def open(self, url: str) -> None:
        parts = urlsplit(url)
        self.asked = parse_qs(parts.query)
        hinted = urlunsplit(parts._replace(query=f"{parts.query}&{urlencode({'login_hint': self.user})}"))
        async with httpx2.AsyncClient(verify=self.trust, trust_env=False) as http:
            answer = await http.get(hinted)
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(REDIRECT)
        self.back = parse_qs(urlsplit(answer.headers["location"]).query)
        if "code" not in self.back:
            raise OAuthFlowError(self.back["error_description"][0])

    async def result(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self.back["code"][0], state=self.back["state"][0])


def signing_in(url: str, sandbox: Sandbox, mode: str) -> tuple[Memory, Browser, Any]:
    """What `GetMyProfile` returns to a client that knows the server's address and its own client id, nothing else."""
    trust = ssl.create_default_context(cafile=sandbox.facts["ca"])
    memory, browser = Memory(sandbox.facts["publicClientId"]), Browser(trust, "alex")
    metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(REDIRECT)], token_endpoint_auth_method="none")

    async def run() -> Any:
        auth = OAuthClientProvider(url, metadata, memory, browser.open, browser.result)
        http = httpx2.AsyncClient(auth=auth, verify=trust, trust_env=False)
        async with connected(url, http, mode) as client:
            return await client.call_tool("GetMyProfile")

    try:
        return memory, browser, asyncio.run(run())
    finally:
        sandbox.issued.update({memory.tokens.access_token} if memory.tokens else ())


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_it_obtains_a_token_by_itself(mcp: Mcp, sandbox: Sandbox, mode: str) -> None:
    """401 → resource metadata → issuer metadata → authorization code with PKCE → token → call."""
    memory, browser, profile = signing_in(mcp.url, sandbox, mode)
    assert memory.tokens
    assert profile.structured_content["name"] == "Alex Wilber"
    assert (browser.asked["resource"], browser.asked["code_challenge_method"]) == ([mcp.url], ["S256"])
    assert f"{mcp.url}/access_as_user" in browser.asked["scope"][0].split()


def test_where_entra_does_not_know_the_address_it_gets_aadsts9010010(elsewhere: Bridge, sandbox: Sandbox) -> None:
    """As on azurewebsites.net: `resource` is the server's address, and the scope is that of the App ID URI."""
    with pytest.RaisesGroup(pytest.RaisesExc(OAuthFlowError, match="AADSTS9010010"), flatten_subgroups=True):
        signing_in(Mcp(elsewhere).url, sandbox, "legacy")
