# shellcheck shell=bash
# What the numbered scripts share. Sourced, never run. docs/deploy.md explains the steps.
((BASH_VERSINFO[0] >= 5)) || { echo "These scripts need bash 5: run them in Azure Cloud Shell." >&2; exit 1; }
set -euo pipefail
shopt -s inherit_errexit

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SETTINGS_FILE=$HERE/settings.env
FLAGS=${FLAGS-} # further options of the script: --back sets BACK=true
DRY_RUN=false NO_DRAIN=false PAUSED=false
MARK=obo-saml-bridge # resources have the tag MARK=NAME, app registrations the tag MARK/NAME/ROLE

say() { printf '%s\n' "$*" >&2; }
step() { say $'\n'"== $*"; }
stop() { say $'\n'"Stopped: $*" && exit 1; }

# begin ABOUT ARGUMENTS…: options, settings, sign-in.
begin() {
    local about=$1 flag signed_in
    while shift && (($#)); do
        case $1 in
        --help | -h)
            printf '%s\n' "$about" '' "Usage: ${0##*/} [--dry-run] [--settings FILE] ${FLAGS:+[${FLAGS// /] [}]}" \
                "  --dry-run        print the commands that would change something; change nothing" \
                "  --settings FILE  in place of deploy/settings.env"
            exit 0
            ;;
        --settings)
            (($# > 1)) || stop "--settings needs a file"
            SETTINGS_FILE=$(realpath "$2")
            shift
            ;;
        *)
            [[ " --dry-run $FLAGS " == *" $1 "* ]] || stop "unknown option $1 (--help lists the options)"
            flag=${1#--}
            flag=${flag//-/_}
            declare -g "${flag^^}=true"
            ;;
        esac
    done
    trap finish EXIT
    trap 'exit 130' INT TERM HUP # or writes would stay paused
    [[ -f $SETTINGS_FILE ]] || stop "there is no $SETTINGS_FILE. Copy deploy/settings.sample.env and fill it in."
    # shellcheck source=settings.sample.env
    source "$SETTINGS_FILE"
    check_settings
    [[ $PARAMETERS == /* ]] || PARAMETERS=$(realpath -m "$HERE/../$PARAMETERS")
    STATE_FILE=$(dirname "$SETTINGS_FILE")/state.$NAME.env
    signed_in=$(ask account show --query "join(' ', [id, tenantId])") || stop "sign in first: az login"
    [[ $signed_in == "$SUBSCRIPTION_ID $TENANT_ID" ]] || stop "the Azure CLI uses another subscription or tenant
  ($signed_in). Run: az account set --subscription $SUBSCRIPTION_ID"
    GRAPH=$(ask cloud show --query endpoints.microsoftGraphResourceId)
    GRAPH=${GRAPH%/}/v1.0
    ! $DRY_RUN || say "Dry run: nothing is changed. Commands that would change something are printed."
}

finish() {
    local status=$?
    ! $PAUSED || ledger resume || say "  the pause could not be ended; it ends by itself within 30 minutes"
    ((status == 0)) || say "Not finished. Fix what the lines above say and run ${0##*/} again: it continues."
}

check_settings() {
    local valid=true
    fits "a GUID in lower case" '^[0-9a-f-]{36}$' SUBSCRIPTION_ID TENANT_ID
    fits "a GUID in lower case, or empty" '^([0-9a-f-]{36})?$' {SERVICE_APP,CONNECTOR_APP,USERS_GROUP,SAML_APP}_ID
    fits "a region such as westeurope" '^[a-z0-9]+$' LOCATION
    fits "letters, digits and _().-" '^[A-Za-z0-9_().-]{1,90}$' RESOURCE_GROUP
    fits "3-40 lower-case letters, digits and hyphens" '^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$' NAME
    fits "3-24 letters, digits and hyphens, or empty" '^([a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9])?$' KEY_VAULT
    fits "1-120 characters" '^[^[:cntrl:]]{1,120}$' SERVICE_APP_NAME CONNECTOR_APP_NAME
    fits "true or false" '^(true|false)?$' READ_USER_NAMES
    fits "names of systems, separated by spaces" '^[a-z0-9_ ]*$' SIGNING_SYSTEMS
    fits "names of app settings in capitals, separated by spaces" '^(BRIDGE_[A-Z0-9_]+ ?)*$' SECRETS
    $valid || stop "fix $SETTINGS_FILE first (lines above)."
}

# fits WORDS PATTERN SETTINGS…: each of the settings has to match.
fits() {
    local name
    for name in "${@:3}"; do
        [[ ${!name-} =~ $2 ]] || { valid=false && say "  $name: has to be $1, is '${!name-}'"; }
    done
}

# ask ARGS…: what `az ARGS` prints, columns separated by tabs.
ask() {
    local text
    text=$(az "$@" --only-show-errors --output tsv) || return # callers may have switched -e off
    printf '%s' "${text//$'\r'/}"
}

# change PLACEHOLDER ARGS…: shows `az ARGS` and runs it. A dry run shows it whole and prints PLACEHOLDER.
change() {
    local placeholder=$1 command
    shift
    command=$(sed -E "s/'([[:alnum:]_./:@=+-]+)'/\1/g" <<<"az ${*@Q}") # simple words need no quotes
    $DRY_RUN || ((${#command} <= 116)) || command=${command::115}…
    say "  $command"
    if $DRY_RUN; then printf '%s' "$placeholder"; else ask "$@"; fi
}

# patiently COMMAND…: up to ATTEMPTS times again while Azure replicates what was just made. Shows why once, then dots.
# An error that does not match TEMPORARY is final, as are a refused sign-in, a missing Entra role, and Ctrl-C (130).
patiently() {
    local most=${ATTEMPTS:-6} left errors
    for ((left = most; left >= 0; left--)); do
        { errors=$("$@" 2>&1 >&3); } 3>&1 && break
        (($? < 128)) && [[ $errors =~ ${TEMPORARY-} && ! $errors =~ AADSTS|Authorization_RequestDenied ]] || left=0
        ((left < most)) || printf '  %s\n  again for up to %s s ' "${errors##*$'\n'}" "${most}0" >&2
        ((left == 0)) || { printf . >&2 && sleep 10; }
    done
    ((left == most)) || say ''
    [[ -z $errors ]] || say "$errors"
    ((left >= 0))
}

# json FORMAT VALUES…: FORMAT with each %s replaced by a value as a JSON string. Values hold no control characters.
json() {
    local values=("${@:2}")
    values=("${values[@]//\\/\\\\}")
    values=("${values[@]//\"/\\\"}")
    # shellcheck disable=SC2059 # FORMAT is ours
    printf "${1//%s/\"%s\"}" "${values[@]}"
}

ledger() { (cd "$HERE/.." && python3 dev.py bridge ledger "$@" --table "$TABLE" >&2); }

# pause_writes: while instances are replaced, until the script ends. An app that does not respond has nothing to lose.
# The wait: 15 s until every instance knows of the pause, and 90 s, the longest TIMEOUT_SECONDS, for writes that run.
pause_writes() {
    step "Writes"
    if $DRY_RUN || $NO_DRAIN; then
        say "  writes are not paused"
    elif [[ -z $TABLE ]] || ! curl --silent --fail --max-time 60 --output /dev/null "https://$HOST/api/health"; then
        say "  nothing runs yet: no writes to pause"
    elif PAUSED=true && ledger pause --for 30; then
        say "  writes are paused; waiting 105 s for those that run"
        sleep 105
    else
        PAUSED=false
        ledger resume 2>/dev/null || true # in case only the response was lost
        stop "writes cannot be paused: you are not in the group of operatorsGroupId, or not for ten minutes yet, or
  administratorAddresses lacks your address. In a quiet hour: ${0##*/} --no-drain"
    fi
}

# read_outputs: HOST, IDENTITY, VAULT and TABLE of the template's last deployment, by these scripts or by azd.
# shellcheck disable=SC2034 # the scripts use them
read_outputs() {
    local found
    found=$(ask deployment group list --resource-group "$RESOURCE_GROUP" --query \
        "sort_by([?properties.outputs.functionApp.value=='$NAME'], &properties.timestamp)[-1:].properties.outputs.[
            host.value, identityPrincipalId.value, keyVault.value, ledgerTable.value || '']")
    IFS=$'\t' read -r HOST IDENTITY VAULT TABLE <<<"$found"
    VAULT=${KEY_VAULT:-$VAULT}
    [[ -n $HOST ]] || "${1-stop}" "the template has not been deployed to $RESOURCE_GROUP for $NAME (1-template.sh)."
}

# The record holds the client ids of new apps, because Entra lists them later.
remember() { $DRY_RUN || printf '%s=%s\n' "$1" "$2" >>"$STATE_FILE"; } # ROLE CLIENT_ID
recall() { [[ ! -f $STATE_FILE ]] || sed -n "s/^$1=//p" "$STATE_FILE" | tail -n 1; }

# registration CLIENT_ID [QUERY]: the app registration, as JSON by default. Fails if Entra does not know it, or not yet.
registration() {
    [[ $1 == '<'* ]] || ask rest --method GET --url "$GRAPH/applications(appId='$1')" --query "${2-to_string(@)}"
}

# find_app ROLE: the client id of our app in that role, or nothing. settings.env names it, the record does, or its tag.
find_app() {
    local adopted=${1^^}_APP_ID id
    id=${!adopted:-$(recall "$1")}
    if [[ -z $id ]]; then
        ask ad app list --filter "tags/any(t:t eq '$MARK/$NAME/$1')" --query "[0].appId"
    elif patiently registration "$id" >/dev/null; then
        printf '%s' "$id"
    else
        stop "$id is no app registration of this tenant, or Entra is slow. $adopted takes the Application (client) ID,
  not the Object ID. If the app was deleted, delete ${STATE_FILE##*/} and run this again."
    fi
}
