"""The deployment as docs/deploy.md describes it, against a stand-in for az that refuses what Azure refuses."""

from __future__ import annotations

import base64
import copy
import datetime
import os
from typing import Any

import pytest

from bridge.inbound.caller import OPTIONAL_CLAIMS
from deploy import guard
from tests.deploy.az import core
from tests.deploy.conftest import NAME, SCRIPTS, SECRET, USERS_GROUP, Cloud
from tools.cli import main as cli

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
    requested = {claim["name"] for claim in app["optionalClaims"]["accessToken"]}
    assert {"upn", "xms_par_app_azp", *OPTIONAL_CLAIMS} <= requested
    [sp] = [sp for sp in deployed.state["sps"] if sp["appId"] == app["appId"]]
    assert sp["appRoleAssignmentRequired"]
    assert {entry["principalId"] for entry in deployed.state["assigned"]} == {USERS_GROUP}


GRAPH = "00000003-0000-0000-c000-000000000000"


def consent(cloud: Cloud) -> dict[tuple[str, str], set[str]]:
    """The scopes that are granted, by client and resource. A registration asks for as many of each resource."""
    apps = {app["appId"]: app for app in cloud.state["apps"]}
    names = {sp["id"]: sp["appId"] for sp in cloud.state["sps"]}
    found = {
        (names[one["clientId"]], names[one["resourceId"]]): set(one["scope"].split()) for one in cloud.state["grants"]
    }
    requested = {
        (client, each["resourceAppId"]): len(each["resourceAccess"])
        for client, app in apps.items()
        for each in app["requiredResourceAccess"]
    }
    assert requested == {key: len(scopes) for key, scopes in found.items()}
    return found


def test_consent_for_what_a_sign_in_asks_for_and_for_the_users_name_only_if_it_is_wanted(deployed: Cloud) -> None:
    """Assignment is required, so no user can consent."""
    service, connector = deployed.app("service")["appId"], deployed.app("connector")["appId"]
    granted = {
        (connector, GRAPH): SIGN_IN,
        (connector, service): {"access_as_user"},
        (service, core.SAML_APP): {"user_impersonation"},
    }
    assert consent(deployed) == granted
    deployed.settings["READ_USER_NAMES"] = "true"
    assert deployed.run("2-entra-apps.sh").status == 0
    assert consent(deployed) == granted | {(service, GRAPH): {"User.Read"}}


def test_a_scope_that_is_missing_from_a_grant_is_added(deployed: Cloud) -> None:
    graph = next(sp["id"] for sp in deployed.state["sps"] if sp["appId"] == GRAPH)
    [grant] = [grant for grant in deployed.state["grants"] if grant["resourceId"] == graph]
    grant["scope"] = "User.Read Mail.Read"
    assert deployed.run("2-entra-apps.sh").status == 0
    assert set(grant["scope"].split()) == SIGN_IN | {"Mail.Read"}


def test_clients_need_no_consent_page_and_a_tenant_without_azure_api_connections_gets_it(deployed: Cloud) -> None:
    """The stand-in refuses a pre-authorised client that the tenant does not know, as Graph does."""
    api_connections = "fe053c5f-3692-4f14-aef2-ee34fc081cae"
    assert api_connections in {sp["appId"] for sp in deployed.state["sps"]}
    for role, client in {"connector": api_connections, "service": deployed.app("connector")["appId"]}.items():
        api = deployed.app(role)["api"]
        scopes = [scope["id"] for scope in api["oauth2PermissionScopes"]]
        assert api["preAuthorizedApplications"] == [{"appId": client, "delegatedPermissionIds": scopes}]


CLOUDS = {
    "https://graph.microsoft.com/": ("login.microsoftonline.com", ""),
    "https://graph.microsoft.us/": ("login.microsoftonline.us", "USGov"),
    "https://dod-graph.microsoft.us/": ("login.microsoftonline.us", "USGov"),
    "https://microsoftgraph.chinacloudapi.cn/": ("login.partner.microsoftonline.cn", "China"),
}


