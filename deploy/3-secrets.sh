#!/usr/bin/env bash
# Secrets and signing keys. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 3 of 6. Stores secrets in the key vault, makes a signing key for each of SIGNING_SYSTEMS, and prints the lines
for the parameters file. Gives you two roles on the vault and withdraws them at the end. Needs: Owner, or User Access Administrator, on the key vault." "$@"
ATTEMPTS=60 # a role on the vault can take up to 10 minutes

SECRETS_OFFICER=b86a8fe4-44ce-4948-aee5-eccb2c155cd7
CERTIFICATES_OFFICER=a4417e6f-fecd-4de8-b567-7b0420556985
LEDGER_KEY=BRIDGE_LEDGER__KEY # the key of the write ledger: made here, nobody has to know it

# my_role ROLE: the id of my assignment on the vault, or nothing.
my_role() {
    ask role assignment list --assignee-object-id "$ME" --role "$1" --scope "$VAULT_ID" --fill-principal-name false --query "[0].id"
}

# grant_me ROLE: the person who runs this script may write to the vault, until it has ended.
grant_me() {
    [[ -z $(my_role "$1") ]] || return 0
    remember granted_roles "$(recall granted_roles) $1" # before the change: a script that is broken off withdraws it later
    change '' role assignment create --assignee-object-id "$ME" --assignee-principal-type User \
        --role "$1" --scope "$VAULT_ID" --query id >/dev/null
}

# withdraw_roles: those that grant_me gave, in this run or in one that was broken off.
withdraw_roles() {
    local role id
    for role in $(recall granted_roles); do
        id=$(my_role "$role")
        [[ -z $id ]] || change '' role assignment delete --ids "$id" >/dev/null
    done
    remember granted_roles ''
}

# secret_name SETTING: the secret's name for an app setting (Key Vault takes letters, digits and hyphens).
secret_name() {
    local name=${1,,}
    name=${name//__/--}
    printf '%s' "${name//_/-}"
}

# store NAME VALUE: by a file that only this user can read, never on a command line.
store() {
    SECRET_FILE=$(mktemp)
    printf '%s' "$2" >"$SECRET_FILE"
    change '' keyvault secret set --vault-name "$VAULT" --name "$1" --file "$SECRET_FILE" --encoding utf-8 --query name >/dev/null
    rm -f "$SECRET_FILE"
}

# ensure_secret SETTING: asks for the value once. It stays as it is if it is there.
ensure_secret() {
    local name value
    name=$(secret_name "$1")
    if [[ " $PRESENT " == *" $name "* ]]; then
        say "Secret $name: is there"
    elif [[ $1 == "$LEDGER_KEY" ]]; then
        value=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
        store "$name" "$value"
    elif $DRY_RUN; then
        say "  would ask for the value of $1 and store it as $name"
    else
        say "Value of $1 (not shown): "
        IFS= read -rs value || [[ -n $value ]] || stop "no value for $1. Run the script in a terminal, or give the values on standard input."
        store "$name" "$value"
    fi
}

# ensure_signing_key SYSTEM: a certificate whose private key cannot leave the vault.
ensure_signing_key() {
    if [[ " $CERTIFICATES " == *" $1-signing "* ]]; then
        say "Signing key $1-signing: is there"
    else
        change '' keyvault certificate create --vault-name "$VAULT" --name "$1-signing" \
            --policy "@$HERE/signing-policy.json" --query name >/dev/null
    fi
}

step "Key vault"
VAULT=$(vault)
VAULT_ID=$(ask keyvault show --name "$VAULT" --query id)
if [[ $(ask account show --query user.type) == user ]]; then
    ME=$(ask ad signed-in-user show --query id)
    grant_me "$SECRETS_OFFICER"
    grant_me "$CERTIFICATES_OFFICER"
else
    say "Signed in as an application: it needs Key Vault Secrets Officer and Certificates Officer on the vault."
fi
# names KIND: what the vault holds of it, separated by spaces. A dry run has no role to look.
names() {
    if $DRY_RUN; then
        ask keyvault "$1" list --vault-name "$VAULT" --query "[].name" 2>/dev/null || say "  (a $1 that is there already is not seen: no role yet)"
    else
        patiently ask keyvault "$1" list --vault-name "$VAULT" --query "[].name"
    fi | tr '\n' ' '
}
PRESENT=$(names secret)
CERTIFICATES=$(names certificate)

step "Secrets and signing keys"
for setting in $LEDGER_KEY $SECRETS; do ensure_secret "$setting"; done
for system in $SIGNING_SYSTEMS; do ensure_signing_key "$system"; done
if [[ -n $EXPIRY_MAIL ]] && $DRY_RUN; then
    say "  would add $EXPIRY_MAIL to the vault's contacts"
elif [[ -n $EXPIRY_MAIL && -z $(ask keyvault certificate contact list --vault-name "$VAULT" --query "contactList[?email=='$EXPIRY_MAIL'].email | [0]") ]]; then
    change '' keyvault certificate contact add --vault-name "$VAULT" --email "$EXPIRY_MAIL" --query id >/dev/null
fi

declare -A ROWS # system -> key id and certificate
for system in $SIGNING_SYSTEMS; do
    ROWS[$system]=$'<key id>\t<certificate>'
    $DRY_RUN || ROWS[$system]=$(ask keyvault certificate show --vault-name "$VAULT" --name "$system-signing" --query "[[kid, cer]]")
done
withdraw_roles

step "Put these lines into the parameters file"
{
    echo "param secretSettings = {"
    for setting in $LEDGER_KEY $SECRETS; do echo "  $setting: '$(secret_name "$setting")'"; done
    echo "}"
    [[ -z $SIGNING_SYSTEMS ]] || echo "param signing = {"
    for system in $SIGNING_SYSTEMS; do
        echo "  $system: { keyId: '${ROWS[$system]%%$'\t'*}', certificate: '${ROWS[$system]#*$'\t'}' }"
    done
    [[ -z $SIGNING_SYSTEMS ]] || echo "}"
}
say "The vault keeps old versions of a key; the app signs with the version that the file names (docs/operations.md)."
say "Next: deploy/1-template.sh again, then deploy/4-publish.sh"
