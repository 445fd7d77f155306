"""Reads the environment into `Settings` and reports every problem. A system's problems concern that system alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args
from urllib.parse import urlsplit

from bridge.base.formats import GUID, HOST
from bridge.catalog import OPERATION_GROUPS, Catalog, OpenOperations, PathChoice, SystemType, Target
from bridge.clouds import CLOUDS
from bridge.routes import RESERVED_NAMES, ROOT, function_suffix, is_folder, system_names
from bridge.settings.connector import read_connector
from bridge.settings.key import read_key
from bridge.settings.ledger import read_ledger
from bridge.settings.mcp import read_mcp
from bridge.settings.model import (
    ClientCredential,
    EntraSettings,
    Settings,
    Signer,
    SystemSettings,
    TokenSettings,
)
from bridge.settings.raw import read_raw
from bridge.settings.reader import LOOPBACK, Problem, Reader, SettingsError, is_https
from bridge.settings.saml import NAMES as SAML_NAMES
from bridge.settings.saml import comparable_issuer, read_audience, read_saml
from bridge.settings.token import NAMES as TOKEN_NAMES
from bridge.settings.token import read_token

PREFIX = "BRIDGE_"
SYSTEMS = "BRIDGE_SYSTEMS__"


def load(env: Mapping[str, str], catalog: Catalog) -> Settings:
    """Read all settings. A system with a problem is in `broken`, not in `systems`.

    Raises `SettingsError` with every problem, those of systems too, if one of them concerns the whole bridge: Entra,
    the public address, an unknown `BRIDGE_…` name.
    """
    ours = [name for name in env if name.upper().startswith(PREFIX)]
    values = {name.upper(): env[name] for name in ours}
    top = Reader(values, PREFIX, [])
    for name, count in Counter(map(str.upper, ours)).items():
        if count > 1:
            top.problems.append(Problem(name, "is set twice, in upper and lower case", "Remove one of them"))
    entra = _entra(top.group("ENTRA"), in_azure=_in_azure(env))
    public_url = top.url("PUBLIC_URL") or _public_url(env)
    probe = top.flag("PROBE")
    connector = read_connector(top.group("CONNECTOR"))
    ledger = read_ledger(top, entra.cloud if entra else CLOUDS["public"], in_azure=_in_azure(env))
    mcp = read_mcp(top, entra.audiences if entra else None)
    folder = top.raw("CATALOG__FOLDER")
    if folder and not is_folder(folder):
        top.fault("CATALOG__FOLDER", "is not a folder of this app", "Give its path, or remove the setting")
    names = system_names(values)
    systems = {name.lower(): _system(top.group(f"SYSTEMS__{name}"), name.lower(), catalog, entra) for name in names}
    _names(names, values, top.problems)
    _own_keys_and_issuers(systems, entra, top.problems)
    _unknown(values, top)
    broken = _by_system(top.problems, names)
    for kind, found in _catalog_problems(catalog, folder).items():
        users = [name for name in systems if values.get(f"{SYSTEMS}{name.upper()}__KIND", name) == kind]
        broken |= {name: (*broken.get(name, ()), *found) for name in users or [kind]}
    if "" in broken or entra is None:
        raise SettingsError(problem for found in broken.values() for problem in found)
    good = {name: system for name, system in systems.items() if system and name not in broken}
    return Settings(entra, public_url, probe, good, connector, ledger, mcp, broken)


def _by_system(problems: Iterable[Problem], names: Iterable[str]) -> dict[str, tuple[Problem, ...]]:
    """The problems by the system that they belong to; "" for those of the whole bridge."""
    found: dict[str, tuple[Problem, ...]] = {}
    for problem in problems:
        own = [name for name in names if problem.setting.startswith(f"{SYSTEMS}{name}__")]
        _, is_system, rest = problem.setting.partition(SYSTEMS)
        name = max(own, key=len) if own else rest.partition("__")[0] if is_system else ""
        found[name.lower()] = (*found.get(name.lower(), ()), problem)
    return found


def _catalog_problems(catalog: Catalog, folder: str | None) -> dict[str, list[Problem]]:
    """Mistakes that leave out a whole system of the customer's catalog, by its folder.

    An operation with a mistake is left out alone; the set-up check reports it.
    """
    found: dict[str, list[Problem]] = {}
    for problem in catalog.problems:
        inside = problem.file.relative_to(ROOT / folder).parts if folder else ()
        kind = inside[0] if len(inside) > 1 else ""
        if not kind or kind in catalog.systems:
            continue
        reported = Problem("BRIDGE_CATALOG__FOLDER", str(problem), "Run `python -m tools catalog check FOLDER`")
        found.setdefault(kind, []).append(reported)
    return found


def _names(names: Iterable[str], values: Mapping[str, str], problems: list[Problem]) -> None:
    """Report names that give the same function names, and names of the bridge's own routes."""
    for name in names:
        setting = next(one for one in sorted(values) if one.startswith(f"{SYSTEMS}{name}__"))
        same = [other for other in names if other != name and function_suffix(other) == function_suffix(name)]
        if same:
            problem = f"belongs to a system whose name differs from {same[0]} by underscores only"
            problems.append(Problem(setting, problem, "Give one of the two systems another name"))
        if name in RESERVED_NAMES:
            problem = f"belongs to a system with the name of the bridge's own route /api/{name.lower()}"
            problems.append(Problem(setting, problem, "Give the system another name, and set its KIND"))


