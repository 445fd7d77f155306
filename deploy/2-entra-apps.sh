#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 2 of 6. Makes or completes the two app registrations in Entra, with consent.
Needs: Application Administrator or Cloud Application Administrator in Entra, Reader on the resource group." "$@"

# Client id of each app, object id of its service principal, ids of scopes. Those of Graph are the same in every tenant.
declare -A SP APP=([graph]=00000003-0000-0000-c000-000000000000 [saml]=$SAML_APP_ID
    [connections]=fe053c5f-3692-4f14-aef2-ee34fc081cae) # Microsoft's "Azure API Connections" fetches connectors' tokens
declare -A SCOPE=([graph/User.Read]=e1fe6dd8-ba31-4d61-89e7-88639da4683d
    [graph/openid]=37f7f235-527c-4136-accd-4a02d197296e [graph/profile]=14dad69e-099b-42c9-810b-d002981feec1
    [graph/offline_access]=7427e0e9-2fba-42fe-b0c0-848c9e6a8182)
NEW_SCOPE=6f1f9d34-52c8-4b0e-9b6b-0b5f9a1f6f57 # of access_as_user, where this script adds it
PERMISSIONS=("connector service access_as_user" "connector graph User.Read openid profile offline_access")
[[ -z $SAML_APP_ID ]] || PERMISSIONS+=("service saml $SAML_APP_SCOPE")
[[ ${READ_USER_NAMES-} != true ]] || PERMISSIONS+=("service graph User.Read")

# complete WHAT PATH CURRENT WANTED…: adds what CURRENT (JSON) lacks of each WANTED.
complete() {
    local body
    body=$(python3 -IS "$HERE/missing.py" "${@:4}" <<<"$3")
    [[ -n $body ]] || { say "$1: exists" && return; }
    patiently change '' rest --method PATCH --url "$GRAPH/$2" --body "$body" >/dev/null
}

complete_app() { # ROLE WANTED…
    local current
    current=$(patiently registration "${APP[$1]}")
    complete "Registration of the $1 app" "applications(appId='${APP[$1]}')" "$current" "${@:2}"
}

# ensure WHAT PATH LIST WANTED: makes or completes the first entry of LIST (JMESPath) in a collection of Graph. Sets ID.
ensure() {
    local found='' path=${2%%\?*}
    [[ $2 == *'<'* ]] ||
        found=$(patiently ask rest --method GET --url "$GRAPH/$2" --query "$3 | [:1].[id, to_string(@)]")
    ID=${found%%$'\t'*}
    if [[ -n $ID ]]; then
        complete "$1" "$path/$ID" "${found#*$'\t'}" "$4"
    else
        ID=$(patiently change "<$1>" rest --method POST --url "$GRAPH/$path" --query id --body "$4")
    fi
}

ensure_sp() { # APP [MEMBERS]
    ensure "Service principal of the $1 app" "servicePrincipals?\$filter=appId eq '${APP[$1]}'" value \
        "$(json "{\"appId\": %s${2-}}" "${APP[$1]}")"
    SP[$1]=$ID
}

# ensure_app ROLE WANTED…: an app with the scope access_as_user. One call makes it with its tag, so that none is lost;
# one call completes it, because the next one may read what was there before.
ensure_app() {
    local name=${1^^}_APP_NAME row client resource scopes scope wanted=("${@:2}")
    APP[$1]=$(find_app "$1")
    if [[ -z ${APP[$1]} ]]; then
        APP[$1]=$(change "<$1-app-id>" rest --method POST --url "$GRAPH/applications" --query appId --body "$(json \
            '{"displayName": %s, "signInAudience": "AzureADMyOrg", "tags": [%s]}' "${!name}" "$MARK/$NAME/$1")")
        remember "$1" "${APP[$1]}"
    fi
    for row in "${PERMISSIONS[@]}"; do
        read -r client resource scopes <<<"$row"
        for scope in $scopes; do
            [[ $client != "$1" ]] || wanted+=("$(json '{"requiredResourceAccess": [{"resourceAppId": %s,
                "resourceAccess": [{"id": %s, "type": "Scope"}]}]}' "${APP[$resource]}" "${SCOPE[$resource/$scope]}")")
        done
    done
    complete_app "$1" "${wanted[@]}" "$(json '{"identifierUris": [%s], "api": {"requestedAccessTokenVersion": 2,
        "oauth2PermissionScopes": [{"value": "access_as_user", "id": %s, "type": "Admin", "isEnabled": true,
        "adminConsentDisplayName": "Act as the signed-in user",
        "adminConsentDescription": "Lets the client call this application as the signed-in user."}]}}' \
        "api://${APP[$1]}" "$NEW_SCOPE")"
    SCOPE[$1/access_as_user]=$(patiently registration "${APP[$1]}" \
        "api.oauth2PermissionScopes[?value=='access_as_user'].id | [0]")
    : "${SCOPE[$1/access_as_user]:=$NEW_SCOPE}"
    ensure_sp "$1" ', "appRoleAssignmentRequired": true'
}

