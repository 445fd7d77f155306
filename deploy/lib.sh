# shellcheck shell=bash
# What the numbered scripts share. Sourced, never run.
#
# Everything that is made carries the mark obo-saml-bridge=NAME (a tag). What exists under the same name without the
# mark is somebody else's: the scripts stop rather than touch it.
((BASH_VERSINFO[0] >= 5)) || { echo "These scripts need bash 5: run them in Azure Cloud Shell." >&2; exit 1; }
set -euo pipefail
shopt -s inherit_errexit

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SETTINGS_FILE=$HERE/settings.env
DRY_RUN=false
PAUSE_SECONDS=${PAUSE_SECONDS:-10} # between attempts while Azure replicates
SECRET_FILE=''
MARK=obo-saml-bridge

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n== %s\n' "$*" >&2; }
stop() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

finish() {
    local status=$?
    [[ -z $SECRET_FILE ]] || rm -f "$SECRET_FILE"
    ((status == 0)) || say "Not finished. Fix what is told above and run ${0##*/} again: it continues where it stopped."
}

# begin "what this script does" "$@": options, settings, sign-in.
begin() {
    local about=$1
    shift
    while (($#)); do
        case $1 in
        --help | -h)
            printf '%s\n\nUsage: %s [--dry-run] [--settings FILE]\n\n' "$about" "${0##*/}"
            printf '  --dry-run        print the commands that would change something; change nothing\n'
            printf '  --settings FILE  in place of deploy/settings.env\n\nRunning it again is safe: it completes what is missing.\n'
            exit 0
            ;;
        --dry-run) DRY_RUN=true ;;
        --settings)
            (($# > 1)) || stop "--settings needs a file"
            SETTINGS_FILE=$(realpath "$2")
            shift
            ;;
        *) stop "unknown option $1 (--help tells the options)" ;;
        esac
        shift
    done
    trap finish EXIT
    read_settings
    check_sign_in
    $DRY_RUN && say "Dry run: nothing is changed. Commands that would change something are printed."
    return 0
}

