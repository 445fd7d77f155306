"""docs/fault-matrix.md is true: each line is measured again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bridge.inbound import jwks
from bridge.signing import key_vault, managed_identity
from tests.e2e import fault_matrix as matrix
from tests.e2e.kit import Sandbox

BOUNDS: tuple[float, ...] = (jwks.FETCH_TIMEOUT_SECONDS, key_vault.SIGN_SECONDS, managed_identity.FETCH_SECONDS)


@pytest.fixture(scope="module")
def place(_sandbox: Sandbox) -> Iterator[Sandbox]:
    with matrix.place(_sandbox.facts) as sandbox:
        yield sandbox


@pytest.mark.parametrize("endpoint", matrix.ENDPOINTS, ids=lambda endpoint: endpoint.title)
def test_each_fault_ends_as_the_page_says(place: Sandbox, endpoint: matrix.Endpoint) -> None:
    measured = "\n".join([matrix.title(endpoint), *matrix.rows(place, endpoint)]) + "\n"
    page = matrix.PAGE.read_text("utf-8")
    if measured not in page:
        assert measured == page  # shows the difference


def test_the_page_says_what_the_test_knows() -> None:
    page = matrix.PAGE.read_text("utf-8")
    assert page.startswith(matrix.HEAD.rstrip())
    assert page.count("\n## ") == len(matrix.ENDPOINTS)
    assert [f"{seconds:g}" for seconds in BOUNDS] == ["5", "8", "8"], "as the head of the page says"
    business = page[page.index("\n## REST") :]
    writes = [line.split("|")[3] for line in business.splitlines() if line.count("|") == 4]
    assert writes
    assert not [reported for reported in writes if re.search("([2-9]|[0-9]{2}) calls", reported)], (
        "a write is sent once"
    )