step "What exists already"
read_outputs
say "Managed identity: $IDENTITY"
ensure_sp graph
ensure_sp connections # missing in some tenants
if [[ -n $SAML_APP_ID ]]; then
    found=$(ask ad sp list --filter "appId eq '$SAML_APP_ID'" \
        --query "[].[id, oauth2PermissionScopes[?value=='$SAML_APP_SCOPE'].id | [0]]")
    SP[saml]=${found%%$'\t'*} SCOPE[saml/$SAML_APP_SCOPE]=${found#*$'\t'}
    [[ -n $found ]] || stop "SAML_APP_ID $SAML_APP_ID has no enterprise app in this tenant. Take the Application ID."
    [[ $found != *None ]] || stop "the SAML app exposes no scope '$SAML_APP_SCOPE' (Expose an API on its registration)."
fi

step "Service app: the bridge as an API"
claims=$(printf ', {"name": "%s"}' upn acct xms_cc idtyp xms_idrel xms_act_fct xms_sub_fct xms_par_app_azp)
ensure_app service "{\"optionalClaims\": {\"accessToken\": [${claims:2}]}}"

step "Connector app: what Power Platform signs in as"
uris=()
for uri in $CONNECTOR_REDIRECT_URIS; do uris+=("$(json '{"web": {"redirectUris": [%s]}}' "$uri")"); done
ensure_app connector "${uris[@]}"
for row in "connector connections" "service connector"; do # clients that need no consent page
    read -r role client <<<"$row"
    complete_app "$role" "$(json '{"api": {"preAuthorizedApplications": [
        {"appId": %s, "delegatedPermissionIds": [%s]}]}}' "${APP[$client]}" "${SCOPE[$role/access_as_user]}")"
done

step "Admin consent, and who may use it"
for row in "${PERMISSIONS[@]}"; do
    read -r client resource scopes <<<"$row"
    ensure "Consent for $scopes" "oauth2PermissionGrants?\$filter=clientId eq '${SP[$client]}'" \
        "value[?resourceId=='${SP[$resource]}' && consentType=='AllPrincipals']" \
        "$(json '{"clientId": %s, "consentType": "AllPrincipals", "resourceId": %s, "scope": %s}' \
            "${SP[$client]}" "${SP[$resource]}" "$scopes")"
done
[[ -n $USERS_GROUP_ID ]] || say "USERS_GROUP_ID is empty: assign users by hand (docs/deploy.md, step 3)."
for role in ${USERS_GROUP_ID:+service connector}; do # an app without roles has the role zero
    ensure "Assignment of the users' group" "servicePrincipals/${SP[$role]}/appRoleAssignedTo?\$top=999" \
        "value[?principalId=='$USERS_GROUP_ID']" "$(json '{"principalId": %s, "resourceId": %s, "appRoleId": %s}' \
            "$USERS_GROUP_ID" "${SP[$role]}" 00000000-0000-0000-0000-000000000000)"
done

step "Client authentication without secrets"
login=login.microsoftonline.com audience=api://AzureADTokenExchange
case $GRAPH in # as tokens say it; the Azure CLI names another host for China
*microsoft.us*) login=login.microsoftonline.us audience+=USGov ;;
*chinacloudapi*) login=login.partner.microsoftonline.cn audience+=China ;;
esac
for row in "service bridge-identity $IDENTITY" "connector power-platform $CONNECTOR_FEDERATED_SUBJECT"; do
    read -r role name subject <<<"$row"
    [[ -z $subject ]] || ensure "Federated credential $name" \
        "applications(appId='${APP[$role]}')/federatedIdentityCredentials" "value[?name=='$name']" \
        "$(json '{"name": %s, "issuer": %s, "subject": %s, "audiences": [%s]}' \
            "$name" "https://$login/$TENANT_ID/v2.0" "$subject" "$audience")"
done

step "Put these lines into the parameters file"
printf "param serviceAppId = '%s'\nparam allowedClients = '%s'\n" "${APP[service]}" "${APP[connector]}"
[[ -n $CONNECTOR_REDIRECT_URIS ]] ||
    say "Once the connector is saved: put its redirect URL into CONNECTOR_REDIRECT_URIS and run this script again."
say "Next: deploy/3-secrets.sh"
