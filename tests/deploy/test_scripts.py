"""The deployment as docs/deploy.md tells it, against a stand-in for az that refuses what Azure refuses."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest

from tests.deploy import bicep
from tests.deploy.az import core
from tests.deploy.conftest import NAME, SCRIPTS, SECRET, USERS_GROUP, Cloud

ALL = ("1-template.sh", *SCRIPTS, "4-publish.sh", "5-verify.sh", "6-remove.sh")
SIGN_IN = {"User.Read", "openid", "profile", "offline_access"}


def settings(cloud: Cloud) -> Any:
    """The app settings as deployed."""
    [site] = [one for one in cloud.state["resources"].values() if one["name"].endswith("/appsettings")]
    return site["body"]["properties"]


# ---- Entra ----------------------------------------------------------------------------------------------------------


def test_the_service_app_is_an_api_for_assigned_users(deployed: Cloud) -> None:
    app = deployed.app("service")
    [scope] = app["api"]["oauth2PermissionScopes"]
    assert app["identifierUris"] == [f"api://{app['appId']}"]
    assert app["api"]["requestedAccessTokenVersion"] == 2
    assert (scope["value"], scope["type"]) == ("access_as_user", "Admin")
    assert {"upn", "acct", "xms_cc"} <= {claim["name"] for claim in app["optionalClaims"]["accessToken"]}
    [sp] = [sp for sp in deployed.state["sps"] if sp["appId"] == app["appId"]]
    assert sp["appRoleAssignmentRequired"]
    assert {entry["principalId"] for entry in deployed.state["assigned"]} == {USERS_GROUP}


def test_the_connector_app_may_sign_people_in(deployed: Cloud) -> None:
    """Assignment is required, so nobody can consent for himself: everything that a sign-in asks for is granted."""
    connector, graph = deployed.app("connector"), "00000003-0000-0000-c000-000000000000"
    wanted = {entry["resourceAppId"]: entry["resourceAccess"] for entry in connector["requiredResourceAccess"]}
    assert len(wanted[graph]) == len(SIGN_IN)
    sps = {sp["id"]: sp["appId"] for sp in deployed.state["sps"]}
    granted = {
        (sps[one["clientId"]], sps[one["resourceId"]]): set(one["scope"].split()) for one in deployed.state["grants"]
    }
    assert granted[connector["appId"], graph] == SIGN_IN
    assert granted[connector["appId"], deployed.app("service")["appId"]] == {"access_as_user"}
    assert granted[deployed.app("service")["appId"], core.SAML_APP] == {"user_impersonation"}


def test_a_scope_that_is_missing_from_a_grant_is_added(deployed: Cloud) -> None:
    graph = next(sp["id"] for sp in deployed.state["sps"] if sp["appId"].startswith("00000003"))
    [grant] = [grant for grant in deployed.state["grants"] if grant["resourceId"] == graph]
    grant["scope"] = "User.Read Mail.Read"
    assert deployed.run("2-entra-apps.sh").status == 0
    assert set(grant["scope"].split()) == SIGN_IN | {"Mail.Read"}


def test_a_tenant_without_azure_api_connections_gets_it(deployed: Cloud) -> None:
    assert "fe053c5f-3692-4f14-aef2-ee34fc081cae" in {sp["appId"] for sp in deployed.state["sps"]}


CLOUDS = {
    "https://graph.microsoft.com/": ("login.microsoftonline.com", ""),
    "https://graph.microsoft.us/": ("login.microsoftonline.us", "USGov"),
    "https://microsoftgraph.chinacloudapi.cn/": ("login.partner.microsoftonline.cn", "China"),
}


@pytest.mark.parametrize("graph", CLOUDS)
def test_the_managed_identity_stands_for_the_service_app(cloud: Cloud, graph: str) -> None:
    cloud.state["graph"] = graph
    cloud.template()
    assert cloud.run("2-entra-apps.sh").status == 0
    host, suffix = CLOUDS[graph]
    [credential] = cloud.state["fics"][cloud.app("service")["appId"]]
    assert credential["issuer"] == f"https://{host}/{core.TENANT}/v2.0"
    assert credential["audiences"] == [f"api://AzureADTokenExchange{suffix}"]
    assert credential["subject"] == cloud.state["outputs"][NAME]["identityPrincipalId"]["value"]


def test_the_second_pass_adds_the_redirect_uri_and_the_platforms_identity(deployed: Cloud) -> None:
    deployed.state["calls"].clear()
    redirect = "https://global.consent.azure-apim.net/redirect/bridge-5f1"
    deployed.settings |= {"CONNECTOR_REDIRECT_URIS": redirect, "CONNECTOR_FEDERATED_SUBJECT": "/eid1/c/pub/t/x/a/y"}
    assert deployed.run("2-entra-apps.sh").status == 0
    connector = deployed.app("connector")
    assert connector["web"]["redirectUris"] == [redirect]
    assert deployed.state["fics"][connector["appId"]][0]["subject"] == "/eid1/c/pub/t/x/a/y"
    assert len(deployed.changes()) == 2


def test_registrations_that_are_there_already_are_completed_and_stay_when_all_is_removed(cloud: Cloud) -> None:
    service, connector = (f"00000000-0000-0000-0000-0000000000a{n}" for n in (1, 2))
    uris = ["https://bridge.contoso.example"]
    cloud.state["apps"] = [
        {"id": f"object of {app}", "appId": app, "tags": [], "api": {}, "identifierUris": uris}
        for app in (service, connector)
    ]
    cloud.settings |= {"SERVICE_APP_ID": service, "CONNECTOR_APP_ID": connector}
    cloud.template()
    preview = cloud.run("2-entra-apps.sh", "--dry-run")
    assert "PATCH" in preview.text, "what would change is shown first"
    assert {call[0] for call in cloud.changes()} == {"group", "deployment"}
    done = cloud.run("2-entra-apps.sh")
    assert done.status == 0, done.text
    assert len(cloud.state["apps"]) == 2
    assert cloud.state["apps"][0]["identifierUris"] == [*uris, f"api://{service}"]
    assert cloud.run("6-remove.sh", stdin=f"{NAME}\n").status == 0
    assert len(cloud.state["apps"]) == 2


# ---- Secrets and keys -----------------------------------------------------------------------------------------------


def test_a_secret_goes_to_the_vault_and_nowhere_else(cloud: Cloud) -> None:
    cloud.template()
    said = "".join(cloud.run(script, stdin=f"{SECRET}\n").text for script in SCRIPTS)
    assert cloud.state["secrets"]["bridge-systems--workday--client-secret"] == SECRET
    assert "s3cret" not in said
    assert "s3cret" not in str(cloud.state["calls"])


def test_the_ledgers_key_is_made_and_nobody_sees_it(deployed: Cloud) -> None:
    key = deployed.state["secrets"]["bridge-ledger--key"]
    assert len(key) == 44
    assert key not in str(deployed.state["calls"])
    assert settings(deployed)["BRIDGE_LEDGER__KEY"].endswith("/secrets/bridge-ledger--key/)")


def test_a_signing_key_cannot_leave_the_vault_and_its_end_is_announced(deployed: Cloud) -> None:
    certificate = deployed.state["certificates"]["workday-signing"]
    assert not certificate["policy"]["keyProperties"]["exportable"]
    assert deployed.state["contacts"] == ["operators@contoso.example"]
    assert settings(deployed)["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] == certificate["kid"]
    assert settings(deployed)["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"] == certificate["cer"]


def test_a_new_version_of_a_key_is_used_once_the_parameters_file_names_it(deployed: Cloud) -> None:
    certificate = deployed.state["certificates"]["workday-signing"]
    old, new = certificate["kid"], f"{certificate['kid']}2"
    certificate["kid"] = new
    deployed.template()
    assert settings(deployed)["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] == old
    deployed.paste(deployed.run("3-secrets.sh").printed)
    deployed.template()
    assert settings(deployed)["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] == new


# ---- What Azure refuses ---------------------------------------------------------------------------------------------


def test_a_fresh_subscription_registers_what_the_template_names(deployed: Cloud) -> None:
    assert {"Microsoft.Insights", "Microsoft.OperationalInsights", "Microsoft.KeyVault"} <= set(
        deployed.state["providers"]
    )


@pytest.mark.parametrize("policy", ["no shared keys", "tags"])
def test_policies_that_are_usual_are_kept(cloud: Cloud, policy: str) -> None:
    cloud.state["policies"].append(policy)
    assert cloud.template() > 8


LAGS = {"a directory that lags": {"graph_lag": 4}, "a role that takes ten minutes": {"role_lag": 40}}


@pytest.mark.parametrize("lag", LAGS.values(), ids=LAGS)
def test_waits_while_azure_replicates(cloud: Cloud, lag: dict[str, int]) -> None:
    cloud.template()
    cloud.state.update(lag)
    cloud.deploy()
    assert cloud.state["published"]


def test_a_failed_build_is_final_and_its_log_is_shown(deployed: Cloud) -> None:
    deployed.state.update(builds=0, build_fails=["ERROR: No matching distribution found for signxml"] * 9)
    done = deployed.run("4-publish.sh")
    assert done.status != 0
    assert deployed.state["builds"] == 1
    assert "No matching distribution" in done.text


def test_a_publish_that_another_one_blocks_is_tried_again(deployed: Cloud) -> None:
    deployed.state.update(builds=0, build_fails=["409 Conflict: another deployment is in progress"] * 2)
    assert deployed.run("4-publish.sh").status == 0
    assert deployed.state["builds"] == 3


def test_publishing_ends_when_the_new_version_answers(deployed: Cloud) -> None:
    done = deployed.run("4-publish.sh", env={"RUNNING": "0.9"})
    assert done.status != 0
    assert "does not tell version 1.0" in done.text


def test_the_package_before_can_be_published_again(deployed: Cloud) -> None:
    assert deployed.run("4-publish.sh").status == 0
    first = deployed.state["published"]
    (deployed.folder / "version").write_text("1.1")
    assert deployed.run("4-publish.sh").status == 0
    assert deployed.state["published"] != first
    (deployed.folder / "version").write_text("1.0")
    done = deployed.run("4-publish.sh", "--back")
    assert done.status == 0, done.text
    assert deployed.state["published"] == first


# ---- Again, and in the middle ---------------------------------------------------------------------------------------


def test_a_second_time_changes_nothing(deployed: Cloud) -> None:
    before = {name: value for name, value in deployed.state.items() if name not in ("calls", "changed")}
    deployed.state["calls"].clear()
    assert deployed.template() == 0
    for script in SCRIPTS:
        assert deployed.run(script).status == 0
    assert [call for call in deployed.changes() if call[0] != "deployment"] == []
    assert before == {name: value for name, value in deployed.state.items() if name not in ("calls", "changed")}


def test_the_apps_are_found_by_their_tag_when_the_record_is_lost(deployed: Cloud) -> None:
    deployed.record.unlink()
    deployed.deploy()
    assert len(deployed.state["apps"]) == 2


MIDDLES = {
    "the second app": 'applications --query appId --body {"displayName": "Connector',
    "a registration half complete": "PATCH --url https://graph",
    "a service principal": "/servicePrincipals --query id",
    "consent": "oauth2PermissionGrants",
    "a secret": "secret set",
    "a signing key": "certificate create",
    "the code": "config-zip",
}


@pytest.mark.parametrize("fails", MIDDLES.values(), ids=MIDDLES)
def test_broken_off_and_started_again_ends_the_same(cloud: Cloud, fails: str) -> None:
    cloud.template()
    cloud.state["fails"] = fails
    done = [cloud.run(script, stdin=f"{SECRET}\n") for script in (*SCRIPTS, "4-publish.sh")]
    [failed] = [each for each in done if each.status][:1]
    assert "Not finished" in failed.text
    cloud.state["fails"] = None
    cloud.deploy()
    state = cloud.state
    assert (len(state["apps"]), len(state["grants"]), len(state["assigned"])) == (2, 3, 2)
    assert state["published"]


@pytest.mark.parametrize("script", ["1-template.sh", *SCRIPTS, "4-publish.sh", "6-remove.sh"])
def test_a_dry_run_changes_nothing(deployed: Cloud, script: str) -> None:
    deployed.state["calls"].clear()
    done = deployed.run(script, "--dry-run")
    assert done.status == 0, done.text
    assert "Dry run" in done.text
    assert deployed.changes() == []


# ---- Verify and remove ----------------------------------------------------------------------------------------------


def test_verify_asks_the_app_and_changes_nothing(deployed: Cloud) -> None:
    deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": "Resolved"}}])
    deployed.state["calls"].clear()
    done = deployed.run("5-verify.sh", env={"USER_TOKEN": "a-token"})
    assert done.status == 0, done.text
    assert deployed.changes() == []
    assert "all settings can be read" in done.text
    assert "certificate workday-signing ends on 2099-01-01" in done.text
    assert "a-token" not in done.text
    assert "the-function-key" not in done.text


def test_verify_warns_before_the_connectors_secret_ends(deployed: Cloud) -> None:
    secret = {"displayName": "Power Platform", "keyId": "k", "endDateTime": "2020-01-01T00:00:00Z"}
    deployed.app("connector")["passwordCredentials"] = [secret]
    done = deployed.run("5-verify.sh")
    assert done.status != 0
    assert "✗ secret 'Power Platform' of the connector app ends on 2020-01-01" in done.text


VERIFY_FAILURES: dict[str, tuple[str, dict[str, str]]] = {
    "a Key Vault reference that does not resolve": ("AccessToKeyVaultDenied", {}),
    "WhoAmI answered by somebody else": ("Resolved", {"WHOAMI": "<html>\n401"}),
    "the check fails": ("Resolved", {"CHECK_FAILS": "1"}),
    "the user's token is refused": ("Resolved", {"USER_TOKEN": "other"}),
}


@pytest.mark.parametrize(("status", "env"), VERIFY_FAILURES.values(), ids=VERIFY_FAILURES)
def test_verify_fails_if_one_check_does(deployed: Cloud, status: str, env: dict[str, str]) -> None:
    deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": status}}])
    done = deployed.run("5-verify.sh", env=env)
    assert done.status != 0
    assert "✗" in done.text


def test_remove_takes_away_everything_that_was_made(deployed: Cloud) -> None:
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert done.status == 0, done.text
    assert (deployed.state["apps"], deployed.state["resources"]) == ([], {})
    assert "az group delete --name rg-contoso" in done.text
    assert not deployed.record.exists()


def test_remove_leaves_what_others_have_put_there(deployed: Cloud) -> None:
    here = f"/subscriptions/{core.SUBSCRIPTION}/resourceGroups/rg-contoso/providers"
    for kind, name in (("Microsoft.Web/sites", "theirs"), ("microsoft.alertsManagement/smartDetectorAlertRules", "x")):
        deployed.state["resources"][f"{here}/{kind}/{name}"] = {
            **{"id": f"{here}/{kind}/{name}", "type": kind, "name": name, "tags": {}, "body": {}},
        }
    deployed.state["apps"].append({"appId": "their-app", "tags": [f"obo-saml-bridge/{NAME}-2/service"]})
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert [one["name"] for one in deployed.state["resources"].values()] == ["theirs", "x"]
    assert [app["appId"] for app in deployed.state["apps"]] == ["their-app"]
    assert "The resource group stays" in done.text
    assert "smartDetectorAlertRules" not in done.text.partition("The resource group stays")[2]


@pytest.mark.parametrize("answer", ["", "y\n", "contoso\n"])
def test_remove_wants_the_name_typed(deployed: Cloud, answer: str) -> None:
    deployed.state["calls"].clear()
    assert deployed.run("6-remove.sh", stdin=answer).status != 0
    assert deployed.changes() == []


# ---- Settings and help ----------------------------------------------------------------------------------------------

BAD = {
    "a name with capitals": ("NAME", "Contoso", "NAME: has to be"),
    "a subscription by name": ("SUBSCRIPTION_ID", "My subscription", "SUBSCRIPTION_ID: has to be"),
    "another subscription": ("SUBSCRIPTION_ID", "00000000-0000-0000-0000-0000000000ff", "az account set"),
    "a value in place of a setting's name": ("SECRETS", "s3cret", "SECRETS: has to be"),
    "a SAML app that is not there": ("SAML_APP_ID", "00000000-0000-0000-0000-0000000000ff", "no enterprise app"),
    "a scope that is not there": ("SAML_APP_SCOPE", "other", "exposes no scope"),
    "a template that was not deployed": ("NAME", "other-name", "has not been deployed"),
}


@pytest.mark.parametrize(("name", "value", "said"), BAD.values(), ids=BAD)
def test_mistakes_in_the_settings_are_named(cloud: Cloud, name: str, value: str, said: str) -> None:
    cloud.template()
    cloud.settings[name] = value
    done = cloud.run("2-entra-apps.sh")
    assert done.status != 0
    assert said in done.text


PFX = base64.b64encode(b"\x30\x82\x09\x51\x02\x01\x03" + b"\x00" * 300).decode()
SECRETS_IN_PARAMETERS = {
    "a client secret": "BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET: 'x'",
    "in mixed case": "Bridge_Systems__Workday__Client_Secret: 'x'",
    "a PFX": f"BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE: '{PFX}'",
    "a PEM with its key": "BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE: '-----BEGIN PRIVATE KEY-----'",
    "further form members": """BRIDGE_SYSTEMS__WORKDAY__TOKEN__EXTRA: '{"password":"x"}'""",
    "a key among the headers": """BRIDGE_SYSTEMS__WORKDAY__TOKEN__HEADERS: '{"X-Api-Key":"x"}'""",
    "a key in the query": """BRIDGE_SYSTEMS__WORKDAY__TOKEN__QUERY: '{"key":"x"}'""",
    "a password": "BRIDGE_SYSTEMS__WORKDAY__SAML__PASSWORD: 'x'",
}


@pytest.mark.parametrize("line", SECRETS_IN_PARAMETERS.values(), ids=SECRETS_IN_PARAMETERS)
def test_a_secret_in_the_parameters_file_is_refused(cloud: Cloud, line: str) -> None:
    cloud.parameters.write_text(cloud.parameters.read_text().replace("{ BRIDGE_", f"{{ {line}\n BRIDGE_"))
    done = cloud.run("1-template.sh")
    assert done.status != 0
    assert cloud.changes() == []
    assert "3-secrets.sh" in done.text
    assert PFX not in done.text


def test_a_certificate_and_names_of_secrets_are_no_secrets(deployed: Cloud) -> None:
    """The parameters file of a whole deployment has both."""
    text = deployed.parameters.read_text()
    assert "CLIENT_SECRET: 'bridge-systems--workday--client-secret'" in text
    certificate = base64.b64encode(b"\x30\x82\x03\x51\x30\x82\x02\x39" + b"\x00" * 300).decode()
    deployed.parameters.write_text(text.replace("MIIC+cer==", certificate))
    assert deployed.template() == 1


def test_another_settings_file_may_be_named_from_anywhere(deployed: Cloud) -> None:
    (deployed.folder / "test.env").write_text("NAME='Not Good'\n")
    done = deployed.run("2-entra-apps.sh", "--settings", os.path.relpath(deployed.folder / "test.env"))
    assert "'Not Good'" in done.text


@pytest.mark.parametrize("script", ALL)
def test_help_needs_nothing_and_says_what_is_needed(cloud: Cloud, script: str) -> None:
    done = cloud.run(script, "--help")
    assert done.status == 0
    assert "Needs" in done.text
    assert "--dry-run" in done.text
    assert cloud.state["calls"] == []


def test_each_step_names_the_next(deployed: Cloud) -> None:
    said = [deployed.run(script).text for script in ALL[:4]]
    assert [text.strip().rpartition("Next: ")[2] for text in said] == [
        "deploy/2-entra-apps.sh",
        "deploy/3-secrets.sh",
        "deploy/1-template.sh again, then deploy/4-publish.sh",
        "deploy/5-verify.sh",
    ]


def test_the_stand_in_reads_the_real_template() -> None:
    assert bicep.deploy(bicep.ROOT / "infra" / "main.bicep", {"name": "x-y-z"}).of("Microsoft.Web/sites")
