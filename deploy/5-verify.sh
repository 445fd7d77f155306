#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 5 of 6. Runs the set-up check of the deployed app, and shows when secrets and certificates end.
Needs: Contributor on the function app, Key Vault Reader, and in a pipeline Application.Read.All of Graph." "$@"

failures=0
verdict() { # TEXT COMMAND…: passes if the command does
    if "${@:2}"; then say "  ✓ $1"; else say "  ✗ $1" && failures=$((failures + 1)); fi
}

# get PATH HEADER: sets BODY and STATUS. The header is a secret, so it is on no command line.
get() {
    BODY=$(curl --silent --show-error --max-time 60 --write-out '\n%{http_code}' --header @<(printf '%s' "$2") \
        "https://$HOST$1") || BODY=$'\n000'
    STATUS=${BODY##*$'\n'} BODY=${BODY%$'\n'*}
}

ends() { verdict "$1 ends on ${2%%T*}" [ "${2%%T*}" \> "$SOON" ]; } # NAME DATE: fails if the date is past, or near
printf -v SOON '%(%F)T' $((EPOCHSECONDS + 30 * 24 * 3600))

step "Key Vault references"
read_outputs
site=/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Web/sites/$NAME
references=$(ask rest --method GET --url "$site/config/configreferences/appsettings?api-version=2024-04-01" \
    --query "value[].[name, properties.status]")
while IFS=$'\t' read -r name status; do
    [[ -z $name ]] || verdict "$name: $status" [ "$status" = Resolved ]
done <<<"$references"

step "WhoAmI without a token has to be refused, by the bridge itself"
get /api/whoami 'X-Check: 1'
verdict "status $STATUS, code no_token" grep --quiet '"no_token"' <<<"$BODY"

step "Set-up check of the deployed app"
key=$(ask functionapp keys list --name "$NAME" --resource-group "$RESOURCE_GROUP" --query functionKeys.default)
get /api/check "x-functions-key: $key"
python3 -IS "$HERE/report.py" <<<"$BODY" >&2 || true
verdict "set-up check, status $STATUS" grep --quiet '"ok": *true' <<<"$BODY"

step "When secrets and certificates end"
for role in service connector; do
    credentials=''
    { id=$(ATTEMPTS=1 find_app "$role") && credentials=$(registration "$id" \
        "[passwordCredentials, keyCredentials][].[displayName || keyId, endDateTime]"); } ||
        verdict "the $role app cannot be read: you need Application.Read.All of Graph" false
    while IFS=$'\t' read -r name end; do
        [[ -z $name ]] || ends "credential '$name' of the $role app" "$end"
    done <<<"$credentials"
done
for system in $SIGNING_SYSTEMS; do
    name=$system-signing
    if end=$(ask keyvault certificate show --vault-name "$VAULT" --name "$name" --query attributes.expires); then
        ends "certificate $name" "$end"
    else
        verdict "certificate $name cannot be read: you need Key Vault Reader, and access to its network" false
    fi
done

step "Done"
((failures == 0)) || stop "$failures check(s) failed; docs/troubleshooting.md explains what you see."
say "What only a person can see: docs/deploy.md, step 7. To remove everything again: deploy/6-remove.sh"