def _in_azure(env: Mapping[str, str]) -> bool:
    """Core Tools sets WEBSITE_HOSTNAME too, to a loopback name; the instance's ids exist in Azure only."""
    ids = any(env.get(name) for name in ("WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME"))
    host = env.get("WEBSITE_HOSTNAME", "").partition(":")[0]
    return ids or bool(host and host not in LOOPBACK)


def _public_url(env: Mapping[str, str]) -> str | None:
    """From the host name that the platform sets, never a Host header. Core Tools sets `localhost:7071`, without TLS."""
    host = env.get("WEBSITE_HOSTNAME", "")
    if not host or not is_https(f"https://{host}"):
        return None
    return f"https://{host}" if _in_azure(env) else f"http://{host}"


def _entra(group: Reader, *, in_azure: bool) -> EntraSettings | None:
    where = "Copy it from the app registration's Overview page"
    tenant_id = group.guid("TENANT_ID", need=where)
    client_id = group.guid("CLIENT_ID", need=f"{where}: the bridge's own registration, not the SAML app")
    cloud = CLOUDS[group.choice("CLOUD", tuple(CLOUDS), "public")]
    credential = _client_credential(group)
    clients = tuple(dict.fromkeys(word.lower() for word in group.words("ALLOWED_CLIENTS")))
    if not clients and not group.has("ALLOWED_CLIENTS"):
        group.fault("ALLOWED_CLIENTS", "is missing", "Set it to the client id of the connector's app registration")
    if any(not GUID.fullmatch(client) for client in clients):
        group.fault("ALLOWED_CLIENTS", "holds something that is not a GUID", "Client ids only, separated by spaces")
    extra = frozenset(group.words("AUDIENCES"))
    for foreign in sorted(word for word in extra if _is_foreign(word, client_id, tenant_id)):
        group.fault("AUDIENCES", f"holds {foreign}, the id of another app", "Only App ID URIs of the bridge's own app")
    scope = group.text("REQUIRED_SCOPE", "access_as_user") or "access_as_user"
    if re.search(r"[\s/]", scope):
        group.fault("REQUIRED_SCOPE", "is not a bare scope name", "Only the name, without api://… and without spaces")
    guests, agent_users = group.flag("ALLOW_GUESTS"), group.flag("ALLOW_AGENT_USERS")
    authority = _loopback(group, "AUTHORITY_HOST", f"https://{cloud.login_host}", in_azure=in_azure)
    graph = _loopback(group, "GRAPH_HOST", cloud.graph, in_azure=in_azure)
    if not (tenant_id and client_id and credential and authority and graph):
        return None
    audiences = frozenset({client_id, f"api://{client_id}"}) | extra
    return EntraSettings(
        *(tenant_id, client_id, cloud, authority, credential, clients, audiences, scope, guests, agent_users, graph)
    )


