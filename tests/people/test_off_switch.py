"""Each off switch of docs/approval.md, tried with two instances, and the seconds until it has an effect."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.chaos.stage import Stage, stage
from tests.support import azurite
from tools.cli import ledger
from tools.cli import main as cli

DISABLED = 7000112
ORDERS, WORKDAY = "/api/orders/orders", "/api/workday/me"
LETTER = {"type": "EMPLOYMENT_VERIFICATION"}
MINUTE = 60.0
"""In seconds. docs/approval.md has the times of a quiet machine; tests/ledger tests that a pause is known in 15 s."""


@pytest.fixture
def scene() -> Iterator[Stage]:
    if azurite.installed() is None:
        assert not os.environ.get("CI"), ".ci/run installs Azurite: it is never missing in CI"
        pytest.skip("Azurite is not installed: npm install --prefix ~/.cache/obo-saml-bridge/azurite azurite@3.35.0")
    with stage(seed=1) as ready:
        yield ready


def read(scene: Stage, url: str, token: str, path: str = ORDERS) -> tuple[int, str]:
    return _code(scene.session.get(url + path, headers=_bearer(token), timeout=60))


def write(scene: Stage, url: str, token: str) -> tuple[int, str]:
    return _code(scene.session.post(f"{url}/api/workday/me/documents", json=LETTER, headers=_bearer(token), timeout=60))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _code(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def seconds_until(happened: Callable[[], bool]) -> float:
    start = time.monotonic()
    while not happened():
        assert time.monotonic() < start + MINUTE
        time.sleep(0.5)
    return time.monotonic() - start


def test_each_switch_and_how_long_it_takes(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [app.url for app in scene.apps]
    adele, alex = scene.token("adele"), scene.token("alex")
    assert {write(scene, url, adele) for url in urls} == {(200, "")}
    took = {}

    monkeypatch.setattr(ledger, "az", lambda *_: azurite.storage_token())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", scene.settings["REQUESTS_CA_BUNDLE"])
    table = ["--table", scene.settings["BRIDGE_LEDGER__TABLE_URL"]]
    assert cli.main(["ledger", "pause", *table]) == 0
    took["pause"] = seconds_until(lambda: {write(scene, url, adele) for url in urls} == {(503, "writes_paused")})
    assert {read(scene, url, adele, path) for url in urls for path in (ORDERS, WORKDAY)} == {(200, "")}
    assert cli.main(["ledger", "resume", *table]) == 0

    scene.control("POST", "entra", "/sandbox/mode", {"answers": {"adele": DISABLED, "alex": DISABLED}})
    took["disable"] = seconds_until(lambda: {read(scene, url, alex)[0] for url in urls} == {424})
    at_hand = {read(scene, url, adele) for url in urls}
    assert at_hand == {(200, "")}, "docs/approval.md says: a credential in memory serves until it ends"
    signed = {read(scene, url, alex, WORKDAY) for url in urls}
    assert signed == {(200, "")}, "docs/approval.md says: where the bridge signs, it need not ask Entra"

    start = time.monotonic()
    for app in scene.apps:
        app.stack.close()
    took["stop"] = time.monotonic() - start
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            scene.session.get(f"{url}/api/health", timeout=5)
    scene.apps = ()
    print("seconds:", took)
    assert {name for name, seconds in took.items() if seconds > MINUTE} == set()
