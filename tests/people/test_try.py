"""`bridge try` over real sockets: a person signs in at the sandbox's Entra, and each hop of the path is tried."""

from __future__ import annotations

import html
import io
import json
import re
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from tools.cli import main as cli

ENTRA_SIGNS = {"BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}
MANAGED = {
    "BRIDGE_ENTRA__CLIENT_SECRET": None,
    "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID": "00000000-1111-4111-8111-000000000001",
}
CODE = re.compile(r"open\s+(https://\S+)\s+and\s+enter\s+the\s+code\s+([0-9A-F]{8})\b")


class Done(NamedTuple):
    """How the command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def shown(self) -> str:
        """Standard output as one line, whatever the width of the screen."""
        return " ".join(self.out.split())


Try = Callable[..., Done]


@pytest.fixture
def command(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Try]:
    """`bridge try` with the sandbox's settings, in an empty folder, and a browser in which `user` is signed in."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, user: str = "adele", beside: Callable[..., None] | None = None, **changes: Any) -> Done:
        for name, value in {**facts["env"], "NO_PROXY": "localhost,127.0.0.1", **changes}.items():
            monkeypatch.delenv(name, raising=False)
            if value is not None:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(webbrowser, "open", partial(visit, user=user, ca=facts["ca"]))
        out, err = io.StringIO(), io.StringIO()
        other = threading.Thread(target=beside or (lambda _: None), args=(err,))
        other.start()
        with redirect_stdout(out), redirect_stderr(err):
            status = cli.main(["try", "--client", facts["publicClientId"], *words])
        other.join(30)
        return Done(status, out.getvalue(), err.getvalue())

    yield run
    assert list(tmp_path.iterdir()) == [], "nothing is stored"


def visit(url: str, *, user: str, ca: str) -> bool:
    threading.Thread(target=browse, args=(url, user, ca)).start()
    return True


def browse(url: str, user: str, ca: str) -> None:
    """What a browser does: it reads the page of Entra, and sends its form to the redirect URI."""
    page = requests.get(f"{url}&login_hint={user}", verify=ca, timeout=20).text
    where = html.unescape(re.findall('action="(.*?)"', page)[0])
    form = {name: html.unescape(value) for name, value in re.findall('<input name="(.*?)" value="(.*?)">', page)}
    requests.post(where, data=form, timeout=20)


def test_each_hop_is_shown_and_explained_and_no_token_or_secret(command: Try, facts: dict[str, Any]) -> None:
    done = command()
    assert done.status == 0, done
    for text in ("audience", "scopes access_as_user.", "workday: bridge_saml", "expected here", "GetMyProfile"):
        assert text in done.shown
    assert done.shown.count("Harmless reads at workday") == 1
    assert not re.search(r"eyJ[\w-]{10}", done.out + done.err)
    assert facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"] not in done.out + done.err


def test_the_report_is_for_machines_too(command: Try) -> None:
    done = command("--json", **ENTRA_SIGNS)
    report = json.loads(done.out)
    workday = next(row for row in report["systems"] if row["system"] == "workday")
    assert (done.status, report["ok"], workday["path"]) == (0, True, "entra_saml")
    assert [hop["name"] for hop in workday["hops"]][:3] == ["entra", "entra", "system_token"]


def test_without_a_browser_a_code_is_entered_on_another_device(command: Try, facts: dict[str, Any]) -> None:
    def person(screen: io.StringIO) -> None:
        while not (found := CODE.search(screen.getvalue())):
            time.sleep(0.05)
        page = requests.get(found[1], verify=facts["ca"], timeout=20).text
        assert "<option>alex</option>" in page
        requests.post(found[1], data={"user_code": found[2].lower(), "user": "alex"}, verify=facts["ca"], timeout=20)

    done = command("--device-code", "--json", beside=person)
    assert (done.status, json.loads(done.out)["ok"]) == (0, True)


def test_a_refusal_names_code_and_next_step(command: Try) -> None:
    done = command(user="nestor", **ENTRA_SIGNS)
    assert done.status == 1
    for text in ("not_assigned", "AADSTS50105", "bridge explain not_assigned", "On-behalf-of again"):
        assert text in done.shown


def test_what_is_shared_holds_no_name_host_or_id(command: Try) -> None:
    done = command("--share", user="nestor", **ENTRA_SIGNS)
    assert (done.status, "not_assigned" in done.out, "AADSTS50105" in done.out) == (1, True, True)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|localhost|contoso|nestor|workday", done.out.lower()), done.out


def test_the_token_goes_into_a_pipe_and_serves_the_live_check(
    command: Try, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command("--token")
    assert (done.status, done.out.count("."), "eyJ" in done.err) == (0, 2, False)
    monkeypatch.setenv("BRIDGE_ENTRA__ALLOWED_CLIENTS", facts["publicClientId"])
    monkeypatch.setattr("sys.stdin", io.StringIO(done.out))
    cli.main(["check", "--live", "-"])
    assert "the token is accepted" in capsys.readouterr().out


def test_without_usable_settings_nobody_signs_in(command: Try) -> None:
    for changes, text in (
        (MANAGED, "works in Azure only"),
        ({"BRIDGE_ENTRA__TENANT_ID": None}, "BRIDGE_ENTRA__TENANT_ID is missing Copy it from"),
    ):
        done = command(**changes)
        assert (done.status, done.out, text in " ".join(done.err.split())) == (2, "", True), done


def test_a_system_whose_settings_have_mistakes_is_named_and_the_others_are_tried(command: Try) -> None:
    done = command("--json", BRIDGE_SYSTEMS__ORDERS__PATH="nonsense")
    rows = {row["system"]: row for row in json.loads(done.out)["systems"]}
    assert (done.status, rows["workday"]["ok"]) == (1, True)
    assert (rows["orders"]["ok"], rows["orders"]["problem"]["code"]) == (False, "bridge_misconfigured")


def test_a_client_that_entra_does_not_know_is_explained(command: Try) -> None:
    done = command("--device-code", "--client", "00000000-0000-0000-0000-000000000001")
    assert (done.status, done.out, "AADSTS700016" in done.err, "bridge explain" in done.err) == (2, "", True, True)
