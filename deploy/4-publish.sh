#!/usr/bin/env bash
FLAGS="--back --no-drain" BACK=false
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 4 of 6. Packs the app and publishes it; --back publishes the package before. Pauses writes meanwhile
(--no-drain: does not). Needs: Contributor on the function app, membership in the group of operatorsGroupId." "$@"
DIST=$HERE/../dist
PUBLISHED=$DIST/published-$NAME.zip BEFORE=$DIST/published-$NAME-before.zip

step "Package"
read_outputs
HEALTH=https://$HOST/api/health
package=$DIST/obo-saml-bridge.zip
if $BACK; then
    package=$BEFORE
    [[ -f $package ]] || stop "there is no package from before in dist/."
elif $DRY_RUN; then
    say "  python3 dev.py package"
else
    (cd "$HERE/.." && python3 dev.py package >&2)
fi

pause_writes

step "Publish (a few minutes)"
# Worth waiting for: a role that has not arrived (403), another publish (409), slow storage. Other refusals are final.
ATTEMPTS=5 TEMPORARY='403|409|Forbidden|Conflict|storage' patiently change '' functionapp deployment source config-zip \
    --name "$NAME" --resource-group "$RESOURCE_GROUP" --src "$package" --timeout 900 >/dev/null ||
    stop "Azure refused the package; the lines above are its log."
! $DRY_RUN || exit 0
$BACK || [[ ! -f $PUBLISHED ]] || mv "$PUBLISHED" "$BEFORE"
if $BACK; then mv "$BEFORE" "$PUBLISHED"; else cp "$package" "$PUBLISHED"; fi

step "The new version responds"
init='import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("bridge/__init__.py").decode())'
version=$(python3 -IS -c "$init" "$PUBLISHED" | sed -n 's/^__version__ = "\(.*\)"$/\1/p')
responds() { curl --silent --show-error --max-time 60 "$HEALTH" | grep --quiet "\"version\": *\"$version\""; }
ATTEMPTS=30 patiently responds || stop "$HEALTH does not show version $version.
  Look at the app's log stream; --back publishes the package before."

step "Done: $HEALTH shows version $version"
say "Next: deploy/5-verify.sh"
