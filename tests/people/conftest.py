"""One sandbox for all files of these tests. A test that changes its state restores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stack import start_sandbox


@pytest.fixture(scope="session")
def facts() -> Iterator[dict[str, Any]]:
    """What the sandbox prints when it is ready."""
    with start_sandbox() as (_, facts):
        yield facts
