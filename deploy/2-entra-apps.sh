#!/usr/bin/env bash
# What lives in Entra. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 2 of 6. Makes or completes the two app registrations in Entra, with consent; the managed identity authenticates
the service app, so there is no secret. Needs: Application Administrator or Cloud Application Administrator in Entra (admin consent included),
Reader on the resource group." "$@"

API_CONNECTIONS=fe053c5f-3692-4f14-aef2-ee34fc081cae # Microsoft's "Azure API Connections": fetches connectors' tokens
MICROSOFT_GRAPH=00000003-0000-0000-c000-000000000000
declare -A SIGN_IN=( # what a sign-in page asks for; ids are the same in every tenant
    [User.Read]=e1fe6dd8-ba31-4d61-89e7-88639da4683d [openid]=37f7f235-527c-4136-accd-4a02d197296e
    [profile]=14dad69e-099b-42c9-810b-d002981feec1 [offline_access]=7427e0e9-2fba-42fe-b0c0-848c9e6a8182
)

# ensure_app ROLE DISPLAY_NAME: prints its client id. Made in one call with its mark, so that no half-made app is lost.
ensure_app() {
    local id
    id=$(find_app "$1")
    if [[ -z $id ]]; then
        id=$(change "<$1-app-id>" rest --method POST --url "$GRAPH/applications" --query appId --body "$(json \
            '{"displayName": %s, "signInAudience": "AzureADMyOrg", "tags": [%s], "api": {"requestedAccessTokenVersion": 2}}' \
            "$2" "$MARK/$NAME/$1")")
        remember "${1}_app_id" "$id"
    else
        say "$2: is there ($id)"
    fi
    printf '%s' "$id"
}

# read_app APP_ID: its registration as JSON.
read_app() { if [[ $1 == '<'* ]]; then echo '{}'; else patiently app "$1"; fi; }

# complete_app APP_ID OPTIONS…: adds what manifest.py finds missing.
complete_app() {
    local id=$1 registration bodies body
    registration=$(read_app "$id")
    bodies=$(python3 -IS "$HERE/manifest.py" "$@" <<<"$registration")
    [[ -n $bodies ]] || { say "Its registration is complete"; return; }
    while IFS= read -r body; do
        patiently change '' rest --method PATCH --url "$GRAPH/applications(appId='$id')" --body "$body" >/dev/null
    done <<<"$bodies"
}

scope_of() { # APP_ID
    local registration
    registration=$(read_app "$1")
    python3 -IS "$HERE/manifest.py" "$1" --scope-id <<<"$registration"
}

# ensure_sp APP_ID [false]: prints the object id of its service principal. Only assigned users get tokens for it, unless false.
ensure_sp() {
    local id assigned_only=${2-true}
    id=$(find_sp "$1")
    if [[ -z $id ]]; then
        id=$(patiently change "<service-principal-of-$1>" rest --method POST --url "$GRAPH/servicePrincipals" --query id \
            --body "$(json "{\"appId\": %s, \"appRoleAssignmentRequired\": $assigned_only}" "$1")")
    elif $assigned_only && [[ $(ask ad sp list --filter "appId eq '$1'" --query "[0].appRoleAssignmentRequired") != true ]]; then
        change '' rest --method PATCH --url "$GRAPH/servicePrincipals/$id" --body '{"appRoleAssignmentRequired": true}' >/dev/null
    fi
    printf '%s' "$id"
}

# ensure_grant CLIENT_SP RESOURCE_SP SCOPES: admin consent for all users, for these scopes.
ensure_grant() {
    local grants='' id scopes scope missing=''
    [[ $1 == '<'* || $2 == '<'* ]] || grants=$(ask rest --method GET --url "$GRAPH/servicePrincipals/$1/oauth2PermissionGrants" \
        --query "value[?resourceId=='$2' && consentType=='AllPrincipals'].[id, scope]")
    if [[ -z $grants ]]; then
        patiently change '' rest --method POST --url "$GRAPH/oauth2PermissionGrants" --query id --body "$(json \
            '{"clientId": %s, "consentType": "AllPrincipals", "resourceId": %s, "scope": %s}' "$@")" >/dev/null
        return
    fi
    id=${grants%%$'\t'*} scopes=${grants#*$'\t'}
    for scope in $3; do [[ " $scopes " == *" $scope "* ]] || missing+=" $scope"; done
    if [[ -z $missing ]]; then
        say "Consent for $3: is there"
    else
        change '' rest --method PATCH --url "$GRAPH/oauth2PermissionGrants/$id" --body "$(json '{"scope": %s}' "$scopes$missing")" >/dev/null
    fi
}

# ensure_assignment SP: lets the users' group use the app.
ensure_assignment() {
    local id=''
    [[ $1 == '<'* ]] || id=$(ask rest --method GET --url "$GRAPH/servicePrincipals/$1/appRoleAssignedTo" \
        --query "value[?principalId=='$USERS_GROUP_ID'].id | [0]")
    [[ -z $id ]] || { say "Assignment of the users' group: is there"; return; }
    patiently change '' rest --method POST --url "$GRAPH/servicePrincipals/$1/appRoleAssignedTo" --query id --body "$(json \
        '{"principalId": %s, "resourceId": %s, "appRoleId": "00000000-0000-0000-0000-000000000000"}' \
        "$USERS_GROUP_ID" "$1")" >/dev/null
}

# ensure_federation APP_ID NAME SUBJECT: a token of that subject authenticates the app (federated credential).
ensure_federation() {
    local subject='' issuer login=login.microsoftonline.com audience=api://AzureADTokenExchange
    case $GRAPH in # as tokens say it; the Azure CLI names another host for China
    *microsoft.us*) login=login.microsoftonline.us audience+=USGov ;;
    *chinacloudapi*) login=login.partner.microsoftonline.cn audience+=China ;;
    esac
    issuer="https://$login/$TENANT_ID/v2.0"
    [[ $1 == '<'* ]] || subject=$(ask ad app federated-credential list --id "$1" --query "[?name=='$2'].subject | [0]")
    [[ $subject != "$3" ]] || { say "Federated credential $2: is there"; return; }
    local parameters
    parameters=$(json '{"name": %s, "issuer": %s, "subject": %s, "audiences": [%s]}' "$2" "$issuer" "$3" "$audience")
    if [[ -z $subject ]]; then
        patiently change '' ad app federated-credential create --id "$1" --parameters "$parameters" --query name >/dev/null
    else
        change '' ad app federated-credential update --id "$1" --federated-credential-id "$2" --parameters "$parameters" >/dev/null
    fi
}

