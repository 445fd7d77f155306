#!/usr/bin/env bash
# Step 2: what lives in Azure. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 2 of 5. Makes storage, logs, key vault and the function app, gives the managed identity exactly the roles it
needs, and writes the app settings. Needs: Owner, or Contributor and User Access Administrator, on the resource group." "$@"

SITE=/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Web/sites/$NAME
SITES_API=2024-04-01
INSIGHTS_API=2020-02-02

BLOB_DATA_OWNER=b7e6dc6d-f1e8-4753-8033-0f276bb0955b
SECRETS_USER=4633458b-17de-408a-b874-0445c86b69e6
CRYPTO_USER=12338af0-0e69-4776-bea7-57ae8d297424
METRICS_PUBLISHER=3913510d-42f4-4e42-8a64-420c390055eb
SECRETS_OFFICER=b86a8fe4-44ce-4948-aee5-eccb2c155cd7
CERTIFICATES_OFFICER=a4417e6f-fecd-4de8-b567-7b0420556985

# ensure TYPE NAME ARGS…: a resource of ours; prints its id. ARGS make it.
ensure() {
    local id type=$1 name=$2
    shift 2
    id=$(made "$type" "$name")
    if [[ -n $id ]]; then
        say "$name: is there"
    else
        id=$(change "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/$type/$name" "$@")
    fi
    printf '%s' "$id"
}

# grant PRINCIPAL TYPE ROLE SCOPE
grant() {
    local id=''
    [[ $1 == '<'* || $4 == '<'* ]] || id=$(ask role assignment list --assignee-object-id "$1" --role "$3" --scope "$4" \
        --fill-principal-name false --query "[?scope=='$4'].id | [0]")
    [[ -z $id ]] || return 0
    patiently change '' role assignment create --assignee-object-id "$1" --assignee-principal-type "$2" \
        --role "$3" --scope "$4" --query id >/dev/null
}

