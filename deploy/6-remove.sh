#!/usr/bin/env bash
# Take it all away again. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 6 of 6. Removes what the template and the scripts have made: whatever carries the tag $MARK=NAME, and nothing else.
Asks before it begins (answer with the NAME). App registrations that settings.env adopts by id stay.
Needs the roles of steps 1 and 2." "$@"

BY_ITSELF="Microsoft.AlertsManagement/smartDetectorAlertRules microsoft.insights/actiongroups" # Azure makes these beside Application Insights
ORDER=(Microsoft.Web/sites Microsoft.Web/serverfarms Microsoft.Insights/scheduledQueryRules Microsoft.Insights/workbooks
    Microsoft.Insights/components Microsoft.Insights/actionGroups Microsoft.OperationalInsights/workspaces
    Microsoft.Network/privateEndpoints Microsoft.Network/privateDnsZones/virtualNetworkLinks Microsoft.Network/privateDnsZones
    Microsoft.Network/virtualNetworks Microsoft.Network/natGateways Microsoft.Network/publicIPAddresses
    Microsoft.KeyVault/vaults Microsoft.Storage/storageAccounts Microsoft.ManagedIdentity/userAssignedIdentities)

ours() { # COLUMNS [CONDITION]: of our resources
    [[ $GROUP_EXISTS != true ]] || ask resource list --resource-group "$RESOURCE_GROUP" --query "[?tags.\"$MARK\"=='$NAME'${2-}].$1"
}

remove_app() { # ROLE
    local id adopted=${1^^}_APP_ID
    [[ -z ${!adopted} ]] || { say "The $1 app was yours before: it stays"; return; }
    id=$(find_app "$1")
    [[ -n $id ]] || { say "The $1 app is not there"; return; }
    change '' ad app delete --id "$id" >/dev/null
}

step "What will go"
GROUP_EXISTS=$(ask group exists --name "$RESOURCE_GROUP")
say "$(ours '[type, name]')"
for role in connector service; do say "$role app: $(find_app "$role")"; done
if ! $DRY_RUN; then
    say "Type the name ($NAME) to remove all this: "
    read -r answer || true
    [[ ${answer-} == "$NAME" ]] || stop "nothing was removed."
fi

step "Entra apps (they stay in Entra's deleted applications for 30 days)"
remove_app connector
remove_app service

step "Azure resources"
for type in "${ORDER[@]}"; do
    for id in $(ours "[id]" " && type=='$type'"); do change '' resource delete --ids "$id" >/dev/null; done
done
if [[ $GROUP_EXISTS == true ]]; then
    left=''
    while IFS=$'\t' read -r type name; do
        [[ -z $type || " ${BY_ITSELF,,} " == *" ${type,,} "* ]] || left+="$type $name"$'\n'
    done <<<"$(ask resource list --resource-group "$RESOURCE_GROUP" --query "[].[type, name]")"
    if [[ -n $left ]]; then
        say "The resource group stays, because it holds what is not ours:"
        say "$left"
    else
        say "The resource group $RESOURCE_GROUP is empty. To remove it, too: az group delete --name $RESOURCE_GROUP"
    fi
fi
$DRY_RUN || rm -f "$STATE_FILE"

step "Done"
say "The key vault can be recovered for 7 days (purge protection); until then its name is taken."
say "Not made here, so still there: the connector in Power Platform, and what was set up in the system."
