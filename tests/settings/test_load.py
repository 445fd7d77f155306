"""Settings: every problem at once, by setting name, with the fix."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.catalog import load as load_catalog
from bridge.routes import catalog_folder, configured_systems
from bridge.settings import Settings, SettingsError, load
from bridge.signing.key_vault import VaultKey
from tests.support.catalog import CATALOG
from tests.support.env import SECRET, env
from tests.support.keys import certificate, certificate_pem, pair_pem
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT

WORKDAY = "BRIDGE_SYSTEMS__WORKDAY__"
ENTRA = "BRIDGE_ENTRA__"


def settings(**overrides: str | None) -> Settings:
    return load(env(**overrides), CATALOG)


def problems(**overrides: str | None) -> dict[str, str]:
    """Setting → what is wrong with it, whether the whole bridge is concerned or one system."""
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
    workday = settings().systems["workday"]
    assert workday.token is not None
    assert workday.saml is not None
    assert workday.path == "auto"
    assert workday.resource_scope == "http://www.workday.com/contoso_dpt1/.default"
    assert workday.token.url == "https://wd2-impl-services1.workday.example/ccx/oauth2/contoso_dpt1/token"
    assert workday.token.auth == "none"
    assert workday.token.default_seconds == 600
    assert workday.saml.audience == "http://www.workday.com/contoso_dpt1"
    assert workday.saml.recipient == workday.token.url
    assert workday.saml.issuer == f"api://{BRIDGE}/workday"


def test_the_signer_is_entra_unless_it_is_said_otherwise() -> None:
    names = ["SIGNER", "CERTIFICATE", "NAME_ID_CLAIM", "NAME_ID_PATTERN"]
    workday = settings(**{f"{WORKDAY}SAML__{name}": None for name in names}).systems["workday"]
    assert (workday.signer, workday.saml) == ("entra", None)
    assert workday.audience == "http://www.workday.com/contoso_dpt1"


def test_client_id_and_its_app_id_uri_are_accepted_audiences_of_v1_tokens_and_only_the_id_of_v2() -> None:
    expected = settings(BRIDGE_ENTRA__AUDIENCES="https://bridge.contoso.example").entra.expected
    assert expected.audiences == {BRIDGE, f"api://{BRIDGE}", "https://bridge.contoso.example"}
    assert expected.audiences_v2 == {BRIDGE}


@pytest.mark.parametrize(
    ("cloud", "v1", "v2"),
    [
        ("public", "https://sts.windows.net/{}/", "https://login.microsoftonline.com/{}/v2.0"),
        ("usgov", "https://sts.windows.net/{}/", "https://login.microsoftonline.us/{}/v2.0"),
        ("china", "https://sts.chinacloudapi.cn/{}/", "https://login.partner.microsoftonline.cn/{}/v2.0"),
    ],
)
def test_a_cloud_brings_its_hosts_and_issuers(cloud: str, v1: str, v2: str) -> None:
    entra = settings(BRIDGE_ENTRA__CLOUD=cloud).entra
    assert entra.expected.issuers == {"1.0": v1.format(TENANT), "2.0": v2.format(TENANT)}
    assert entra.authority == v2.partition("/{}")[0]


# name of the setting, its value, what the message has to say
WRONG: list[tuple[str, str | None, str]] = [
    (f"{ENTRA}TENANT_ID", None, "is missing"),
    (f"{ENTRA}TENANT_ID", "contoso.onmicrosoft.com", "GUID"),
    (f"{ENTRA}TENANT_ID", f" {TENANT}", "white space"),
    (f"{ENTRA}CLIENT_ID", "api://x", "GUID"),
    (f"{ENTRA}CLIENT_SECRET", "0a1b2c3d-3333-4444-8555-666677778888", "the secret's ID, not its value"),
    (f"{ENTRA}CLIENT_SECRET", "@Microsoft.KeyVault(VaultName=v;SecretName=s)", "Key Vault reference"),
    (f"{ENTRA}ALLOWED_CLIENTS", None, "is missing"),
    (f"{ENTRA}ALLOWED_CLIENTS", "*", "not a GUID"),
    (f"{ENTRA}ALLOWED_CLIENTS", " ", "is empty"),
    (f"{ENTRA}ALLOWED_CLIENTS", f"{CONNECTOR},{BRIDGE}", "Separate the entries by spaces"),
    (f"{ENTRA}AUDIENCES", "c0ffee00-2222-4333-8444-555566667777", "the id of another app"),
    (f"{ENTRA}AUDIENCES", "api://c0ffee00-2222-4333-8444-555566667777", "the id of another app"),
    (f"{ENTRA}AUDIENCES", "API://C0FFEE00-2222-4333-8444-555566667777/x", "the id of another app"),
    (f"{ENTRA}AUDIENCES", TENANT, "the id of another app"),
    (f"{ENTRA}AUDIENCES", "https://apihub.azure.com", "the id of another app"),
    (f"{ENTRA}AUDIENCES", "https://graph.microsoft.com/", "the id of another app"),
    (f"{ENTRA}CLIENT_SECRET", f"{SECRET}\n", "white space"),
    (f"{ENTRA}CLIENT_SECRET", "@microsoft.keyvault(VaultName=v;SecretName=s)", "Key Vault reference"),
    (f"{ENTRA}AUTHORITY_HOST", "https://localhost.evil.example", "loopback"),
    (f"{ENTRA}AUTHORITY_HOST", "https://127.0.0.1@evil.example", "https URL"),
    (f"{ENTRA}AUTHORITY_HOST", "https://localhost?", "https URL"),
    (f"{ENTRA}REQUIRED_SCOPE", f"api://{BRIDGE}/access_as_user", "bare scope name"),
    (f"{ENTRA}ALLOW_GUESTS", "yes", "true, false"),
    (f"{ENTRA}CLOUD", "germany", "public, usgov, china"),
    (f"{ENTRA}AUTHORITY_HOST", "https://login.evil.example", "loopback"),
    (f"{ENTRA}AUTHORITY_HOST", "http://localhost:1", "https"),
    (f"{ENTRA}GRAPH_HOST", "https://graph.evil.example", "loopback"),
    (f"{ENTRA}GRAPH_HOST", "https://localhost@evil.example", "https URL"),
    ("BRIDGE_PUBLIC_URL", "ftp://x", "https URL"),
    ("BRIDGE_PROBE", "1", "true, false"),
    ("BRIDGE_CATALOG__FOLDER", "/no/such/folder", "not a folder"),
    ("BRIDGE_CATALOG__FOLDER", "x" * 5000, "not a folder"),
    (f"{WORKDAY}KIND", "wurkday", "not in the catalog"),
    (f"{WORKDAY}HOST", None, "is missing"),
    (f"{WORKDAY}HOST", "https://impl.workday.example/", "without https://"),
    (f"{WORKDAY}TENANT", None, "is missing"),
    (f"{WORKDAY}TENANT", "a/b", "tenant name"),
    (f"{WORKDAY}CLIENT_ID", None, "is missing"),
    (f"{WORKDAY}TIMEOUT_SECONDS", "0", "from 1 to 90"),
    (f"{WORKDAY}TIMEOUT_SECONDS", "NaN", "from 1 to 90"),
    (f"{WORKDAY}OPERATIONS", "reads everything", "names everything"),
    (f"{WORKDAY}OPERATIONS", " ", "is empty"),
    (f"{WORKDAY}PATH", "saml2", "auto, oauth, saml"),
    (f"{WORKDAY}RESOURCE_SCOPE", "openid profile", "fully qualified"),
    (f"{WORKDAY}TOKEN__URL", "http://x.example/token", "https URL"),
    (f"{WORKDAY}TOKEN__URL", "https://u:p@x.example/token", "without user"),
    (f"{WORKDAY}TOKEN__AUTH", "digest", "none, basic, post"),
    (f"{WORKDAY}TOKEN__EXTRA", "company_id=1", "JSON object"),
    (f"{WORKDAY}TOKEN__EXTRA", '{"assertion": "x"}', "sets these fields itself"),
    (f"{WORKDAY}TOKEN__ENCODING", "hex", "base64url, base64"),
    (f"{WORKDAY}TOKEN__DEFAULT_SECONDS", "1", "from 30"),
    (f"{WORKDAY}CLIENT_SECRET", "would-not-be-sent", "never be sent"),
    (f"{WORKDAY}SAML__CERTIFICATE", None, "is missing"),
    (f"{WORKDAY}SAML__CERTIFICATE", "not a certificate", "Base64"),
    (f"{WORKDAY}SAML__ISSUER", f"https://sts.windows.net/{TENANT}/", "an issuer of Entra's"),
    (f"{WORKDAY}SAML__ISSUER", "HTTPS://STS.WINDOWS.NET/x", "an issuer of Entra's"),
    *(
        (f"{WORKDAY}SAML__ISSUER", issuer, "an issuer of Entra's")
        for issuer in (
            *("https://login.windows.net/x", "https://login.chinacloudapi.cn/x", "https://login.microsoftonline.us/x"),
            *("https://login.microsoftonline.de/x", "https://contoso.ciamlogin.com/x", "sts%2Ewindows%2Enet"),
            "https://\uff53ts.windows.net./x",
        )
    ),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", None, "is missing"),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", "email", "others can set"),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", "preferred_username", "others can set"),
    (f"{WORKDAY}SAML__NAME_ID_CLAIM", "unique_name", "others can set"),
    *(
        (f"{WORKDAY}SAML__NAME_ID_CLAIM", claim, "others can set")
        for claim in (
            *("mail", "Email", "EMAILS", "e-mail", "verified_primary_email", "verified_secondary_email", "nickname"),
            *("login_hint", "Preferred_Username", "displayName", "family_name", "user.mail", "otherMails"),
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        )
    ),
    *(
        (f"{WORKDAY}SAML__NAME_ID_FORMAT", value, "a URN")
        for value in ("not a uri <&", "emailAddress", "https://contoso.example/format", "urn:x:ä")
    ),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"": "oid"}', "none of them empty"),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"id": ""}', "none of them empty"),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"a\\u2028b": "oid"}', "printable"),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"Work": "extension_0a_workMail"}', "Others can set"),
    (f"{WORKDAY}SAML__NAME_ID_PATTERN", None, "is missing"),
    (f"{WORKDAY}SAML__NAME_ID_PATTERN", "[", "not a regular expression"),
    (f"{WORKDAY}SAML__NAME_ID_TRANSFORM", "rot13", "local_part"),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"mail": "email"}', "Others can set"),
    (f"{WORKDAY}SAML__ATTRIBUTES", '{"a\\u0000": "oid"}', "printable"),
    (f"{WORKDAY}SAML__LIFETIME_SECONDS", "86400", "from 30 to 600"),
    (f"{WORKDAY}SAML__RECIPIENT", "token-endpoint", "https URL"),
    (f"{WORKDAY}SAML__NAMEID_CLAIM", "upn", "Did you mean BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_CLAIM?"),
    ("BRIDGE_ENTRA__TENANTID", TENANT, "Did you mean BRIDGE_ENTRA__TENANT_ID?"),
    ("BRIDGE_TYPO__X", "1", "not a setting"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG, ids=[f"{row[0]}={row[1]}"[:120] for row in WRONG])
def test_a_wrong_setting_is_named_with_its_fix(name: str, value: str | None, says: str) -> None:
    assert says in problems(**{name: value}).get(name, "")


@pytest.mark.parametrize(
    ("pattern", "domain"),
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
    ],
)
def test_local_part_needs_a_pattern_that_ends_in_one_domain(pattern: str, domain: str | None) -> None:
    given = {f"{WORKDAY}SAML__NAME_ID_PATTERN": pattern, f"{WORKDAY}SAML__NAME_ID_TRANSFORM": "local_part"}
    if domain is None:
        assert "two domains" in problems(**given)[f"{WORKDAY}SAML__NAME_ID_PATTERN"]
    else:
        saml = settings(**given).systems["workday"].saml
        assert saml is not None
        assert saml.name_id.domain == domain


def test_a_denied_name_is_denied_after_the_transform_too() -> None:
    saml = (
        settings(
            BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_TRANSFORM="local_part",
            BRIDGE_SYSTEMS__WORKDAY__SAML__DENIED_NAME_IDS="WD-admin@fabrikam.example",
        )
        .systems["workday"]
        .saml
    )
    assert saml is not None
    assert saml.name_id.denies("wd-admin")
    assert saml.name_id.denies("wd-admin@fabrikam.example")


RAW_REFUSED = {
    "PREFIXES": "/ api/now /api//now /api/../x /api/./x /api/%2e%2e /api/$batch /$BATCH /a;b /a\\b /a?b /a#b //host "
    "/a/ /a{b}",
    "METHODS": "get HEAD OPTIONS TRACE CONNECT *",
    "HEADERS": "Authorization Cookie Host Content-Type Content-Length Transfer-Encoding SOAPAction X-HTTP-Method "
    "X-HTTP-Method-Override X-Method-Override X-Original-URL X-Rewrite-URL X-Forwarded-Host Set-Cookie X-MS-Token "
    "Proxy-Connection Accept Forwarded a:b * Idempotency-Key Sec-Fetch-Mode Access-Control-Allow-Origin",
}


def test_the_pass_through_is_closed_and_opens_nothing_that_could_be_more_than_it_says() -> None:
    prefix = f"{WORKDAY}RAW__"
    assert settings().systems["workday"].raw is None
    one = {f"{prefix}PREFIXES": "/ccx/api/v1/contoso_dpt1/workers"}
    raw = settings(**one).systems["workday"].raw
    assert raw is not None
    assert (raw.methods, raw.headers) == (("GET",), ())
    accepted = [
        (name, word)
        for name, words in RAW_REFUSED.items()
        for word in words.split()
        if f"{prefix}{name}" not in problems(**{**one, f"{prefix}{name}": word})
    ]
    assert not accepted
    assert "is missing" in problems(**{f"{prefix}METHODS": "GET"})[f"{prefix}PREFIXES"]


def test_all_problems_are_reported_at_once_and_no_secret_with_them() -> None:
    found = problems(
        BRIDGE_ENTRA__TENANT_ID="x", BRIDGE_ENTRA__CLOUD="mars", BRIDGE_SYSTEMS__WORKDAY__HOST=None, BRIDGE_OOPS="1"
    )
    assert {f"{ENTRA}TENANT_ID", f"{ENTRA}CLOUD", f"{WORKDAY}HOST", "BRIDGE_OOPS"} <= set(found)
    assert SECRET not in str(found)


@pytest.mark.parametrize("both", [True, False], ids=["two proofs", "no proof"])
def test_exactly_one_proof_to_entra(both: bool) -> None:
    given = {f"{ENTRA}CLIENT_CERTIFICATE": pair_pem("entra-client")} if both else {f"{ENTRA}CLIENT_SECRET": None}
    assert "Set exactly one of the three" in str(problems(**given))


@pytest.mark.parametrize("name", ["AUTHORITY_HOST", "GRAPH_HOST"])
def test_another_host_of_entra_or_graph_is_for_the_sandbox_and_an_error_in_azure(name: str) -> None:
    local = {f"{ENTRA}{name}": "https://localhost:8443"}
    entra = settings(**local, WEBSITE_HOSTNAME="localhost:7071").entra
    assert {"AUTHORITY_HOST": entra.authority, "GRAPH_HOST": entra.graph}[name] == "https://localhost:8443"
    assert "is set in Azure" in problems(**local, WEBSITE_INSTANCE_ID="abc")[f"{ENTRA}{name}"]
    in_azure = problems(**local, WEBSITE_HOSTNAME="x.azurewebsites.net")
    assert "is set in Azure" in in_azure[f"{ENTRA}{name}"]


def test_a_name_comes_from_one_claim_or_from_one_property_that_users_cannot_change() -> None:
    claim, source = f"{WORKDAY}SAML__NAME_ID_CLAIM", f"{WORKDAY}SAML__NAME_ID_SOURCE"
    saml = settings(**{claim: None, source: "graph:onPremisesExtensionAttributes/extensionAttribute15"})
    rule = saml.systems["workday"].saml.name_id if saml.systems["workday"].saml else None
    assert rule is not None
    assert (rule.claim, rule.graph_property) == (None, "onPremisesExtensionAttributes/extensionAttribute15")
    assert saml.used_claims == frozenset()
    accepted = [
        value
        for value in (
            *(
                "graph:mail",
                "graph:displayName",
                "graph:userPrincipalName",
                "graph:employeeid",
                "graph:EmployeeId",
                "graph:",
            ),
            *(
                "employeeId",
                "claim:upn",
                "graph:onPremisesExtensionAttributes",
                "graph:employeeId/x",
                "graph:id,employeeId",
            ),
            *(
                "graph:onPremisesExtensionAttributes/extensionAttribute16",
                "Graph:employeeId",
                "graph:manager/employeeId",
            ),
        )
        if source not in problems(**{claim: None, source: value})
    ]
    assert not accepted
    assert "set together" in problems(**{source: "graph:employeeId"})[source]
    assert "is missing" in problems(**{claim: None})[claim]


def test_the_public_url_comes_from_the_platform_unless_it_is_set() -> None:
    assert settings(WEBSITE_HOSTNAME="x.azurewebsites.net").public_url == "https://x.azurewebsites.net"
    assert settings(BRIDGE_PUBLIC_URL="https://api.contoso.example").public_url == "https://api.contoso.example"
    assert settings(WEBSITE_HOSTNAME="localhost:7071").public_url == "http://localhost:7071"
    assert settings(WEBSITE_HOSTNAME="evil.example/x?y").public_url is None
    assert settings().public_url is None


def test_a_key_or_an_issuer_serves_one_system_only() -> None:
    second = {name.replace("WORKDAY", "WORKDAY2"): value for name, value in env().items() if name.startswith(WORKDAY)}
    second["BRIDGE_SYSTEMS__WORKDAY2__KIND"] = "workday"
    for spelling in ("workday", "workday/", "WORKDAY", "%77orkday"):
        issuer = {"BRIDGE_SYSTEMS__WORKDAY2__SAML__ISSUER": f"api://{BRIDGE}/{spelling}"}
        found = problems(**second, **issuer)
        assert "is that of the system 'workday' too" in found["BRIDGE_SYSTEMS__WORKDAY2__SAML__CERTIFICATE"]
        assert "is that of the system 'workday' too" in found["BRIDGE_SYSTEMS__WORKDAY2__SAML__ISSUER"]
    renewed = certificate("workday", ends_in_days=700).public_bytes(Encoding.PEM).decode()  # of the same key
    second["BRIDGE_SYSTEMS__WORKDAY2__SAML__CERTIFICATE"] = (
        pair_pem("workday").partition("-----BEGIN CERT")[0] + renewed
    )
    assert "too" in problems(**second)["BRIDGE_SYSTEMS__WORKDAY2__SAML__CERTIFICATE"]
    second["BRIDGE_SYSTEMS__WORKDAY2__SAML__CERTIFICATE"] = pair_pem("workday2")
    assert set(settings(**second).systems) == {"workday", "workday2"}


def test_the_bridges_own_proof_is_no_signing_key() -> None:
    proof = {f"{ENTRA}CLIENT_SECRET": None, f"{ENTRA}CLIENT_CERTIFICATE": pair_pem("workday")}
    assert f"is that of {ENTRA}CLIENT_CERTIFICATE too" in problems(**proof)[f"{WORKDAY}SAML__CERTIFICATE"]


def test_one_setting_in_two_spellings_is_a_problem() -> None:
    found = problems(BRIDGE_PROBE="false", bridge_probe="true")
    assert "is set twice" in found["BRIDGE_PROBE"]


def test_an_app_id_uri_under_the_tenants_id_is_the_bridges_own() -> None:
    assert f"api://{TENANT}/bridge" in settings(BRIDGE_ENTRA__AUDIENCES=f"api://{TENANT}/bridge").entra.audiences


def test_a_system_named_otherwise_than_its_kind_is_an_instance_of_its_own() -> None:
    found = configured_systems(env(BRIDGE_SYSTEMS__HR__KIND="workday", BRIDGE_SYSTEMS__WORKDAY__KIND="workday"))
    assert found == {"hr": "workday", "workday": "workday"}


def test_a_certificate_without_its_private_key_is_not_enough() -> None:
    found = problems(**{f"{WORKDAY}SAML__CERTIFICATE": certificate_pem("workday")})
    assert "private key" in found[f"{WORKDAY}SAML__CERTIFICATE"]


def test_nothing_secret_shows_in_the_settings_text() -> None:
    shown = repr(
        settings(
            BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET="system-secret",
            BRIDGE_SYSTEMS__WORKDAY__TOKEN__AUTH="post",
            BRIDGE_SYSTEMS__WORKDAY__TOKEN__EXTRA='{"api_key": "extra-secret"}',
            BRIDGE_SYSTEMS__WORKDAY__SAML__DENIED_NAME_IDS="denied.person@contoso.example",
            BRIDGE_SYSTEMS__WORKDAY__SAML__SERVICE_ACCOUNT="isu_account",
        )
    )
    for secret in (SECRET, "system-secret", "extra-secret", "PRIVATE KEY", "denied.person", "isu_account"):
        assert secret not in shown


SECOND = {name.replace("WORKDAY", "HR"): value for name, value in env().items() if name.startswith(WORKDAY)} | {
    "BRIDGE_SYSTEMS__HR__KIND": "workday",
    "BRIDGE_SYSTEMS__HR__SAML__CERTIFICATE": pair_pem("workday2"),
}


@pytest.mark.parametrize(
    ("name", "value"),
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
    ],
)
def test_the_mistake_of_one_system_leaves_the_others_as_they_are(name: str, value: str | None) -> None:
    loaded = settings(**{**SECOND, name: value})
    [broken] = loaded.broken
    assert "workday" in loaded.systems
    assert broken not in loaded.systems
    assert any(problem.setting.startswith(f"BRIDGE_SYSTEMS__{broken.upper()}") for problem in loaded.broken[broken])


def test_systems_whose_function_names_would_be_the_same_are_both_refused_and_the_import_goes_on() -> None:
    def named(name: str) -> dict[str, str]:
        return {setting.replace("__HR__", f"__{name}__"): value for setting, value in SECOND.items()}

    two = named("A1_B") | named("A1B") | {"BRIDGE_SYSTEMS__A1B__SAML__CERTIFICATE": pair_pem("hr")}
    loaded = settings(**two)
    assert {"a1_b", "a1b"} == set(loaded.broken)
    assert set(loaded.systems) == {"workday"}
    assert [name for name in configured_systems(env(**two)) if name != "workday"] == ["a1b"]


@pytest.mark.parametrize("name", ["PROBE", "CONNECTOR", "HEALTH", "WHOAMI", "CHECK", "READY", "MCP", "SAML"])
def test_a_system_cant_have_the_name_of_one_of_the_bridges_own_routes(name: str) -> None:
    loaded = settings(**{setting.replace("__HR__", f"__{name}__"): value for setting, value in SECOND.items()})
    assert "route" in str(loaded.broken[name.lower()][0])


def test_a_bridge_without_systems_is_good_for_whoami() -> None:
    alone = {name: value for name, value in env().items() if name.startswith(ENTRA)}
    assert (load(alone, CATALOG).systems, load(alone, CATALOG).broken) == ({}, {})


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
    saml = settings().systems["workday"].saml
    assert saml is not None
    assert re.fullmatch("[0-9a-f]{64}", saml.key.thumbprint)
    assert saml.key.certificate == certificate("workday")


def test_names_are_read_whatever_their_case_because_windows_writes_them_so() -> None:
    lowered = {name.lower(): value for name, value in env().items()}
    assert load(lowered, CATALOG).entra == settings().entra
    assert load(lowered, CATALOG).systems.keys() == settings().systems.keys()


def test_a_mistake_in_the_customers_catalog_takes_nothing_else_down(tmp_path: Path) -> None:
    """It is a line of the check; an operation that is left out may still be named in OPERATIONS."""
    from dataclasses import replace

    from bridge.catalog.problem import Problem

    problem = Problem(tmp_path / "Mine.toml", "kind", "expected read or write")
    catalog = replace(load_catalog(), problems=(problem,), disabled={"Mine": str(problem)})
    settings = load(env(BRIDGE_SYSTEMS__WORKDAY__OPERATIONS="reads Mine"), catalog)
    assert "GetMyProfile" in settings.systems["workday"].operations


def test_a_system_that_the_catalog_left_out_is_broken_alone(tmp_path: Path) -> None:
    from dataclasses import replace

    from bridge.catalog.problem import Problem

    catalog = replace(CATALOG, problems=(Problem(tmp_path / "shop" / "system.toml", "title", "expected a text"),))
    loaded = load(env(BRIDGE_CATALOG__FOLDER=str(tmp_path)), catalog)
    [problem] = loaded.broken["shop"]
    assert re.fullmatch(r"BRIDGE_CATALOG__FOLDER: .*expected a text.*", str(problem))
    assert set(loaded.systems) == {"workday"}


def test_a_key_in_key_vault_is_signed_with_as_the_managed_identity() -> None:
    identity = "aaaaaaaa-1111-4222-8333-444455556666"
    key_id = "https://contoso.vault.azure.net/keys/workday/0123456789abcdef0123456789abcdef"
    loaded = settings(
        BRIDGE_ENTRA__CLIENT_SECRET=None,
        BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID=identity,
        BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID=key_id,
        BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE=certificate_pem("workday"),
    )
    saml = loaded.systems["workday"].saml
    assert saml is not None
    assert isinstance(saml.key.key, VaultKey)
    assert saml.key.key.managed_identity_client_id == identity


def test_one_systems_expired_certificate_takes_no_system_down() -> None:
    """It is named when it is used, and by `bridge check`."""
    loaded = settings(BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE=pair_pem("workday", ends_in_days=-1))
    assert loaded.systems["workday"].saml is not None
