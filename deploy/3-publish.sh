#!/usr/bin/env bash
# Step 3: the code. See docs/deploy.md.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 3 of 5. Packs the app and publishes it. Azure installs requirements.txt on its side (remote build).
Needs: Contributor on the function app." "$@"

step "Package"
site=$(made Microsoft.Web/sites "$NAME")
[[ -n $site ]] || $DRY_RUN || stop "the function app $NAME is not there. Run deploy/2-resources.sh first."
if $DRY_RUN; then say "  python3 dev.py package"; else (cd "$HERE/.." && python3 dev.py package >&2); fi

step "Publish (a few minutes)"
patiently change '' functionapp deployment source config-zip --name "$NAME" --resource-group "$RESOURCE_GROUP" \
    --src "$HERE/../dist/obo-saml-bridge.zip" --timeout 900 >/dev/null

step "Done"
say "Next: deploy/4-verify.sh"
