"""The MCP server in the connector: an option, beside the typed operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from bridge.catalog import load
from bridge.connector.deployment import Deployment
from bridge.connector.openapi import definition
from tools.cli.main import main

TENANT, SERVICE, CLIENT = (f"7f1e2d3c-4b5a-4968-8776-65544332211{number}" for number in range(3))


def made(*, mcp: bool) -> dict[str, Any]:
    deployment = Deployment(host="bridge.contoso.com", tenant_id=TENANT, client_id=SERVICE)
    return definition(load(systems={"workday"}), deployment, mcp=mcp)


def test_the_option_adds_one_path_and_nothing_else() -> None:
    plain, with_server = made(mcp=False), made(mcp=True)
    assert not list(OpenAPIV2SpecValidator(with_server).iter_errors())
    path = with_server["paths"].pop("/mcp")
    assert with_server == plain
    assert list(path) == ["post"]
    assert path["post"]["operationId"] == "InvokeServer"
    assert path["post"]["x-ms-agentic-protocol"] == "mcp-streamable-1.0"
    assert list(path["post"]["responses"]["200"]) == ["description"]


def test_the_command_has_the_option_and_the_lint_reports_nothing_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = ["connector", "build", "--host", "bridge.contoso.com", "--tenant-id", TENANT, "--client-id", SERVICE]
    build += ["--connector-client-id", CLIENT, "--contact", "Desk <desk@contoso.com>", "--out", str(tmp_path)]
    counts: list[list[int]] = []
    for switch in ([], ["--mcp"]):
        assert main([*build, *switch]) == 0
        capsys.readouterr()
        counts.append([])
        for profile in ([], ["--certify"]):
            assert main(["connector", "lint", str(tmp_path), "--json", *profile]) == 0
            found = json.loads(capsys.readouterr().out)
            assert not [one for one in found["findings"] if "mcp" in one["pointer"]]
            counts[-1].append(len(found["findings"]))
    assert counts[0] == counts[1]
    assert "/mcp" in json.loads((tmp_path / "apiDefinition.swagger.json").read_text("utf-8"))["paths"]
