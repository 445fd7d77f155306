#!/usr/bin/env bash
# Does it work? See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 5 of 6. Runs the set-up check of the deployed app, shows when secrets and certificates end, and lists what only a
person can see. Changes nothing: a pipeline can run it every night.
Needs: Contributor on the function app (for its function key), Key Vault Reader on the vault, and in a pipeline the Graph
permission Application.Read.All. With a user's token in USER_TOKEN it calls WhoAmI as that user." "$@"

SOON_DAYS=30
host=$(deployed host)
site=/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.Web/sites/$NAME
failures=0
verdict() { # PASSED TEXT
    if [[ $1 == true ]]; then say "  ✓ $2"; else say "  ✗ $2"; failures=$((failures + 1)); fi
}
holds() { if "$@" >&2; then echo true; else echo false; fi; }

# get PATH HEADER: the body, and the status on the last line. The header goes by a file descriptor: it is a secret.
get() {
    curl --silent --show-error --max-time 60 --write-out '\n%{http_code}' --header @<(printf '%s' "$2") "https://$host$1" ||
        printf '\n000'
}

# ends NAME DATE: fails if the date is past, or near.
ends() {
    local left
    left=$(python3 -IS -c 'import sys; from datetime import *; print((date.fromisoformat(sys.argv[1]) - date.today()).days)' "${2%%T*}")
    verdict "$(holds [ "$left" -gt "$SOON_DAYS" ])" "$1 ends on ${2%%T*}, in $left days"
}

step "Key Vault references"
references=$(ask rest --method GET --url "$site/config/configreferences/appsettings?api-version=2024-04-01" \
    --query "value[].[name, properties.status]")
[[ -n $references ]] || say "  none"
while IFS=$'\t' read -r name status; do
    [[ -z $name ]] || verdict "$(holds [ "$status" = Resolved ])" "$name: $status"
done <<<"$references"

step "WhoAmI without a token has to be refused, by the bridge itself"
body=$(get /api/whoami 'X-Check: 1')
verdict "$(holds grep --quiet '"no_token"' <<<"$body")" "status ${body##*$'\n'}, code no_token"

step "Set-up check of the deployed app"
key=$(ask functionapp keys list --name "$NAME" --resource-group "$RESOURCE_GROUP" --query functionKeys.default)
body=$(get /api/check "x-functions-key: $key")
python3 -IS "$HERE/report.py" <<<"${body%$'\n'*}" >&2 || true
verdict "$(holds grep --quiet '"ok": *true' <<<"$body")" "set-up check, status ${body##*$'\n'}"

step "When secrets and certificates end"
for role in service connector; do
    credentials=''
    if ! id=$(ATTEMPTS=1 find_app "$role") || ! credentials=$(ask rest --method GET --url "$GRAPH/applications(appId='$id')" \
        --query "[passwordCredentials, keyCredentials][].[displayName || keyId, endDateTime]"); then
        verdict false "the $role app cannot be read: Application.Read.All for whoever runs this"
    fi
    while IFS=$'\t' read -r name end; do
        [[ -z $name ]] || ends "credential '$name' of the $role app" "$end"
    done <<<"$credentials"
done
for system in $SIGNING_SYSTEMS; do
    if end=$(ask keyvault certificate show --vault-name "$(vault)" --name "$system-signing" --query attributes.expires); then
        ends "certificate $system-signing" "$end"
    else
        verdict false "the certificate $system-signing cannot be read: Key Vault Reader on the vault, and a way into its network"
    fi
done

if [[ -n ${USER_TOKEN-} ]]; then
    step "WhoAmI as a user"
    body=$(get /api/whoami "Authorization: Bearer $USER_TOKEN")
    say "$body"
    verdict "$(holds [ "${body##*$'\n'}" = 200 ])" "status ${body##*$'\n'}"
fi

step "What only a person can see"
cat >&2 <<TEXT
  [ ] Entra > Enterprise applications > the SAML app: users are assigned; for SIGNER=entra it signs the assertion (not the
      response only), without token encryption. SAP's systems want their token endpoint as its first Reply URL, too.
  [ ] Entra > Conditional Access: the policies of the SAML app hold for the service app too.
  [ ] The system: its API client with grant type SAML bearer, its identity provider row, and the certificate it trusts.
  [ ] Power Platform > the connector > Test: WhoAmI shows your object id, and "audience" is the service app.
  [ ] The same as a second user who is not the maker.
TEXT

step "Done"
((failures == 0)) || stop "$failures check(s) failed; docs/troubleshooting.md goes by what you see."
say "Next: import the connector (docs/connector.md). To remove everything again: deploy/6-remove.sh"