def test_the_managed_identity_authenticates_the_service_app_in_every_cloud(deployed: Cloud) -> None:
    for graph, (host, suffix) in CLOUDS.items():
        deployed.state.update(graph=graph, fics={})
        assert deployed.run("2-entra-apps.sh").status == 0
        [credential] = deployed.state["fics"][deployed.app("service")["appId"]]
        assert credential["issuer"] == f"https://{host}/{core.TENANT}/v2.0"
        assert credential["audiences"] == [f"api://AzureADTokenExchange{suffix}"]
        assert credential["subject"] == deployed.state["outputs"][NAME]["identityPrincipalId"]["value"]


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
    scope = {"id": "an older id", "value": "access_as_user", "adminConsentDescription": "Ours."}
    cloud.state["apps"] = [
        {"id": f"object of {app}", "appId": app, "tags": [], "api": api, "identifierUris": uris}
        for app, api in ((service, {"oauth2PermissionScopes": [scope]}), (connector, {}))
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
    assert cloud.state["apps"][0]["api"]["oauth2PermissionScopes"] == [scope]
    assert cloud.state["apps"][0]["api"]["preAuthorizedApplications"][0]["delegatedPermissionIds"] == [scope["id"]]
    assert scope["id"] in str(cloud.state["apps"][1]["requiredResourceAccess"])
    assert cloud.run("6-remove.sh", stdin=f"{NAME}\n").status == 0
    assert len(cloud.state["apps"]) == 2


# ---- Secrets and keys -----------------------------------------------------------------------------------------------


def test_a_secret_goes_to_the_vault_and_nowhere_else(cloud: Cloud) -> None:
    cloud.template()
    said = cloud.run("3-secrets.sh", stdin=f"{SECRET}\n").text
    assert cloud.state["secrets"]["bridge-systems--workday--client-secret"] == SECRET
    assert "s3cret" not in said
    assert "s3cret" not in str(cloud.state["calls"])


def test_the_roles_on_the_vault_are_withdrawn_at_the_end(cloud: Cloud) -> None:
    cloud.template()
    cloud.state["fails"] = "certificate create"
    assert cloud.run("3-secrets.sh", stdin=f"{SECRET}\n").status != 0
    assert len(cloud.state["roles"]) == 2, "the next attempt needs them, and need not wait for them again"
    cloud.state["fails"] = None
    theirs = {**cloud.state["roles"][0], "id": "theirs", "role": "Owner", "description": None}
    cloud.state["roles"].append(theirs)
    assert cloud.run("3-secrets.sh").status == 0
    assert cloud.state["roles"] == [theirs], "only those of the script"


def test_the_ledgers_key_is_made_and_never_shown(deployed: Cloud) -> None:
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


def test_a_person_who_may_not_register_providers_reads_which_one_is_missing(cloud: Cloud) -> None:
    """ARM registers them for everybody else."""
    cloud.state["may_register"] = False
    done = cloud.run("1-template.sh")
    assert done.status != 0
    assert "MissingSubscriptionRegistration: the subscription is not registered to use Microsoft." in done.text


def test_a_private_network_registers_the_provider_that_the_template_does_not_name(cloud: Cloud) -> None:
    cloud.parameters.write_text(cloud.parameters.read_text() + "param privateNetwork = true\n")
    assert cloud.template() > 20
    assert "Microsoft.App" in cloud.state["providers"]


def test_policies_that_are_usual_are_kept(cloud: Cloud) -> None:
    cloud.state["policies"] = ["no shared keys", "tags"]
    assert cloud.template() > 8


def test_waits_while_azure_replicates(cloud: Cloud) -> None:
    cloud.template()
    cloud.state.update(graph_lag=4, list_lag=3, role_lag=40)
    cloud.deploy()
    assert cloud.state["published"]
    cloud.state["list_lag"] = 99  # the record knows the apps
    assert cloud.run("2-entra-apps.sh").status == 0
    assert len(cloud.state["apps"]) == 2


def test_a_missing_role_in_entra_is_final(cloud: Cloud) -> None:
    cloud.template()
    refusal = "Forbidden: Authorization_RequestDenied: Insufficient privileges to complete the operation."
    cloud.state.update(fails="servicePrincipals", refusal=refusal)
    done = cloud.run("2-entra-apps.sh")
    assert done.status != 0
    assert refusal in done.text
    assert len([call for call in cloud.changes() if call[0] == "rest"]) == 1


def test_a_publish_that_another_one_blocks_is_tried_again_and_a_failed_build_is_final(deployed: Cloud) -> None:
    log = "ERROR: No matching distribution found for signxml"
    deployed.state.update(builds=0, build_fails=["409 Conflict: another deployment is in progress"] * 2 + [log])
    done = deployed.run("4-publish.sh")
    assert done.status != 0
    assert deployed.state["builds"] == 3
    assert log in done.text
    assert deployed.run("4-publish.sh").status == 0


def test_publishing_ends_when_the_new_version_responds(deployed: Cloud) -> None:
    deployed.state["web"]["running"] = "0.9"
    done = deployed.run("4-publish.sh")
    assert done.status != 0
    assert "does not show version 1.0" in done.text


def test_the_package_before_can_be_published_again(deployed: Cloud) -> None:
    for version in ("1.0", "1.1"):
        deployed.state["version"] = version
        assert deployed.run("4-publish.sh").status == 0
    done = deployed.run("4-publish.sh", "--back")
    assert done.status == 0, done.text
    assert "version 1.0" in done.text


# ---- An update does not lose a write --------------------------------------------------------------------------------

UPDATES = {"4-publish.sh": "config-zip", "1-template.sh": "deployment group create"}


def steps_of(cloud: Cloud, change: str) -> list[str]:
    """In order: `pause` and `resume` of the ledger, and this change."""
    calls = [call for call in cloud.state["calls"] if call[0] == "dev.py" or change in " ".join(call)]
    return [call[3] if call[0] == "dev.py" else "change" for call in calls if call[1] != "package"]


@pytest.mark.parametrize(("script", "change"), UPDATES.items())
def test_writes_are_paused_while_a_running_app_changes(deployed: Cloud, script: str, change: str) -> None:
    deployed.state["calls"].clear()
    assert deployed.run(script).status == 0
    assert steps_of(deployed, change) == ["pause", "change", "resume"]
    for call in deployed.state["calls"]:
        if "ledger" in call:  # as the command line's own parser reads it
            options = cli._parser(call[2:]).parse_args(call[2:])
            assert options.table == deployed.state["outputs"][NAME]["ledgerTable"]["value"]


def test_writes_are_resumed_when_an_update_fails(deployed: Cloud) -> None:
    deployed.state.update(fails="config-zip", calls=[])
    assert deployed.run("4-publish.sh").status != 0
    assert deployed.state["paused"] == []
    assert steps_of(deployed, "config-zip") == ["pause", "change", "resume"]


@pytest.mark.parametrize(("script", "change"), UPDATES.items())
def test_nothing_changes_if_writes_cannot_be_paused(deployed: Cloud, script: str, change: str) -> None:
    deployed.state.update(ledger_refuses=True, calls=[])
    done = deployed.run(script)
    assert done.status != 0
    assert change not in str([" ".join(call) for call in deployed.state["calls"]])
    assert "operatorsGroupId" in done.text
    assert f"{script} --no-drain" in done.text
    assert deployed.run(script, "--no-drain").status == 0


def test_the_first_deployment_has_no_writes_to_pause(cloud: Cloud) -> None:
    cloud.deploy()
    assert not [call for call in cloud.state["calls"] if "pause" in call]


# ---- I have these already -------------------------------------------------------------------------------------------


def theirs(cloud: Cloud, kind: str, name: str, **more: Any) -> str:
    """A resource that this template has not made; its id."""
    key = f"/subscriptions/{core.SUBSCRIPTION}/resourceGroups/rg-contoso/providers/{kind}/{name}"
    cloud.state["groups"]["rg-contoso"] = {"name": "rg-contoso"}
    cloud.state["resources"][key] = {"id": key, "type": kind, "name": name, "tags": {}, "body": {}} | more
    return key


def test_a_function_app_that_exists_is_adopted_by_its_id_and_its_settings_are_named_before(cloud: Cloud) -> None:
    key = theirs(cloud, "Microsoft.Web/sites", NAME)
    theirs(cloud, "Microsoft.Web/sites/config", f"{NAME}/appsettings", body={"properties": {"THEIR_SETTING": "x"}})
    for options in ((), ("--dry-run",)):
        done = cloud.run("1-template.sh", *options)
        assert "THEIR_SETTING" in done.text
        assert cloud.changes() == []
    assert f"FUNCTION_APP_ID='{key}'" in cloud.run("1-template.sh").text
    cloud.settings["FUNCTION_APP_ID"] = key
    assert cloud.template() > 8


def test_a_function_app_on_another_plan_is_refused(cloud: Cloud) -> None:
    cloud.settings["FUNCTION_APP_ID"] = theirs(cloud, "Microsoft.Web/sites", NAME, sku="Dynamic")
    done = cloud.run("1-template.sh")
    assert "on the plan Dynamic" in done.text
    assert cloud.changes() == []


def test_a_vault_that_exists_has_to_use_roles(cloud: Cloud) -> None:
    rbac = {"enableRbacAuthorization": False}
    theirs(cloud, "Microsoft.KeyVault/vaults", "kv-theirs", body={"properties": rbac})
    lines = "param keyVaultName = 'kv-theirs'\nparam existingVaultResourceGroup = 'rg-contoso'\n"
    cloud.parameters.write_text(cloud.parameters.read_text() + lines)
    assert "uses access policies" in cloud.run("1-template.sh").text
    rbac["enableRbacAuthorization"] = True
    assert cloud.template() > 8


def test_an_app_of_the_scripts_of_version_0_1_becomes_the_templates(deployed: Cloud) -> None:
    """They named role assignments differently; Azure takes no second name for one. docs/deploy.md: what to delete."""
    old = [one for one in deployed.state["resources"].values() if one["type"].endswith("/roleAssignments")]
    for one in old:
        del deployed.state["resources"][one["id"]]
        one["id"], one["name"] = f"{one['id'].rpartition('/')[0]}/by-the-scripts-{one['name']}", "by-the-scripts"
        deployed.state["resources"][one["id"]] = one
    refused = deployed.run("1-template.sh")
    assert "RoleAssignmentExists" in refused.text
    for one in old:
        del deployed.state["resources"][one["id"]]
    assert deployed.template() == len(old)


def test_what_azd_has_deployed_is_found(deployed: Cloud) -> None:
    """It names a deployment after its environment and the time."""
    outputs = deployed.state["outputs"]
    outputs[f"{NAME}-1763750000"] = outputs.pop(NAME)
    done = deployed.run("2-entra-apps.sh")
    assert done.status == 0, done.text


def test_an_app_registration_that_is_not_there_is_named(deployed: Cloud) -> None:
    deployed.settings["SERVICE_APP_ID"] = "00000000-0000-0000-0000-0000000000ff"
    done = deployed.run("2-entra-apps.sh")
    assert "is no app registration of this tenant" in done.text
    assert len(deployed.state["apps"]) == 2


# ---- Again, and in the middle ---------------------------------------------------------------------------------------


def test_a_second_time_changes_nothing(deployed: Cloud) -> None:
    """What changes for a moment only: the template is deployed over itself, and the roles on the vault come and go."""
    uncounted = ("calls", "changed")
    before = copy.deepcopy({name: value for name, value in deployed.state.items() if name not in uncounted})
    deployed.state["calls"].clear()
    assert deployed.template() == 0
    for script in SCRIPTS:
        assert deployed.run(script).status == 0
    assert {tuple(call[:2]) for call in deployed.changes()} == {("deployment", "group"), ("role", "assignment")}
    assert before == {name: value for name, value in deployed.state.items() if name not in uncounted}


def test_the_apps_are_found_by_their_tag_when_the_record_is_lost(deployed: Cloud) -> None:
    deployed.record.unlink()
    deployed.deploy()
    assert len(deployed.state["apps"]) == 2


def outcome(state: Any) -> Any:
    """What is there in the end, without the ids that chance gives."""
    counted = ("apps", "sps", "grants", "assigned", "fics", "certificates", "roles")
    listed = ("secrets", "resources", "contacts")
    counts = {name: len(state[name]) for name in counted}
    registrations = sorted(sorted(app) for app in state["apps"])
    return counts, registrations, {name: sorted(state[name]) for name in listed}, bool(state["published"])


def test_broken_off_after_every_change_and_started_again_ends_the_same(
    snapshot: tuple[Any, str, str], cloud: Cloud
) -> None:
    """The script is killed once after each change of a whole deployment, before it knows of it; then it runs again."""
    cloud.state["interrupts"] = True
    runs = 0
    for script in ("1-template.sh", *SCRIPTS, "1-template.sh", "4-publish.sh"):
        while (done := cloud.run(script, stdin=f"{SECRET}\n")).status:
            runs += 1
            assert "Not finished" in done.text
            assert runs < 60, done.text
        if script in SCRIPTS:
            cloud.paste(done.printed)
    assert runs > 20
    assert outcome(cloud.state) == outcome(snapshot[0])


def test_a_dry_run_changes_nothing(deployed: Cloud) -> None:
    for script in ("1-template.sh", *SCRIPTS, "4-publish.sh", "6-remove.sh"):
        deployed.state["calls"].clear()
        done = deployed.run(script, "--dry-run")
        assert done.status == 0, done.text
        assert "Dry run" in done.text
        assert deployed.changes() == [], script


# ---- Verify and remove ----------------------------------------------------------------------------------------------


def test_verify_asks_the_app_and_changes_nothing(deployed: Cloud) -> None:
    deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": "Resolved"}}])
    deployed.state["calls"].clear()
    done = deployed.run("5-verify.sh")
    assert done.status == 0, done.text
    assert deployed.changes() == []
    assert "all settings can be read" in done.text
    assert "certificate workday-signing ends on 2099-01-01" in done.text
    assert "the-function-key" not in done.text


def test_verify_fails_before_credentials_end(deployed: Cloud) -> None:
    """So does the nightly pipeline."""
    soon = [str(datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days)) for days in (29, 32)]
    for kind, role, end in zip(("passwordCredentials", "keyCredentials"), ("connector", "service"), soon, strict=True):
        deployed.app(role)[kind] = [{"displayName": role, "keyId": "k", "endDateTime": f"{end}T00:00:00Z"}]
    done = deployed.run("5-verify.sh")
    assert done.status != 0
    assert f"✗ credential 'connector' of the connector app ends on {soon[0]}" in done.text
    assert f"✓ credential 'service' of the service app ends on {soon[1]}" in done.text


