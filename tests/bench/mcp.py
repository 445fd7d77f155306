"""The cost of the MCP server: at start, and for a call against the same operation by its route."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from statistics import median

from bridge.api.api import operation_route
from bridge.api.message import Request
from bridge.mcp.entry import Mcp
from tests.bench.bridge import Bench
from tests.bench.imports import ROUNDS, child_seconds
from tests.bench.measure import Row, ratio, seconds

CALLS = 300
IMPORT = "import time; a = time.process_time(); import {}; print(time.process_time() - a)"
"""Processor time. The least of all rounds counts, because the difference is smaller than the noise of a machine."""
OPERATION = "ListMyDocumentTypes"
"""It calls no system, which would hide the difference."""


def mcp(bench: Bench) -> Iterator[Row]:
    script, off, on = IMPORT.format("function_app"), bench.env, {**bench.env, "BRIDGE_MCP": "true"}
    command = (sys.executable, "-c", script)
    pairs = [(child_seconds(on, *command), child_seconds(off, *command)) for _ in range(2 * ROUNDS)][1:]
    yield Row("import function_app with MCP / without", min(a for a, _ in pairs) / min(b for _, b in pairs), 1.03)

    api, token = bench.api(), bench.token()
    server = Mcp(api)
    route = next(route for route in server.routes() if route.name == "Mcp")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": OPERATION}}
    as_tool = partial(server.handle, Request("POST", headers, body=json.dumps(call).encode()), route)
    operation = next(one for _, one in api.runtime.operation_routes() if one.id == OPERATION)
    as_route = partial(api.handle, Request("GET", headers), operation_route(operation, "workday"))
    assert (as_tool().status, as_route().status) == (200, 200)
    extra = median(seconds(as_tool) - seconds(as_route) for _ in range(CALLS))
    yield Row("a tools/call beyond its operation's route, in ms", extra * 1000, 0.3)
    yield Row("  of it as a ratio", ratio(as_tool, as_route))
