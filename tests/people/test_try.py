"""`bridge try` over real sockets: a person signs in at the sandbox's Entra, and the path is walked hop by hop."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.stack import ROOT
from tests.people.kit import sandbox
from tools.cli import main as cli

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
def test_each_hop_is_shown_and_explained_and_no_token_or_secret(command: Command, facts: dict[str, Any]) -> None:
    status, out, err = command.run()
    assert status == 0, out + err
    shown = " ".join(out.split())
    for text in ("audience", "scopes access_as_user.", "workday: bridge_saml", "expected here", "GetMyProfile"):
        assert text in shown, out
    assert shown.count("Harmless reads at workday") == 1
    assert not re.search(r"eyJ[\w-]{10}", out + err)
    assert facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"] not in out + err
    assert [path.name for path in command.folder.iterdir()] == ["browser.py"]


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
        while not (found := re.search(r"open\s+(https://\S+)\s+and enter the\s+code\s+([0-9A-F]{8})\b", shown)):
            line = process.stderr.readline()
            assert line, shown
            shown += line
        page = requests.get(found[1], verify=facts["ca"], timeout=20).text
        assert "<option>alex</option>" in page
        form = {"user_code": found[2].lower(), "user": "alex"}
        assert requests.post(found[1], data=form, verify=facts["ca"], timeout=20).status_code == 200
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["ok"]) == (0, True)


@browser
def test_a_refusal_names_code_and_next_step(command: Command) -> None:
    status, out, _ = command.run(user="nestor", BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER="entra")
    assert status == 1
    for text in ("not_assigned", "AADSTS50105", "bridge explain not_assigned", "On-behalf-of again"):
        assert text in out, out


@browser
def test_what_is_shared_holds_no_name_host_or_id(command: Command, facts: dict[str, Any]) -> None:
    status, out, _ = command.run("--share", user="nestor", BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER="entra")
    assert (status, "not_assigned" in out, "AADSTS50105" in out) == (1, True, True)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|localhost|contoso|nestor|workday", out.lower()), out


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


def run_here(
    facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *words: str, **changes: str | None
) -> tuple[int, str]:
    """Exit status and standard error of the command in this process; `changes` replace a setting, None removes it."""
    for name, value in {**facts["env"], "NO_PROXY": "localhost", **changes}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    with redirect_stderr(io.StringIO()) as err, redirect_stdout(io.StringIO()) as out:
        status = cli.main(["try", "--client", facts["publicClientId"], *words])
    assert out.getvalue() == ""
    return status, " ".join(err.getvalue().split())


MANAGED = {
    "BRIDGE_ENTRA__CLIENT_SECRET": None,
    "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID": "00000000-1111-4111-8111-000000000001",
}


def test_without_usable_settings_nobody_signs_in(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = run_here(facts, monkeypatch, **MANAGED)
    assert (status, "a managed identity works in Azure only" in said) == (2, True), said
    status, said = run_here(facts, monkeypatch, BRIDGE_ENTRA__TENANT_ID=None)
    assert (status, "`bridge check` names each with its fix" in said) == (2, True), said


def test_a_client_that_entra_does_not_know_is_explained(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = ["--device-code", "--client", "00000000-0000-0000-0000-000000000001"]
    status, said = run_here(facts, monkeypatch, *stranger)
    assert (status, "AADSTS700016" in said, "bridge explain" in said) == (2, True, True), said
