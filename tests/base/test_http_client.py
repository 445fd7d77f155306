"""Outgoing calls against raw TLS sockets: what was surely not sent, what may have arrived, and what is read."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.base import connections
from bridge.base.http_client import MAX_ANSWER_BYTES, Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from sandbox.ca import create_tls
from tests.base.conftest import PeerOf, get
from tests.support.cases import for_each
from tests.support.raised import raised
from tests.support.raw_server import CHUNKED, HEAD, OK, PACKED, Peer, Script, says

# Surely not sent.


def test_a_closed_port_means_nothing_was_sent(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    raised(RequestNotSent, get, client, f"https://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve_means_nothing_was_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    raised(RequestNotSent, get, client, "https://no-such-host.invalid/")


def test_a_certificate_of_a_stranger_means_nothing_was_sent(client: Client, tmp_path: Path) -> None:
    refused = pytest.raises(RequestNotSent, match="SSLCertVerificationError")
    with Peer(create_tls(tmp_path), [says(OK)]) as stranger, refused:
        get(client, stranger.url)
    assert not stranger.heard


def test_a_certificate_for_another_name_means_nothing_was_sent(
    client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: real("127.0.0.1", *rest))
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(RequestNotSent, match="SSLCertVerificationError"):
        get(client, peer(says(OK)).url.replace("127.0.0.1", "wd2.workday.example"))


HANDSHAKES: dict[str, Callable[[socket.socket], object]] = {
    "closed": lambda connection: connection.recv(64),
    "an HTTP response": lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a TLS alert": lambda connection: connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28"),
    "half a record": lambda connection: connection.sendall(b"\x16\x03\x03\x40\x00\x02"),
    "reset": lambda connection: connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
}


@pytest.mark.parametrize("ends", HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_fails_means_nothing_was_sent(
    client: Client, peer: PeerOf, ends: Callable[[socket.socket], object]
) -> None:
    raised(RequestNotSent, get, client, peer(says(), before_tls=ends).url)


def test_a_peer_that_leaves_before_tls_means_nothing_was_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = connections._connect

    def reset_at_once(*arguments: Any) -> socket.socket:
        connected = connect(*arguments)
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        with suppress(OSError):
            while connected.getpeername():
                time.sleep(0.001)
        return connected

    monkeypatch.setattr(connections, "_connect", reset_at_once)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        error = raised(RequestNotSent, get, client, f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert str(error) == "ConnectionResetError"


def test_no_time_left_means_nothing_was_sent(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK))
    raised(RequestNotSent, get, client, listening.url, seconds=0)
    assert not listening.heard


@pytest.mark.parametrize("url", ["https://", "https://[::1", "ftp://127.0.0.1/", "nonsense"])
def test_an_invalid_address_means_nothing_was_sent(client: Client, url: str) -> None:
    raised(RequestNotSent, get, client, url)


# May have arrived.


BROKEN = {
    "closed after the request was read": b"",
    "half a status line": b"HTTP/1",
    "half a body": HEAD + b"Content-Length: 100\r\n\r\nhalf",
    "chunks without an end": CHUNKED + b"4\r\nhalf\r\n",
    "a chunk without a length": CHUNKED + b"zz\r\nhalf\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "no gzip": PACKED + b"Content-Length: 4\r\n\r\nnope",
}


@pytest.mark.parametrize("response", BROKEN.values(), ids=BROKEN)
def test_a_broken_response_is_a_lost_response(client: Client, peer: PeerOf, response: bytes) -> None:
    listening = peer(says(response))
    assert not raised(ResponseLost, get, client, listening.url).timed_out
    assert listening.heard


LONG = b"Content-Length: 1000\r\n\r\n"
DRIPS = {
    "nothing": says(keep=True),
    "a status line, byte by byte": says(*[b"x"] * 100, pause=0.05),
    "headers, one by one": says(HEAD, *[b"X-A: 1\r\n"] * 90, pause=0.05),
    "a body that stops": says(HEAD + LONG + b"half", keep=True),
    "a last body that stops": says(HEAD + b"Connection: close\r\n" + LONG + b"half", keep=True),
    "a body, byte by byte": says(HEAD + LONG, *[b"x"] * 100, pause=0.05),
    "chunks, one by one": says(CHUNKED, *[b"1\r\nx\r\n"] * 100, pause=0.05),
    "a compressed body, byte by byte": says(
        PACKED + LONG, *[bytes([byte]) for byte in gzip.compress(bytes(range(256)) * 4)[:100]], pause=0.05
    ),
}


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_slow_answer_ends_with_the_deadline(client: Client, peer: PeerOf, script: Script) -> None:
    start = time.monotonic()
    assert raised(ResponseLost, get, client, peer(script).url, seconds=0.3).timed_out
    assert time.monotonic() - start < 2


def test_an_answer_of_the_largest_size_is_read_and_one_byte_more_is_not(client: Client, peer: PeerOf) -> None:
    def body(size: int) -> Script:
        return says(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size + bytes(size))

    listening = peer(body(MAX_ANSWER_BYTES), body(MAX_ANSWER_BYTES + 1))
    assert len(get(client, listening.url).body) == MAX_ANSWER_BYTES
    with pytest.raises(ResponseLost, match="larger"):
        get(client, listening.url)


# What is read.


@pytest.mark.parametrize("status", [200, 401, 500])
def test_every_status_is_a_response(client: Client, peer: PeerOf, status: int) -> None:
    head = b"HTTP/1.1 %d Any\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nok" % status
    answer = get(client, peer(says(head)).url)
    assert (answer.status, answer.body, answer.headers["location"]) == (status, b"ok", "https://127.0.0.1:1/")


def test_a_compressed_answer_is_unpacked(client: Client, peer: PeerOf) -> None:
    packed = gzip.compress(b"hello" * 1000)
    head = PACKED + b"Content-Length: %d\r\n\r\n" % len(packed)
    assert get(client, peer(says(head + packed)).url).body == b"hello" * 1000


@for_each(
    [
        ("7", 7),
        ("0", 0),
        ("99999999", 3600),
        ("-1", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
    ]
)
def test_retry_after_is_read_in_seconds_and_bounded(value: str, seconds: int | None) -> None:
    assert _retry_after(value, None) == seconds


def test_a_date_in_retry_after_counts_from_the_responses_own_date() -> None:
    """So that a wrong clock on either side makes no difference; without a Date, from now. Rounded up, bounded."""
    at, later, days = (
        format_datetime(datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(seconds=after), usegmt=True)
        for after in (0, 7, 600_000)
    )
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    cases = {(later, at): 7, (days, at): 3600, (at, later): None, (at, at): None, (at, "nonsense"): None}
    assert {(value, date): _retry_after(value, date) for value, date in cases} == cases
    assert _retry_after(soon, None) in (29, 30)


def _retry_after(value: str, date: str | None) -> int | None:
    headers = {"retry-after": value, **({"date": date} if date else {})}
    return HttpResponse(503, headers, b"").retry_after


def test_a_responses_repr_shows_nothing_of_what_it_holds() -> None:
    assert "secret" not in repr(HttpResponse(200, {"set-cookie": "secret"}, b"secret"))


# Nothing is carried from one call to another.


@pytest.mark.parametrize("fresh", [False, True], ids=["pooled", "fresh"])
def test_a_cookie_is_never_sent_back(client: Client, peer: PeerOf, fresh: bool) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=adele; Path=/\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    listening = peer(says(cookie), says(OK))
    for _ in range(2):
        get(client, listening.url, fresh=fresh)
    assert b"cookie" not in listening.heard[1].lower()


def test_a_netrc_does_not_replace_the_credential(
    client: Client, peer: PeerOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login some password one\n", "ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    listening = peer(says(OK), says(OK))
    get(client, listening.url, fresh=True)
    client.send("GET", listening.url, deadline=Deadline(5), headers={"Authorization": "Bearer mine"}, fresh=True)
    assert b"authorization" not in listening.heard[0].lower()
    assert b"Authorization: Bearer mine\r\n" in listening.heard[1]


def test_a_kept_connection_is_used_again_but_not_by_a_write(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK, then=says(OK)), says(OK))
    get(client, listening.url)
    get(client, listening.url)
    get(client, listening.url, fresh=True)
    assert len(listening.heard) == 3


def test_a_write_is_sent_though_the_kept_connection_has_died(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK), says(OK))
    get(client, listening.url)
    answer = client.send("POST", listening.url, deadline=Deadline(30), body=b"{}", fresh=True)
    assert (answer.status, len(listening.heard)) == (200, 2)


def test_a_header_that_would_split_the_request_is_not_sent(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK))
    headers = {"X-A": "a\r\nX-Evil: 1"}
    raised(RequestNotSent, client.send, "GET", listening.url, deadline=Deadline(5), headers=headers)
    assert not listening.heard


def test_the_text_of_an_error_never_names_the_address(client: Client, peer: PeerOf) -> None:
    error = raised(ResponseLost, get, client, peer(says()).url + "?secret=s3cr3t")
    assert "s3cr3t" not in repr(error)
    assert error.__cause__ is None


def test_a_broken_header_is_not_logged(client: Client, peer: PeerOf, caplog: pytest.LogCaptureFixture) -> None:
    get(client, peer(says(b"HTTP/1.1 200 OK\r\nAdele Vance\r\n\r\n")).url + "?search=Adele")
    assert "Adele" not in caplog.text
