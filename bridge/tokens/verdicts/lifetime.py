"""Verdicts on the lifetime: the token is not valid at this time."""

from __future__ import annotations

from bridge.tokens.portal_paths import AGENT_CONNECTIONS, CONNECTIONS, NEW_CONNECTION
from bridge.tokens.verdict import Verdict

ROWS = (
    Verdict(
        code="times_invalid",
        title="The token's times cannot be read",
        sentence="The token's {found} is missing or is no time.",
        cause="Entra always writes exp, nbf and iat as whole seconds since 1970. The token was changed, or made by "
        "hand.",
        fix=(NEW_CONNECTION, "If you made the token yourself: let Microsoft Entra ID issue it."),
    ),
    Verdict(
        code="expired",
        title="The token has expired",
        sentence="The token was valid until {found}; now it is {expected}.",
        cause="Access tokens live 60 to 90 minutes. A copied token was used too late, or a connection could not renew "
        "its token: a changed secret, a password change, or a sign-in rule.",
        fix=(
            f"{AGENT_CONNECTIONS} (or {CONNECTIONS}): open the connection and sign in again.",
            "Generic OAuth 2.0 connectors: the scope must hold offline_access, or nothing can be renewed.",
        ),
    ),
    Verdict(
        code="clock_skew",
        title="The clocks disagree",
        sentence="The token was issued at {found}, but here it is only {expected}.",
        cause="One clock is wrong by more than five minutes: that of the machine that runs the API, or of the one that "
        "issued the token.",
        fix=(
            "On the machine that runs the API: switch on time synchronisation. In Azure this is done for you; on a "
            "laptop, set the clock.",
            "In a container or a virtual machine that was asleep: restart it.",
        ),
    ),
    Verdict(
        code="not_yet_valid",
        title="The token is not valid yet",
        sentence="The token is valid from {found}; now it is {expected}.",
        cause="Its not-before time (nbf) lies in the future. Entra sets it to the time of issue, so the token was made "
        "or changed by somebody else.",
        fix=(NEW_CONNECTION, "If you made the token yourself: let Microsoft Entra ID issue it."),
    ),
)
