"""Turns a failed call into an error for the caller. For a write that may have arrived, it never says "try again"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.catalog import Lookup, Meaning, Operation, SystemType
from bridge.errors import (
    BridgeError,
    Conflict,
    CredentialRejected,
    Forbidden,
    InvalidUpstreamResponse,
    Misconfigured,
    OutcomeUnknown,
    RefusedBySystem,
    TimedOut,
    TryLater,
)
from bridge.outbound.call import Unusable
from bridge.outbound.text import strip_controls

RETRY_SECONDS = 10
MAX_MESSAGES = 5
_CONFLICTS = (409, 412, 428)
_NOT_DEFINITE = (408, 425)
_CORRECT = "Correct what it names and send the request again."
_NOT_FOUND = (
    "{title} has nothing of this name, or does not show it to you. If everybody reads this, its administrator may have "
    "to open the service for the bridge."
)

_MEANINGS: Mapping[Meaning, tuple[type[BridgeError], str, str, str]] = {
    "not_permitted": (
        Forbidden,
        "not_permitted_by_system",
        "{title} does not let you do this.",
        "Ask the administrator of {title} for the permission.",
    ),
    "user_unknown": (
        Forbidden,
        "user_unknown_to_system",
        "{title} does not know your account.",
        "Ask the administrator of {title} whether you have an account there.",
    ),
    "misconfigured": (
        Misconfigured,
        Misconfigured.code,
        "The bridge's connection to {title} is not set up correctly.",
        "Ask the administrator of the bridge: the log names the cause.",
    ),
    "conflict": (
        Conflict,
        Conflict.code,
        "{title} refused the request, because it conflicts with what is there.",
        "Read the current data, and send the request again if it is still wanted. Nothing was changed.",
    ),
    "credential_rejected": (
        CredentialRejected,
        CredentialRejected.code,
        "{title} does not accept the credential that the bridge got for you.",
        "Ask the administrator of the bridge: the log names the cause.",
    ),
}
"""Meaning of a fault rule → error, code, detail and hint. `throttled` is not here, because it has a time to wait."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The errors of one operation. `operator` texts contain codes and places, never what people wrote."""

    operation: Operation
    kind: SystemType

    def not_sent(self, error: RequestNotSent) -> BridgeError:
        """Nothing was sent."""
        later = TryLater(
            f"{self.kind.title} could not be reached. Nothing was done.",
            hint="Try again in a moment. If it stays so, ask the administrator of the bridge.",
            retry_after=RETRY_SECONDS,
            operator=f"not sent: {error}",
        )
        later.trouble = "not reached"
        return later

    def no_response(self, error: ResponseLost) -> BridgeError:
        """The request may have arrived."""
        if self.operation.kind == "write":
            return self._unknown(f"no answer: {error}")
        if error.timed_out:
            return TimedOut(f"{self.kind.title} did not answer in time.", hint="Try again later.", operator=str(error))
        lost = self._nonsense(f"no answer: {error}")
        lost.trouble = None if error.too_large else "lost"
        return lost

    def unusable(self, error: Unusable) -> BridgeError:
        """The response does not show what happened."""
        reported = self._unusable(error)
        reported.trouble = "failing" if error.response.status >= 500 and not error.fault else None
        return reported

    def _unusable(self, error: Unusable) -> BridgeError:
        if self.operation.kind == "write":
            return self._unknown(str(error))
        if error.response.status == 503:
            return self._later(error.response, str(error))
        return self._nonsense(str(error))

    def too_large(self, size: int) -> BridgeError:
        """The result is larger than callers accept."""
        if self.operation.kind == "write":
            return self._unknown(f"{size} bytes")
        hint = "Ask for fewer entries with pageSize." if self.operation.page else "Ask for something narrower."
        return InvalidUpstreamResponse(
            f"{self.kind.title} answered more than can be passed on.",
            code="answer_too_large",
            hint=hint,
            operator=f"{size} bytes",
        )

    def bad_value(self, name: str, lookup: Lookup) -> BridgeError:
        """A lookup found nothing that could be sent: this caller has nothing of the kind."""
        return Forbidden(
            lookup.absent or f"{self.kind.title} knows your account, but has nothing there that this needs.",
            code="not_permitted_by_system",
            hint=f"Ask the administrator of {self.kind.title} if this is not as it should be.",
            operator=f"lookup {name}",
        )

    def status(self, response: HttpResponse) -> BridgeError | None:
        """The error of a status whose meaning does not depend on the body; None for any other."""
        if response.status == 401:
            return self.meaning("credential_rejected", response, "HTTP 401")
        if response.status == 429:
            return self.meaning("throttled", response, "HTTP 429")
        if 300 <= response.status < 400:
            return self.meaning(
                "misconfigured", response, f"HTTP {response.status}: redirects are not followed; is the host right?"
            )
        return None

    def client_error(self, response: HttpResponse, texts: Sequence[str]) -> BridgeError:
        """The error of a 4xx that no fault rule matches. It is definite, except for 408, 425 and 429."""
        operator = f"HTTP {response.status}"
        if response.status == 403:
            return self.meaning("not_permitted", response, operator)
        if response.status in _CONFLICTS:
            return self.meaning("conflict", response, operator, texts)
        if response.status in _NOT_DEFINITE:
            return self.unusable(Unusable(response, "an error that says nothing definite"))
        return self.refused(texts, operator, hint=_NOT_FOUND if response.status == 404 else _CORRECT)

    def meaning(self, means: Meaning, response: HttpResponse, operator: str, texts: Sequence[str] = ()) -> BridgeError:
        """The error for the meaning that a fault rule or a status has. `texts` are used for a conflict only."""
        if means == "throttled":
            return self._later(response, operator)
        error, code, detail, hint = _MEANINGS[means]
        title = self.kind.title
        if means == "conflict" and (shown := _shown(texts)):
            detail = f"{{title}} refused the request: {shown.replace('{', '{{').replace('}', '}}')}"
        if means == "not_permitted" and (needed := self.operation.needs.sentence()):
            operator = f"{operator}; {self.operation.id} needs {needed}"
        return error(detail.format(title=title), code=code, hint=hint.format(title=title), operator=operator)

    def refused(self, texts: Sequence[str], operator: str, hint: str = _CORRECT) -> BridgeError:
        """The system has refused. The caller reads its words."""
        shown = _shown(texts)
        nothing = " Nothing was changed." if self.operation.kind == "write" else ""
        return RefusedBySystem(
            f"{self.kind.title} refused the request{': ' + shown if shown else '.'}",
            hint=f"{hint.format(title=self.kind.title)}{nothing}",
            operator=operator,
        )

    def _later(self, response: HttpResponse, operator: str) -> BridgeError:
        return TryLater(
            f"{self.kind.title} is busy. Nothing was done.",
            hint="Try again later.",
            retry_after=response.retry_after or RETRY_SECONDS,
            operator=operator,
        )

    def _unknown(self, operator: str) -> BridgeError:
        read = self.operation.confirm_with
        look = f"{read} shows whether it was: look there" if read else f"Look in {self.kind.title}"
        return OutcomeUnknown(
            f"{self.kind.title} gave no clear answer, so the change may or may not have been made.",
            hint=f"{look} before you send it again.",
            members={"confirmWith": read} if read else {},
            operator=operator,
        )

    def _nonsense(self, operator: str) -> InvalidUpstreamResponse:
        return InvalidUpstreamResponse(
            f"{self.kind.title} gave an answer that cannot be used.",
            hint="Try again later. If it stays so, ask the administrator of the bridge.",
            operator=operator,
        )


def _shown(texts: Sequence[str]) -> str:
    """The first messages, bounded and safe to show."""
    return " | ".join(line for line in (strip_controls(text) for text in texts[:MAX_MESSAGES]) if line)
