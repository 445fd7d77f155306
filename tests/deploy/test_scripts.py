"""The deployment scripts against a stand-in `az`: what they make, in which order, and that they can be repeated."""

from __future__ import annotations

import os

import pytest

from tests.deploy.az import core
from tests.deploy.conftest import NAME, SECRET, STEPS, USERS_GROUP, Cloud

API_CONNECTIONS = "fe053c5f-3692-4f14-aef2-ee34fc081cae"


def test_the_service_app_is_what_the_bridge_needs(deployed: Cloud) -> None:
    app, connector = deployed.app("service"), deployed.app("connector")
    [scope] = app["api"]["oauth2PermissionScopes"]
    assert app["displayName"] == deployed.settings["SERVICE_APP_NAME"]
    assert app["identifierUris"] == [f"api://{app['appId']}"]
    assert app["api"]["requestedAccessTokenVersion"] == 2
    assert (scope["value"], scope["type"], scope["isEnabled"]) == ("access_as_user", "Admin", True)
    assert {claim["name"] for claim in app["optionalClaims"]["accessToken"]} >= {"upn", "acct"}
    assert app["requiredResourceAccess"] == [
        {
            "resourceAppId": core.SAML_APP,
            "resourceAccess": [{"id": core.SAML_SCOPE, "type": "Scope"}],
        }
    ]
    assert app["api"]["preAuthorizedApplications"] == [
        {"appId": connector["appId"], "delegatedPermissionIds": [scope["id"]]}
    ]


def test_the_connector_app_is_known_to_power_platform(deployed: Cloud) -> None:
    service, app = deployed.app("service"), deployed.app("connector")
    [own], [its] = app["api"]["oauth2PermissionScopes"], service["api"]["oauth2PermissionScopes"]
    assert app["api"]["preAuthorizedApplications"] == [
        {"appId": API_CONNECTIONS, "delegatedPermissionIds": [own["id"]]}
    ]
    assert app["requiredResourceAccess"] == [
        {"resourceAppId": service["appId"], "resourceAccess": [{"id": its["id"], "type": "Scope"}]}
    ]


def test_consent_assignment_and_federation(deployed: Cloud) -> None:
    state = deployed.state
    sps = {sp["appId"]: sp for sp in state["sps"]}
    service, connector = (sps[deployed.app(role)["appId"]] for role in ("service", "connector"))
    [identity] = [r for r in state["resources"].values() if "principalId" in r]
    grants = {(grant["clientId"], grant["resourceId"], grant["scope"]) for grant in state["grants"]}
    assert grants == {
        (connector["id"], service["id"], "access_as_user"),
        (service["id"], core.SAML_SP, "user_impersonation"),
    }
    assert service["appRoleAssignmentRequired"]
    assert connector["appRoleAssignmentRequired"]
    assert {(entry["principalId"], entry["resourceId"]) for entry in state["assigned"]} == {
        (USERS_GROUP, service["id"]),
        (USERS_GROUP, connector["id"]),
    }
    assert state["fics"] == {
        service["appId"]: [
            {
                "name": "bridge-identity",
                "issuer": f"https://login.microsoftonline.com/{core.TENANT}/v2.0",
                "subject": identity["principalId"],
                "audiences": ["api://AzureADTokenExchange"],
            }
        ]
    }


def test_the_second_pass_adds_the_redirect_uri_and_the_platforms_identity(deployed: Cloud) -> None:
    deployed.state["calls"].clear()
    redirect = "https://global.consent.azure-apim.net/redirect/bridge-5f1"
    deployed.settings |= {"CONNECTOR_REDIRECT_URIS": redirect, "CONNECTOR_FEDERATED_SUBJECT": "/eid1/c/pub/t/x/a/y"}
    assert deployed.run("1-entra-apps.sh").status == 0
    connector = deployed.app("connector")
    assert connector["web"]["redirectUris"] == [redirect]
    assert deployed.state["fics"][connector["appId"]][0]["subject"] == "/eid1/c/pub/t/x/a/y"
    assert len(deployed.changes()) == 2


