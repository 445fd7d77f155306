"""Domain and business process security, as public sources describe it."""

from collections.abc import Iterable

from sandbox.workday.mode import Mode

PUBLIC_REPORTS = "Worker Data: Public Worker Reports"
HOME_CONTACT = "Person Data: Home Contact Information"
WORK_CONTACT = "Person Data: Work Contact Information"
INTEGRATION_BUILD = "Integration Build"
TIME_OFF = "Worker Data: Time Off"
FEEDBACK_ON_SELF = "Get Feedback on Self REST+TG"


def withheld(needs: Iterable[str], mode: Mode) -> bool:
    """Whether the mode withholds one of these: a domain or business process, and a kind of permission."""
    return mode.security and not mode.withhold.isdisjoint(needs)


def blocked_message(process: str) -> str:
    """Workday's message while another change is pending (for names, the sentence is from its schema)."""
    if process in ("Legal Name Change", "Preferred Name Change"):
        kind = process.removesuffix(" Change").lower()
        other = "another legal name or preferred name change is pending."
        return f"You cannot change the {kind} of this worker because {other}"
    return f"You cannot start {process} because another one is pending."
