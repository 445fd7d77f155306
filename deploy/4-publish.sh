#!/usr/bin/env bash
# The code. See docs/deploy.md.
FLAGS="--back --no-drain"
BACK=false
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
begin "Step 4 of 6. Packs the app and publishes it; Azure installs requirements.txt on its side (remote build). Keeps the last
two packages in dist/; --back publishes the one before. Writes are paused meanwhile (--no-drain: they are not).
Needs: Contributor on the function app, and to be in the group of operatorsGroupId (to pause writes)." "$@"
PACKAGE=$HERE/../dist/obo-saml-bridge.zip
PUBLISHED=$HERE/../dist/published-$NAME

# publish FILE: a refusal is final, unless a role has not arrived yet (403), another publish runs (409), or storage is slow.
publish() {
    local attempt text
    for attempt in 1 2 3 4 5 6; do
        if text=$(change '' functionapp deployment source config-zip --name "$NAME" --resource-group "$RESOURCE_GROUP" \
            --src "$1" --timeout 900 2>&1 >/dev/null); then
            say "$text"
            return
        fi
        say "$text"
        [[ $text =~ (403|409|Forbidden|Conflict|storage) ]] || stop "Azure refused the package; the lines above are its log."
        say "  (attempt $attempt: not ready, waiting $PAUSE_SECONDS s)"
        sleep "$PAUSE_SECONDS"
    done
    stop "Azure refused the package six times; the lines above are its log."
}

# version_of FILE: as the app's health response has it.
version_of() { python3 -IS -c 'import re, sys, zipfile; print(re.search(r"__version__ = \"(.+?)\"", zipfile.ZipFile(sys.argv[1]).read("bridge/__init__.py").decode())[1])' "$1"; }

step "Package"
host=$(deployed host)
table=$(deployed_or_nothing ledgerTable)
if $BACK; then
    [[ -f $PUBLISHED-before.zip ]] || stop "there is no package from before in dist/."
    file=$PUBLISHED-before.zip
else
    if $DRY_RUN; then say "  python3 dev.py package"; else (cd "$HERE/.." && python3 dev.py package >&2); fi
    file=$PACKAGE
fi

step "Writes"
pause_writes "$host" "$table"

step "Publish (a few minutes)"
publish "$file"
$DRY_RUN && exit 0
if $BACK; then
    mv "$PUBLISHED-before.zip" "$PUBLISHED.zip"
else
    [[ ! -f $PUBLISHED.zip ]] || mv "$PUBLISHED.zip" "$PUBLISHED-before.zip"
    cp "$PACKAGE" "$PUBLISHED.zip"
fi

step "The new version responds"
version=$(version_of "$PUBLISHED.zip")
responds() { curl --silent --show-error --max-time 60 "https://$host/api/health" | grep --quiet "\"version\": *\"$version\""; }
ATTEMPTS=30 patiently responds ||
    stop "https://$host/api/health does not show version $version. Look at the app's log stream; --back publishes the package before."
resume_writes

step "Done"
say "  https://$host/api/health   version $version"
say "Next: deploy/5-verify.sh"