def test_no_storage_key_is_left_and_none_would_work(deployed: Cloud) -> None:
    state = deployed.state
    [account] = [r for r in state["resources"].values() if "sharedKeys" in r]
    assert "AzureWebJobsStorage" not in state["settings"]
    assert not account["sharedKeys"]
    assert state["settings"]["AzureWebJobsStorage__credential"] == "managedidentity"
    order = [" ".join(call[:4]) for call in deployed.changes()]
    assert order.index("functionapp config appsettings delete") < order.index("storage account update --name")


def test_the_app_is_closed_where_it_need_not_be_open(deployed: Cloud) -> None:
    sites = deployed.state["sites"]
    assert sites["authsettingsV2"] == {"platform": {"enabled": False}}
    assert sites["scm"] == sites["ftp"] == {"allow": False}
    assert sites["site"]["httpsOnly"]
    assert sites["site"]["keyVaultReferenceIdentity"].endswith(f"/{NAME}-identity")
    assert deployed.state["scale"]["http"] == "perInstanceConcurrency=16"


def test_the_vaults_audit_log_stands_beside_the_apps(deployed: Cloud) -> None:
    [vault] = [r for r in deployed.state["resources"].values() if r["type"] == "Microsoft.KeyVault/vaults"]
    [audit] = vault["diagnostics"]
    assert audit["workspace"].endswith(f"/{NAME}-logs")


def test_the_identity_has_these_roles_and_no_others(deployed: Cloud) -> None:
    state = deployed.state
    [identity] = [r["principalId"] for r in state["resources"].values() if "principalId" in r]
    roles = {
        (role["role"][:8], role["scope"].partition("/providers/")[2])
        for role in state["roles"]
        if role["principalId"] == identity
    }
    assert roles == {
        ("b7e6dc6d", "Microsoft.Storage/storageAccounts/contosobridge"),
        ("3913510d", f"Microsoft.Insights/components/{NAME}-insights"),
        ("4633458b", "Microsoft.KeyVault/vaults/kv-contoso"),
        ("12338af0", "Microsoft.KeyVault/vaults/kv-contoso/keys/workday-signing"),
    }


