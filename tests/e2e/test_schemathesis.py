"""The running app against its own definition, tested by schemathesis: never a 5xx, every response fits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.connector.openapi import to_json
from tests.e2e.conftest import Start
from tests.e2e.kit import Bridge, Sandbox
from tools.lint import check

PUBLIC = "hr.contoso.com"
EVERYTHING = {
    "BRIDGE_SYSTEMS__WORKDAY__OPERATIONS": "reads writes sensitive",
    "BRIDGE_PUBLIC_URL": f"https://{PUBLIC}",
}
Json = Any
NOT_OURS = (
    "unsupported_method",  # the Functions host answers 404
    "positive_data_acceptance",  # what is well formed may still be refused by the business system: 422
    "negative_data_rejection",  # the Functions host drops empty query values; null counts as left out
)


@pytest.fixture(scope="module")
def bridge(start: Start) -> Iterator[Bridge]:
    """An app with all operations open."""
    with start(EVERYTHING) as running:
        yield running


@pytest.fixture(scope="module")
def document(bridge: Bridge) -> Json:
    """The definition from the running app."""
    return bridge.get("/api/connector/apiDefinition.swagger.json").json


def test_the_served_files_are_those_of_this_deployment_and_well_formed(
    bridge: Bridge, sandbox: Sandbox, document: Json
) -> None:
    properties, facts = bridge.get("/api/connector/apiProperties.json").json, sandbox.facts
    assert [str(finding) for file in (document, properties) for finding in check(to_json(file).encode())] == []
    assert document["host"] == PUBLIC
    oauth = properties["properties"]["connectionParameters"]["token"]["oAuthSettings"]
    assert oauth["clientId"] == facts["connectorClientId"]
    assert oauth["customParameters"]["resourceUri"]["value"] == f"api://{facts['clientId']}"
    assert oauth["customParameters"]["tenantId"]["value"] == facts["tenantId"]


def test_whoami_returns_exactly_the_fields_that_the_definition_names(
    bridge: Bridge, sandbox: Sandbox, document: Json
) -> None:
    seen = bridge.get("/api/whoami", sandbox.token()).json
    schema = document["paths"]["/api/whoami"]["get"]["responses"]["200"]["schema"]["properties"]
    assert seen.keys() == schema.keys()
    assert seen["systems"][0].keys() == schema["systems"]["items"]["properties"].keys()


def test_every_response_of_the_running_app_fits_the_definition(
    bridge: Bridge, sandbox: Sandbox, document: Json, tmp_path: Path
) -> None:
    file = tmp_path / "definition.json"
    file.write_text(to_json(document), encoding="utf-8")
    tested = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", bridge.url),
            *("--header", f"Authorization: Bearer {sandbox.token()}"),
            *("--checks", "all", "--exclude-checks", ",".join(NOT_OURS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "1", "--no-color"),
            *("--generation-database", "none", "--request-timeout", "60"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert f"Tested: {sum(len(item) for item in document['paths'].values())}" in tested.stdout
