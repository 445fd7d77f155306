"""Every outgoing call: one deadline, bounded answers, no redirects, no cookies, and whether the bytes have left.

A write that was not answered must not be told as "try again". So failures come in two kinds: `RequestNotSent`
(DNS, connect, TLS: nothing has left this machine) and `ResponseLost` (the request may have arrived).
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

MAX_ANSWER_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 5.0


class RequestNotSent(Exception):
    """Nothing has left: the name did not resolve, the connection or TLS failed, or no time was left."""


class ResponseLost(Exception):
    """The request may have arrived, but no complete answer came. `timed_out` tells a timeout from a broken line."""

    def __init__(self, message: str, *, timed_out: bool) -> None:
        super().__init__(message)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty if absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> int | None:
        """Retry-After in whole seconds, at most an hour. The date form is rare here and is ignored."""
        value = self.headers.get("retry-after", "").strip()
        return min(int(value), 3600) if re.fullmatch("[0-9]{1,9}", value) else None


class Deadline:
    """One end for a whole request, however many calls it makes. Times are of the monotonic clock."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._at - time.monotonic())


_deadline: ContextVar[Deadline] = ContextVar("deadline")


class _DeadlineSocket(ssl.SSLSocket):
    """Gives each read what is left of the whole call: a server that drips bytes doesn't outlive the deadline."""

    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(max(0.001, _deadline.get().remaining()))
        return super().recv_into(*arguments)


class Client:
    """A pooled client. `requests` is imported with the first call: it would cost every cold start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def send(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        fresh: bool = False,
    ) -> HttpResponse:
        """Send and read the whole answer, whatever its status. Raises `RequestNotSent` or `ResponseLost`.

        `fresh` opens a connection of its own. Writes ask for it: on a kept connection that the other side has just
        closed nobody could tell whether the request arrived.
        """
        if not fresh:
            return exchange(self._pooled(), method, url, deadline=deadline, headers=headers, body=body)
        with new_session() as session:
            return exchange(session, method, url, deadline=deadline, headers=headers, body=body)

    def _pooled(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = new_session()
            return self._session


def new_session() -> requests.Session:
    """A session that remembers nothing: no cookies (they would carry one user into another's call), no .netrc."""
    from http.cookiejar import DefaultCookiePolicy

    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings repeat addresses, and what stands in them
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = lambda request: request  # without one, requests lets a .netrc entry replace our Authorization
    session.headers.clear()
    session.headers.update({"User-Agent": "obo-saml-bridge", "Accept-Encoding": "gzip"})
    adapter = HTTPAdapter()
    tls = create_urllib3_context()
    tls.sslsocket_class = _DeadlineSocket
    adapter.init_poolmanager(8, 64, ssl_context=tls)
    session.mount("https://", adapter)
    return session


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    deadline: Deadline,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> HttpResponse:
    """One call on `session` within `deadline`; see `Client.send`."""
    import requests

    left = deadline.remaining()
    if left <= 0:
        raise RequestNotSent("no time was left for this call")
    _deadline.set(deadline)
    try:
        response = session.request(
            method,
            url,
            headers=dict(headers or {}),
            data=body,
            timeout=(min(CONNECT_SECONDS, left), left),
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as error:
        raise _failure(error) from None
    with response:
        return HttpResponse(
            response.status_code, {k.lower(): v for k, v in response.headers.items()}, _read(response, deadline)
        )


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    """The body, bounded in size and time."""
    import requests

    parts: list[bytes] = []
    size = 0
    try:
        for part in response.iter_content(65536):
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                raise ResponseLost(f"the answer is larger than {MAX_ANSWER_BYTES} bytes", timed_out=False)
            if deadline.remaining() <= 0:
                raise ResponseLost("the answer did not end in time", timed_out=True)
            parts.append(part)
    except requests.RequestException as error:
        raise ResponseLost(type(error).__name__, timed_out=deadline.remaining() <= 0) from None
    return b"".join(parts)


def _failure(error: requests.RequestException) -> RequestNotSent | ResponseLost:
    """Tell whether bytes can have left. The exception's text is dropped: it may repeat the URL's query.

    Of TLS errors only a refused certificate is surely before the request: a torn connection shows as one as well.
    """
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    never_connected = isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | ValueError)
    refused_peer = isinstance(inner, ssl.SSLCertVerificationError)
    if (
        never_connected
        or refused_peer
        or isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)
    ):
        return RequestNotSent(type(inner if refused_peer else reason or error).__name__)
    return ResponseLost(type(error).__name__, timed_out=isinstance(error, requests.Timeout))
