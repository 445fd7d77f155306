#!/usr/bin/env bash
# Take it all away again. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 6 of 6. Removes what the template and the scripts have made: whatever carries the tag $MARK=NAME, and nothing else.
Asks before it begins (type the NAME). App registrations that settings.env names by id stay.
Needs the roles of steps 1 and 2." "$@"

BY_ITSELF="microsoft.alertsmanagement/smartdetectoralertrules microsoft.insights/actiongroups" # Azure makes these beside Application Insights
ORDER=(microsoft.web/sites microsoft.web/serverfarms microsoft.insights/scheduledqueryrules microsoft.insights/workbooks
    microsoft.insights/components microsoft.insights/actiongroups microsoft.operationalinsights/workspaces
    microsoft.network/privateendpoints microsoft.network/privatednszones/virtualnetworklinks microsoft.network/privatednszones
    microsoft.network/virtualnetworks microsoft.network/natgateways microsoft.network/publicipaddresses
    microsoft.keyvault/vaults microsoft.storage/storageaccounts microsoft.managedidentity/userassignedidentities)

# resources CONDITION: type, name and id of what the group holds; Azure writes types in capitals or not.
resources() { [[ $GROUP_EXISTS != true ]] || ask resource list --resource-group "$RESOURCE_GROUP" --query "[$1].[type, name, id]"; }

remove_app() { # ROLE
    local id adopted=${1^^}_APP_ID
    [[ -z ${!adopted} ]] || { say "The $1 app was yours before: it stays"; return; }
    id=$(find_app "$1")
    [[ -n $id ]] || { say "The $1 app is not there"; return; }
    change '' ad app delete --id "$id" >/dev/null
    remember "${1}_app_id" ''
}

step "What will go"
GROUP_EXISTS=$(ask group exists --name "$RESOURCE_GROUP")
OURS=$(resources "?tags.\"$MARK\"=='$NAME'")
while IFS=$'\t' read -r type name _; do say "  $type $name"; done <<<"$OURS"
for role in connector service; do say "  $role app: $(find_app "$role")"; done
if ! $DRY_RUN; then
    say "Type the name ($NAME) to remove all this: "
    read -r answer || true
    [[ ${answer-} == "$NAME" ]] || stop "nothing was removed."
fi

step "Entra apps (they stay in Entra's deleted applications for 30 days)"
remove_app connector
remove_app service

step "Azure resources"
stuck=''
for wanted in "${ORDER[@]}"; do
    while IFS=$'\t' read -r type name id; do
        [[ ${type,,} == "$wanted" ]] || continue
        patiently change '' resource delete --ids "$id" >/dev/null || stuck+="  $type $name"$'\n'
    done <<<"$OURS"
done
[[ -z $stuck ]] || stop "Azure still uses these (a network is held for up to an hour after its app). Run this again later:
$stuck"
if [[ $GROUP_EXISTS == true ]]; then
    left=''
    while IFS=$'\t' read -r type name _; do
        $DRY_RUN || [[ -z $type || " $BY_ITSELF " == *" ${type,,} "* ]] || left+="  $type $name"$'\n'
    done <<<"$(resources '')"
    if [[ -n $left ]]; then
        say "The resource group stays, because it holds what is not ours:"
        say "$left"
    else
        say "To remove the resource group, too: az group delete --name $RESOURCE_GROUP"
    fi
fi
$DRY_RUN || rm -f "$STATE_FILE"

step "Done"
say "The key vault can be recovered for 7 days (purge protection); until then its name is taken."
say "Not made here, so still there: the connector in Power Platform, and what was set up in the system."