def test_verify_says_what_it_may_not_read(deployed: Cloud) -> None:
    deployed.state.update(graph_lag=99, certificates={})
    done = deployed.run("5-verify.sh")
    assert "Application.Read.All" in done.text
    assert "Key Vault Reader" in done.text


VERIFY_FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "a Key Vault reference that does not resolve": ("AccessToKeyVaultDenied", {}),
    "WhoAmI answered by somebody else": ("Resolved", {"whoami": "<html>\n401"}),
    "the check fails": ("Resolved", {"check": False}),
}


def test_verify_fails_if_one_check_does(deployed: Cloud) -> None:
    for failure, (status, web) in VERIFY_FAILURES.items():
        deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": status}}], web=web)
        done = deployed.run("5-verify.sh")
        assert done.status != 0, failure
        assert done.text.count("✗ ") == 1 + (failure == "the check fails"), done.text


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_remove_takes_away_everything_that_was_made(deployed: Cloud, private: bool) -> None:
    if private:
        deployed.parameters.write_text(deployed.parameters.read_text() + "param privateNetwork = true\n")
        deployed.template()
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert done.status == 0, done.text
    assert (deployed.state["apps"], deployed.state["resources"]) == ([], {})
    assert "az group delete --name rg-contoso" in done.text
    assert not deployed.record.exists()


