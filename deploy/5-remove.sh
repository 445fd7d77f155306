#!/usr/bin/env bash
# Step 5: take it all away again. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 5 of 5. Removes what these scripts have made: whatever carries the mark $MARK=NAME, and nothing else.
Asks before it begins (answer with the NAME). Needs the roles of steps 1 and 2." "$@"

# remove_all TYPE…: resources of ours, of these types, in this order.
remove_all() {
    local type ids id
    for type in "$@"; do
        ids=$(ask resource list --resource-group "$RESOURCE_GROUP" --resource-type "$type" \
            --query "[?tags.\"$MARK\"=='$NAME'].[id]")
        for id in $ids; do change '' resource delete --ids "$id" >/dev/null; done
    done
}

remove_app() { # ROLE
    local id
    id=$(find_app "$1")
    [[ -n $id ]] || { say "The $1 app is not there"; return; }
    change '' ad app delete --id "$id" >/dev/null
}

step "What will go"
if [[ $GROUP_EXISTS == true ]]; then
    say "$(ask resource list --resource-group "$RESOURCE_GROUP" --query "[?tags.\"$MARK\"=='$NAME'].[type, name]")"
fi
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
if [[ $GROUP_EXISTS == true ]]; then
    [[ -z $(made Microsoft.Web/sites "$NAME") ]] ||
        change '' functionapp delete --name "$NAME" --resource-group "$RESOURCE_GROUP" >/dev/null # with its empty plan
    remove_all Microsoft.Insights/components Microsoft.OperationalInsights/workspaces Microsoft.KeyVault/vaults \
        Microsoft.Storage/storageAccounts Microsoft.ManagedIdentity/userAssignedIdentities
    mark=$(ask group show --name "$RESOURCE_GROUP" --query "tags.\"$MARK\"")
    left=$(ask resource list --resource-group "$RESOURCE_GROUP" --query "[].[type, name]")
    if [[ $mark != "$NAME" ]]; then
        say "The resource group was there before: it stays."
    elif [[ -n $left ]]; then
        say "The resource group stays, because it holds what these scripts did not make:"
        say "$left"
    else
        change '' group delete --name "$RESOURCE_GROUP" --yes >/dev/null
    fi
fi
$DRY_RUN || rm -f "$STATE_FILE"

step "Done"
say "The key vault can be recovered for 7 days (purge protection); until then its name is taken."
say "Not made by these scripts, so still there: the connector in Power Platform, and what was set up in the system."
