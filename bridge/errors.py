"""One error tree. Each leaf carries the HTTP status and a stable code; `faces.problem` turns it into RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class BridgeError(Exception):
    """What a caller is told when something did not work.

    `detail` is one sentence a maker understands and `hint` the next step (`usual_hint` if none is given): both reach
    the caller, so neither may hold a secret, a token or another person's data. `operator` is for the log only, and is
    held to the same rule.
    """

    status: ClassVar[int] = 500
    code: str = "internal_error"
    title: ClassVar[str] = "Something went wrong inside the bridge"
    usual_hint: ClassVar[str] = "Tell the administrator of the bridge the correlation id."

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        fields: Mapping[str, str] | None = None,
        retry_after: int | None = None,
        challenge: str | None = None,
        members: Mapping[str, object] | None = None,
        operator: str | None = None,
    ) -> None:
        """`fields`: input name → what is wrong. `retry_after`: seconds. `challenge`: the WWW-Authenticate value.

        `members` are further problem members (`aadsts`, `entraTraceId`, `found`, `expected`, …).
        """
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.hint = hint or self.usual_hint
        self.fields = fields
        self.retry_after = retry_after
        self.challenge = challenge
        self.members = dict(members or {})
        self.operator = operator


class InvalidInput(BridgeError):
    """400: every violation at once, by input name."""

    status = 400
    code = "invalid_input"
    title = "The input is not valid"
    usual_hint = "Correct the input and send the request again."


class TokenRejected(BridgeError):
    """401: the caller's token; `code` is the verdict (see `bridge.tokens`)."""

    status = 401
    code = "invalid_token"
    title = "The access token was not accepted"
    usual_hint = "Sign in to the connection again."


class Forbidden(BridgeError):
    """403: the caller is known, but may not do this."""

    status = 403
    code = "forbidden"
    title = "Not allowed"
    usual_hint = "Ask the administrator of the bridge or of the system."


class NotFound(BridgeError):
    """404: no such thing."""

    status = 404
    code = "not_found"
    title = "Not found"
    usual_hint = "Compare the address with the connector's definition."


class OutcomeUnknown(BridgeError):
    """409: a write's bytes have left and no definite answer came. Never a status that Power Automate retries."""

    status = 409
    code = "outcome_unknown"
    title = "It is not known whether the change was made"
    usual_hint = "Look at the current data before trying again."


class PayloadTooLarge(BridgeError):
    """413: the request body is larger than any operation needs."""

    status = 413
    code = "payload_too_large"
    title = "The request is too large"
    usual_hint = "Send less at once."


class UnsupportedMediaType(BridgeError):
    """415: the body is not JSON."""

    status = 415
    code = "unsupported_media_type"
    title = "The request body must be JSON"
    usual_hint = "Send Content-Type: application/json."


class RefusedBySystem(BridgeError):
    """422: the system understood the request and refused it. Its message goes to the caller only, never to a log."""

    status = 422
    code = "refused_by_system"
    title = "The business system refused the request"
    usual_hint = "Correct what the system names and send the request again."


class Misconfigured(BridgeError):
    """424: nothing that a retry, or the caller, could fix."""

    status = 424
    code = "bridge_misconfigured"
    title = "The bridge is not set up correctly"
    usual_hint = "Ask the administrator of the bridge: the fix is in its log and in `bridge check`."


class InvalidUpstreamResponse(BridgeError):
    """502: Entra or the system answered something that is no answer (reads only)."""

    status = 502
    code = "upstream_invalid_response"
    title = "An upstream service gave an unusable answer"
    usual_hint = "Try again later. If it stays so, ask the administrator of the bridge."


class TryLater(BridgeError):
    """503 with Retry-After: nothing was done."""

    status = 503
    code = "try_later"
    title = "Temporarily unavailable"
    usual_hint = "Try again in a moment."


class TimedOut(BridgeError):
    """504: a read that did not end in time."""

    status = 504
    code = "upstream_timeout"
    title = "The business system took too long"
    usual_hint = "Try again later."


class CredentialRejected(BridgeError):
    """The system refused the credential itself (HTTP 401, or its way to say so). `bridge.app` renews once.

    If it is refused again the caller gets `Misconfigured` with this code as `reason`: a 401 of the system is never
    passed on, because it would make Power Platform drop the connection to the bridge, which is not at fault.
    """

    status = 424
    code = "credential_rejected_by_system"
    title = "The business system does not accept the bridge's credential"
