#!/usr/bin/env bash
# Everything in Azure, from infra/main.bicep. See docs/deploy.md.
FLAGS=--no-drain
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 1 of 6. Deploys infra/main.bicep with the parameters file: storage, logs, key vault, identity, function app, alerts.
--dry-run shows what would change in Azure (what-if). Run it again after steps 2 and 3, and for every later change.
Writes are paused meanwhile, if the app runs already (--no-drain: they are not).
Needs: Owner, or Contributor and User Access Administrator, on the resource group." "$@"

[[ -f $PARAMETERS ]] || stop "there is no $PARAMETERS. Copy infra/test.bicepparam and fill it in; PARAMETERS in $SETTINGS_FILE names it."
python3 -IS "$HERE/guard.py" "$PARAMETERS" || stop "$PARAMETERS holds secrets (lines above)."
[[ $(parameter name) == "$NAME" ]] || stop "NAME in $SETTINGS_FILE is '$NAME', and name in $PARAMETERS is '$(parameter name)'."

# adopt_app: an app that this template has not made is taken over only if settings.env names it.
adopt_app() {
    local id found tag sku
    id=$(ask resource list --resource-group "$RESOURCE_GROUP" --resource-type Microsoft.Web/sites --query "[?name=='$NAME'].id | [0]")
    if [[ -z $id ]]; then
        say "Function app $NAME: is made"
        return
    fi
    found=$(ask resource show --ids "$id" --query "[[tags.\"$MARK\" || '-', properties.sku || '-']]")
    IFS=$'\t' read -r tag sku <<<"$found"
    [[ $tag != "$NAME" ]] || return 0
    [[ $sku == FlexConsumption ]] || stop "the function app $NAME is on the plan $sku, and cannot become a Flex Consumption app. Take another name."
    say "Function app $NAME is there, and this template has not made it. All its app settings are replaced:"
    say "$(ask functionapp config appsettings list --name "$NAME" --resource-group "$RESOURCE_GROUP" --query "[].name")"
    [[ ${FUNCTION_APP_ID,,} == "${id,,}" ]] || $DRY_RUN || stop "to adopt it, put this into $SETTINGS_FILE: FUNCTION_APP_ID='$id'"
}

step "Resource group"
if [[ $(ask group exists --name "$RESOURCE_GROUP") == true ]]; then
    say "$RESOURCE_GROUP: is there"
    adopt_app
else
    change '' group create --name "$RESOURCE_GROUP" --location "$LOCATION" --tags "$MARK=$NAME" --query name >/dev/null
    if $DRY_RUN; then
        say "There is no such resource group yet, so everything that infra/main.bicep names is new."
        exit 0
    fi
fi
group=$(parameter existingVaultResourceGroup)
if [[ -n $group && $(ask keyvault show --name "$(parameter keyVaultName)" --resource-group "$group" --query properties.enableRbacAuthorization) != true ]]; then
    stop "the key vault of $PARAMETERS uses access policies. Switch it to roles first: Access configuration > Azure role-based access control."
fi
# Azure registers the providers that a template names; a subnet for functions needs one that it does not name.
if [[ $(parameter privateNetwork) == true && $(ask provider show --namespace Microsoft.App --query registrationState) != Registered ]]; then
    change '' provider register --namespace Microsoft.App --wait >/dev/null
fi

arguments=(--resource-group "$RESOURCE_GROUP" --name "$NAME" --parameters "$PARAMETERS")
if $DRY_RUN; then
    step "What Azure would change"
    az deployment group what-if "${arguments[@]}" >&2
else
    step "Writes"
    pause_writes "$(deployed_or_nothing host)" "$(deployed_or_nothing ledgerTable)"
    step "Template (a few minutes)"
    change '' deployment group create "${arguments[@]}" --query properties.provisioningState >/dev/null
fi

step "Done"
$DRY_RUN || say "  https://$(deployed host)"
say "Next: deploy/2-entra-apps.sh"