def test_app_settings_arrive_as_they_stand(deployed: Cloud) -> None:
    settings, certificate = deployed.state["settings"], deployed.state["certificates"]["workday-signing"]
    assert settings["BRIDGE_SYSTEMS__WORKDAY__HOST"] == "wd2.example"
    assert settings["BRIDGE_SYSTEMS__WORKDAY__SAML__ATTRIBUTES"] == '{"a": "it\'s = $HOME"}'
    assert settings["BRIDGE_ENTRA__CLIENT_ID"] == deployed.app("service")["appId"]
    assert settings["BRIDGE_ENTRA__ALLOWED_CLIENTS"] == deployed.app("connector")["appId"]
    assert settings["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] == certificate["kid"]
    assert settings["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"] == certificate["cer"]
    assert not certificate["policy"]["keyProperties"]["exportable"]
    assert "BRIDGE_ENTRA__CLIENT_SECRET" not in settings


def test_a_secret_goes_to_the_vault_and_nowhere_else(cloud: Cloud) -> None:
    told = "".join(cloud.run(script, stdin=f"{SECRET}\n").text for script in STEPS)
    state = cloud.state
    name = "bridge-systems--workday--client-secret"
    assert state["secrets"] == {name: SECRET}
    reference = f"@Microsoft.KeyVault(VaultName=kv-contoso;SecretName={name})"
    assert state["settings"]["BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET"] == reference
    assert "s3cret" not in told
    assert "s3cret" not in str(state["calls"])


def test_a_second_run_makes_nothing_new(deployed: Cloud) -> None:
    before = {name: value for name, value in deployed.state.items() if name not in ("calls", "changes")}
    deployed.state["calls"].clear()
    deployed.deploy()
    assert before == {name: value for name, value in deployed.state.items() if name not in ("calls", "changes")}
    made = [call for call in deployed.changes() if call[-1] == "create" or "POST" in call]
    assert made == []


def test_a_second_run_finds_the_apps_by_their_mark_when_the_record_is_lost(deployed: Cloud) -> None:
    (deployed.folder / "deploy" / f"state.{NAME}.env").unlink()
    deployed.deploy()
    assert len(deployed.state["apps"]) == 2


MIDDLES = {
    "the second app": 'applications --query appId --body {"displayName": "Connector',
    "a registration half complete": "PATCH --url https://graph",
    "a service principal": "/servicePrincipals --query id",
    "consent": "oauth2PermissionGrants",
    "the function app": "functionapp create",
    "the app settings": "appsettings set",
    "the storage key": "appsettings delete",
    "the code": "config-zip",
}


@pytest.mark.parametrize("fails", MIDDLES.values(), ids=MIDDLES)
def test_a_failure_in_the_middle_is_fixed_by_running_again(cloud: Cloud, fails: str) -> None:
    cloud.state["fails"] = fails
    statuses = [cloud.run(script, stdin=f"{SECRET}\n").status for script in STEPS]
    assert any(statuses), "the failure has to show"
    cloud.state["fails"] = None
    cloud.deploy()
    state = cloud.state
    assert (len(state["apps"]), len(state["grants"]), len(state["assigned"])) == (2, 2, 2)
    assert len(state["resources"]) == 6
    assert "AzureWebJobsStorage" not in state["settings"]
    assert state["sites"]["published"] == "zip"


def test_a_failure_says_that_it_is_not_finished(cloud: Cloud) -> None:
    cloud.state["fails"] = "group create"
    done = cloud.run("1-entra-apps.sh")
    assert done.status != 0
    assert "told to fail here" in done.text
    assert "Not finished" in done.text


@pytest.mark.parametrize("script", [*STEPS, "5-remove.sh"])
@pytest.mark.parametrize("start", ["cloud", "deployed"])
def test_a_dry_run_changes_nothing(request: pytest.FixtureRequest, start: str, script: str) -> None:
    cloud: Cloud = request.getfixturevalue(start)
    cloud.state["calls"].clear()
    done = cloud.run(script, "--dry-run")
    assert done.status == 0, done.text
    assert "Dry run" in done.text
    assert cloud.changes() == []


def test_a_dry_run_prints_commands_that_a_shell_takes(cloud: Cloud) -> None:
    done = cloud.run("1-entra-apps.sh", "--dry-run")
    printed = [line for line in done.text.splitlines() if line.startswith("  az ")]
    assert len(printed) > 8
    assert any("service-app-id" in line for line in printed)


def test_what_is_somebody_elses_is_not_touched(deployed: Cloud) -> None:
    state = deployed.state
    for resource in state["resources"].values():
        if resource["type"] == "Microsoft.Storage/storageAccounts":
            resource["tags"] = {}
    deployed.state["calls"].clear()
    done = deployed.run("2-resources.sh")
    assert done.status != 0
    assert "was not made by these scripts" in done.text
    assert not any("storage" in call for call in deployed.changes())


def test_remove_takes_away_everything_that_was_made(deployed: Cloud) -> None:
    assert deployed.run("5-remove.sh", stdin=f"{NAME}\n").status == 0
    state = deployed.state
    assert (state["apps"], state["resources"], state["groups"]) == ([], {}, {})
    assert [sp["appId"] for sp in state["sps"]] == [core.SAML_APP]
    assert list((deployed.folder / "deploy").glob("state.*")) == []


def test_remove_leaves_what_others_have_put_there(deployed: Cloud) -> None:
    state = deployed.state
    theirs = {"id": "/theirs", "type": "Microsoft.Web/sites", "name": "theirs", "group": "rg-contoso", "tags": {}}
    state["resources"]["/theirs"] = theirs
    state["apps"].append({"appId": "their-app", "tags": [f"obo-saml-bridge/{NAME}-2/service"]})
    done = deployed.run("5-remove.sh", stdin=f"{NAME}\n")
    assert list(deployed.state["resources"]) == ["/theirs"]
    assert [app["appId"] for app in deployed.state["apps"]] == ["their-app"]
    assert "rg-contoso" in deployed.state["groups"]
    assert "The resource group stays" in done.text


def test_remove_keeps_a_group_that_was_there_before(cloud: Cloud) -> None:
    cloud.state.update(groups={"rg-contoso": {"name": "rg-contoso", "tags": {}}})
    cloud.deploy()
    assert cloud.run("5-remove.sh", stdin=f"{NAME}\n").status == 0
    assert cloud.state["resources"] == {}
    assert "rg-contoso" in cloud.state["groups"]


def test_remove_verifies_the_mark_of_a_recorded_app(deployed: Cloud) -> None:
    state = deployed.state
    for app in state["apps"]:
        app["tags"] = []
    deployed.run("5-remove.sh", stdin=f"{NAME}\n")
    assert len(deployed.state["apps"]) == 2


@pytest.mark.parametrize("answer", ["", "y\n", "contoso\n"])
def test_remove_wants_the_name_typed(deployed: Cloud, answer: str) -> None:
    deployed.state["calls"].clear()
    assert deployed.run("5-remove.sh", stdin=answer).status != 0
    assert deployed.changes() == []


def test_removed_and_made_again_the_vault_is_recovered(deployed: Cloud) -> None:
    assert deployed.run("5-remove.sh", stdin=f"{NAME}\n").status == 0
    deployed.deploy()
    assert deployed.state["deleted"] == []
    assert any(call[:2] == ["keyvault", "recover"] for call in deployed.changes())


def test_a_new_version_of_the_signing_key_is_not_taken_by_itself(deployed: Cloud) -> None:
    old = deployed.state["settings"]["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"]
    state = deployed.state
    state["certificates"]["workday-signing"] |= {"kid": "https://kv-contoso.vault.azure.net/keys/x/new", "cer": "new"}
    deployed.deploy()
    assert deployed.state["settings"]["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] == old
    deployed.settings["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"] = (
        "https://kv-contoso.vault.azure.net/keys/x/new"
    )
    deployed.deploy()
    assert deployed.state["settings"]["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"].endswith("/new")


def test_without_secrets_the_identity_cannot_read_any(cloud: Cloud) -> None:
    cloud.settings |= {"KEY_VAULT_SECRETS": "", "SIGNING_SYSTEMS": ""}
    cloud.deploy()
    assert not any(role["role"].startswith(("4633458b", "12338af0")) for role in cloud.state["roles"])


def test_a_reference_in_the_settings_lets_the_identity_read_secrets(deployed: Cloud) -> None:
    deployed.state["roles"].clear()
    reference = "@Microsoft.KeyVault(VaultName=kv-contoso;SecretName=workday-signing-pem)"
    deployed.settings |= {"KEY_VAULT_SECRETS": "", "BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE": reference}
    assert deployed.run("2-resources.sh").status == 0
    assert any(role["role"].startswith("4633458b") for role in deployed.state["roles"])
    assert deployed.state["settings"]["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"] == reference


def test_always_ready_is_an_option(cloud: Cloud) -> None:
    cloud.settings["ALWAYS_READY"] = "2"
    cloud.deploy()
    assert cloud.state["scale"]["always"] == [{"name": "http", "instanceCount": 2}]
    cloud.settings["ALWAYS_READY"] = "0"
    cloud.deploy()
    assert cloud.state["scale"]["always"] == []


BAD = {
    "a name with capitals": ("NAME", "Contoso", "NAME: has to be"),
    "a subscription by name": ("SUBSCRIPTION_ID", "My subscription", "SUBSCRIPTION_ID: has to be"),
    "a secret in the file": ("BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET", "x", "no secrets in this file"),
    "a key in the file": ("BRIDGE_SYSTEMS__X__SAML__CERTIFICATE", "-----BEGIN PRIVATE KEY-----", "no secrets in this"),
    "another subscription": ("SUBSCRIPTION_ID", "00000000-0000-0000-0000-0000000000ff", "az account set"),
    "a SAML app that is not there": ("SAML_APP_ID", "00000000-0000-0000-0000-0000000000ff", "no enterprise app"),
    "a scope that is not there": ("SAML_APP_SCOPE", "other", "exposes no scope"),
}


@pytest.mark.parametrize(("name", "value", "told"), BAD.values(), ids=BAD)
def test_mistakes_in_the_settings_are_told_by_name(cloud: Cloud, name: str, value: str, told: str) -> None:
    cloud.settings[name] = value
    done = cloud.run("1-entra-apps.sh")
    assert done.status != 0
    assert told in done.text


def test_another_settings_file_may_be_named_from_anywhere(deployed: Cloud) -> None:
    assert deployed.run("1-entra-apps.sh", "--help").status == 0
    (deployed.folder / "test.env").write_text("NAME='Not Good'\n")
    done = deployed.run("1-entra-apps.sh", "--settings", os.path.relpath(deployed.folder / "test.env"))
    assert "'Not Good'" in done.text


def test_step_two_wants_step_one(cloud: Cloud) -> None:
    done = cloud.run("2-resources.sh")
    assert done.status != 0
    assert "Run deploy/1-entra-apps.sh first" in done.text


@pytest.mark.parametrize("script", [*STEPS, "4-verify.sh", "5-remove.sh"])
def test_help_needs_nothing_and_says_what_is_needed(cloud: Cloud, script: str) -> None:
    done = cloud.run(script, "--help")
    assert done.status == 0
    assert "Needs" in done.text
    assert "--dry-run" in done.text
    assert cloud.state["calls"] == []


def test_each_step_names_the_next(cloud: Cloud) -> None:
    told = [cloud.run(script, stdin=f"{SECRET}\n").text for script in STEPS]
    assert [text.strip().rpartition("Next: ")[2] for text in told] == [
        "deploy/2-resources.sh",
        "deploy/3-publish.sh",
        "deploy/4-verify.sh",
    ]


def test_verify_asks_the_app_and_changes_nothing(deployed: Cloud) -> None:
    deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": "Resolved"}}])
    deployed.state["calls"].clear()
    done = deployed.run("4-verify.sh", env={"USER_TOKEN": "a-token"})
    assert done.status == 0, done.text
    assert deployed.changes() == []
    asked = (deployed.folder / "checked").read_text()
    assert asked == "bridge check --url https://bridge.example key=the-function-key"
    assert "a-token" not in done.text
    assert "the-function-key" not in done.text


VERIFY_FAILURES: dict[str, tuple[str, dict[str, str]]] = {
    "a Key Vault reference that does not resolve": ("AccessToKeyVaultDenied", {}),
    "WhoAmI answered by somebody else": ("Resolved", {"WHOAMI": "<html>\n401"}),
    "the check fails": ("Resolved", {"CHECK_STATUS": "1"}),
    "the user's token is refused": ("Resolved", {"USER_TOKEN": "other"}),
}


@pytest.mark.parametrize(("status", "env"), VERIFY_FAILURES.values(), ids=VERIFY_FAILURES)
def test_verify_fails_if_one_check_does(deployed: Cloud, status: str, env: dict[str, str]) -> None:
    deployed.state.update(vault_ids=[{"name": "BRIDGE_X", "properties": {"status": status}}])
    done = deployed.run("4-verify.sh", env=env)
    assert done.status != 0
    assert "✗" in done.text
