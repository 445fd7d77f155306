"""Settings: every problem at once, by setting name, with the fix."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.catalog import load as load_catalog
from bridge.catalog.problem import Problem
from bridge.routes import catalog_folder, configured_systems
from bridge.settings import Settings, SettingsError, load
from bridge.signing.key_vault import VaultKey
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.env import ENTRA_SIGNS, SECRET, env, workday
from tests.support.env import SYSTEM as WORKDAY
from tests.support.keys import certificate, certificate_pem, pair_pem
from tests.support.settings import workday_saml, workday_system
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT

ENTRA = "BRIDGE_ENTRA__"


def settings(**overrides: str | None) -> Settings:
    return load(env(**overrides), CATALOG)


def problems(**overrides: str | None) -> dict[str, str]:
    """Setting → its problems with their fixes, of the whole bridge or of one system."""
    try:
        reported = tuple(chain.from_iterable(settings(**overrides).broken.values()))
    except SettingsError as error:
        reported = error.problems
    assert reported
    found: dict[str, str] = {}
    for problem in reported:
        found[problem.setting] = f"{found.get(problem.setting, '')} {problem.problem}: {problem.fix}"
    return found


def test_few_values_make_a_workday_system_and_the_rest_follows_from_host_and_tenant() -> None:
    system, saml = workday_system(), workday_saml()
    assert system.token is not None
    assert system.path == "auto"
    assert system.resource_scope == "http://www.workday.com/contoso_dpt1/.default"
    assert system.token.url == "https://wd2-impl-services1.workday.example/ccx/oauth2/contoso_dpt1/token"
    assert (system.token.auth, system.token.default_seconds) == ("none", 600)
    assert saml.audience == "http://www.workday.com/contoso_dpt1"
    assert saml.recipient == system.token.url
    assert saml.issuer == f"api://{BRIDGE}/workday"


def test_the_signer_is_entra_unless_it_is_set_to_the_bridge() -> None:
    system = workday_system(**ENTRA_SIGNS)
    assert (system.signer, system.saml) == ("entra", None)
    assert system.audience == "http://www.workday.com/contoso_dpt1"


def test_client_id_and_its_app_id_uri_are_accepted_audiences_of_v1_tokens_and_only_the_id_of_v2() -> None:
    expected = settings(BRIDGE_ENTRA__AUDIENCES="https://bridge.contoso.example").entra.expected
    assert expected.audiences == {BRIDGE, f"api://{BRIDGE}", "https://bridge.contoso.example"}
    assert expected.audiences_v2 == {BRIDGE}


@for_each(
    [
        ("public", "https://sts.windows.net/{}/", "https://login.microsoftonline.com/{}/v2.0"),
        ("usgov", "https://sts.windows.net/{}/", "https://login.microsoftonline.us/{}/v2.0"),
        ("china", "https://sts.chinacloudapi.cn/{}/", "https://login.partner.microsoftonline.cn/{}/v2.0"),
    ]
)
def test_the_cloud_determines_hosts_and_issuers(cloud: str, v1: str, v2: str) -> None:
    entra = settings(BRIDGE_ENTRA__CLOUD=cloud).entra
    assert entra.expected.issuers == {"1.0": v1.format(TENANT), "2.0": v2.format(TENANT)}
    assert entra.authority == v2.partition("/{}")[0]


VAULT_REFERENCE = "@Microsoft.KeyVault(VaultName=v;SecretName=s)"
OTHER = "c0ffee00-2222-4333-8444-555566667777"
ISSUERS_OF_ENTRA = f"""
https://sts.windows.net/{TENANT}/ HTTPS://STS.WINDOWS.NET/x https://login.windows.net/x sts%2Ewindows%2Enet
https://login.chinacloudapi.cn/x https://login.microsoftonline.us/x https://login.microsoftonline.de/x
https://contoso.ciamlogin.com/x https://\uff53ts.windows.net./x
"""
MUTABLE_CLAIMS = """
email mail Email EMAILS e-mail verified_primary_email verified_secondary_email nickname login_hint displayName
preferred_username Preferred_Username unique_name family_name user.mail otherMails
http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress
http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name
"""
# name of the setting, a part of the message, the values for which it is the message
WRONG: list[tuple[str | None, ...]] = [
    (f"{ENTRA}TENANT_ID", "is missing", None),
    (f"{ENTRA}TENANT_ID", "GUID", "contoso.onmicrosoft.com"),
    (f"{ENTRA}TENANT_ID", "white space", f" {TENANT}"),
    (f"{ENTRA}CLIENT_ID", "GUID", "api://x"),
    (f"{ENTRA}CLIENT_SECRET", "the secret's ID, not its value", "0a1b2c3d-3333-4444-8555-666677778888"),
    (f"{ENTRA}CLIENT_SECRET", "Key Vault reference", VAULT_REFERENCE, VAULT_REFERENCE.lower()),
    (f"{ENTRA}CLIENT_SECRET", "white space", f"{SECRET}\n"),
    (f"{ENTRA}ALLOWED_CLIENTS", "is missing", None),
    (f"{ENTRA}ALLOWED_CLIENTS", "not a GUID", "*"),
    (f"{ENTRA}ALLOWED_CLIENTS", "is empty", " "),
    (f"{ENTRA}ALLOWED_CLIENTS", "Separate the entries by spaces", f"{CONNECTOR},{BRIDGE}"),
    (f"{ENTRA}AUDIENCES", "the id of another app", OTHER, f"api://{OTHER}", f"API://{OTHER.upper()}/x", TENANT),
    (f"{ENTRA}AUDIENCES", "the id of another app", "https://apihub.azure.com", "https://graph.microsoft.com/"),
    (f"{ENTRA}AUTHORITY_HOST", "loopback", "https://localhost.evil.example", "https://login.evil.example"),
    (f"{ENTRA}AUTHORITY_HOST", "https URL", "https://127.0.0.1@evil.example", "https://localhost?"),
    (f"{ENTRA}AUTHORITY_HOST", "https", "http://localhost:1"),
    (f"{ENTRA}GRAPH_HOST", "loopback", "https://graph.evil.example"),
    (f"{ENTRA}GRAPH_HOST", "https URL", "https://localhost@evil.example"),
    (f"{ENTRA}REQUIRED_SCOPE", "bare scope name", f"api://{BRIDGE}/access_as_user"),
    (f"{ENTRA}ALLOW_GUESTS", "true, false", "yes"),
    (f"{ENTRA}CLOUD", "public, usgov, china", "germany"),
    ("BRIDGE_PUBLIC_URL", "https URL", "ftp://x"),
    ("BRIDGE_PROBE", "true, false", "1"),
    ("BRIDGE_CATALOG__FOLDER", "not a folder", "/no/such/folder", "x" * 5000),
    ("BRIDGE_TYPO__X", "not a setting", "1"),
    ("BRIDGE_ENTRA__TENANTID", "Did you mean BRIDGE_ENTRA__TENANT_ID?", TENANT),
    (f"{WORKDAY}SAML__NAMEID_CLAIM", f"Did you mean {WORKDAY}SAML__NAME_ID_CLAIM?", "upn"),
    (f"{WORKDAY}KIND", "not in the catalog", "wurkday"),
    (f"{WORKDAY}HOST", "is missing", None),
    (f"{WORKDAY}HOST", "without https://", "https://impl.workday.example/"),
    (f"{WORKDAY}TENANT", "is missing", None),
    (f"{WORKDAY}TENANT", "tenant name", "a/b"),
    (f"{WORKDAY}CLIENT_ID", "is missing", None),
    (f"{WORKDAY}CLIENT_SECRET", "never be sent", "would-not-be-sent"),
    (f"{WORKDAY}TIMEOUT_SECONDS", "from 1 to 90", "0", "NaN"),
    (f"{WORKDAY}OPERATIONS", "names everything", "reads everything"),
    (f"{WORKDAY}OPERATIONS", "is empty", " "),
    (f"{WORKDAY}PATH", "auto, oauth, saml", "saml2"),
    (f"{WORKDAY}RESOURCE_SCOPE", "fully qualified", "openid profile"),
    (f"{WORKDAY}TOKEN__URL", "https URL", "http://x.example/token"),
    (f"{WORKDAY}TOKEN__URL", "without user", "https://u:p@x.example/token"),
    (f"{WORKDAY}TOKEN__AUTH", "none, basic, post", "digest"),
    (f"{WORKDAY}TOKEN__EXTRA", "JSON object", "company_id=1"),
    (f"{WORKDAY}TOKEN__EXTRA", "sets these fields itself", '{"assertion": "x"}'),
    (f"{WORKDAY}TOKEN__ENCODING", "base64url, base64", "hex"),
    (f"{WORKDAY}TOKEN__DEFAULT_SECONDS", "from 30", "1"),
    (f"{WORKDAY}SAML__CERTIFICATE", "is missing", None),
    (f"{WORKDAY}SAML__CERTIFICATE", "Base64", "not a certificate"),
    (f"{WORKDAY}SAML__CERTIFICATE", "private key", certificate_pem("workday")),
    (f"{WORKDAY}SAML__ISSUER", "an issuer of Entra's", *ISSUERS_OF_ENTRA.split()),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", "is missing", None),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", "others can set", *MUTABLE_CLAIMS.split()),
    (f"{WORKDAY}SAML__NAME_ID_FORMAT", "a URN", "not a uri <&", "emailAddress", "https://a.example/format", "urn:x:ä"),
    (f"{WORKDAY}SAML__NAME_ID_PATTERN", "is missing", None),
    (f"{WORKDAY}SAML__NAME_ID_PATTERN", "not a regular expression", "["),
    (f"{WORKDAY}SAML__NAME_ID_TRANSFORM", "local_part", "rot13"),
    (f"{WORKDAY}SAML__ATTRIBUTES", "none of them empty", '{"": "oid"}', '{"id": ""}'),
    (f"{WORKDAY}SAML__ATTRIBUTES", "printable", '{"a\\u2028b": "oid"}', '{"a\\u0000": "oid"}'),
    (f"{WORKDAY}SAML__ATTRIBUTES", "Others can set", '{"Work": "extension_0a_workMail"}', '{"mail": "email"}'),
    (f"{WORKDAY}SAML__LIFETIME_SECONDS", "from 30 to 600", "86400"),
    (f"{WORKDAY}SAML__RECIPIENT", "https URL", "token-endpoint"),
]


@for_each([(name, says, value) for name, says, *values in WRONG for value in values], name=lambda row: str(row)[:160])
def test_a_wrong_setting_is_named_with_its_fix(name: str, says: str, value: str | None) -> None:
    assert says in problems(**{name: value}).get(name, "")


@for_each(
    [
        (r"[a-z.-]+@contoso\.com", "contoso.com"),
        (r"^[^@]+@Contoso\.co\.uk$", "contoso.co.uk"),
        (r"(?i)[a-z]+@my-host.example", "my-host.example"),
        (r"[a-z.-]+@(contoso|fabrikam)\.com", None),
        (r"[a-z]+@contoso\.com|[a-z]+@fabrikam\.com", None),
        (r"[a-z]+@([a-z]+\.)?contoso\.com", None),
        (r"[a-z]+@[a-z]+\.com", None),
        (r"[a-z]+@contoso\.(com|de)", None),
        (r"[a-z]+@conto.+", None),
        (r"[a-z@.]+", None),
        (r"[a-z]+", None),
        (r".*", None),
    ]
)
def test_local_part_needs_a_pattern_that_ends_in_one_domain(pattern: str, domain: str | None) -> None:
    given = {"SAML__NAME_ID_PATTERN": pattern, "SAML__NAME_ID_TRANSFORM": "local_part"}
    if domain is None:
        assert "two domains" in problems(**workday(**given))[f"{WORKDAY}SAML__NAME_ID_PATTERN"]
    else:
        assert workday_saml(**given).name_id.domain == domain


def test_a_denied_name_is_denied_after_the_transform_too() -> None:
    transformed = {"SAML__NAME_ID_TRANSFORM": "local_part", "SAML__DENIED_NAME_IDS": "WD-admin@fabrikam.example"}
    for name in ("wd-admin", "wd-admin@fabrikam.example"):
        assert workday_saml(**transformed).name_id.denies(name)


RAW_REFUSED = {
    "PREFIXES": "/ api/now /api//now /api/../x /api/./x /api/%2e%2e /api/$batch /$BATCH /a;b /a\\b /a?b /a#b //host "
    "/a/ /a{b}",
    "METHODS": "get HEAD OPTIONS TRACE CONNECT *",
    "HEADERS": "Authorization Cookie Host Content-Type Content-Length Transfer-Encoding SOAPAction X-HTTP-Method "
    "X-HTTP-Method-Override X-Method-Override X-Original-URL X-Rewrite-URL X-Forwarded-Host Set-Cookie X-MS-Token "
    "Proxy-Connection Accept Forwarded a:b * Idempotency-Key Sec-Fetch-Mode Access-Control-Allow-Origin",
}


RAW_PREFIX = "/ccx/api/v1/contoso_dpt1/workers"


def test_the_pass_through_is_closed_unless_it_is_opened_and_then_for_get_without_headers() -> None:
    assert workday_system().raw is None
    raw = workday_system(RAW__PREFIXES=RAW_PREFIX).raw
    assert raw is not None
    assert (raw.methods, raw.headers) == (("GET",), ())
    assert "is missing" in problems(**workday(RAW__METHODS="GET"))[f"{WORKDAY}RAW__PREFIXES"]


@for_each([(name, word) for name, words in RAW_REFUSED.items() for word in words.split()])
def test_the_pass_through_cannot_be_opened_for_more_than_it_shows(name: str, word: str) -> None:
    assert f"{WORKDAY}RAW__{name}" in problems(**workday(**{"RAW__PREFIXES": RAW_PREFIX, f"RAW__{name}": word}))


def test_all_problems_are_reported_at_once_and_no_secret_with_them() -> None:
    found = problems(
        BRIDGE_ENTRA__TENANT_ID="x", BRIDGE_ENTRA__CLOUD="mars", BRIDGE_SYSTEMS__WORKDAY__HOST=None, BRIDGE_OOPS="1"
    )
    assert {f"{ENTRA}TENANT_ID", f"{ENTRA}CLOUD", f"{WORKDAY}HOST", "BRIDGE_OOPS"} <= set(found)
    assert SECRET not in str(found)


@for_each({"two": {f"{ENTRA}CLIENT_CERTIFICATE": pair_pem("entra-client")}, "none": {f"{ENTRA}CLIENT_SECRET": None}})
def test_the_bridge_authenticates_to_entra_in_exactly_one_way(given: dict[str, str | None]) -> None:
    assert "Set exactly one of the three" in str(problems(**given))


@pytest.mark.parametrize("name", ["AUTHORITY_HOST", "GRAPH_HOST"])
def test_another_host_of_entra_or_graph_is_for_the_sandbox_and_an_error_in_azure(name: str) -> None:
    local = {f"{ENTRA}{name}": "https://localhost:8443"}
    entra = settings(**local, WEBSITE_HOSTNAME="localhost:7071").entra
    assert {"AUTHORITY_HOST": entra.authority, "GRAPH_HOST": entra.graph}[name] == "https://localhost:8443"
    assert "is set in Azure" in problems(**local, WEBSITE_INSTANCE_ID="abc")[f"{ENTRA}{name}"]
    in_azure = problems(**local, WEBSITE_HOSTNAME="x.azurewebsites.net")
    assert "is set in Azure" in in_azure[f"{ENTRA}{name}"]


CLAIM, SOURCE = f"{WORKDAY}SAML__NAME_ID_CLAIM", f"{WORKDAY}SAML__NAME_ID_SOURCE"


def test_the_name_is_that_of_one_claim_or_of_one_property_in_graph() -> None:
    loaded = settings(**{CLAIM: None, SOURCE: "graph:onPremisesExtensionAttributes/extensionAttribute15"})
    saml = loaded.systems["workday"].saml
    assert saml is not None
    assert saml.name_id.claim is None
    assert saml.name_id.graph_property == "onPremisesExtensionAttributes/extensionAttribute15"
    assert loaded.used_claims == frozenset()
    assert "set together" in problems(**{SOURCE: "graph:employeeId"})[SOURCE]
    assert "is missing" in problems(**{CLAIM: None})[CLAIM]


NO_PROPERTY = """
graph:mail graph:displayName graph:userPrincipalName graph:employeeid graph:EmployeeId graph: employeeId claim:upn
graph:onPremisesExtensionAttributes graph:employeeId/x graph:id,employeeId Graph:employeeId graph:manager/employeeId
graph:onPremisesExtensionAttributes/extensionAttribute16
"""


@for_each(NO_PROPERTY.split())
def test_no_other_property_in_graph_is_accepted(value: str) -> None:
    assert SOURCE in problems(**{CLAIM: None, SOURCE: value})


def test_the_public_url_comes_from_the_platform_unless_it_is_set() -> None:
    assert settings(WEBSITE_HOSTNAME="x.azurewebsites.net").public_url == "https://x.azurewebsites.net"
    assert settings(BRIDGE_PUBLIC_URL="https://api.contoso.example").public_url == "https://api.contoso.example"
    assert settings(WEBSITE_HOSTNAME="localhost:7071").public_url == "http://localhost:7071"
    assert settings(WEBSITE_HOSTNAME="evil.example/x?y").public_url is None
    assert settings().public_url is None


def another_workday(name: str) -> dict[str, str]:
    """The settings of a second Workday with a key of its own."""
    prefix = f"BRIDGE_SYSTEMS__{name}__"
    copied = {prefix + key.removeprefix(WORKDAY): value for key, value in env().items() if key.startswith(WORKDAY)}
    return copied | {f"{prefix}KIND": "workday", f"{prefix}SAML__CERTIFICATE": pair_pem(name)}


CERTIFICATE_2 = "BRIDGE_SYSTEMS__WORKDAY2__SAML__CERTIFICATE"


def test_a_key_or_an_issuer_serves_one_system_only() -> None:
    second = another_workday("WORKDAY2") | {CERTIFICATE_2: pair_pem("workday")}
    for spelling in ("workday", "workday/", "WORKDAY", "%77orkday"):
        issuer = {"BRIDGE_SYSTEMS__WORKDAY2__SAML__ISSUER": f"api://{BRIDGE}/{spelling}"}
        found = problems(**second, **issuer)
        assert "is that of the system 'workday' too" in found[CERTIFICATE_2]
        assert "is that of the system 'workday' too" in found["BRIDGE_SYSTEMS__WORKDAY2__SAML__ISSUER"]
    renewed = certificate("workday", ends_in_days=700).public_bytes(Encoding.PEM).decode()  # of the same key
    second[CERTIFICATE_2] = pair_pem("workday").partition("-----BEGIN CERT")[0] + renewed
    assert "too" in problems(**second)[CERTIFICATE_2]
    second[CERTIFICATE_2] = pair_pem("workday2")
    assert set(settings(**second).systems) == {"workday", "workday2"}


def test_the_bridges_client_certificate_signs_no_assertions() -> None:
    given = {f"{ENTRA}CLIENT_SECRET": None, f"{ENTRA}CLIENT_CERTIFICATE": pair_pem("workday")}
    assert f"is that of {ENTRA}CLIENT_CERTIFICATE too" in problems(**given)[f"{WORKDAY}SAML__CERTIFICATE"]


def test_one_setting_in_two_spellings_is_a_problem() -> None:
    assert "twice" in problems(BRIDGE_PROBE="false", bridge_probe="true")["BRIDGE_PROBE"]


def test_an_app_id_uri_under_the_tenants_id_is_the_bridges_own() -> None:
    assert f"api://{TENANT}/bridge" in settings(BRIDGE_ENTRA__AUDIENCES=f"api://{TENANT}/bridge").entra.audiences


def test_a_system_named_otherwise_than_its_kind_is_an_instance_of_its_own() -> None:
    found = configured_systems(env(BRIDGE_SYSTEMS__HR__KIND="workday", BRIDGE_SYSTEMS__WORKDAY__KIND="workday"))
    assert found == {"hr": "workday", "workday": "workday"}


def test_nothing_secret_shows_in_the_settings_text() -> None:
    given = workday(
        CLIENT_SECRET="system-secret",
        TOKEN__AUTH="post",
        TOKEN__EXTRA='{"api_key": "extra-secret"}',
        SAML__DENIED_NAME_IDS="denied.person@contoso.example",
        SAML__SERVICE_ACCOUNT="isu_account",
    )
    shown = repr(settings(**given))
    for secret in (SECRET, "system-secret", "extra-secret", "PRIVATE KEY", "denied.person", "isu_account"):
        assert secret not in shown


@for_each(
    [
        ("BRIDGE_SYSTEMS__HR__HOST", None),
        ("BRIDGE_SYSTEMS__HR__KIND", "wurkday"),
        ("BRIDGE_SYSTEMS__HR__SAML__CERTIFICATE", "garbage"),
        ("BRIDGE_SYSTEMS__HR__SAML__NAME_ID_PATTERN", "["),
        ("BRIDGE_SYSTEMS__HR__CLIENT_SECRET", "@Microsoft.KeyVault(VaultName=v;SecretName=s)"),
        ("BRIDGE_SYSTEMS__HR__TYPO", "x"),
        ("BRIDGE_SYSTEMS__HR__SAML__CERTIFICATE", pair_pem("workday")),
        ("BRIDGE_SYSTEMS__A-B__HOST", "x"),
        ("BRIDGE_SYSTEMS__PAYROLL", "x"),
    ]
)
def test_the_mistake_of_one_system_leaves_the_others_as_they_are(name: str, value: str | None) -> None:
    loaded = settings(**{**another_workday("HR"), name: value})
    [broken] = loaded.broken
    assert "workday" in loaded.systems
    assert broken not in loaded.systems
    assert any(problem.setting.startswith(f"BRIDGE_SYSTEMS__{broken.upper()}") for problem in loaded.broken[broken])


def test_systems_with_the_same_function_names_are_both_refused_and_the_app_starts() -> None:
    two = another_workday("A1_B") | another_workday("A1B")
    loaded = settings(**two)
    assert {"a1_b", "a1b"} == set(loaded.broken)
    assert set(loaded.systems) == {"workday"}
    assert [name for name in configured_systems(env(**two)) if name != "workday"] == ["a1b"]


@for_each(["PROBE", "CONNECTOR", "HEALTH", "WHOAMI", "CHECK", "READY", "MCP", "SAML"])
def test_a_system_cannot_have_the_name_of_one_of_the_bridges_own_routes(name: str) -> None:
    assert "route" in str(settings(**another_workday(name)).broken[name.lower()][0])


def test_a_bridge_without_systems_is_valid() -> None:
    alone = load({name: value for name, value in env().items() if name.startswith(ENTRA)}, CATALOG)
    assert (alone.systems, alone.broken) == ({}, {})


def test_a_relative_catalog_folder_is_one_of_the_app_wherever_the_process_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = Path(__file__).parents[2]
    assert catalog_folder({"BRIDGE_CATALOG__FOLDER": "sandbox/catalog"}) == root / "sandbox" / "catalog"
    assert catalog_folder({"BRIDGE_CATALOG__FOLDER": str(tmp_path)}) == tmp_path
    assert catalog_folder({"BRIDGE_CATALOG__FOLDER": "a\0b"}) is None


def test_the_allowed_clients_keep_their_order_because_the_first_is_the_connector() -> None:
    clients = ["ffffffff-2222-4333-8444-555566667777", CONNECTOR]
    assert settings(BRIDGE_ENTRA__ALLOWED_CLIENTS=" ".join(clients)).entra.allowed_clients == tuple(clients)


def test_the_thumbprint_is_that_of_the_certificate() -> None:
    assert workday_saml().key.certificate == certificate("workday")
    assert workday_saml().key.thumbprint == certificate("workday").fingerprint(SHA256()).hex()


def test_names_are_read_without_case_because_windows_changes_it() -> None:
    lowered = {name.lower(): value for name, value in env().items()}
    assert load(lowered, CATALOG).entra == settings().entra
    assert load(lowered, CATALOG).systems.keys() == settings().systems.keys()


def test_a_mistake_in_the_customers_catalog_breaks_nothing_else(tmp_path: Path) -> None:
    """The check reports it; an operation that is left out may still be named in OPERATIONS."""
    problem = Problem(tmp_path / "Mine.toml", "kind", "expected read or write")
    catalog = replace(load_catalog(), problems=(problem,), disabled={"Mine": str(problem)})
    settings = load(env(BRIDGE_SYSTEMS__WORKDAY__OPERATIONS="reads Mine"), catalog)
    assert "GetMyProfile" in settings.systems["workday"].operations


def test_a_system_that_the_catalog_left_out_is_broken_alone(tmp_path: Path) -> None:
    catalog = replace(CATALOG, problems=(Problem(tmp_path / "shop" / "system.toml", "title", "expected a text"),))
    loaded = load(env(BRIDGE_CATALOG__FOLDER=str(tmp_path)), catalog)
    [problem] = loaded.broken["shop"]
    assert re.fullmatch(r"BRIDGE_CATALOG__FOLDER: .*expected a text.*", str(problem))
    assert set(loaded.systems) == {"workday"}


def test_a_key_in_key_vault_is_signed_with_as_the_managed_identity() -> None:
    identity = "aaaaaaaa-1111-4222-8333-444455556666"
    key_id = "https://contoso.vault.azure.net/keys/workday/0123456789abcdef0123456789abcdef"
    entra = {f"{ENTRA}CLIENT_SECRET": None, f"{ENTRA}MANAGED_IDENTITY_CLIENT_ID": identity}
    key = workday(SAML__KEY_VAULT_KEY_ID=key_id, SAML__CERTIFICATE=certificate_pem("workday"))
    loaded = settings(**entra, **key)
    saml = loaded.systems["workday"].saml
    assert saml is not None
    assert isinstance(saml.key.key, VaultKey)
    assert saml.key.key.managed_identity_client_id == identity


def test_an_expired_certificate_breaks_no_settings() -> None:
    """The request that uses it is refused, and `bridge check` reports it."""
    assert load(env(**workday(SAML__CERTIFICATE=pair_pem("workday", ends_in_days=-1))), CATALOG).broken == {}
