"""A write that a system has received whole, and whose response is broken in every way: never "nothing was done".

Real TLS, real bytes: the response is cut at each byte (closed and reset), and broken in each of its parts.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

import pytest

from bridge.base.http_client import Client, Deadline
from bridge.catalog import Operation, Target
from bridge.errors import BridgeError, OutcomeUnknown
from bridge.outbound import check_inputs, perform
from sandbox.ca import Tls
from tests.outbound.support import BUILT_IN, WORKER, empty_success, examples
from tests.support.raw_server import Peer, Script, client, reset, says, tls, trust

__all__ = ["client", "tls", "trust"]

SOAP_WRITE, REST_WRITE = BUILT_IN.operations["ChangeMyLegalName"], BUILT_IN.operations["RequestFeedback"]
DONE = empty_success(SOAP_WRITE).body
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(DONE) + DONE
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(DONE) + DONE + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"


def _length(*values: bytes) -> bytes:
    return HEAD + b"".join(b"Content-Length: " + value + b"\r\n" for value in values) + b"\r\n" + DONE


RIGHT = b"%d" % len(DONE)
BROKEN = {
    "nothing": b"",
    "a line end": b"\r\n\r\n",
    "garbage": bytes(range(256)),
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/0.9": DONE,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status of one digit": b"HTTP/1.1 2 OK\r\nContent-Length: 0\r\n\r\n",
    "a status beyond 999": b"HTTP/1.1 1200 OK\r\nContent-Length: 0\r\n\r\n",
    "an interim response alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "early hints, then success": b"HTTP/1.1 103 Early Hints\r\n\r\n" + WHOLE,
    "a change of protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    "two lengths": _length(RIGHT, b"27"),
    "two lengths in one": _length(RIGHT + b", 27"),
    "a negative length": _length(b"-1"),
    "a length that is no number": _length(b"many"),
    "a length too long": _length(b"99999"),
    "a length too short": _length(b"7"),
    "a length beyond all bounds": _length(b"9" * 5000),
    "a length and chunks": HEAD + b"Content-Length: 7\r\n" + CHUNKS.removeprefix(HEAD),
    "a head without a colon": HEAD + b"nonsense\r\n" + WHOLE.removeprefix(HEAD),
    "a head with a NUL": HEAD + b"X-A: \0\r\n" + WHOLE.removeprefix(HEAD),
    "a head that is not ASCII": HEAD + b"X-\xff\xfe: \xff\r\n" + WHOLE.removeprefix(HEAD),
    "a folded head": HEAD + b" folded: 1\r\n" + WHOLE.removeprefix(HEAD),
    "a line without an end": HEAD + b"X-A: " + b"x" * 200_000,
    "a thousand heads": HEAD + b"X-A: 1\r\n" * 1000 + WHOLE.removeprefix(HEAD),
    "a chunk of no length": HEAD + b"Transfer-Encoding: chunked\r\n\r\n\r\n" + DONE,
    "a chunk of a negative length": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n" + DONE,
    "a chunk that is no number": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + DONE,
    "chunks that do not end": CHUNKS.rpartition(b"0\r\n")[0],
    "an unknown coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + DONE,
    "gzip that is none": HEAD + b"Content-Encoding: gzip\r\n" + WHOLE.removeprefix(HEAD),
    "six codings": HEAD + b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n" + WHOLE.removeprefix(HEAD),
    "a redirect to nowhere": b"HTTP/1.1 200 OK\r\nLocation: http://[::1\r\n" + WHOLE.removeprefix(HEAD),
    "an empty success": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTML": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "half an XML document": HEAD + b"Connection: close\r\n\r\n" + DONE[:-9],
    "a server error": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops",
    "a gateway": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "maintenance": b"HTTP/1.1 503 Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    "408": b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
}
MAY_BE_READ = {
    "early hints, then success",
    "a length that is no number",
    "a length and chunks",
    "a head without a colon",
    "a head with a NUL",
    "a head that is not ASCII",
    "a folded head",
    "an unknown coding",
    "a redirect to nowhere",
    "a negative length",
    "a length beyond all bounds",
    "an empty success",
}
"""The libraries may read a success from these. The document is whole, so that is right."""


def ends(data: bytes, how: str) -> Script:
    """Sends `data` and ends the connection: in order, without TLS's own end, by a reset, or with a TLS alert."""

    def script(connection: socket.socket, _: bytes) -> None:
        if data:
            connection.sendall(data)
        if how == "reset":
            reset(connection)
        elif how == "closed":
            with contextlib.suppress(OSError, ssl.SSLError):
                connection.unwrap()  # type: ignore[attr-defined]  # it is a TLS socket
        elif how == "alert":
            with socket.socket(fileno=connection.detach()) as plain:
                plain.sendall(b"\x15\x03\x03\x00\x02\x02\x28")

    return script


def write(operation: Operation, peer: Peer, client: Client) -> dict[str, object] | BridgeError:
    """The result of a write at `peer`, or the caller's error; the request has arrived whole, once."""
    heard = len(peer.heard)
    try:
        return perform(
            operation,
            check_inputs(operation, examples(operation)),
            kind=BUILT_IN.systems[operation.system],
            target=Target(host=peer.url.removeprefix("https://").rstrip("/"), tenant="contoso"),
            access_token="the-users-token",
            lookups={name: [WORKER] if lookup.many else WORKER for name, lookup in operation.lookups.items()},
            client=client,
            deadline=Deadline(5),
            correlation_id="one",
        )
    except BridgeError as error:
        return error
    finally:
        assert len(peer.heard) == heard + 1, "a write is sent once"
        assert b"\r\n\r\n" in peer.heard[-1]


@pytest.mark.parametrize("how", ["closed", "torn", "reset", "alert"])
@pytest.mark.parametrize("response", [WHOLE, CHUNKS], ids=["length", "chunks"])
def test_a_response_cut_at_any_byte_leaves_the_outcome_unknown(
    client: Client, tls: Tls, response: bytes, how: str
) -> None:
    head = response.index(b"\r\n\r\n") + 4
    cuts = [*range(0, head + 1, 1 if how == "closed" else 5), *range(head + 1, len(response), 9)]
    with Peer(tls, (ends(response[:cut], how) for cut in cuts)) as peer:
        wrong = [
            (cut, reported)
            for cut in cuts
            if not isinstance(reported := write(SOAP_WRITE, peer, client), OutcomeUnknown)
        ]
    whole = response.index(DONE) + len(DONE)
    assert not [reported for cut, reported in wrong if cut < whole]
    assert all(isinstance(reported, dict) for _, reported in wrong), "after a whole document only a success may be read"


@pytest.mark.parametrize("operation", [SOAP_WRITE, REST_WRITE], ids=["SOAP", "REST"])
def test_a_broken_response_leaves_the_outcome_unknown(client: Client, tls: Tls, operation: Operation) -> None:
    with Peer(tls, (ends(response, "closed") for response in BROKEN.values())) as peer:
        reported = {name: write(operation, peer, client) for name in BROKEN}
    wrong = {name: one for name, one in reported.items() if not isinstance(one, OutcomeUnknown)}
    assert {name: one for name, one in wrong.items() if name not in MAY_BE_READ or not isinstance(one, dict)} == {}


def test_the_same_response_unbroken_is_a_success(client: Client, tls: Tls) -> None:
    for response in (WHOLE, CHUNKS):
        with Peer(tls, [says(response)]) as peer:
            assert isinstance(write(SOAP_WRITE, peer, client), dict)
