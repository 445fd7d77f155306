"""One sandbox and one app for the whole run; apps of their own for tests that need other settings."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.ca import create_tls
from sandbox.stack import start_sandbox
from tests.e2e.kit import Bridge, Sandbox, run_app
from tests.e2e.leaks import leaks
from tests.e2e.mirror import Mirror
from tests.e2e.systems import all_systems

Start = Callable[..., AbstractContextManager[Bridge]]


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    with start_sandbox() as (_, facts):
        yield Sandbox(facts)


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, reset after each test."""
    yield _sandbox
    _sandbox.calm()


@pytest.fixture(scope="session")
def _bridges(_sandbox: Sandbox) -> Iterator[list[Bridge]]:
    """Every app that was started. When all have ended, their logs are searched for secrets and personal data."""
    bridges: list[Bridge] = []
    yield bridges
    for bridge in bridges:
        assert not leaks(bridge, _sandbox)


@pytest.fixture(scope="session")
def start(_sandbox: Sandbox, _bridges: list[Bridge]) -> Start:
    """`start(settings)` runs an app of its own; see `run_app`."""

    @contextmanager
    def running(settings: dict[str, str | None] | None = None, *, port: int = 0) -> Iterator[Bridge]:
        with run_app(_sandbox, settings, port=port) as bridge:
            _bridges.append(bridge)
            yield bridge

    return running


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    """A system that records its requests, headers included."""
    with Mirror.listening(create_tls(tmp_path_factory.mktemp("mirror"))) as mirror:
        yield mirror


@pytest.fixture(scope="session")
def bundle(_sandbox: Sandbox, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authorities of the sandbox and of the mirror in one file."""
    bundle = tmp_path_factory.mktemp("bundle") / "ca.pem"
    bundle.write_text(Path(_sandbox.facts["ca"]).read_text("ascii") + mirror.ca_file.read_text("ascii"), "ascii")
    return bundle


@pytest.fixture(scope="session")
def bridge(start: Start, _sandbox: Sandbox, mirror: Mirror, bundle: Path) -> Iterator[Bridge]:
    """The app that most tests share: the sandbox's settings, and the systems of `systems.py`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"localhost:{listener.getsockname()[1]}"
    settings = all_systems(_sandbox.facts, mirror=urlsplit(mirror.url).netloc, closed=closed)
    with start({**settings, "REQUESTS_CA_BUNDLE": str(bundle)}) as running:
        yield running


@pytest.fixture
def app(start: Start) -> Iterator[Callable[..., Bridge]]:
    """`app({"NAME": "value"})` starts an app that lives as long as the test."""
    with ExitStack() as stack:
        yield lambda settings=None: stack.enter_context(start(settings))