def _is_foreign(audience: str, client_id: str | None, tenant_id: str | None) -> bool:
    """Whether it is another app's GUID or a service of Microsoft's. An app's own URI may be `api://{tenant id}/…`."""
    from bridge.tokens.resources import microsoft_resource

    head, _, rest = audience.casefold().removeprefix("api://").partition("/")
    own = {client_id, tenant_id if rest else None}
    return bool(GUID.fullmatch(head) and head not in own) or microsoft_resource(audience) is not None


def _loopback(group: Reader, name: str, default: str, *, in_azure: bool) -> str | None:
    """A service of the cloud, or the sandbox in its place: on a loopback address only, and never in Azure."""
    value = group.url(name)
    if value is None:
        return None if group.has(name) else default
    if in_azure:
        group.fault(name, "is set in Azure", "Remove it: it is for the local sandbox only")
    elif urlsplit(value).hostname not in LOOPBACK:
        group.fault(name, "is not a loopback address", "Remove it, or choose another CLOUD")
    return value.rstrip("/")


def _client_credential(group: Reader) -> ClientCredential | None:
    names = ("CLIENT_SECRET", "CLIENT_CERTIFICATE", "MANAGED_IDENTITY_CLIENT_ID")
    given = [name for name in names if group.has(name)]
    if len(given) != 1:
        problem = "are set together" if given else "are all missing"
        first, *others = given or names
        shown = ", ".join(group.prefix + name for name in others)
        group.fault(first, f"and {shown} {problem}", "Set exactly one of the three")
        return None
    identity = group.guid("MANAGED_IDENTITY_CLIENT_ID")
    secret = group.text("CLIENT_SECRET")
    if secret and GUID.fullmatch(secret):
        group.fault("CLIENT_SECRET", "is a GUID: the secret's ID, not its value", "Paste the Value of a new secret")
        return None
    certificate = read_key(group, "CLIENT_CERTIFICATE")
    credential = ClientCredential(secret, certificate, identity)
    return None if credential == ClientCredential() else credential


def _system(group: Reader, name: str, catalog: Catalog, entra: EntraSettings | None) -> SystemSettings | None:
    kind_name = group.text("KIND", name) or name
    kind = catalog.systems.get(kind_name)
    if kind is None:
        known = ", ".join(sorted(catalog.systems))
        group.fault("KIND", f"{kind_name!r} is not in the catalog", f"Set it to one of: {known}")
        group.skip()
        return None
    host = group.matching("HOST", HOST, "a host name without https://", need=f"The host of {kind.title}'s services")
    uses_tenant = any("{tenant}" in url for url in kind.services.values())
    tenant = group.matching(
        "TENANT",
        re.compile(r"[A-Za-z0-9_.-]{1,128}"),
        "a tenant name",
        need=f"The tenant's name at {kind.title}, in the same upper and lower case" if uses_tenant else None,
    )
    path = group.choice("PATH", get_args(PathChoice), kind.defaults.path)
    group.know("CLIENT_ID", "CLIENT_SECRET")
    group.group("TOKEN").know(*TOKEN_NAMES)
    group.group("SAML").know(*SAML_NAMES)
    client_id = group.raw("CLIENT_ID") if path != "oauth" else None
    at = Target(host or "", tenant or "", client_id or "")
    token = read_token(group, kind.defaults, at, needed=path == "saml") if path != "oauth" else None
    signer = _signer(group.group("SAML"), token)
    audience = read_audience(group.group("SAML"), kind.defaults, at, token)
    scope = _resource_scope(group, kind, at, needed=path != "saml" or signer == "entra")
    saml = None
    if signer == "bridge" and token is not None:
        saml = read_saml(group.group("SAML"), name, audience, token, entra, kind.defaults, at)
    seconds = group.number("TIMEOUT_SECONDS", kind.defaults.timeout_seconds, low=1, high=90)
    operations = _operations(group, kind, catalog)
    raw = read_raw(group.group("RAW"))
    if host is None or (tenant is None and uses_tenant):
        return None
    return SystemSettings(
        *(name, kind_name, host, tenant or "", seconds, operations, path, signer, scope, audience, token, saml, raw)
    )


