"""Refuses a parameters file that holds a secret: one line for each, without its value; then exit status 1."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

SECRET_NAMES = re.compile(
    r"SECRET|PASSWORD|CLIENT_CERTIFICATE|TOKEN__(?:EXTRA|HEADERS|QUERY)|LEDGER__KEY|PRIVATE_KEY", re.IGNORECASE
)
SETTING = re.compile(r"\b(BRIDGE_\w+)'?\s*:\s*('''.*?'''|'(?:[^'\\]|\\.)*')", re.IGNORECASE | re.DOTALL)
NAMED_SECRETS = re.compile(r"param\s+secretSettings\s*=\s*\{.*?\}", re.DOTALL)
PKCS12_VERSION = b"\x02\x01\x03"
"""RFC 7292: a PFX is a sequence that begins with the version number 3. A certificate begins with another sequence."""


def problems(text: str) -> list[str]:
    """What is wrong. `secretSettings` names secrets of the vault, so it may hold these names."""
    return [
        f"{name}: a secret does not belong here. Add the name to SECRETS and run deploy/3-secrets.sh."
        for name, value in SETTING.findall(NAMED_SECRETS.sub("", text))
        if not value.startswith("'@Microsoft.KeyVault(") and (SECRET_NAMES.search(name) or holds_key(value.strip("'")))
    ]


def holds_key(value: str) -> bool:
    """A PEM text with its key, or a PFX in Base64."""
    try:
        content = base64.b64decode("".join(value.split()) + "==")
    except ValueError:
        content = b""
    return "PRIVATE KEY" in value or (content[:1] == b"\x30" and PKCS12_VERSION in content[2:9])


if __name__ == "__main__":
    sys.exit("\n".join(f"  {line}" for line in problems(Path(sys.argv[1]).read_text("utf-8"))) or 0)
