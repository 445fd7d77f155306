"""Runs the set-up check: sends the requests, and passes the responses to the modules beside this one.

Nothing is changed. It sends one token request with the bridge's client credential, whose response is dropped, and token
requests without an assertion. Each signing key signs one text that is not an assertion.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from bridge.base.http_client import Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.catalog import Catalog, SystemType
from bridge.check import CheckResult, State
from bridge.check import entra as judge_entra
from bridge.check.catalog_lines import catalog_lines, list_lines
from bridge.check.line import failed, ok, warning
from bridge.check.mcp import Advertised, judge_clients
from bridge.check.placeholders import left_placeholders
from bridge.check.system import judge_settings, token_endpoint
from bridge.check.writes import share_line, write_lines
from bridge.clouds import KEY_PATHS
from bridge.credentials.client_authentication import ClientAuthentication
from bridge.credentials.token_endpoint import GRANTS
from bridge.errors import BridgeError
from bridge.inbound.jwks import parse_keys
from bridge.settings import EntraSettings, Settings, SettingsError, SystemSettings, TokenSettings, load
from bridge.settings.mcp import server_address
from bridge.settings.reader import Problem
from bridge.signing.signing_keys import SigningKey
from bridge.tokens.portal_paths import APP_SETTINGS

ASK_SECONDS = 10.0
NO_PROXY_PAGE = "Look for a proxy that rewrites responses."
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Group:
    """The lines on one subject: the settings, Entra, or a system."""

    name: str
    lines: Sequence[CheckResult]


def check(env: Mapping[str, str], catalog: Catalog, client: Client) -> list[Group]:
    """All lines, in groups. It never fails: an error is a line."""
    try:
        settings = load(env, catalog)
    except SettingsError as error:
        lines = [*_problems(error.problems), *_placeholders(env)]
        return [Group("Settings", lines), *_left_out(catalog)]
    groups = [
        Group("Settings", [*_settings(settings, client), *share_line(env), *_placeholders(env)]),
        *_left_out(catalog),
        Group("Entra", [*_entra(settings.entra, client), *_graph(settings, client)]),
    ]
    groups += [Group(f"System {name}", list(_problems(problems))) for name, problems in settings.broken.items()]
    folder = env.get("BRIDGE_CATALOG__FOLDER") or "own"
    sensitive = frozenset(operation.id for operation in catalog.operations.values() if operation.sensitive)
    groups += [
        Group(
            f"System {system.name}",
            [
                *_system(system, catalog.systems[system.kind], sensitive, client),
                *list_lines(system.kind, system.operations, catalog, folder),
            ],
        )
        for system in settings.systems.values()
    ]
    if settings.mcp.is_on:
        groups.append(Group("MCP server", list(_mcp(settings))))
    return [*groups, Group("By hand", judge_entra.MANUAL)]


def _left_out(catalog: Catalog) -> list[Group]:
    """The group for what is left out of a customer's folder; none if all is used."""
    lines = list(catalog_lines(catalog))
    return [Group("Catalog", lines)] if lines else []


def has_failed(groups: Sequence[Group]) -> bool:
    """Whether something makes calls fail."""
    return any(line.state is State.FAILED for group in groups for line in group.lines)


def document(groups: Sequence[Group]) -> dict[str, object]:
    """The report as JSON."""
    return {
        "ok": not has_failed(groups),
        "groups": [{"name": group.name, "lines": [as_json(line) for line in group.lines]} for group in groups],
    }


def as_json(line: CheckResult) -> dict[str, object]:
    """A line as an element of `lines`, without empty members."""
    fields = {"code": line.code, "state": line.state.value, "title": line.title, "fix": list(line.fix), "az": line.az}
    return {name: value for name, value in fields.items() if value}


def _problems(problems: Iterable[Problem]) -> Iterator[CheckResult]:
    return (failed("settings", f"{problem.setting} {problem.problem}", problem.fix) for problem in problems)


def _placeholders(env: Mapping[str, str]) -> Iterator[CheckResult]:
    """Values that are still those of a sample file."""
    if left := left_placeholders(env):
        yield failed(
            "placeholders",
            f"still placeholders from a sample: {', '.join(left)}",
            f"{APP_SETTINGS}: replace each by the value of your own tenant (docs/settings.md says where each is).",
        )


def _settings(settings: Settings, client: Client) -> Iterator[CheckResult]:
    if settings.broken:
        yield warning("settings", f"these systems have mistakes: {', '.join(settings.broken)}", "See below.")
    else:
        yield ok("settings", "all settings can be read")
    if not settings.systems and not settings.broken:
        yield warning(
            "systems",
            "no system is set up, so only WhoAmI works",
            "Set BRIDGE_SYSTEMS__<NAME>__HOST, …__TENANT and …__CLIENT_ID: docs/settings.md.",
        )
    yield from write_lines(settings, client)
    if settings.probe:
        yield warning("probe", "BRIDGE_PROBE is on", "Remove it when the tests are over.")