def test_remove_ends_when_azure_holds_a_network_and_goes_on_later(deployed: Cloud) -> None:
    """A subnet stays locked for a while after its function app (Azure-Functions#2605)."""
    deployed.parameters.write_text(deployed.parameters.read_text() + "param privateNetwork = true\n")
    deployed.template()
    deployed.state["network_lag"] = 8
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert done.status != 0
    assert "Run this again later" in done.text
    assert {one["type"] for one in deployed.state["resources"].values()} == {
        *("Microsoft.Network/virtualNetworks", "Microsoft.Network/natGateways", "Microsoft.Network/publicIPAddresses")
    }
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert done.status == 0, done.text
    assert deployed.state["resources"] == {}


def test_remove_leaves_what_others_have_put_there(deployed: Cloud) -> None:
    theirs(deployed, "Microsoft.Web/sites", "theirs")
    theirs(deployed, "microsoft.alertsManagement/smartDetectorAlertRules", "x")
    deployed.state["apps"].append({"appId": "their-app", "tags": [f"obo-saml-bridge/{NAME}-2/service"]})
    done = deployed.run("6-remove.sh", stdin=f"{NAME}\n")
    assert [one["name"] for one in deployed.state["resources"].values()] == ["theirs", "x"]
    assert [app["appId"] for app in deployed.state["apps"]] == ["their-app"]
    assert "The resource group stays" in done.text
    assert "smartDetectorAlertRules" not in done.text.partition("The resource group stays")[2]


