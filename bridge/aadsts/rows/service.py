"""Entra itself is busy."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import SIGN_INS

ROWS = (
    Row(
        codes=(50196,),
        outcome=Outcome.THROTTLED,
        title="Entra sees a request loop",
        sentence="The same request was sent too often in a short time, and Entra stopped it for a while.",
        cause="Something repeats a call that fails, or does not keep the tokens it gets. Signing in again does not "
        "help.",
        fix=(
            "Wait some minutes.",
            "Power Automate > My flows > Run history: look for a flow that repeats a failing action.",
            f"{SIGN_INS}: see which app asks so often.",
        ),
    ),
    Row(
        codes=(90055,),
        outcome=Outcome.THROTTLED,
        app_wide=True,
        title="The tenant is limited",
        sentence="Entra limits the whole tenant because of too many requests.",
        cause="Many apps of this organisation ask at once.",
        fix=("Wait a minute and try again.", f"{SIGN_INS}: see which apps ask so often."),
    ),
    Row(
        codes=(90033, 90006, 90012, 90024, 50033, 50087, 90090),
        outcome=Outcome.TRANSIENT,
        title="Entra is not available at the moment",
        sentence="Entra has a temporary fault. Nothing was done.",
        cause="A fault at Microsoft.",
        fix=("Try again in a moment.", "Azure portal > Service Health: look for an incident of Microsoft Entra ID."),
    ),
)