read_settings() {
    [[ -f $SETTINGS_FILE ]] || stop "there is no $SETTINGS_FILE. Copy deploy/settings.sample.env and fill it in."
    local name
    for name in $(compgen -A variable BRIDGE_); do unset "$name"; done # only what the file says
    # shellcheck source=settings.sample.env
    source "$SETTINGS_FILE"
    local problems=()
    fits SUBSCRIPTION_ID '^[0-9a-f-]{36}$' "a GUID in lower case"
    fits TENANT_ID '^[0-9a-f-]{36}$' "a GUID in lower case"
    fits LOCATION '^[a-z0-9]+$' "a region such as westeurope"
    fits RESOURCE_GROUP '^[A-Za-z0-9_().-]{1,90}$' "letters, digits and _().-"
    fits NAME '^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$' "lower-case letters, digits and hyphens"
    fits STORAGE_ACCOUNT '^[a-z0-9]{3,24}$' "3-24 lower-case letters and digits"
    fits KEY_VAULT '^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$' "3-24 letters, digits and hyphens"
    fits SERVICE_APP_NAME '^.{1,120}$' "1-120 characters"
    fits CONNECTOR_APP_NAME '^.{1,120}$' "1-120 characters"
    for name in USERS_GROUP_ID SAML_APP_ID; do fits "$name" '^([0-9a-f-]{36})?$' "a GUID in lower case, or empty"; done
    for name in INSTANCE_MEMORY MAXIMUM_INSTANCES HTTP_CONCURRENCY THREADS ALWAYS_READY; do
        fits "$name" '^[0-9]+$' "a whole number"
    done
    fits SIGNING_SYSTEMS '^[a-z0-9 ]*$' "names of systems, separated by spaces"
    for name in $(compgen -A variable BRIDGE_); do
        [[ ${!name} == @Microsoft.KeyVault* || ! $name=${!name} =~ (CLIENT_SECRET|CLIENT_CERTIFICATE|PASSWORD)=|PRIVATE\ KEY ]] ||
            problems+=("$name: no secrets in this file; name it in KEY_VAULT_SECRETS instead")
    done
    for name in "${problems[@]}"; do say "  $name"; done
    ((${#problems[@]} == 0)) || stop "fix $SETTINGS_FILE first (lines above)."
    STATE_FILE=$(dirname "$SETTINGS_FILE")/state.$NAME.env
}

fits() { [[ ${!1-} =~ $2 ]] || problems+=("$1: has to be $3, is '${!1-}'"); }

check_sign_in() {
    local signed_in
    signed_in=$(ask account show --query "[id, tenantId] | join(' ', @)") || stop "sign in first: az login"
    [[ $signed_in == "$SUBSCRIPTION_ID $TENANT_ID" ]] ||
        stop "the Azure CLI is at another subscription or tenant ($signed_in). Run: az account set --subscription $SUBSCRIPTION_ID"
    GRAPH=$(ask cloud show --query endpoints.microsoftGraphResourceId)
    GRAPH=${GRAPH%/}/v1.0
    GROUP_EXISTS=$(ask group exists --name "$RESOURCE_GROUP")
}

# ---- az ------------------------------------------------------------------------------------------------------------

# ask ARGS…: a command that only reads. Prints text; "None" is nothing.
ask() {
    local text
    text=$(az "$@" --only-show-errors --output tsv) || return # callers may have switched -e off
    text=${text//$'\r'/}
    [[ $text == None ]] || printf '%s' "$text"
}

# change PLACEHOLDER ARGS…: a command that changes something; in a dry run it is printed and answers PLACEHOLDER.
change() {
    local placeholder=$1
    shift
    printf '  az%s\n' "$(quoted "$@")" >&2
    if $DRY_RUN; then printf '%s' "$placeholder"; else ask "$@"; fi
}

# quoted ARGS…: as one would type them.
quoted() {
    local argument
    for argument; do
        if [[ $argument =~ ^[A-Za-z0-9_./:@=+-]+$ ]]; then printf ' %s' "$argument"; else printf ' %s' "${argument@Q}"; fi
    done
}

# patiently COMMAND…: again while Azure replicates what was just made. The last attempt's error counts.
patiently() {
    local attempt
    for attempt in 1 2 3 4 5 6; do
        "$@" && return 0
        say "  (attempt $attempt: not there yet, waiting $PAUSE_SECONDS s)"
        sleep "$PAUSE_SECONDS"
    done
    "$@"
}

# json EXPRESSION ARGS…: a Python expression over the list a, as JSON. Quotes in values need no care.
json() { python3 -IS -c 'import json, sys; a = sys.argv[2:]; print(json.dumps(eval(sys.argv[1])))' "$@"; }

# ---- Record: a help for Entra's slow directory, never trusted without the mark ------------------------------------

remember() { # KEY VALUE
    $DRY_RUN && return
    touch "$STATE_FILE"
    { grep -v "^$1=" "$STATE_FILE" || true; printf '%s=%s\n' "$1" "$2"; } >"$STATE_FILE.new"
    mv "$STATE_FILE.new" "$STATE_FILE"
}

recall() { [[ ! -f $STATE_FILE ]] || sed -n "s/^$1=//p" "$STATE_FILE"; }

# ---- Azure resources -----------------------------------------------------------------------------------------------

# made TYPE NAME: the id of a resource of ours, or nothing. Stops if the name is somebody else's.
made() {
    local row
    [[ $GROUP_EXISTS == true ]] || return 0
    row=$(ask resource list --resource-group "$RESOURCE_GROUP" --resource-type "$1" --name "$2" \
        --query "[].[id, tags.\"$MARK\"]") || return
    [[ -n $row ]] || return 0
    [[ ${row#*$'\t'} == "$NAME" ]] ||
        stop "$2 ($1) is there already and was not made by these scripts. Choose another name in $SETTINGS_FILE."
    printf '%s' "${row%%$'\t'*}"
}

ensure_group() {
    if [[ $GROUP_EXISTS == true ]]; then
        say "Resource group $RESOURCE_GROUP: is there"
    else
        change '' group create --name "$RESOURCE_GROUP" --location "$LOCATION" --tags "$MARK=$NAME" --query name >/dev/null
        $DRY_RUN || GROUP_EXISTS=true
    fi
}

# ensure_identity: the user-assigned managed identity; sets IDENTITY_ID, IDENTITY_CLIENT_ID, IDENTITY_PRINCIPAL_ID.
# shellcheck disable=SC2034 # the scripts use them
ensure_identity() {
    local type=Microsoft.ManagedIdentity/userAssignedIdentities
    IDENTITY_ID=$(made "$type" "$NAME-identity")
    if [[ -z $IDENTITY_ID ]]; then
        IDENTITY_ID=$(change "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/$type/$NAME-identity" \
            identity create --name "$NAME-identity" --resource-group "$RESOURCE_GROUP" --location "$LOCATION" \
            --tags "$MARK=$NAME" --query id)
    else
        say "Managed identity $NAME-identity: is there"
    fi
    IDENTITY_CLIENT_ID=$(of_identity clientId)
    IDENTITY_PRINCIPAL_ID=$(of_identity principalId)
}

of_identity() { # PROPERTY
    if $DRY_RUN; then printf '<identity-%s>' "$1"; else patiently ask identity show --ids "$IDENTITY_ID" --query "$1"; fi
}

# ---- Entra apps ----------------------------------------------------------------------------------------------------

# find_app ROLE: the application (client) id of our app in that role, or nothing. The mark decides.
find_app() {
    local id tag="$MARK/$NAME/$1"
    id=$(recall "${1}_app_id")
    if [[ -n $id ]]; then
        ask ad app list --filter "appId eq '$id'" --query "[?contains(tags, '$tag')].appId | [0]"
    else
        ask ad app list --filter "tags/any(t:t eq '$tag')" --query "[0].appId"
    fi
}

# find_sp APP_ID: the object id of its service principal in this tenant, or nothing.
find_sp() { [[ $1 == '<'* ]] || ask ad sp list --filter "appId eq '$1'" --query "[0].id"; }