def _signer(group: Reader, token: TokenSettings | None) -> Signer:
    """Who signs. Entra issues no assertions as JWT."""
    as_jwt = token is not None and token.assertion == "jwt"
    signer: Signer = group.choice("SIGNER", get_args(Signer), "bridge" if as_jwt else "entra")
    if as_jwt and signer == "entra":
        group.fault("SIGNER", "is entra, but TOKEN__ASSERTION is jwt", "Only the bridge signs a JWT: set it to bridge")
    return signer


def _resource_scope(group: Reader, kind: SystemType, at: Target, *, needed: bool) -> str | None:
    need = f"The scope to ask Entra for, e.g. the Entity ID or App ID URI of {kind.title} with /.default appended"
    template = kind.defaults.resource_scope
    default = at.expand(template) if template else None
    scope = group.text("RESOURCE_SCOPE", default, need=need if needed else None)
    if scope and (" " in scope or "/" not in scope):
        group.fault("RESOURCE_SCOPE", "is not one fully qualified scope", need)
    return scope


def _operations(group: Reader, kind: SystemType, catalog: Catalog) -> OpenOperations:
    words = frozenset(group.words("OPERATIONS") or ("reads", "writes"))
    opened = OpenOperations(catalog.operations, kind.name, words)
    unknown = {word for word in words - OPERATION_GROUPS - catalog.disabled.keys() if word not in opened}
    if unknown:
        fix = "Only reads, writes, approvals, sensitive, or operationIds"
        group.fault("OPERATIONS", f"names {', '.join(sorted(unknown))}", fix)
    return opened


def _own_keys_and_issuers(
    systems: Mapping[str, SystemSettings | None], entra: EntraSettings | None, problems: list[Problem]
) -> None:
    """Report keys and issuers that two systems share: an assertion for one would open the other."""
    owners: dict[object, str] = {}
    if entra and entra.client_credential.certificate:
        owners[entra.client_credential.certificate.public_numbers] = "BRIDGE_ENTRA__CLIENT_CERTIFICATE"
    signed = [(system, system.saml) for system in systems.values() if system and system.saml]
    signed.sort(key=lambda pair: pair[0].name != pair[0].kind)  # the system with its kind's name keeps key and issuer
    for system, saml in signed:
        for value, suffix in ((comparable_issuer(saml.issuer), "ISSUER"), (saml.key.public_numbers, "CERTIFICATE")):
            owner = owners.setdefault(value, f"the system {system.name!r}")
            if owner != f"the system {system.name!r}":
                fix = "Give each its own: `python -m tools keys new` makes a certificate with a new key"
                problems.append(Problem(system.setting(f"SAML__{suffix}"), f"is that of {owner} too", fix))


def _unknown(values: Mapping[str, str], top: Reader) -> None:
    """Report names that no reader asked for: to ignore a misspelt name would silently keep the default."""
    import difflib

    for name in sorted(set(values) - top.seen):
        close = difflib.get_close_matches(name, top.seen, 1)
        fix = f"Did you mean {close[0]}?" if close else "Remove it, or see docs/settings.md"
        top.problems.append(Problem(name, "is not a setting of the bridge", fix))