# vault_name SETTING: the secret's name for an app setting (Key Vault takes letters, digits and hyphens).
vault_name() {
    local name=${1,,}
    name=${name//__/--}
    printf '%s' "${name//_/-}"
}

# ensure_secret SETTING: asks for the value once; it goes to the vault by a file, never by a command line.
ensure_secret() {
    local name found value
    name=$(vault_name "$1")
    found=''
    $DRY_RUN || found=$(patiently ask keyvault secret list --vault-name "$KEY_VAULT" --query "[?name=='$name'].name | [0]")
    [[ -z $found ]] || { say "Secret $name: is there"; return; }
    if $DRY_RUN; then
        change '' keyvault secret set --vault-name "$KEY_VAULT" --name "$name" --file '<file>' --encoding utf-8
        return
    fi
    say "Value of $1 (not shown): "
    IFS= read -rs value || [[ -n $value ]] || stop "no value for $1. Run the script in a terminal, or give the values on standard input."
    SECRET_FILE=$(mktemp)
    printf '%s' "$value" >"$SECRET_FILE"
    patiently change '' keyvault secret set --vault-name "$KEY_VAULT" --name "$name" --file "$SECRET_FILE" --encoding utf-8 \
        --query name >/dev/null
    rm -f "$SECRET_FILE"
}

# ensure_signing_key SYSTEM: a certificate whose private key cannot leave the vault.
ensure_signing_key() {
    local found=''
    $DRY_RUN || found=$(patiently ask keyvault certificate list --vault-name "$KEY_VAULT" --query "[?name=='$1-signing'].name | [0]")
    [[ -z $found ]] || { say "Signing key $1-signing: is there"; return; }
    patiently change '' keyvault certificate create --vault-name "$KEY_VAULT" --name "$1-signing" \
        --policy "@$HERE/signing-policy.json" --query name >/dev/null
}

# signing_settings SYSTEM: the two app settings that tell the bridge its key. What is set stays: moving to a new version
# of the key is a step of its own (docs/operations.md), because the system has to trust the new certificate first.
signing_settings() {
    local prefix="BRIDGE_SYSTEMS__${1^^}__SAML__" present='' row
    if [[ -v ${prefix}KEY_VAULT_KEY_ID ]]; then return; fi
    $DRY_RUN || present=$(ask functionapp config appsettings list --name "$NAME" --resource-group "$RESOURCE_GROUP" \
        --query "[?name=='${prefix}KEY_VAULT_KEY_ID'].value | [0]")
    [[ -z $present ]] || { say "Signing key of $1: stays at $present"; return; }
    row=$'<key-id>\t<certificate>'
    $DRY_RUN || row=$(ask keyvault certificate show --vault-name "$KEY_VAULT" --name "$1-signing" --query "[[kid, cer]]")
    APP_SETTINGS+=("${prefix}KEY_VAULT_KEY_ID=${row%%$'\t'*}" "${prefix}CERTIFICATE=${row#*$'\t'}")
}

# forget SETTING: deletes an app setting if it is there.
forget() {
    local found='<unknown>'
    $DRY_RUN || found=$(ask functionapp config appsettings list --name "$NAME" --resource-group "$RESOURCE_GROUP" \
        --query "[?name=='$1'].name | [0]")
    [[ -n $found ]] || return 0
    change '' functionapp config appsettings delete --name "$NAME" --resource-group "$RESOURCE_GROUP" \
        --setting-names "$1" --query "[].name" >/dev/null
}

step "Group and identity"
service=$(find_app service)
connector=$(find_app connector)
if $DRY_RUN; then service=${service:-<service-app-id>} connector=${connector:-<connector-app-id>}; fi
[[ -n $service && -n $connector ]] || stop "the Entra apps are not there. Run deploy/1-entra-apps.sh first."
ensure_group
ensure_identity

step "Storage"
storage=$(ensure Microsoft.Storage/storageAccounts "$STORAGE_ACCOUNT" storage account create --name "$STORAGE_ACCOUNT" \
    --resource-group "$RESOURCE_GROUP" --location "$LOCATION" --sku Standard_LRS --min-tls-version TLS1_2 \
    --allow-blob-public-access false --tags "$MARK=$NAME" --query id)
change '' storage container-rm create --storage-account "$STORAGE_ACCOUNT" --resource-group "$RESOURCE_GROUP" \
    --name app-package --query name >/dev/null

step "Logs"
workspace=$(ensure Microsoft.OperationalInsights/workspaces "$NAME-logs" monitor log-analytics workspace create \
    --workspace-name "$NAME-logs" --resource-group "$RESOURCE_GROUP" --location "$LOCATION" --tags "$MARK=$NAME" --query id)
insights_id=/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Insights/components/$NAME-insights
insights=$(ensure Microsoft.Insights/components "$NAME-insights" rest --method PUT \
    --url "$insights_id?api-version=$INSIGHTS_API" --query id --body "$(json '{"location": a[0], "kind": "web", "tags": {a[1]: a[2]},
        "properties": {"Application_Type": "web", "WorkspaceResourceId": a[3], "DisableLocalAuth": True}}' \
    "$LOCATION" "$MARK" "$NAME" "$workspace")")

step "Key vault, with its audit log beside the app's"
vault=$(made Microsoft.KeyVault/vaults "$KEY_VAULT")
deleted=$(ask keyvault list-deleted --resource-type vault --query "[?name=='$KEY_VAULT'].properties.tags.\"$MARK\" | [0]")
if [[ -z $vault && $deleted == "$NAME" ]]; then
    vault=$(change "<vault-id>" keyvault recover --name "$KEY_VAULT" --resource-group "$RESOURCE_GROUP" --location "$LOCATION" --query id)
else
    vault=$(ensure Microsoft.KeyVault/vaults "$KEY_VAULT" keyvault create --name "$KEY_VAULT" --resource-group "$RESOURCE_GROUP" \
        --location "$LOCATION" --enable-rbac-authorization true --enable-purge-protection true --retention-days 7 \
        --tags "$MARK=$NAME" --query id)
fi
audit=''
$DRY_RUN || audit=$(ask monitor diagnostic-settings list --resource "$vault" --query "[?name=='audit'].name | [0]")
[[ -n $audit ]] || change '' monitor diagnostic-settings create --name audit --resource "$vault" --workspace "$workspace" \
    --export-to-resource-specific true --logs '[{"category": "AuditEvent", "enabled": true}]' --query name >/dev/null
if [[ -n $KEY_VAULT_SECRETS$SIGNING_SYSTEMS ]]; then
    if [[ $(ask account show --query user.type) == user ]]; then
        me=$(ask ad signed-in-user show --query id)
        grant "$me" User "$SECRETS_OFFICER" "$vault"
        grant "$me" User "$CERTIFICATES_OFFICER" "$vault"
    else
        say "Signed in as an application: it needs Key Vault Secrets Officer and Certificates Officer on the vault."
    fi
fi
for setting in $KEY_VAULT_SECRETS; do ensure_secret "$setting"; done
for system in $SIGNING_SYSTEMS; do ensure_signing_key "$system"; done

step "Function app"
site=$(ensure Microsoft.Web/sites "$NAME" functionapp create --name "$NAME" --resource-group "$RESOURCE_GROUP" \
    --storage-account "$STORAGE_ACCOUNT" --flexconsumption-location "$LOCATION" --runtime python \
    --runtime-version "$PYTHON_VERSION" --instance-memory "$INSTANCE_MEMORY" --maximum-instance-count "$MAXIMUM_INSTANCES" \
    --https-only true --disable-app-insights true --deployment-storage-name "$STORAGE_ACCOUNT" \
    --deployment-storage-container-name app-package --deployment-storage-auth-type UserAssignedIdentity \
    --deployment-storage-auth-value "$IDENTITY_ID" --tags "$MARK=$NAME" --query id)
change '' functionapp identity assign --name "$NAME" --resource-group "$RESOURCE_GROUP" --identities "$IDENTITY_ID" >/dev/null

step "Roles of the managed identity"
grant "$IDENTITY_PRINCIPAL_ID" ServicePrincipal "$BLOB_DATA_OWNER" "$storage"
grant "$IDENTITY_PRINCIPAL_ID" ServicePrincipal "$METRICS_PUBLISHER" "$insights"
references=$KEY_VAULT_SECRETS
for setting in $(compgen -A variable BRIDGE_); do [[ ${!setting} != @Microsoft.KeyVault* ]] || references+=" $setting"; done
[[ -z $references ]] || grant "$IDENTITY_PRINCIPAL_ID" ServicePrincipal "$SECRETS_USER" "$vault"
for system in $SIGNING_SYSTEMS; do
    grant "$IDENTITY_PRINCIPAL_ID" ServicePrincipal "$CRYPTO_USER" "$vault/keys/$system-signing"
done

step "HTTPS only, no passwords for publishing, Easy Auth off (the bridge validates tokens itself)"
change '' rest --method PATCH --url "$SITE?api-version=$SITES_API" --query name --body "$(json \
    '{"properties": {"httpsOnly": True, "keyVaultReferenceIdentity": a[0]}}' "$IDENTITY_ID")" >/dev/null
for kind in scm ftp; do
    change '' rest --method PUT --url "$SITE/basicPublishingCredentialsPolicies/$kind?api-version=$SITES_API" --query name \
        --body '{"properties": {"allow": false}}' >/dev/null
done
change '' rest --method PUT --url "$SITE/config/authsettingsV2?api-version=$SITES_API" --query name \
    --body '{"properties": {"platform": {"enabled": false}}}' >/dev/null

step "Concurrency (the default, one request per instance, would start an instance for every user)"
change '' functionapp scale config set --name "$NAME" --resource-group "$RESOURCE_GROUP" --trigger-type http \
    --trigger-settings "perInstanceConcurrency=$HTTP_CONCURRENCY" >/dev/null
always=''
$DRY_RUN || always=$(ask functionapp scale config show --name "$NAME" --resource-group "$RESOURCE_GROUP" \
    --query "alwaysReady[?name=='http'].instanceCount | [0]")
if ((ALWAYS_READY > 0)); then
    change '' functionapp scale config always-ready set --name "$NAME" --resource-group "$RESOURCE_GROUP" \
        --settings "http=$ALWAYS_READY" >/dev/null
elif [[ -n $always ]]; then
    change '' functionapp scale config always-ready delete --name "$NAME" --resource-group "$RESOURCE_GROUP" \
        --setting-names http >/dev/null
fi

step "App settings"
cloud=public
case $GRAPH in *microsoft.us*) cloud=usgov ;; *chinacloudapi*) cloud=china ;; esac
connection='<connection-string>'
$DRY_RUN || connection=$(ask rest --method GET --url "$insights?api-version=$INSIGHTS_API" --query properties.ConnectionString)
APP_SETTINGS=(
    "AzureWebJobsStorage__accountName=$STORAGE_ACCOUNT"
    "AzureWebJobsStorage__credential=managedidentity"
    "AzureWebJobsStorage__clientId=$IDENTITY_CLIENT_ID"
    "APPLICATIONINSIGHTS_CONNECTION_STRING=$connection"
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING=ClientId=$IDENTITY_CLIENT_ID;Authorization=AAD"
    "PYTHON_THREADPOOL_THREAD_COUNT=$THREADS"
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT=1048576" # the bridge takes 256 KB; the default is 100 MB
    "BRIDGE_ENTRA__TENANT_ID=$TENANT_ID"
    "BRIDGE_ENTRA__CLIENT_ID=$service"
    "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID=$IDENTITY_CLIENT_ID"
    "BRIDGE_ENTRA__ALLOWED_CLIENTS=$connector"
    "BRIDGE_ENTRA__CLOUD=$cloud"
)
for setting in $KEY_VAULT_SECRETS; do
    APP_SETTINGS+=("$setting=@Microsoft.KeyVault(VaultName=$KEY_VAULT;SecretName=$(vault_name "$setting"))")
done
for system in $SIGNING_SYSTEMS; do signing_settings "$system"; done
for setting in $(compgen -A variable BRIDGE_); do APP_SETTINGS+=("$setting=${!setting}"); done
change '' functionapp config appsettings set --name "$NAME" --resource-group "$RESOURCE_GROUP" \
    --settings "${APP_SETTINGS[@]}" --query "[].name" >/dev/null

step "No storage key (az functionapp create has written one), and none that works"
forget AzureWebJobsStorage
change '' storage account update --name "$STORAGE_ACCOUNT" --resource-group "$RESOURCE_GROUP" --allow-shared-key-access false \
    --query name >/dev/null

step "Done"
say "  function app   https://$NAME.azurewebsites.net   ($site)"
for system in $SIGNING_SYSTEMS; do
    say "  For $system to trust: az keyvault certificate show --vault-name $KEY_VAULT --name $system-signing --query cer --output tsv"
done
say "Next: deploy/3-publish.sh"
