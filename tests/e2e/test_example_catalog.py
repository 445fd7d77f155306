"""`examples/own-catalog`, copied as its README says, serves a customer's own system through the whole app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.ca import create_tls
from sandbox.server import Request, Response, Route, Server
from tests.e2e.conftest import Start
from tests.e2e.kit import Bridge, Sandbox
from tests.e2e.systems import system
from tools.cli.main import main as cli
from tools.dev import ROOT

EXAMPLE = ROOT / "examples" / "own-catalog"
TICKET = {"id": "T-17", "subject": "Screen is dark", "status": "open", "internalNote": "not for the agent"}


@pytest.fixture(scope="module")
def asked() -> list[Request]:
    """What the helpdesk was asked."""
    return []


@pytest.fixture(scope="module")
def bridge(
    start: Start, _sandbox: Sandbox, asked: list[Request], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridge]:
    """An app with the example's folder, and a helpdesk behind it."""

    def listed(request: Request) -> Response:
        asked.append(request)
        return Response.json({"tickets": [TICKET]})

    def opened(request: Request) -> Response:
        asked.append(request)
        return Response.json(TICKET, status=201)

    folder = tmp_path_factory.mktemp("helpdesk")
    tls = create_tls(folder)
    routes = [Route("GET", "/api/v1/tickets", listed), Route("POST", "/api/v1/tickets", opened)]
    bundle = folder / "bundle.pem"
    bundle.write_text(Path(_sandbox.facts["ca"]).read_text("ascii") + tls.ca_file.read_text("ascii"), "ascii")
    with Server(routes, tls) as server:
        settings = system(
            "helpdesk",
            HOST=urlsplit(server.url).netloc,
            PATH="oauth",
            RESOURCE_SCOPE=_sandbox.facts["env"]["BRIDGE_SYSTEMS__ORDERS__RESOURCE_SCOPE"],
        )
        orders = {name: None for name in _sandbox.facts["env"] if name.startswith("BRIDGE_SYSTEMS__ORDERS__")}
        own = {"BRIDGE_CATALOG__FOLDER": str(EXAMPLE), "REQUESTS_CA_BUNDLE": str(bundle)}
        with start({**settings, **orders, **own}) as running:
            yield running


def test_it_has_no_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["catalog", "check", str(EXAMPLE)]) == 0
    assert "operations: 2" in capsys.readouterr().out


def test_its_read_answers_with_what_the_file_names(bridge: Bridge, sandbox: Sandbox, asked: list[Request]) -> None:
    reply = bridge.get("/api/helpdesk/tickets", sandbox.token(), status="open")
    assert reply.status == 200
    assert reply.json == {"tickets": [{"ticketId": "T-17", "subject": "Screen is dark", "status": "open"}]}
    assert asked[-1].query == {"requester": "me", "status": "open"}
    assert asked[-1].headers["authorization"].startswith("Bearer ")


def test_its_write_sends_what_the_person_said(bridge: Bridge, sandbox: Sandbox, asked: list[Request]) -> None:
    reply = bridge.post("/api/helpdesk/tickets", sandbox.token(), {"subject": "Screen is dark"})
    assert (reply.status, reply.json["eventId"], reply.json["status"]) == (200, "T-17", "open")
    assert json.loads(asked[-1].body) == {"subject": "Screen is dark"}
