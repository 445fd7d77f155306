#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 3 of 6. Stores secrets and makes signing keys in the key vault. You have two roles on it until it ends.
Needs: Owner, or User Access Administrator, on the key vault." "$@"
ATTEMPTS=$($DRY_RUN && echo 0 || echo 60) # a role on the vault can take up to 10 minutes

OFFICERS="b86a8fe4-44ce-4948-aee5-eccb2c155cd7 a4417e6f-fecd-4de8-b567-7b0420556985" # of secrets, of certificates
GIVEN="$MARK: until 3-secrets.sh ends" # the description of roles to withdraw, also after a run that was broken off
LEDGER_KEY=BRIDGE_LEDGER__KEY          # the key of the write ledger: made here, no person needs to know it

my_roles() { # QUERY ARGS…: on the vault
    ask role assignment list --assignee-object-id "$ME" --scope "$VAULT_ID" --fill-principal-name false --query "$@"
}

# exists LIST NAME: whether a list of names has it. Says so.
exists() { grep --quiet --line-regexp --fixed-strings -e "$2" <<<"$1" && say "$2: exists"; }

# held KIND: the names of what the vault holds.
held() {
    patiently ask keyvault "$1" list --vault-name "$VAULT" --query "[].name" ||
        { $DRY_RUN && say "  (the dry run has no role on the vault, and sees no $1)"; }
}

step "Key vault"
read_outputs
VAULT_ID=$(ask keyvault show --name "$VAULT" --query id)
ME=$(ask ad signed-in-user show --query id)
for role in $OFFICERS; do
    [[ -n $(my_roles "[0].id" --role "$role") ]] ||
        change '' role assignment create --assignee-object-id "$ME" --assignee-principal-type User --role "$role" \
            --scope "$VAULT_ID" --description "$GIVEN" --query id >/dev/null
done
secrets=$(held secret)
certificates=$(held certificate)

step "Secrets and signing keys"
secret_lines='' signing_lines=''
for setting in $LEDGER_KEY $SECRETS; do
    name=$(sed 's/__/--/g; s/_/-/g' <<<"${setting,,}") # Key Vault takes letters, digits and hyphens
    secret_lines+="  $setting: '$name'"$'\n'
    ! exists "$secrets" "$name" || continue
    value=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
    if [[ $setting != "$LEDGER_KEY" ]] && ! $DRY_RUN; then
        say "Value of $setting (not shown): "
        IFS= read -rs value || [[ -n $value ]] || stop "no value for $setting. Use a terminal, or standard input."
    fi
    change '' keyvault secret set --vault-name "$VAULT" --name "$name" --file <(printf '%s' "$value") \
        --encoding utf-8 --query name >/dev/null # the value is on no command line, and in no file
done
for system in $SIGNING_SYSTEMS; do # the private key cannot leave the vault
    key=(--vault-name "$VAULT" --name "$system-signing")
    exists "$certificates" "$system-signing" ||
        change '' keyvault certificate create "${key[@]}" --policy "@$HERE/signing-policy.json" --query name >/dev/null
    row=$'<key id>\t<certificate>'
    $DRY_RUN || row=$(ask keyvault certificate show "${key[@]}" --query "[[kid, cer]]")
    signing_lines+="  $system: { keyId: '${row%$'\t'*}', certificate: '${row#*$'\t'}' }"$'\n'
done
contacts=$(ask keyvault certificate contact list --vault-name "$VAULT" --query "contactList[].email" 2>/dev/null) ||
    true # Azure refuses to list the contacts of a vault that has none
[[ -z $EXPIRY_MAIL ]] || exists "$contacts" "$EXPIRY_MAIL" ||
    change '' keyvault certificate contact add --vault-name "$VAULT" --email "$EXPIRY_MAIL" --query id >/dev/null
for id in $(my_roles "[?description=='$GIVEN'].id"); do change '' role assignment delete --ids "$id" >/dev/null; done

step "Put these lines into the parameters file"
printf 'param secretSettings = {\n%s}\n' "$secret_lines"
[[ -z $signing_lines ]] || printf 'param signing = {\n%s}\n' "$signing_lines"
say "Next: deploy/1-template.sh again, then deploy/4-publish.sh"
