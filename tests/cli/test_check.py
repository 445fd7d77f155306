"""`bridge check`: the requests to Entra and the systems, what is printed, and what is never sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.base.http_client import HttpResponse, RequestNotSent
from bridge.check.run import Group, check, document, has_failed
from bridge.errors import Misconfigured
from bridge.signing.signing_keys import load_signing_key
from tests.support.catalog import CATALOG
from tests.support.client import Asked, ScriptedClient, json_answer
from tests.support.env import SECRET, env
from tests.support.keys import pair_pem
from tests.support.tokens import BRIDGE, TENANT
from tools.cli.main import main

LOGIN = f"https://login.microsoftonline.com/{TENANT}"
METADATA = {"issuer": f"{LOGIN}/v2.0", "token_endpoint": f"{LOGIN}/oauth2/v2.0/token"}
KEYS = {
    "keys": [{"kty": "RSA", "use": "sig", "kid": "k", "n": "u" + "7" * 341, "e": "AQAB"}],
}


def world(**rules: Callable[[Asked], HttpResponse]) -> ScriptedClient:
    """Entra and Workday as they should be; `rules` replace one of metadata, keys, entra_token, graph, workday."""

    def answer(name: str, good: HttpResponse) -> Callable[[Asked], HttpResponse]:
        return rules.get(name, lambda _: good)

    return ScriptedClient(
        {
            "openid-configuration": answer("metadata", json_answer(METADATA, date=formatdate(usegmt=True))),
            "/keys": answer("keys", json_answer(KEYS)),
            "microsoftonline.com": answer("entra_token", json_answer({"access_token": "dropped"})),
            "graph.microsoft.com": answer("graph", json_answer({"error": {"code": "InvalidAuthenticationToken"}}, 401)),
            "workday.example": answer("workday", json_answer({"error": "invalid_grant"}, 400)),
        }
    )


def states(groups: list[Group]) -> dict[str, str]:
    return {line.code: line.state.value for group in groups for line in group.lines}


def test_the_mistake_of_a_system_is_a_group_of_its_own_and_the_rest_is_checked() -> None:
    second = {"BRIDGE_SYSTEMS__HR__KIND": "workday", "BRIDGE_SYSTEMS__HR__HOST": "https://x"}
    groups = {group.name: group.lines for group in check(env(**second), CATALOG, world())}
    assert {"Settings", "Entra", "System workday", "System hr"} <= set(groups)
    assert {line.state.value for line in groups["System hr"]} == {"failed"}
    assert any("BRIDGE_SYSTEMS__HR__HOST" in line.title for line in groups["System hr"])
    assert states(check(env(**second), CATALOG, world()))["token_endpoint"] == "ok"


def test_a_bridge_without_systems_is_a_warning() -> None:
    alone = {name: value for name, value in env().items() if name.startswith("BRIDGE_ENTRA__")}
    assert states(check(alone, CATALOG, world()))["systems"] == "warning"
    assert not has_failed(check(alone, CATALOG, world()))


def test_a_placeholder_is_named_beside_other_problems() -> None:
    found = states(check(env(BRIDGE_ENTRA__TENANT_ID="<tenant id>"), CATALOG, world()))
    assert (found["placeholders"], found["settings"]) == ("failed", "failed")


def no_answer(asked: Asked) -> HttpResponse:
    raise RequestNotSent("NameResolutionError")


def test_all_is_well_but_for_operations() -> None:
    found = states(check(env(), CATALOG, world()))
    assert {code for code, state in found.items() if state == "failed"} == {"operations"}, "this catalog has none"
    assert {"entra_tenant", "clock", "entra_keys", "entra_proof", "token_endpoint"} <= {
        code for code, state in found.items() if state == "ok"
    }


NAMED = "BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_"
BY_GRAPH = {f"{NAMED}CLAIM": None, f"{NAMED}SOURCE": "graph:employeeId", f"{NAMED}PATTERN": "[0-9]{5}"}


def test_graph_is_asked_only_if_names_come_from_it() -> None:
    assert "graph" not in states(check(env(), CATALOG, world()))
    found = [
        states(check(env(**BY_GRAPH), CATALOG, world(graph=rule)))["graph"]
        for rule in (
            lambda _: json_answer({"error": {"code": "InvalidAuthenticationToken"}}, 401),
            lambda _: HttpResponse(401, {"content-type": "text/html"}, b"<html>"),
            lambda _: json_answer({}),
            no_answer,
        )
    ]
    assert found == ["ok", "failed", "failed", "failed"]


@pytest.mark.parametrize(
    ("name", "rule", "code"),
    [
        ("metadata", no_answer, "entra_tenant"),
        ("metadata", lambda _: json_answer({"error": "invalid_tenant", "error_codes": [90002]}, 400), "entra_tenant"),
        ("keys", lambda _: json_answer({"keys": []}), "entra_keys"),
        ("keys", no_answer, "entra_keys"),
        (
            "entra_token",
            lambda _: json_answer({"error": "invalid_client", "error_codes": [7000215]}, 401),
            "entra_proof",
        ),
        ("entra_token", no_answer, "entra_proof"),
        ("workday", lambda _: HttpResponse(200, {"content-type": "text/html"}, b"<html>"), "token_endpoint"),
        ("workday", no_answer, "token_endpoint"),
    ],
    ids=["no Entra", "no tenant", "no keys", "keys time out", "wrong secret", "no token", "HTML", "no system"],
)
def test_what_fails_is_found(name: str, rule: Callable[[Asked], HttpResponse], code: str) -> None:
    groups = check(env(), CATALOG, world(**{name: rule}))
    assert states(groups)[code] == "failed"
    assert has_failed(groups)


def test_bad_settings_are_all_reported_and_nothing_is_asked() -> None:
    client = world()
    groups = check(env(BRIDGE_ENTRA__TENANT_ID="x", BRIDGE_ENTRA__ALLOWED_CLIENTS=None), CATALOG, client)
    titles = " ".join(line.title for line in groups[0].lines)
    assert "BRIDGE_ENTRA__TENANT_ID" in titles
    assert "BRIDGE_ENTRA__ALLOWED_CLIENTS" in titles
    assert not client.asked


def test_no_secret_and_no_assertion_goes_to_a_system_and_none_into_the_report() -> None:
    client = world()
    groups = check(env(), CATALOG, client)
    (asked,) = client.to("workday.example")
    assert asked.form.get("assertion", "") == ""
    assert "client_secret" not in asked.form
    assert SECRET not in json.dumps(document(groups))
    assert "dropped" not in json.dumps(document(groups))


def test_a_client_credential_that_fails_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no identity endpoint")

    monkeypatch.setattr("bridge.check.run.ClientAuthentication.for_entra", broken)
    assert states(check(env(), CATALOG, world()))["entra_proof"] == "failed"


def test_an_error_of_the_client_credential_is_reported_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> object:
        raise Misconfigured("No identity.", operator="this app does not have the identity")

    monkeypatch.setattr("bridge.check.run.ClientAuthentication.for_entra", missing)
    assert "this app does not have the identity" in json.dumps(document(check(env(), CATALOG, world())))


def test_a_vault_that_does_not_sign_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> bytes:
        raise Misconfigured("No.", operator="the identity lacks the role Key Vault Crypto User", hint="Ask.")

    assert states(check(env(), CATALOG, world()))["signature"] == "ok"
    certificate = load_signing_key(pair_pem("workday")).certificate.public_bytes(Encoding.PEM).decode()
    in_vault = env(
        BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE=certificate,
        BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID=f"https://kv-contoso.vault.azure.net/keys/k/{'0' * 32}",
    )
    monkeypatch.setattr("bridge.signing.key_vault.VaultKey.sign_sha256", refused)
    groups = check(in_vault, CATALOG, world())
    assert states(groups)["signature"] == "failed"
    assert "Key Vault Crypto User" in json.dumps(document(groups))


def test_a_service_app_with_an_own_signing_key_is_seen() -> None:
    def keys(asked: Asked) -> HttpResponse:
        kid = "own" if asked.url.endswith(f"/discovery/v2.0/keys?appid={BRIDGE}") else "k"
        return json_answer({"keys": [KEYS["keys"][0] | {"kid": kid}]})

    assert states(check(env(), CATALOG, world(keys=keys)))["service_app_keys"] == "warning"


class TestCommand:
    def test_bad_settings_fail_a_pipeline(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BRIDGE_ENTRA__TENANT_ID", "x")
        assert main(["check"]) == 1
        shown = capsys.readouterr().out
        assert "✗ BRIDGE_ENTRA__TENANT_ID" in shown
        assert "failed" in shown.splitlines()[-1]

    def test_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--json"]) == 1
        report = json.loads(capsys.readouterr().out)
        assert report["ok"] is False
        assert {line["state"] for line in report["groups"][0]["lines"]} == {"failed"}

    def test_settings_from_a_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "local.settings.json"
        file.write_text(json.dumps({"Values": {"BRIDGE_TYPO__X": "1"}}), encoding="utf-8")
        assert main(["check", "--settings", str(file)]) == 1
        assert "BRIDGE_TYPO__X" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("text", "said"),
        [("[]", "not a local.settings.json"), ('{"Values": []}', "is expected"), (None, "No such file")],
    )
    def test_a_file_without_settings_is_named(
        self, text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "local.settings.json"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        assert main(["check", "--settings", str(file)]) == 2
        assert f"bridge check: {file}" in (shown := capsys.readouterr().err)
        assert said in shown


REPORT = {
    "ok": True,
    "groups": [{"name": "Settings", "lines": [{"code": "settings", "state": "ok", "title": "fine\x1b[2J"}]}],
}


class _Deployed(BaseHTTPRequestHandler):
    """A deployed app: a check behind a function key, a whoami, a probe."""

    report: object = REPORT

    def do_GET(self) -> None:
        if self.path == "/api/check":
            right = self.headers.get("x-functions-key") == "the-key"
            self._answer(200 if right else 401, self.report if right else None)
        else:
            good = self.headers.get("Authorization") == "Bearer good"
            refused = {"code": "audience_apihub", "detail": "The token is for apihub.", "hint": "Look again."}
            self._answer(200 if good else 401, {"systems": [{"system": "workday"}]} if good else refused)

    def do_POST(self) -> None:
        hops = [{"name": "entra", "ms": 9.5, "outcome": "ok"}, *[{"name": "system", "ms": 1.25, "outcome": "ok"}] * 2]
        self._answer(200, {"system": "workday", "ok": True, "path": "entra_saml", "hops": hops})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode() if document else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def deployed() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Deployed)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestDeployed:
    def test_its_report_is_shown_safely(self, deployed: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--url", deployed, "--key", "the-key"]) == 0
        shown = capsys.readouterr().out
        assert "fine\\x1b[2J" in shown
        assert "\x1b" not in shown

    def test_the_key_comes_from_the_environment_too(self, deployed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FUNCTION_KEY", "the-key")
        assert main(["check", "--url", f"{deployed}/"]) == 0

    def test_a_wrong_key_is_named(self, deployed: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--url", deployed, "--key", "wrong"]) == 2
        assert "function key" in capsys.readouterr().err

    @pytest.mark.parametrize("report", [{"status": "ok"}, [], {"groups": None}], ids=str)
    def test_what_is_no_report_is_not_taken_for_one(
        self, deployed: str, report: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(_Deployed, "report", report)
        assert main(["check", "--url", deployed, "--key", "the-key\r\n"]) == 2
        assert "is this the bridge's address?" in capsys.readouterr().err

    @pytest.mark.parametrize("url", ["http://my-bridge.example", "ftp://my-bridge.example", "my-bridge.example"])
    def test_neither_key_nor_token_goes_out_in_clear(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--url", url, "--key", "the-key"]) == 2
        assert "https" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("token", "status", "said"),
        [("good", 0, "entra_saml, entra ok 9.5 ms → 2 × system ok 2.5 ms"), ("bad", 1, "audience_apihub")],
    )
    def test_a_live_token_walks_each_path(
        self, deployed: str, capsys: pytest.CaptureFixture[str], token: str, status: int, said: str
    ) -> None:
        assert main(["check", "--url", deployed, "--key", "the-key", "--live", token]) == status
        assert said in capsys.readouterr().out
