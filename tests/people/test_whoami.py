"""`examples/whoami` in another function app, and `explain --expect --json` as a step of a pipeline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.stack import ROOT
from tests.people.kit import sandbox, serving

APP = """
import azure.functions as func
from whoami import whoami

app = func.FunctionApp()
app.register_functions(whoami)
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("own")
    shutil.copy(ROOT / "examples" / "whoami" / "whoami.py", folder)
    (folder / "function_app.py").write_text(APP, "utf-8")
    with serving(folder / "function_app.py") as address:
        yield f"{address}/api/whoami"


def test_it_returns_the_audience_that_arrived_and_no_token_or_name(url: str, facts: dict[str, Any]) -> None:
    token = sandbox(facts, "POST", "entra", "/sandbox/token", {"audience": "https://apihub.azure.com"})["access_token"]
    response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert (response.json()["aud"], response.json()["verified"]) == ("https://apihub.azure.com", False)
    assert response.json()["azp"] == facts["connectorClientId"]
    assert token not in response.text
    assert "adele" not in response.text.lower()


def test_what_is_no_token_is_400(url: str) -> None:
    headers = ["", "Bearer", "Bearer x", "Bearer a.b.c", "Bearer a.W10.c", "Bearer a.ÿ.c"]
    got = {one: requests.get(url, headers={"Authorization": one.encode()}, timeout=20).status_code for one in headers}
    assert got == dict.fromkeys(headers, 400)


@pytest.mark.parametrize(("audience", "status"), [("api://my-api", 0), ("api://another", 1)])
def test_a_pipeline_can_assert_a_tokens_audience(
    facts: dict[str, Any], tmp_path: Path, audience: str, status: int
) -> None:
    wish = {"version": 1, "audience": "api://my-api"}
    file = tmp_path / "token.txt"
    file.write_text(sandbox(facts, "POST", "entra", "/sandbox/token", wish)["access_token"], "utf-8")
    expected = [f"aud={audience}", f"tid={facts['tenantId']}", "scp=access_as_user"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "tools", "explain", "--file", str(file), "--json", "--expect", *expected],
        cwd=ROOT,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["problem"]) == (status, bool(status)), done.stdout
