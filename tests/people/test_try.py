"""`bridge try` over real sockets: a person signs in at the sandbox's Entra, and the path is walked hop by hop."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.stack import ROOT
from tests.people.kit import sandbox

BROWSER = """
import html, re, ssl, sys, urllib.parse, urllib.request
context = ssl.create_default_context(cafile={ca!r})
opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({{}}))
page = opener.open(sys.argv[1] + {hint!r}, timeout=20).read().decode()
where = html.unescape(re.search('action="(.*?)"', page)[1])
form = {{name: html.unescape(value) for name, value in re.findall('<input name="(.*?)" value="(.*?)">', page)}}
opener.open(where, urllib.parse.urlencode(form).encode(), timeout=20).read()
"""


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """A process that the test gives up is ended, so that the test does not wait for it."""
    watch = threading.Timer(70, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        process.kill()


class Command:
    """`bridge try` with the sandbox's settings; `changes` replace a setting, None removes it."""

    def __init__(self, facts: dict[str, Any], folder: Path) -> None:
        self.facts, self.folder = facts, folder

    def start(self, *words: str, user: str = "adele", **changes: str | None) -> subprocess.Popen[str]:
        script = self.folder / "browser.py"
        script.write_text(BROWSER.format(ca=self.facts["ca"], hint=f"&login_hint={user}"), "utf-8")
        own = {"NO_PROXY": "localhost,127.0.0.1", "BROWSER": f"{sys.executable} {script} %s &", "PYTHONUTF8": "1"}
        env = {**os.environ, **self.facts["env"], **own, "NO_COLOR": "1", **changes}
        command = [sys.executable, "-m", "tools", "try", "--client", self.facts["publicClientId"], *words]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={name: value for name, value in env.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *words: str, user: str = "adele", **changes: str | None) -> tuple[int, str, str]:
        with self.start(*words, user=user, **changes) as process, ending(process):
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def command(facts: dict[str, Any], tmp_path: Path) -> Iterator[Command]:
    yield Command(facts, tmp_path)
    sandbox(facts, "POST", "entra", "/sandbox/mode", {"answers": {}})


browser = pytest.mark.skipif(os.name == "nt", reason="the stand-in for a browser is a POSIX command")


@browser
def test_each_hop_is_told_and_explained(command: Command) -> None:
    status, out, err = command.run()
    assert status == 0, out + err
    assert "aud" in out or "audience" in out
    for text in ("bridge_saml", "399274", "expected here: SAML follows", "GetMyProfile", "orders: oauth"):
        assert text in " ".join(out.split()), out  # the width of the times decides where a line is wrapped


@browser
def test_the_report_is_for_machines_too(command: Command) -> None:
    status, out, _ = command.run("--json", BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER="entra")
    report = json.loads(out)
    workday = next(row for row in report["systems"] if row["system"] == "workday")
    assert (status, report["ok"], workday["path"]) == (0, True, "entra_saml")
    assert [hop["name"] for hop in workday["hops"]][:3] == ["entra", "entra", "system_token"]


def test_without_a_browser_a_code_is_entered_on_another_device(command: Command, facts: dict[str, Any]) -> None:
    with command.start("--device-code", "--json") as process, ending(process):
        assert process.stderr is not None
        shown = ""
        while not (found := re.search(r"code\s+([0-9A-F]{8})\b", shown)):
            line = process.stderr.readline()
            assert line, shown
            shown += line
        sandbox(facts, "POST", "entra", "/sandbox/device", {"user_code": found[1], "user": "alex"})
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["ok"]) == (0, True)


@browser
def test_a_refusal_names_code_and_next_step(command: Command) -> None:
    status, out, _ = command.run(user="nestor", BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER="entra")
    assert status == 1
    for text in ("not_assigned", "AADSTS50105", "bridge explain not_assigned"):
        assert text in " ".join(out.split()), out  # the width of the times decides where a line is wrapped


@browser
def test_what_is_shared_holds_no_name_host_or_id(command: Command, facts: dict[str, Any]) -> None:
    status, out, _ = command.run("--share", user="nestor", BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER="entra")
    assert (status, "not_assigned" in out, "AADSTS50105" in out) == (1, True, True)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|localhost|contoso|nestor|workday", out.lower()), out


@browser
def test_no_token_and_no_secret_is_shown_or_stored(command: Command, facts: dict[str, Any]) -> None:
    _, out, err = command.run()
    secret = facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"]
    assert not re.search(r"eyJ[\w-]{10}", out + err)
    assert secret not in out + err
    assert [path.name for path in command.folder.iterdir()] == ["browser.py"]


@browser
def test_the_token_goes_into_a_pipe_and_serves_the_live_check(command: Command, facts: dict[str, Any]) -> None:
    status, token, err = command.run("--token")
    assert (status, token.count("."), "eyJ" in err) == (0, 2, False)
    allowed = {"BRIDGE_ENTRA__ALLOWED_CLIENTS": facts["publicClientId"], "NO_PROXY": "localhost"}
    done = subprocess.run(
        [sys.executable, "-m", "tools", "check", "--live", "-"],
        cwd=ROOT,
        env={**os.environ, **facts["env"], **allowed},
        input=token,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert "the token is accepted" in done.stdout


REFUSED = {
    "a managed identity": (
        {
            "BRIDGE_ENTRA__CLIENT_SECRET": None,
            "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID": "x" * 8 + "-1111-4111-8111-1",
        },
        "settings",
    ),
    "no settings": ({"BRIDGE_ENTRA__TENANT_ID": None}, "bridge check"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_without_usable_settings_nobody_signs_in(command: Command, case: str) -> None:
    changes, text = REFUSED[case]
    status, out, err = command.run(**changes)  # type: ignore[arg-type]  # a row's settings
    assert (status, out, text in err) == (2, "", True), err


def test_a_client_that_entra_does_not_know_is_explained(command: Command) -> None:
    status, out, err = command.run("--device-code", "--client", "00000000-0000-0000-0000-000000000001")
    assert (status, out, "AADSTS700016" in err, "bridge explain" in err) == (2, "", True, True), err
