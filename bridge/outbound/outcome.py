"""What a failed call means to the caller. A write that may have been done is never told as something to try again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.catalog import Lookup, Meaning, Operation, SystemType
from bridge.errors import (
    BridgeError,
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
    "credential_rejected": (
        CredentialRejected,
        CredentialRejected.code,
        "{title} does not accept the credential that the bridge got for you.",
        "Ask the administrator of the bridge: the log names the cause.",
    ),
}
"""What a system's refusal means → error, code, detail and hint. `throttled` is apart: it has a time to wait."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The errors of one operation. `operator` texts hold codes and places only, never what people wrote."""

    operation: Operation
    kind: SystemType

    def not_sent(self, error: RequestNotSent) -> BridgeError:
        """Nothing has left this machine."""
        later = TryLater(
            f"{self.kind.title} could not be reached. Nothing was done.",
            hint="Try again in a moment. If it stays so, ask the administrator of the bridge.",
            retry_after=RETRY_SECONDS,
            operator=f"not sent: {error}",
        )
        later.trouble = "not reached"
        return later

    def no_answer(self, error: ResponseLost) -> BridgeError:
        """The request may have arrived."""
        if self.operation.kind == "write":
            return self._unknown(f"no answer: {error}")
        if error.timed_out:
            return TimedOut(f"{self.kind.title} did not answer in time.", hint="Try again later.", operator=str(error))
        return self._nonsense(f"no answer: {error}")

    def unusable(self, error: Unusable) -> BridgeError:
        """An answer came that says nothing definite."""
        told = self._unusable(error)
        told.trouble = "failing" if error.answer.status >= 500 else None
        return told

    def _unusable(self, error: Unusable) -> BridgeError:
        if self.operation.kind == "write":
            return self._unknown(str(error))
        if error.answer.status == 503:
            return self._later(error.answer, str(error))
        return self._nonsense(str(error))

    def too_large(self, size: int) -> BridgeError:
        """The result is larger than callers take."""
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
        """A lookup gave nothing that could be sent: there is nothing of the kind for this caller."""
        return Forbidden(
            lookup.absent or f"{self.kind.title} knows your account, but has nothing there that this needs.",
            code="not_permitted_by_system",
            hint=f"Ask the administrator of {self.kind.title} if this is not as it should be.",
            operator=f"lookup {name}",
        )

    def status(self, answer: HttpResponse) -> BridgeError | None:
        """What a status says by itself, whatever stands in the body."""
        if answer.status == 401:
            return self.meaning("credential_rejected", answer, "HTTP 401")
        if answer.status == 429:
            return self.meaning("throttled", answer, "HTTP 429")
        if 300 <= answer.status < 400:
            return self.meaning(
                "misconfigured", answer, f"HTTP {answer.status}: redirects are not followed; is the host right?"
            )
        return None

    def meaning(self, means: Meaning, answer: HttpResponse, operator: str) -> BridgeError:
        """What a rule of the system's `system.toml`, or a status, decides."""
        if means == "throttled":
            return self._later(answer, operator)
        error, code, detail, hint = _MEANINGS[means]
        title = self.kind.title
        return error(detail.format(title=title), code=code, hint=hint.format(title=title), operator=operator)

    def refused(self, messages: Sequence[str], operator: str) -> BridgeError:
        """The system understood and refused; its own words go to the caller."""
        shown = [line for line in (strip_controls(message) for message in messages[:MAX_MESSAGES]) if line]
        nothing = " Nothing was changed." if self.operation.kind == "write" else ""
        return RefusedBySystem(
            f"{self.kind.title} refused the request{': ' + ' | '.join(shown) if shown else '.'}",
            hint=f"Correct what it names and send the request again.{nothing}",
            operator=operator,
        )

    def _later(self, answer: HttpResponse, operator: str) -> BridgeError:
        return TryLater(
            f"{self.kind.title} is busy. Nothing was done.",
            hint="Try again later.",
            retry_after=answer.retry_after or RETRY_SECONDS,
            operator=operator,
        )

    def _unknown(self, operator: str) -> BridgeError:
        return OutcomeUnknown(
            f"{self.kind.title} gave no clear answer, so the change may or may not have been made.",
            hint=f"Look in {self.kind.title} before you send it again.",
            operator=operator,
        )

    def _nonsense(self, operator: str) -> BridgeError:
        return InvalidUpstreamResponse(
            f"{self.kind.title} gave an answer that cannot be used.",
            hint="Try again later. If it stays so, ask the administrator of the bridge.",
            operator=operator,
        )
