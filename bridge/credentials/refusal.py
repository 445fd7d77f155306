"""Turns a refusal of Entra's into an error of the bridge, by the outcome in the AADSTS table."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping

from bridge.aadsts import EntraError, Outcome, Row, judge, read_error
from bridge.base.http_client import HttpResponse
from bridge.base.json_reader import read_json
from bridge.errors import BridgeError, Forbidden, InvalidUpstreamResponse, Misconfigured, TokenRejected, TryLater
from bridge.inbound import Caller
from bridge.public_codes import PUBLIC_CODES

BY_STATUS: Mapping[int, type[BridgeError]] = {
    error.status: error for error in (Forbidden, Misconfigured, TokenRejected, TryLater)
}
"""HTTP status of an outcome's public code → the error that has it."""

RETRY_SECONDS: Mapping[Outcome, int] = {Outcome.THROTTLED: 60, Outcome.TRANSIENT: 5}


class EntraRefusal(Exception):
    """Entra has refused. The caller may not see it, because `auto` may take another path."""

    def __init__(self, row: Row, answer: EntraError, retry_after: int | None = None) -> None:
        super().__init__(str(row.outcome))
        self.row = row
        self.code = row.code
        self.answer = answer
        self.retry_after = retry_after
        self.note = ""
        """A further text for the operator."""

    @classmethod
    def of(cls, answer: HttpResponse) -> EntraRefusal:
        """For the token endpoint's error response, by its row in the table."""
        read = read_error(answer.status, answer.body)
        return cls(judge(read), read, answer.retry_after)

    @staticmethod
    def nonsense(answer: HttpResponse) -> InvalidUpstreamResponse:
        """For a 200 that is no token response: usually the page of a proxy."""
        return InvalidUpstreamResponse(
            "Microsoft Entra's answer could not be read. Nothing was done.",
            hint="Try again in a moment. If it stays so, something between the bridge and Entra rewrites its answers.",
            operator=f"Entra answered {answer.status} {answer.media_type or 'without a type'} in place of a token",
        )

    def remembered(self) -> EntraRefusal:
        """A copy for later callers, without the data of this one."""
        answer = self.answer
        bare = EntraError(answer.status, answer.error, answer.suberror, answer.error_codes, None, "", "", "")
        return EntraRefusal(self.row, bare, self.retry_after)

    def for_caller(self, caller: Caller, login_host: str) -> BridgeError:
        """The error for this caller. `login_host` is the cloud's."""
        code = self.row.outcome.public_code
        kind = BY_STATUS[PUBLIC_CODES[code].status]
        challenge = None
        if self.row.outcome is Outcome.CLAIMS_CHALLENGE and self.answer.claims and caller.takes_claims_challenges:
            kind, challenge = TokenRejected, claims_challenge(self.answer.claims, login_host)
        if self.row.outcome is Outcome.STALE_TOKEN:
            challenge = f'Bearer realm="{caller.tenant_id}", error="invalid_token", error_description="{code}"'
        return kind(
            self.row.sentence,
            code=code,
            hint=" ".join(self.row.fix) or None,
            retry_after=self.retry_after or RETRY_SECONDS.get(self.row.outcome),
            challenge=challenge,
            members=self._members(),
            operator=f"AADSTS{'/'.join(map(str, self.answer.error_codes)) or ' without code'}: {self.row.title}. "
            f"{self.note}".rstrip(". "),
        )

    def _members(self) -> dict[str, object]:
        members: dict[str, object] = {}
        if self.answer.error_codes:
            members["aadsts"] = list(self.answer.error_codes)
        if self.answer.trace_id:
            members["entraTraceId"] = self.answer.trace_id
        if self.answer.correlation_id:
            members["entraCorrelationId"] = self.answer.correlation_id
        return members


def claims_challenge(claims: str, login_host: str) -> str:
    """The WWW-Authenticate value that passes Entra's claims challenge on.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    try:
        minified = json.dumps(read_json(claims), separators=(",", ":"))
    except ValueError:
        minified = "{}"
    return (
        f'Bearer realm="", authorization_uri="https://{login_host}/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{b64encode(minified.encode()).decode()}"'
    )


def unreachable(error: Exception) -> TryLater:
    """The error if Entra does not respond: nothing was done."""
    return TryLater(
        "Microsoft Entra did not answer in time.",
        code="entra_unavailable",
        hint="Try again in a moment.",
        retry_after=5,
        operator=f"Entra's token endpoint: {type(error).__name__} {error}",
    )
