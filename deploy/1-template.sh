#!/usr/bin/env bash
FLAGS=--no-drain
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 1 of 6. Deploys infra/main.bicep with the parameters file; a dry run shows what would change (what-if).
Pauses writes meanwhile (--no-drain: does not). Needs: Owner, or Contributor and User Access Administrator." "$@"

# parameter NAME: the text that the parameters file gives it, or nothing.
parameter() { sed -nE "s/^param $1 = '?([^'[:space:]]*).*/\1/p" "$PARAMETERS"; }

[[ -f $PARAMETERS ]] || stop "there is no $PARAMETERS (PARAMETERS in $SETTINGS_FILE). Copy infra/test.bicepparam."
python3 -IS "$HERE/guard.py" "$PARAMETERS" || stop "$PARAMETERS holds secrets (lines above)."
[[ $(parameter name) == "$NAME" ]] || stop "NAME in $SETTINGS_FILE is '$NAME', in $PARAMETERS '$(parameter name)'."

step "Resource group"
IN_GROUP=(--resource-group "$RESOURCE_GROUP")
if [[ $(ask group exists --name "$RESOURCE_GROUP") == true ]]; then
    say "$RESOURCE_GROUP exists"
    app=$(ask resource list "${IN_GROUP[@]}" --resource-type Microsoft.Web/sites --query "[?name=='$NAME'].id | [0]")
else
    change '' group create --name "$RESOURCE_GROUP" --location "$LOCATION" --tags "$MARK=$NAME" --query name >/dev/null
    ! $DRY_RUN || { say "It does not exist yet, so everything that infra/main.bicep names is new." && exit 0; }
    app=''
fi
tag=$NAME
[[ -z $app ]] || read -r tag plan <<<"$(ask resource show --ids "$app" \
    --query "join(' ', [tags.\"$MARK\" || '-', properties.sku || '-'])")"
if [[ $tag != "$NAME" ]]; then # this template has not made it: settings.env has to name it
    [[ $plan == FlexConsumption ]] ||
        stop "the function app $NAME is on the plan $plan, and cannot become a Flex Consumption app. Take another name."
    say "Function app $NAME exists, and this template has not made it. All its app settings are replaced:"
    say "$(ask functionapp config appsettings list --name "$NAME" "${IN_GROUP[@]}" --query "[].name")"
    [[ ${FUNCTION_APP_ID,,} == "${app,,}" ]] || $DRY_RUN ||
        stop "to adopt it, put this into $SETTINGS_FILE: FUNCTION_APP_ID='$app'"
fi
vault_group=$(parameter existingVaultResourceGroup)
[[ -z $vault_group || $(ask keyvault show --name "$(parameter keyVaultName)" --resource-group "$vault_group" \
    --query properties.enableRbacAuthorization) == true ]] || stop "the key vault of $PARAMETERS uses access policies.
  Switch it to roles first: Access configuration > Azure role-based access control."
# Azure registers the providers that a template names; a subnet for functions needs one that it does not name.
[[ $(parameter privateNetwork) != true ||
    $(ask provider show --namespace Microsoft.App --query registrationState) == Registered ]] ||
    change '' provider register --namespace Microsoft.App --wait >/dev/null

IN_GROUP+=(--name "$NAME" --parameters "$PARAMETERS")
if $DRY_RUN; then
    step "What Azure would change"
    az deployment group what-if "${IN_GROUP[@]}" >&2
else
    read_outputs say
    pause_writes
    step "Template (a few minutes)"
    change '' deployment group create "${IN_GROUP[@]}" --query properties.provisioningState >/dev/null
    read_outputs
    step "Done: https://$HOST"
fi
say "Next: deploy/2-entra-apps.sh"
