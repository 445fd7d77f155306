#!/usr/bin/env bash
# Everything in Azure, from infra/main.bicep. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 1 of 6. Deploys infra/main.bicep with the parameters file: storage, logs, key vault, identity, function app, alerts.
--dry-run shows what would change in Azure (what-if). Run it again after steps 2 and 3, and for every later change.
Changed app settings restart the app and end running requests: choose a quiet hour.
Needs: Owner, or Contributor and User Access Administrator, on the resource group." "$@"

[[ -f $PARAMETERS ]] || stop "there is no $PARAMETERS. Copy infra/test.bicepparam and fill it in; PARAMETERS in $SETTINGS_FILE names it."
python3 -IS "$HERE/guard.py" "$PARAMETERS" || stop "$PARAMETERS holds secrets (lines above)."
[[ $(<"$PARAMETERS") =~ param\ name\ =\ \'"$NAME"\' ]] || stop "NAME in $SETTINGS_FILE and name in $PARAMETERS differ."

step "Resource group"
if [[ $(ask group exists --name "$RESOURCE_GROUP") == true ]]; then
    say "$RESOURCE_GROUP: is there"
else
    change '' group create --name "$RESOURCE_GROUP" --location "$LOCATION" --query name >/dev/null
    $DRY_RUN && stop "the resource group is not there, so Azure cannot say what would change: make it first."
fi

step "Template (a few minutes)"
arguments=(--resource-group "$RESOURCE_GROUP" --name "$NAME" --parameters "$PARAMETERS")
if $DRY_RUN; then
    az deployment group what-if "${arguments[@]}" >&2
else
    change '' deployment group create "${arguments[@]}" --query properties.provisioningState >/dev/null
fi

step "Done"
$DRY_RUN || say "  https://$(deployed host)"
say "Next: deploy/2-entra-apps.sh"
