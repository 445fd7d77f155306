"""host.json: each of its settings has a reason, and an app of HTTP triggers needs each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.functions_host.functions import App
from sandbox.stack import ROOT

HOST = json.loads((ROOT / "host.json").read_text("utf-8"))
LOAD_BALANCER_SECONDS = 230  # Azure gives up an HTTP request then; the host need not work on
REASONS = {
    "version": "the format",
    "functionTimeout": "ends before the load balancer gives the request up",
    "logging.logLevel.default": "the bridge writes its line for a request at Information",
    "logging.logLevel.Host.Aggregator": "a line every half minute that says how often functions ran",
    "logging.logLevel.Azure.Core": "the host's own calls to its storage account",
    "logging.applicationInsights.samplingSettings.isEnabled": "dependencies may be sampled",
    "logging.applicationInsights.samplingSettings.excludedTypes": "the bridge's lines are the audit trail: all of them",
    "extensions.http.routePrefix": "the MCP server and its metadata are outside /api",
    "extensions.http.hsts.isEnabled": "browsers use HTTPS only",
    "extensions.http.hsts.maxAge": "days",
    "extensions.http.customHeaders.X-Content-Type-Options": "on the host's own responses too",
}


def settings(value: Any, path: str = "") -> Iterator[str]:
    """The dotted path of each value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from settings(part, f"{path}.{name}" if path else name)
    else:
        yield path


def test_each_setting_has_a_reason() -> None:
    assert set(settings(HOST)) == REASONS.keys()


def test_an_extension_bundle_would_serve_no_function() -> None:
    """HTTP triggers are part of the host: a bundle would only be downloaded and loaded. (`load` refuses others.)"""
    assert App.load(ROOT / "function_app.py", worker="own").functions
    assert "extensionBundle" not in HOST


def test_a_function_ends_before_its_caller_is_cut_off() -> None:
    hours, minutes, seconds = map(int, re.fullmatch(r"(\d+):(\d+):(\d+)", HOST["functionTimeout"]).groups())  # type: ignore[union-attr]
    assert 60 < hours * 3600 + minutes * 60 + seconds < LOAD_BALANCER_SECONDS


def test_no_line_of_the_bridge_is_sampled_away() -> None:
    assert "Trace" in HOST["logging"]["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";")
