"""`bridge explain --mcp URL`: asks an MCP server and its issuer for their metadata, and sends nothing else."""

from __future__ import annotations

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from bridge.base.json_reader import json_object
from bridge.check import CheckResult, State
from tools.cli.screen import Mark, Screen
from tools.explain.mcp import Seen, issuer_of, issuer_places, judge, metadata_places
from tools.explain.mcp_token import Document, pasted

SECONDS = 10.0
MAX_BYTES = 262_144
_MARKS: Mapping[State, Mark] = {
    State.OK: "good",
    State.WARNING: "warning",
    State.FAILED: "bad",
    State.MANUAL: "note",
}
_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "bridge-explain", "version": "1"},
    },
}


class NoAnswerError(ValueError):
    """There is no response from `url`; `reason` says why."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url[:80]}: {reason}")
        self.reason = reason


def run(address: str, token: str | None, *, as_json: bool) -> int:
    """Explain and print. Raises ValueError if the address is wrong, or if there is no response from it."""
    seen = look(address)
    lines = judge(replace(seen, token=pasted(token)) if token else seen, now=time.time())
    problem = any(line.state is State.FAILED for line in lines)
    if as_json:
        findings = [{"code": one.code, "state": one.state.value, "title": one.title, "fix": one.fix} for one in lines]
        print(json.dumps({"address": seen.address, "problem": problem, "findings": findings}, indent=2))
    else:
        _show(seen.address, lines, Screen.of())
    return int(problem)


def look(address: str) -> Seen:
    """The challenge and the metadata of the server, and the metadata of its issuer. Raises ValueError."""
    _check_address(address)
    status, headers, _ = _ask(address, json.dumps(_INITIALIZE).encode())
    challenge = headers.get("www-authenticate", "")
    place, metadata, missed = _first(metadata_places(address, challenge))
    parts = urlsplit(address)
    issuer = issuer_of(metadata) if metadata is not None else f"{parts.scheme}://{parts.netloc}"
    _, document, issuer_missed = _first(_places_of(issuer)) if issuer else ("", None, {})
    location = headers.get("location", "")
    return Seen(address, status, challenge, location, metadata or {}, place, missed, document, issuer_missed)


def _places_of(issuer: str) -> list[str]:
    try:
        return issuer_places(issuer)
    except ValueError:
        return [issuer]


def _first(places: list[str]) -> tuple[str, Document | None, dict[str, str]]:
    """The first place with a JSON object, that object, and the outcome of the places before.

    The server names the places, so each is checked.
    """
    missed: dict[str, str] = {}
    for place in places:
        try:
            _check_address(place)
            status, _, body = _ask(place)
        except ValueError as error:
            missed[place] = getattr(error, "reason", str(error))
            continue
        document = json_object(body) if status == 200 else None
        if document is not None:
            return place, document, missed
        missed[place] = f"HTTP {status}"
    return "", None, missed


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a GET to another https address. A POST is not redirected: it would lose its body."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if req.data:
            return None
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1")
    if not parts.hostname or parts.username or not is_safe:
        raise ValueError(f"--mcp takes the whole address of a server, as in https://HOST/mcp, not {address[:80]!r}")


def _ask(url: str, body: bytes | None = None) -> tuple[int, Mapping[str, str], bytes]:
    headers = {"Accept": "application/json, text/event-stream", "User-Agent": "bridge-explain"}
    headers |= {"Content-Type": "application/json"} if body else {}
    trust = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or None)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), _Redirects)
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - the scheme has been checked
    try:
        with opener.open(request, timeout=SECONDS) as response:
            return response.status, _lower(response.headers.items()), response.read(MAX_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _lower(error.headers.items()), error.read(MAX_BYTES)
    except (OSError, ValueError, HTTPException) as error:
        raise NoAnswerError(url, str(getattr(error, "reason", error))) from None


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; the values of a repeated header are joined (RFC 9110 section 5.2)."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
    return found


def _show(address: str, lines: list[CheckResult], screen: Screen) -> None:
    screen.heading(address)
    for line in lines:
        screen.marked(_MARKS[line.state], line.title, "plain")
        for step in line.fix:
            screen.text(step, indent=4, style="dim")
