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
FLAGS=${FLAGS-} # further options of the script: --back sets BACK=true
DRY_RUN=false
NO_DRAIN=false
PAUSE_SECONDS=${PAUSE_SECONDS:-10}  # between attempts while Azure replicates
DRAIN_SECONDS=${DRAIN_SECONDS:-105} # 15 until every instance knows of the pause, and 90: the longest TIMEOUT_SECONDS
SECRET_FILE=''
PAUSED_TABLE=''
MARK=obo-saml-bridge

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n== %s\n' "$*" >&2; }
stop() {
    printf '\nStopped: %s\n' "$*" >&2
    exit 1
}

finish() {
    local status=$?
    exec 2>&"$STDERR"
    rm -f "$ERRORS" ${SECRET_FILE:+"$SECRET_FILE"}
    resume_writes
    ((status == 0)) || say "Not finished. Fix what the lines above say and run ${0##*/} again: it continues where it stopped."
}

# begin "what this script does" "$@": options, settings, sign-in.
begin() {
    local about=$1
    shift
    while (($#)); do
        case $1 in
        --help | -h)
            printf '%s\n\nUsage: %s [--dry-run] [--settings FILE] %s\n\n' "$about" "${0##*/}" "$FLAGS"
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
        *)
            [[ " $FLAGS " == *" $1 "* ]] || stop "unknown option $1 (--help lists the options)"
            local flag=${1#--}
            flag=${flag//-/_}
            declare -g "${flag^^}=true"
            ;;
        esac
        shift
    done
    ERRORS=$(mktemp)
    exec {STDERR}>&2 # a command that is ended may have another one
    trap finish EXIT
    trap 'exit 130' INT TERM HUP # or a secret's file would stay, and writes would stay paused
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
    fits NAME '^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$' "3-40 lower-case letters, digits and hyphens"
    fits KEY_VAULT '^([a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9])?$' "3-24 letters, digits and hyphens, or empty"
    for name in SERVICE_APP_NAME CONNECTOR_APP_NAME; do fits "$name" '^[^[:cntrl:]]{1,120}$' "1-120 characters"; done
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

# fits SETTING PATTERN WORDS: notes a problem if its value does not match.
fits() { [[ ${!1-} =~ $2 ]] || problems+=("$1: has to be $3, is '${!1-}'"); }

# parameter NAME: the text that the parameters file gives it, or nothing.
parameter() {
    local line
    while IFS= read -r line; do
        [[ ! $line =~ ^param\ $1\ =\ \'?([^\'[:space:]]*) ]] || printf '%s' "${BASH_REMATCH[1]}"
    done <"$PARAMETERS"
}

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

# change PLACEHOLDER ARGS…: a command that changes something. A dry run shows it whole and prints PLACEHOLDER in its place.
change() {
    local placeholder=$1 command
    shift
    command="az$(quoted "$@")"
    if $DRY_RUN; then
        say "  $command"
        printf '%s' "$placeholder"
    else
        ((${#command} <= 116)) || command=${command::115}…
        say "  $command"
        ask "$@"
    fi
}

# quoted ARGS…: as one would type them.
quoted() {
    local argument
    for argument; do
        if [[ $argument =~ ^[A-Za-z0-9_./:@=+-]+$ ]]; then printf ' %s' "$argument"; else printf ' %s' "${argument@Q}"; fi
    done
}

# patiently COMMAND…: again while Azure replicates what was just made, ATTEMPTS times. Shows why once, then dots.
patiently() {
    local attempt status=1 attempts=${ATTEMPTS:-6}
    for ((attempt = 0; attempt <= attempts && status; attempt++)); do
        ((attempt == 0)) || sleep "$PAUSE_SECONDS"
        if "$@" 2>"$ERRORS"; then
            status=0
        elif ((attempt == 0)); then
            printf '  %s\n  again for up to %s s ' "$(tail -n 1 "$ERRORS")" "$((attempts * PAUSE_SECONDS))" >&2
        else
            printf . >&2
        fi
    done
    ((attempt == 1)) || say ''
    cat "$ERRORS" >&2
    return "$status"
}

# json FORMAT VALUES…: FORMAT with each %s replaced by a value as a JSON string. Values hold no control characters.
json() {
    local format=$1 value quoted=()
    shift
    for value; do
        value=${value//\\/\\\\}
        quoted+=("\"${value//\"/\\\"}\"")
    done
    # shellcheck disable=SC2059 # FORMAT is ours
    printf "$format" "${quoted[@]}"
}

# ---- Writes are paused while instances are replaced (docs/operations.md) ------------------------------------------------

ledger() { (cd "$HERE/.." && python3 dev.py bridge ledger "$@" --table "$PAUSED_TABLE" >&2); }

# pause_writes HOST TABLE: until the script ends, for 30 minutes at most. An app that does not respond has nothing to lose.
pause_writes() {
    if $DRY_RUN || $NO_DRAIN; then
        say "  writes are not paused ($($DRY_RUN && echo "dry run" || echo "--no-drain"))"
    elif [[ -z $1 || -z $2 ]] || ! curl --silent --fail --max-time 60 --output /dev/null "https://$1/api/health"; then
        say "  nothing runs yet: no writes to pause"
    elif PAUSED_TABLE=$2 && ledger pause --for 30; then
        say "  writes are paused; waiting $DRAIN_SECONDS s for those that run"
        sleep "$DRAIN_SECONDS"
    else
        ledger resume 2>/dev/null || true # in case only the response was lost
        PAUSED_TABLE=''
        stop "writes cannot be paused. Either you are not in the group of operatorsGroupId (parameters file;
  a role takes up to ten minutes), or the storage account's network is closed to you (administratorAddresses).
  In a quiet hour: ${0##*/} --no-drain"
    fi
}

resume_writes() {
    [[ -n $PAUSED_TABLE ]] || return 0
    ledger resume || say "  the pause could not be ended; it ends by itself within 30 minutes (bridge ledger resume)"
    PAUSED_TABLE=''
}

# ---- Record: ids of what Entra's directory and Azure do not list at once ---------------------------------------------

remember() { # KEY VALUE
    $DRY_RUN && return
    touch "$STATE_FILE"
    { grep -v "^$1=" "$STATE_FILE" || true; printf '%s=%s\n' "$1" "$2"; } >"$STATE_FILE.new"
    mv "$STATE_FILE.new" "$STATE_FILE"
}

recall() { [[ ! -f $STATE_FILE ]] || sed -n "s/^$1=//p" "$STATE_FILE"; }

# ---- Azure resources -----------------------------------------------------------------------------------------------

# deployed_or_nothing OUTPUT: an output of the template's last deployment, by these scripts or by azd.
deployed_or_nothing() {
    ask deployment group list --resource-group "$RESOURCE_GROUP" --query \
        "sort_by([?properties.outputs.functionApp.value=='$NAME'], &properties.timestamp)[-1].properties.outputs.$1.value"
}

deployed() {
    local value
    value=$(deployed_or_nothing "$1")
    [[ -n $value ]] || stop "the template has not been deployed to $RESOURCE_GROUP for $NAME (deploy/1-template.sh)."
    printf '%s' "$value"
}

# vault: the key vault's name.
vault() { if [[ -n $KEY_VAULT ]]; then printf '%s' "$KEY_VAULT"; else deployed keyVault; fi; }

# ---- Entra apps ----------------------------------------------------------------------------------------------------

# app APP_ID: its registration as JSON. Fails if Entra does not know it, or not yet.
app() { az rest --method GET --url "$GRAPH/applications(appId='$1')" --only-show-errors --output json; }

# find_app ROLE: the application (client) id of our app in that role, or nothing. settings.env names it, or its tag does;
# a new one is in the record before Entra lists it.
find_app() {
    local id adopted=${1^^}_APP_ID
    id=${!adopted:-$(recall "${1}_app_id")}
    if [[ -z $id ]]; then
        ask ad app list --filter "tags/any(t:t eq '$MARK/$NAME/$1')" --query "[0].appId"
    elif patiently app "$id" >/dev/null; then
        printf '%s' "$id"
    elif [[ -n ${!adopted} ]]; then
        stop "$adopted $id is no app registration of this tenant. Take the Application (client) ID, not the Object ID."
    else
        stop "the $1 app $id was deleted, or Entra is slow. Wait; if it is deleted, delete ${STATE_FILE##*/} and run this again."
    fi
}

# find_sp APP_ID: the object id of its service principal in this tenant, or nothing.
find_sp() { [[ $1 == '<'* ]] || ask ad sp list --filter "appId eq '$1'" --query "[0].id"; }
