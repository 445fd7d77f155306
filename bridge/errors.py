"""The errors of the bridge. Each class is one HTTP status; `bridge.public_codes` has the texts of each code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

Trouble = Literal["not reached", "failing", "lost"]
"""Why the business system gave no result: no connection; HTTP 5xx without an error document of its own, perhaps from a
gateway; or the response to a read was lost.
"""


class BridgeError(Exception):
    """An error that the caller reads as a problem document (RFC 9457).

    `detail` is one sentence that a maker understands, `hint` the next step (by default that of the code's row) and
    `title` the row's title. All three reach the caller, so none may hold a secret, a token or another person's data.
    `operator` is for the log only, under the same rule.
    """

    status: ClassVar[int] = 500
    code: str = "internal_error"

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
        from bridge.public_codes import PUBLIC_CODES  # loaded with the first error, not at start

        super().__init__(detail)
        row = PUBLIC_CODES.get(code or self.code, PUBLIC_CODES[type(self).code])
        self.detail = detail
        self.code = code or self.code
        self.title = row.title
        self.hint = hint or row.hint
        self.fields = fields
        self.retry_after = retry_after
        self.challenge = challenge
        self.members = dict(members or {})
        self.operator = operator
        self.trouble: Trouble | None = None


class InvalidInput(BridgeError):
    """400: every violation at once, by input name."""

    status = 400
    code = "invalid_input"


class TokenRejected(BridgeError):
    """401: the caller's token; `code` is the verdict (see `bridge.tokens`)."""

    status = 401
    code = "invalid_token"


class Forbidden(BridgeError):
    """403: the caller is authenticated, but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(BridgeError):
    """404: the address names nothing that exists."""

    status = 404
    code = "not_found"


class OutcomeUnknown(BridgeError):
    """409: a write was sent and no definite response came. Never a status that Power Automate retries."""

    status = 409
    code = "outcome_unknown"


class Conflict(BridgeError):
    """409: the system refused because of its current data (HTTP 409, 412 or 428). Nothing was changed."""

    status = 409
    code = "conflict"


class PayloadTooLarge(BridgeError):
    """413: the request body is larger than any operation needs."""

    status = 413
    code = "payload_too_large"


class UnsupportedMediaType(BridgeError):
    """415: the body is not JSON."""

    status = 415
    code = "unsupported_media_type"


class RefusedBySystem(BridgeError):
    """422: the system understood the request and refused it. Its message goes to the caller only, never to a log."""

    status = 422
    code = "refused_by_system"


class Misconfigured(BridgeError):
    """424: configuration error; retrying does not help."""

    status = 424
    code = "bridge_misconfigured"


class InvalidUpstreamResponse(BridgeError):
    """502: the response of Entra or of the system cannot be used (reads only)."""

    status = 502
    code = "upstream_invalid_response"


class TryLater(BridgeError):
    """503 with Retry-After: nothing was done."""

    status = 503
    code = "try_later"


class TimedOut(BridgeError):
    """504: a read did not end in time."""

    status = 504
    code = "upstream_timeout"


class CredentialRejected(BridgeError):
    """The system refused the credential itself (HTTP 401, or its equivalent). `bridge.app` renews it once.

    If the system refuses again, the caller gets `Misconfigured` with this code as `reason`. A 401 of the system is not
    passed on: Power Platform would end its connection to the bridge.
    """

    status = 424
    code = "credential_rejected_by_system"
