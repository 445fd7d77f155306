#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 6 of 6. Removes what the template and the scripts have made, and nothing else. Asks before it begins.
Needs: the roles of steps 1 and 2." "$@"
GROUP_EXISTS=$(ask group exists --name "$RESOURCE_GROUP")
OURS="tags.\"$MARK\"=='$NAME'"

# resources CONDITION COLUMNS: what the group holds.
resources() { [[ $GROUP_EXISTS != true ]] || ask resource list --resource-group "$RESOURCE_GROUP" --query "[$1].$2"; }

# The Azure CLI deletes in rounds, because a resource may be in use by another one.
remove_resources() {
    local ids
    ids=$(resources "?$OURS" id) || return
    # shellcheck disable=SC2086 # ids hold no spaces
    [[ -z $ids ]] || change '' resource delete --ids $ids >/dev/null
}

step "What is removed"
found=$(resources "?$OURS" '[type, name]')
say "$found"
declare -A APPS
for role in connector service; do
    adopted=${role^^}_APP_ID
    APPS[$role]=$([[ -n ${!adopted} ]] || find_app "$role")
    say "the $role app: ${APPS[$role]:-none of ours}"
done
if ! $DRY_RUN; then
    say "Type the name ($NAME) to remove all this: "
    read -r answer || true
    [[ ${answer-} == "$NAME" ]] || stop "nothing was removed."
fi

step "Entra apps (they stay in Entra's deleted applications for 30 days)"
for role in connector service; do
    [[ -z ${APPS[$role]} ]] || change '' ad app delete --id "${APPS[$role]}" >/dev/null
    remember "$role" ''
done

step "Azure resources"
patiently remove_resources ||
    stop "Azure still uses these (a network is held for up to an hour after its app). Run this again later."
left=$(resources '' '[type, name]')
left=$(grep --invert-match --ignore-case --extended-regexp "^$|smartDetectorAlertRules|actionGroups" <<<"$left") || true
if [[ -n $left ]] && ! $DRY_RUN; then # Azure makes those two kinds beside Application Insights
    say "The resource group stays, because it holds what is not ours:"$'\n'"$left"
elif [[ $GROUP_EXISTS == true ]]; then
    say "To remove the resource group, too: az group delete --name $RESOURCE_GROUP"
fi
$DRY_RUN || rm -f "$STATE_FILE"

say "The key vault can be recovered for 7 days (purge protection); until then its name is taken."
say "What was not made here still exists: the connector in Power Platform, and what was set up in the system."
