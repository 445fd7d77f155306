"""What must not be in a log."""

from __future__ import annotations

import base64
import json

from tests.e2e.kit import Bridge, Sandbox

PEOPLE = ("Adele", "Vance", "Wilber", "Diego", "Siciliani", "@contoso.com", "Evergreen", "Springfield", "312-555")
FORMS = ("Bearer ", "eyJ", "<saml", "Assertion ", "PHNhbWw", "BEGIN ")
"""How tokens, assertions (also in base64) and keys begin."""


def leaks(bridge: Bridge, sandbox: Sandbox) -> list[str]:
    """What an app's log must not contain, but does: secrets, tokens, assertions, personal data, input texts."""
    log = "".join(bridge.log)
    env = sandbox.facts["env"]
    secrets = [env["BRIDGE_ENTRA__CLIENT_SECRET"], *env["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"].splitlines()]
    tokens = [part for token in sandbox.issued for part in token.split(".")]
    words = [text for text in bridge.sent if len(text) > 11 or not text.isascii()]
    escaped = [json.dumps(word)[1:-1] for word in words]
    encoded = [base64.b64encode(word.encode("utf-8", "replace")).decode() for word in words]
    return [text for text in {*secrets, *PEOPLE, *FORMS, *tokens, *words, *escaped, *encoded} if text and text in log]
