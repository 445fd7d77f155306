"""docs/fault-matrix.md is true: each line is measured again."""

from __future__ import annotations

import re

import pytest

from tests.e2e.fault_matrix import ENDPOINTS, HEAD, PAGE, SECONDS, Endpoint, rows, title
from tests.e2e.kit import Sandbox

OWN_SECONDS = {"Entra's keys": 5.0}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.title)
def test_each_fault_is_told_as_the_page_says(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.facts["ca"])
    monkeypatch.setenv("NO_PROXY", "localhost")
    page = PAGE.read_text("utf-8")
    measured = list(rows(sandbox, sandbox.facts["env"], endpoint, OWN_SECONDS.get(endpoint.title, SECONDS) + 1))
    assert "\n".join([title(endpoint), *measured]) + "\n" in page


def test_the_page_says_what_the_test_knows() -> None:
    page = PAGE.read_text("utf-8")
    assert page.startswith(HEAD.rstrip())
    assert page.count("\n## ") == len(ENDPOINTS)
    business = page[page.index("\n## REST") :]
    writes = [line.split("|")[3] for line in business.splitlines() if line.count("|") == 4]
    assert writes
    assert not [told for told in writes if re.search("([2-9]|[0-9]{2}) calls", told)], "a write is sent once"
