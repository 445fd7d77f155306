"""The MCP server in the connector: beside the typed operations, on a switch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from bridge.catalog import load
from bridge.connector.openapi import definition, to_json
from tools.cli.main import main
from tools.lint import check

IDS = [f"00000000-0000-0000-0000-{number:012}" for number in (1, 2, 3)]


def made(*, mcp: bool) -> dict[str, Any]:
    return definition(load(None), host="bridge.example", tenant_id=IDS[0], client_id=IDS[1], mcp=mcp)


def test_one_more_path_and_nothing_else() -> None:
    plain, with_server = made(mcp=False), made(mcp=True)
    path = with_server["paths"].pop("/mcp")
    assert with_server == plain
    assert list(path) == ["post"]
    assert path["post"]["operationId"] == "InvokeServer"
    assert path["post"]["x-ms-agentic-protocol"] == "mcp-streamable-1.0"
    assert list(path["post"]["responses"]["200"]) == ["description"]


@pytest.mark.parametrize("certify", [False, True])
def test_it_is_clean_in_both_profiles(certify: bool) -> None:
    document = made(mcp=True)
    assert not list(OpenAPIV2SpecValidator(document).iter_errors())
    found = check(to_json(document).encode())
    before = check(to_json(made(mcp=False)).encode())
    assert [(one.rule.name, one.pointer) for one in found.findings if "mcp" in str(one.pointer)] == []
    assert found.counts == before.counts
    assert found.total(list(type(found.findings[0].rule.severity))[0], certify) == 0 if found.findings else True


def test_the_command_has_the_switch(tmp_path: Path) -> None:
    arguments = ["connector", "build", "--host", "bridge.example", "--tenant-id", IDS[0], "--client-id", IDS[1]]
    assert main([*arguments, "--mcp", "--out", str(tmp_path)]) == 0
    assert "/mcp" in json.loads((tmp_path / "apiDefinition.swagger.json").read_text("utf-8"))["paths"]
    for certify in ([], ["--certify"]):
        assert main(["connector", "lint", str(tmp_path), *certify]) == 0
