"""Every KQL query of the documents and the template, by Microsoft's own parser (npm: @kusto/language-service-next)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "queries"
BRIDGE = (FOLDER / "requests.kql").read_text("utf-8")
"""Defines `bridge`, which the others use."""
KUSTO = re.compile(r"^```kusto\n(.*?)^```", re.MULTILINE | re.DOTALL)


def problems(queries: Sequence[str]) -> list[list[str]]:
    """What the parser says against each query."""
    modules, node = os.environ.get("KUSTO_MODULES"), shutil.which("node")
    if modules is None or node is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs the parser: see .ci/run")
        pytest.skip("the KQL parser is not installed: set KUSTO_MODULES to a folder with its node_modules")
    done = subprocess.run(
        [node, str(Path(__file__).with_name("kql.js"))],
        input=json.dumps([BRIDGE + query for query in queries]),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={**os.environ, "KUSTO_MODULES": modules},
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


MISTAKES = [
    "traces | where CallerIPAddress == 1",
    "traces | summarize last = max(timestamp)",
    "bridge | take",
    "nothing",
]


def test_queries_of_the_documents_and_the_template() -> None:
    """One process for all, because it takes long to start. The mistakes show that it looks."""
    documents = {query for file in (ROOT / "docs").rglob("*.md") for query in KUSTO.findall(file.read_text("utf-8"))}
    texts = sorted({*documents, *(file.read_text("utf-8") for file in FOLDER.glob("*.kql"))} - {BRIDGE})
    assert len(texts) > 11
    found = problems([*texts, *MISTAKES])
    assert {text: said for text, said in zip(texts, found, strict=False) if said} == {}
    assert all(found[len(texts) :]), "a mistake was not found"
