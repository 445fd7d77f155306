#!/usr/bin/env bash
# Step 4: does it work? See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 4 of 5. Asks the deployed app whether it is well, and lists what only a person can see. Changes nothing.
Needs: Contributor on the function app (for its function key). With a user's token in USER_TOKEN it calls WhoAmI as that user." "$@"

site=$(made Microsoft.Web/sites "$NAME")
[[ -n $site ]] || stop "the function app $NAME is not there. Run deploy/2-resources.sh first."
host=$(ask rest --method GET --url "$site?api-version=2024-04-01" --query properties.defaultHostName)
failures=0
verdict() { if [[ $1 == true ]]; then say "  ✓ $2"; else say "  ✗ $2"; failures=$((failures + 1)); fi; }
holds() { if "$@" >&2; then echo true; else echo false; fi; }
in_project() (cd "$HERE/.." && "$@")

step "Key Vault references"
references=$(ask rest --method GET --url "$site/config/configreferences/appsettings?api-version=2024-04-01" \
    --query "value[].[name, properties.status]")
[[ -n $references ]] || say "  none"
while IFS=$'\t' read -r name status; do
    [[ -z $name ]] || verdict "$(holds [ "$status" = Resolved ])" "$name: $status"
done <<<"$references"

step "WhoAmI without a token has to be refused, by the bridge itself"
body=$(curl --silent --show-error --max-time 60 --write-out '\n%{http_code}' "https://$host/api/whoami") || body=$'\n000'
verdict "$(holds grep --quiet '"no_token"' <<<"$body")" "status ${body##*$'\n'}, code no_token"

step "Set-up check (bridge check)"
FUNCTION_KEY=$(ask functionapp keys list --name "$NAME" --resource-group "$RESOURCE_GROUP" --query functionKeys.default)
export FUNCTION_KEY
verdict "$(holds in_project python3 dev.py bridge check --url "https://$host")" "bridge check"

if [[ -n ${USER_TOKEN-} ]]; then
    step "WhoAmI as a user"
    body=$(curl --silent --show-error --max-time 60 --write-out '\n%{http_code}' \
        --header @<(printf 'Authorization: Bearer %s' "$USER_TOKEN") "https://$host/api/whoami") || body=$'\n000'
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
say "Next: import the connector (docs/connector.md). To remove everything again: deploy/5-remove.sh"
