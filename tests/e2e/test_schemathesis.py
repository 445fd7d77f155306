"""The running app against its own definition, judged by schemathesis: never a 5xx, every answer fits."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.connector.openapi import to_json
from sandbox.stack import start_app, start_sandbox
from tools.lint import check

PUBLIC = "hr.contoso.com"
EVERYTHING = {
    "BRIDGE_SYSTEMS__WORKDAY__OPERATIONS": "reads writes sensitive",
    "BRIDGE_PUBLIC_URL": f"https://{PUBLIC}",
}
Json = dict[str, Any]
NOT_OURS = (
    "unsupported_method",  # the Functions host answers 404
    "positive_data_acceptance",  # what is well formed may still be refused by the business system: 422
    "negative_data_rejection",  # the Functions host drops empty query values; null counts as left out
)


def bearer(entra: str, ca: str) -> str:
    """The token that a connector brings for the sandbox's first user."""
    request = urllib.request.Request(f"{entra}/sandbox/token", data=b"{}", method="POST")  # noqa: S310
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=ca)) as answer:  # noqa: S310
        token: str = json.load(answer)["access_token"]
    return token


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, Json]]:
    """The app's address, and the facts of the sandbox behind it."""
    with start_sandbox() as (_, facts), start_app({**facts["env"], **EVERYTHING}) as (_, address):
        yield address, facts


@pytest.fixture(scope="module")
def document(running: tuple[str, Json]) -> Json:
    """The definition as the running app serves it."""
    return get(f"{running[0]}/api/connector/apiDefinition.swagger.json")


def get(url: str, **headers: str) -> Json:
    """A JSON answer of the app."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:  # noqa: S310
        found: Json = json.load(answer)
    return found


def test_the_served_files_are_those_of_this_deployment_and_well_formed(
    running: tuple[str, Json], document: Json
) -> None:
    address, facts = running
    properties = get(f"{address}/api/connector/apiProperties.json")
    assert [str(finding) for file in (document, properties) for finding in check(to_json(file).encode())] == []
    assert document["host"] == PUBLIC
    oauth = properties["properties"]["connectionParameters"]["token"]["oAuthSettings"]
    assert oauth["clientId"] == facts["connectorClientId"]
    assert oauth["customParameters"]["resourceUri"]["value"] == f"api://{facts['clientId']}"
    assert oauth["customParameters"]["tenantId"]["value"] == facts["tenantId"]


def test_whoami_answers_exactly_the_fields_that_the_definition_names(running: tuple[str, Json], document: Json) -> None:
    address, facts = running
    answer = get(f"{address}/api/whoami", Authorization=f"Bearer {bearer(facts['entra'], facts['ca'])}")
    schema = document["paths"]["/api/whoami"]["get"]["responses"]["200"]["schema"]["properties"]
    assert answer.keys() == schema.keys()
    assert answer["systems"][0].keys() == schema["systems"]["items"]["properties"].keys()


def test_every_answer_of_the_running_app_fits_the_definition(
    running: tuple[str, Json], document: Json, tmp_path: Path
) -> None:
    address, facts = running
    file = tmp_path / "definition.json"
    file.write_text(to_json(document), encoding="utf-8")
    judged = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", address),
            *("--header", f"Authorization: Bearer {bearer(facts['entra'], facts['ca'])}"),
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
    assert judged.returncode == 0, judged.stdout + judged.stderr
    tested = len([1 for item in document["paths"].values() for _ in item])
    assert f"Tested: {tested}" in judged.stdout