def _entra(entra: EntraSettings, client: Client) -> Iterator[CheckResult]:
    base = f"{entra.authority}/{entra.tenant_id}"
    token_url = f"{base}/oauth2/v2.0/token"
    response = _ask(client, "GET", f"{base}/v2.0/.well-known/openid-configuration")
    if isinstance(response, str):
        yield judge_entra.unreachable("entra_tenant", urlsplit(entra.authority).netloc, response)
        return
    issuer = entra.expected.issuers["2.0"]
    yield judge_entra.metadata(response.status, response.body, issuer=issuer, token_url=token_url)
    yield judge_entra.clock(response.headers.get("date", ""), time.time())
    found = {version: _key_ids(client, f"{base}/{path}") for version, path in KEY_PATHS.items()}
    yield judge_entra.keys(found, f"{base}/{KEY_PATHS['2.0']}")
    yield from judge_entra.own_keys(
        _key_ids(client, f"{base}/{KEY_PATHS['2.0']}?appid={entra.client_id}"), tenants=found["2.0"]
    )
    yield _client_credential(entra, token_url, client)
    yield _credential_expiry(entra)


def _graph(settings: Settings, client: Client) -> Iterator[CheckResult]:
    """Whether Microsoft Graph can be reached, if it names users. Without a token it responds with 401."""
    signed = [system.saml for system in settings.systems.values() if system.saml]
    if not any(saml.name_id.graph_property for saml in signed):
        return
    response = _ask(client, "GET", f"{settings.entra.graph}/v1.0/me")
    host = urlsplit(settings.entra.graph).netloc
    if isinstance(response, str):
        yield judge_entra.unreachable("graph", host, response)
    elif response.status != 401 or json_object(response.body) is None:
        yield failed("graph", f"{host} answers HTTP {response.status}, not as Microsoft Graph does", NO_PROXY_PAGE)
    else:
        yield ok("graph", f"Microsoft Graph can be reached at {host}")


def _mcp(settings: Settings) -> Iterator[CheckResult]:
    if settings.public_url is None:
        yield failed("mcp_address", "the MCP server does not know its own address", "Set BRIDGE_PUBLIC_URL.")
        return
    address = server_address(settings.public_url)
    resource = settings.mcp.resource or address
    yield ok("mcp_address", f"MCP clients enter {address}; the advertised resource is {resource}")
    yield from judge_clients(Advertised(address, resource, resource in settings.entra.audiences, registers=False))


def _key_ids(client: Client, url: str) -> frozenset[str]:
    response = _ask(client, "GET", url)
    try:
        return frozenset() if isinstance(response, str) else frozenset(parse_keys(response).keys)
    except ValueError:
        return frozenset()


def _client_credential(entra: EntraSettings, token_url: str, client: Client) -> CheckResult:
    form = {
        "grant_type": "client_credentials",
        "client_id": entra.client_id,
        "scope": f"{entra.cloud.graph}/.default",
    }
    try:
        form |= ClientAuthentication.for_entra(entra, token_url, client).fields(Deadline(ASK_SECONDS))
    except BridgeError as error:
        return judge_entra.credential_unusable(error.operator or error.detail)
    except Exception as error:  # from a library: its text may contain secrets
        return judge_entra.credential_unusable(type(error).__name__)
    response = _ask(client, "POST", token_url, form)
    if isinstance(response, str):
        return judge_entra.unreachable("entra_proof", urlsplit(token_url).netloc, response)
    return judge_entra.client_credential(response.status, response.body)


def _credential_expiry(entra: EntraSettings) -> CheckResult:
    if entra.client_credential.managed_identity_client_id:
        return judge_entra.credential_expiry("managed identity", None)
    certificate = entra.client_credential.certificate
    return judge_entra.credential_expiry("secret", certificate.days_left(datetime.now(UTC)) if certificate else None)


def _system(
    system: SystemSettings, kind: SystemType, sensitive: frozenset[str], client: Client
) -> Iterator[CheckResult]:
    yield from judge_settings(system, kind, sensitive=sensitive, now=datetime.now(UTC))
    if system.path != "oauth" and system.saml is not None:
        yield _signature(system.saml.key, client)
    if system.token is not None and system.path != "oauth":
        yield _token_endpoint(system, system.token, kind, client)


def _signature(key: SigningKey, client: Client) -> CheckResult:
    """Whether the key signs. A vault may refuse: a missing role, or the key of another version."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.signer(client, Deadline(ASK_SECONDS)).sign(b"obo-saml-bridge set-up check", PKCS1v15(), SHA256())
    except BridgeError as error:
        return failed(
            "signature",
            f"the signing key does not sign: {error.operator or error.detail}",
            "A vault is open to the app's managed identity only: run GET /api/check of the deployed app.",
            "Azure portal > your key vault > Keys > the key > Access control (IAM): it needs Key Vault Crypto User.",
        )
    return ok("signature", "the signing key signs")


def _token_endpoint(system: SystemSettings, token: TokenSettings, kind: SystemType, client: Client) -> CheckResult:
    """Sends neither a client secret nor an assertion, so the endpoint can only refuse."""
    form = {"grant_type": GRANTS[token.assertion], "client_id": token.client_id, "assertion": ""}
    response = _ask(client, "POST", token.url, form)
    if isinstance(response, str):
        return judge_entra.unreachable("token_endpoint", urlsplit(token.url).netloc, response)
    return token_endpoint(response.status, response.media_type, response.body, system, kind)


def _ask(client: Client, method: str, url: str, form: Mapping[str, str] | None = None) -> HttpResponse | str:
    """The response, or why none came."""
    body = urlencode(form).encode() if form is not None else None
    try:
        return client.send(method, url, deadline=Deadline(ASK_SECONDS), headers=_FORM if form else {}, body=body)
    except (RequestNotSent, ResponseLost) as error:
        return str(error)