def test_remove_wants_the_name_typed(deployed: Cloud) -> None:
    deployed.state["calls"].clear()
    for answer in ("", "y\n", "contoso\n"):
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


def test_mistakes_in_the_settings_are_named(deployed: Cloud) -> None:
    right = dict(deployed.settings)
    for mistake, (name, value, said) in BAD.items():
        deployed.settings = right | {name: value}
        done = deployed.run("2-entra-apps.sh")
        assert done.status != 0, mistake
        assert said in done.text, mistake


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


def test_a_secret_in_the_parameters_file_is_refused(cloud: Cloud) -> None:
    text = cloud.parameters.read_text()
    for secret, line in SECRETS_IN_PARAMETERS.items():
        [problem] = guard.problems(text.replace("{ BRIDGE_", f"{{ {line}\n BRIDGE_"))
        assert "3-secrets.sh" in problem, secret
        assert PFX not in problem
    cloud.parameters.write_text(text.replace("{ BRIDGE_", f"{{ {SECRETS_IN_PARAMETERS['a PFX']}\n BRIDGE_"))
    done = cloud.run("1-template.sh")
    assert done.status != 0
    assert cloud.changes() == []
    assert "SAML__CERTIFICATE: a secret does not belong here" in done.text


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


def test_help_needs_nothing_and_says_what_is_needed(cloud: Cloud) -> None:
    for script in ALL:
        done = cloud.run(script, "--help")
        assert done.status == 0, script
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
