"""The requesting app or its client credential is not set up correctly: the same for every user."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SECURITY_TAB

_SECRETS = f"{REGISTRATIONS} > the app > Certificates & secrets"
_FEDERATED = f"{REGISTRATIONS} > service app > Certificates & secrets > Federated credentials"

ROWS = (
    Row(
        codes=(700016, 70001, 7000112),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app is not known in this tenant",
        sentence="Entra does not find the app in this tenant, or it is disabled.",
        cause="A wrong client id (often the object id in its place), a wrong tenant, or a deleted registration.",
        fix=(
            f"{REGISTRATIONS} > All applications: look for the id in the message; take Application (client) ID, not "
            "Object ID.",
            f"{SECURITY_TAB}: check Client ID and Tenant ID. {APP_SETTINGS}: check BRIDGE_ENTRA__CLIENT_ID and "
            "BRIDGE_ENTRA__TENANT_ID.",
        ),
        az='az ad app show --id SERVICE_APP_ID --query "{id:appId,name:displayName}"',
    ),
    Row(
        codes=(7000114,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app may not use on-behalf-of",
        sentence="Entra does not allow this app to make on-behalf-of requests.",
        cause="The registration is of a kind that cannot, such as a Microsoft or a personal-account app.",
        fix=(f"{REGISTRATIONS}: make an ordinary single-tenant registration and use it as service app.",),
        az="az ad app show --id SERVICE_APP_ID --query signInAudience",
    ),
    Row(
        codes=(7000215,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The client secret is wrong",
        sentence="Entra refused the client secret.",
        cause="The Secret ID was pasted in place of the Value, the secret belongs to another app, or pac connector "
        "update emptied the connector's secret.",
        fix=(
            f"{_SECRETS}: make a new secret and copy its Value at once; it is shown only then.",
            f"For the connector: {SECURITY_TAB}: paste it into Client secret and save. For the bridge: {APP_SETTINGS}: "
            "BRIDGE_ENTRA__CLIENT_SECRET.",
        ),
        az="az ad app credential reset --id SERVICE_APP_ID --append --display-name bridge",
    ),
    Row(
        codes=(7000222,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The client secret has expired",
        sentence="The client secret has expired, and with it every connection that uses it.",
        cause="Secrets live two years at most. A managed identity has none that could expire.",
        fix=(
            f"{_SECRETS}: make a new secret and copy its Value.",
            f"For the connector: {SECURITY_TAB}: paste it and save. For the bridge: {APP_SETTINGS}: "
            "BRIDGE_ENTRA__CLIENT_SECRET.",
        ),
        az='az ad app credential list --id SERVICE_APP_ID --query "[].{name:displayName,until:endDateTime}"',
    ),
    Row(
        codes=(7000218,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app sent no client credential",
        sentence="The app must authenticate with a secret or an assertion, and sent neither.",
        cause="The secret's setting is empty, or the redirect URI was registered for another platform than Web.",
        fix=(
            f"{APP_SETTINGS}: set exactly one of BRIDGE_ENTRA__CLIENT_SECRET, BRIDGE_ENTRA__CLIENT_CERTIFICATE and "
            "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID.",
            f"{SECURITY_TAB}: enter the Client secret again and save.",
        ),
    ),
    Row(
        codes=(700027, 700025, 700030, 50012, 50048),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app's certificate is not accepted",
        sentence="Entra does not accept the certificate or the assertion with which the app authenticates.",
        cause="The certificate is not registered with the app, has expired, or belongs to another app.",
        fix=(
            f"{_SECRETS} > Certificates: upload the certificate (public part) and compare the thumbprint.",
            f"{APP_SETTINGS}: BRIDGE_ENTRA__CLIENT_CERTIFICATE must hold its private key and the same certificate.",
        ),
        az="az ad app credential list --id SERVICE_APP_ID --cert",
    ),
    Row(
        codes=(700024,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app's assertion is outside its time",
        sentence="The assertion with which the app authenticates is expired or not valid yet.",
        cause="The clock of the machine is wrong, or an assertion was kept too long.",
        fix=(
            "On the machine that runs the bridge: correct the clock.",
            "Azure portal > your function app > Restart: a fresh assertion is made.",
        ),
    ),
    Row(
        codes=(700211, 700213, 7000226, 700229),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The federated credential does not match",
        sentence="No federated credential of the app fits the token of the managed identity.",
        cause="Issuer, subject and audience are compared character by character and are not checked when saved. The "
        "subject is the identity's principal (object) id, not its client id.",
        fix=(
            f"{_FEDERATED}: issuer https://login.microsoftonline.com/TENANT_ID/v2.0, subject the object id of the "
            "user-assigned identity, audience api://AzureADTokenExchange.",
            f"{APP_SETTINGS}: BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID is the client id of that identity.",
        ),
        az="az ad app federated-credential list --id SERVICE_APP_ID",
    ),
    Row(
        codes=(90002, 900439, 900440, 900382, 900432),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The tenant is not found in this cloud",
        sentence="Entra does not find the tenant in the cloud that was asked.",
        cause="A misspelt tenant id, or a tenant of another Microsoft cloud.",
        fix=(
            "Entra admin center > Overview: copy Tenant ID.",
            f"{APP_SETTINGS}: check BRIDGE_ENTRA__TENANT_ID and BRIDGE_ENTRA__CLOUD. {SECURITY_TAB}: check Tenant ID.",
        ),
        az='az account show --query "{tenant:tenantId,cloud:environmentName}"',
    ),
    Row(
        codes=(50194, 9001023),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app belongs to one tenant, but common was asked",
        sentence="The request went to /common, but the app serves its own tenant only.",
        cause="The connector's Tenant ID still says common.",
        fix=(f"{SECURITY_TAB}: set Tenant ID to your tenant's id and save.",),
        az="az account show --query tenantId",
    ),
    Row(
        codes=(50146, 501461),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app needs a signing key of its own",
        sentence="The app has a claims-mapping policy, for which it would need its own signing key.",
        cause="The policy is assigned to the service app. An app with such a key cannot use on-behalf-of.",
        fix=(f"{ENTERPRISE} > service app > Single sign-on: remove the claims-mapping policy.",),
        az="az ad sp show --id SERVICE_APP_ID --query preferredSingleSignOnMode",
    ),
    Row(
        codes=(9002313, 900144, 901002),
        outcome=Outcome.MISCONFIGURED,
        title="The request to Entra is malformed",
        sentence="A parameter is missing, or one was sent that this address does not know.",
        cause="resource belongs to the v1 address only; the v2 address takes scope. Or a value was cut off.",
        fix=("In the client: send scope, not resource, to /oauth2/v2.0/token.", "Compare with docs/how-it-works.md."),
    ),
)
