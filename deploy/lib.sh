# shellcheck shell=bash
# What the numbered scripts share. Sourced, never run.
#
# App registrations that the scripts make carry the tag obo-saml-bridge/NAME/ROLE. Others are changed only if
# settings.env names them by id.
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
    ((status == 0)) || say "Not finished. Fix what the lines above say and run ${0##*/} again: it continues where it stopped."
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
    # shellcheck source=settings.sample.env
    source "$SETTINGS_FILE"
    local problems=()
    fits SUBSCRIPTION_ID '^[0-9a-f-]{36}$' "a GUID in lower case"
    fits TENANT_ID '^[0-9a-f-]{36}$' "a GUID in lower case"
    fits LOCATION '^[a-z0-9]+$' "a region such as westeurope"
    fits RESOURCE_GROUP '^[A-Za-z0-9_().-]{1,90}$' "letters, digits and _().-"
    fits NAME '^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$' "lower-case letters, digits and hyphens"
    fits KEY_VAULT '^([a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9])?$' "3-24 letters, digits and hyphens, or empty"
    fits SERVICE_APP_NAME '^.{1,120}$' "1-120 characters"
    fits CONNECTOR_APP_NAME '^.{1,120}$' "1-120 characters"
    for name in SERVICE_APP_ID CONNECTOR_APP_ID USERS_GROUP_ID SAML_APP_ID; do
        fits "$name" '^([0-9a-f-]{36})?$' "a GUID in lower case, or empty"
    done
    fits READ_USER_NAMES '^(true|false)?$' "true or false"
    fits SIGNING_SYSTEMS '^[a-z0-9_ ]*$' "names of systems, separated by spaces"
    fits SECRETS '^(BRIDGE_[A-Z0-9_]+ ?)*$' "names of app settings in capitals, separated by spaces"
    for name in "${problems[@]}"; do say "  $name"; done
    ((${#problems[@]} == 0)) || stop "fix $SETTINGS_FILE first (lines above)."
    [[ $PARAMETERS == /* ]] || PARAMETERS=$(realpath -m "$HERE/../$PARAMETERS")
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

# patiently COMMAND…: again while Azure replicates what was just made, ATTEMPTS times. The last attempt's error counts.
patiently() {
    local attempt
    for ((attempt = 1; attempt <= ${ATTEMPTS:-6}; attempt++)); do
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

# deployed OUTPUT: an output of the template's last deployment.
deployed() {
    ask deployment group show --resource-group "$RESOURCE_GROUP" --name "$NAME" --query "properties.outputs.$1.value" ||
        stop "the template has not been deployed to $RESOURCE_GROUP as '$NAME' (deploy/1-template.sh)."
}

# vault: the key vault's name.
vault() { if [[ -n $KEY_VAULT ]]; then printf '%s' "$KEY_VAULT"; else deployed keyVault; fi; }

# ---- Entra apps ----------------------------------------------------------------------------------------------------

# find_app ROLE: the application (client) id of our app in that role, or nothing. The mark decides.
find_app() {
    local id tag="$MARK/$NAME/$1" adopted=${1^^}_APP_ID
    if [[ -n ${!adopted-} ]]; then
        printf '%s' "${!adopted}"
        return
    fi
    id=$(recall "${1}_app_id")
    if [[ -n $id ]]; then
        ask ad app list --filter "appId eq '$id'" --query "[?contains(tags, '$tag')].appId | [0]"
    else
        ask ad app list --filter "tags/any(t:t eq '$tag')" --query "[0].appId"
    fi
}

# find_sp APP_ID: the object id of its service principal in this tenant, or nothing.
find_sp() { [[ $1 == '<'* ]] || ask ad sp list --filter "appId eq '$1'" --query "[0].id"; }