step "What the template has made"
identity=$(deployed identityPrincipalId)
connections_sp=$(ensure_sp "$API_CONNECTIONS" false) # missing in some tenants
graph_sp=$(ensure_sp "$MICROSOFT_GRAPH" false)
say "  managed identity       $identity"
say "  Azure API Connections  $connections_sp"

step "Service app: the bridge as an API"
service=$(ensure_app service "$SERVICE_APP_NAME")
permissions=()
if [[ -n $SAML_APP_ID ]]; then
    saml_sp=$(find_sp "$SAML_APP_ID")
    [[ -n $saml_sp ]] || stop "SAML_APP_ID $SAML_APP_ID has no enterprise app in this tenant. Take the Application ID, not the Object ID."
    saml_scope=$(ask ad sp list --filter "appId eq '$SAML_APP_ID'" \
        --query "[0].oauth2PermissionScopes[?value=='$SAML_APP_SCOPE'].id | [0]")
    [[ -n $saml_scope ]] || stop "the SAML app exposes no scope '$SAML_APP_SCOPE'. Add it: App registrations > that app > Expose an API."
    permissions=(--permission "$SAML_APP_ID:$saml_scope")
fi
[[ ${READ_USER_NAMES-} != true ]] || permissions+=(--permission "$MICROSOFT_GRAPH:${SIGN_IN[User.Read]}")
complete_app "$service" --about "Lets the connector call the bridge as the signed-in user." \
    --claim upn --claim acct --claim xms_cc --claim idtyp --claim xms_idrel --claim xms_act_fct --claim xms_sub_fct \
    --claim xms_par_app_azp "${permissions[@]}"
service_sp=$(ensure_sp "$service")

step "Connector app: what Power Platform signs in as"
connector=$(ensure_app connector "$CONNECTOR_APP_NAME")
service_scope=$(scope_of "$service")
options=()
for scope in "${!SIGN_IN[@]}"; do options+=(--permission "$MICROSOFT_GRAPH:${SIGN_IN[$scope]}"); done
for uri in $CONNECTOR_REDIRECT_URIS; do options+=(--redirect-uri "$uri"); done
complete_app "$connector" --about "Lets Power Platform fetch the connector's token for the signed-in user." \
    --client "$API_CONNECTIONS" --permission "$service:$service_scope" "${options[@]}"
connector_sp=$(ensure_sp "$connector")

step "The connector is known to the service app"
complete_app "$service" --client "$connector"

step "Admin consent"
ensure_grant "$connector_sp" "$service_sp" access_as_user
ensure_grant "$connector_sp" "$graph_sp" "User.Read openid profile offline_access"
[[ -z $SAML_APP_ID ]] || ensure_grant "$service_sp" "$saml_sp" "$SAML_APP_SCOPE"
[[ ${READ_USER_NAMES-} != true ]] || ensure_grant "$service_sp" "$graph_sp" "User.Read"

step "Who may use it"
if [[ -n $USERS_GROUP_ID ]]; then
    ensure_assignment "$service_sp"
    ensure_assignment "$connector_sp"
else
    say "USERS_GROUP_ID is empty: assign users by hand, Enterprise applications > (both apps) > Users and groups."
fi

step "Client authentication without secrets"
ensure_federation "$service" bridge-identity "$identity"
[[ -z $CONNECTOR_FEDERATED_SUBJECT ]] || ensure_federation "$connector" power-platform "$CONNECTOR_FEDERATED_SUBJECT"

step "Put these lines into the parameters file"
printf "param serviceAppId = '%s'\nparam allowedClients = '%s'\n" "$service" "$connector"
say "  App ID URI of the service app: api://$service"
[[ -n $CONNECTOR_REDIRECT_URIS ]] || say "  Later, once the connector is saved: put its redirect URL into CONNECTOR_REDIRECT_URIS and run this script again."
say "Next: deploy/3-secrets.sh"
