"""`bridge explain` as a person uses it: sources of the input, what is printed, and the exit status."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.tokens import VERDICTS
from tests.support.env import env
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, claims, good, segment, token
from tests.tokens.cases import CASES, HEADER_CASES
from tests.tokens.test_validate import raw_token
from tools.cli.main import main

EXPECT = [
    "--expect",
    f"aud={BRIDGE}",
    f"aud=api://{BRIDGE}",
    f"iss=https://sts.windows.net/{TENANT}/",
    f"iss=https://login.microsoftonline.com/{TENANT}/v2.0",
    f"tid={TENANT}",
    "scp=access_as_user",
    f"client={CONNECTOR}",
    "guests=no",
]
ONLY_AN_APP_KNOWS_ITS_FORMS = "audience_form: App ID URI in a v2 token"

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls the command; `stdin` is piped into it."""

    def call(*arguments: str, stdin: bytes = b"", columns: int = 80) -> tuple[int, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(["explain", *arguments])
        except SystemExit as exit_:
            status = int(str(exit_.code))
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return call


def code_of(run: Run, *arguments: str, stdin: bytes = b"") -> str | None:
    _, shown = run("--json", *arguments, stdin=stdin)
    code: str | None = json.loads(shown)["code"]
    return code


def test_the_command_line_gives_the_verdict_that_the_app_gives(run: Run) -> None:
    said = {case.id: (code_of(run, "-", *EXPECT, stdin=raw_token(case).encode()), case.code) for case in CASES}
    del said[ONLY_AN_APP_KNOWS_ITS_FORMS]
    assert not {name: pair for name, pair in said.items() if pair[0] != VERDICTS[pair[1]].public_code}


def test_the_same_for_a_whole_header(run: Run) -> None:
    said = {
        case.id: (code_of(run, "-", *EXPECT, stdin=f"Authorization: {case.value or ''}".encode()), case.code)
        for case in HEADER_CASES
    }
    assert not {name: pair for name, pair in said.items() if pair[0] != pair[1]}


def test_a_good_token_is_all_right(run: Run) -> None:
    status, shown = run("-", *EXPECT, stdin=good().encode())
    assert status == 0
    assert "Nothing is wrong with this token" in shown
    assert "signature was not verified" in shown


@pytest.mark.parametrize(
    ("raw", "is_bare"),
    [
        (lambda t: t, True),
        (lambda t: f"Bearer {t}", True),
        (lambda t: f"Authorization: Bearer {t}\r\n", True),
        (lambda t: f'"{t}"\n', True),
        (lambda t: "\n".join(t[i : i + 64] for i in range(0, len(t), 64)), True),
        (lambda t: f"\ufeff{t}", True),
        (lambda t: json.dumps({"token_type": "Bearer", "access_token": t}), False),
        (lambda t: f"GET /api/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {t}\r\n\r\n", False),
        (lambda t: f"curl -H 'Authorization: Bearer {t}' https://bridge.example/api/whoami", False),
    ],
    ids=["bare", "Bearer", "header", "quoted", "broken over lines", "BOM", "token response", "HTTP dump", "curl"],
)
def test_a_token_is_found_however_it_was_copied(run: Run, raw: Callable[[str], str], is_bare: bool) -> None:
    wrapped = raw(good(1, aud="https://apihub.azure.com"))
    assert code_of(run, "-", stdin=wrapped.encode()) == "audience_apihub"
    assert not is_bare or code_of(run, wrapped) == "audience_apihub"


def test_input_comes_from_argument_file_or_standard_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "error.txt"
    file.write_text("AADSTS50105: The signed in user is not assigned", encoding="utf-8")
    for arguments, stdin in (
        (["AADSTS50105"], b""),
        (["--file", str(file)], b""),
        (["-"], b"AADSTS50105"),
        ([], b"AADSTS50105"),
    ):
        assert code_of(run, *arguments, stdin=stdin) == "aadsts_50105"


def test_a_file_may_be_utf_16_as_powershell_writes_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "error.txt"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        file.write_bytes("AADSTS50105".encode(encoding))
        assert code_of(run, "--file", str(file)) == "aadsts_50105", encoding


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["AADSTS50105"], 1),
        (["https://service.flow.microsoft.com//.default"], 0),
        (["nothing that is known"], 2),
        (["AADSTS50105:", "words", "without", "quotes"], 1),
        (["AADSTS50105", "--share"], 1),
        (["AADSTS50105", "--share", "--json"], 2),
        (["AADSTS50105", "--clipboard"], 2),
        (["x", "--expect", "recipient"], 2),
        (["x", "--file", "y"], 2),
        (["--file", "/no/such/file"], 2),
        (["x", "--expect", "aud"], 2),
        (["x", "--expect", "colour=red"], 2),
        (["x", "--expect", "tid=a", "tid=b"], 2),
        (["x", "--expect", "guests=perhaps"], 2),
        (["--no-such-option"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_status_tells_a_pipeline(run: Run, arguments: list[str], status: int) -> None:
    assert run(*arguments)[0] == status


def test_expectations_may_precede_or_follow_the_input(run: Run) -> None:
    raw = good(1, aud="api://other")
    for arguments in (["-", "--expect", "aud=api://x"], ["--expect", "aud=api://x", "--json", "-"]):
        assert "audience_foreign" in run(*arguments, stdin=raw.encode())[1]


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_nothing_but_a_command_is_wider_than_the_terminal(run: Run, columns: int) -> None:
    _, shown = run("-", *EXPECT, stdin=good(1, aud="https://apihub.azure.com").encode(), columns=columns)
    too_wide = [line for line in shown.splitlines() if len(line) > columns and not line.startswith(("  az ", "code "))]
    assert not too_wide


def test_the_decisive_claim_is_marked(run: Run) -> None:
    _, shown = run("-", *EXPECT, stdin=good(exp=int(time.time()) - 7200).encode())
    marked = [line for line in shown.splitlines() if line.startswith("▶")]
    assert len(marked) == 1
    assert marked[0].split()[1] == "exp"
    assert "2 h 0 min ago" in marked[0]


LARGE = {
    "10 MB": b"A" * 10_000_000,
    "10 MB like a token": b"eyJ" + b"A" * 10_000_000,
    "binary": bytes(range(256)) * 4000,
    "lone surrogates": b"\xff\xfe" + b"\x00\xd8" * 1000,
    "deep list": b"[" * 1_000_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "braces": b"{" * 1_000_000,
    "codes without numbers": b"AADSTS" * 150_000,
    "quotes": b"' " * 400_000,
    "token beginnings": b"eyJ.eyJ." * 100_000,
    "many words": b"audience " * 100_000,
    "bidi": "\u202e".encode() * 10_000,
    "spaces": b"x" * 50 + b" " * 1_000_000,
    "one long word": b"aud " + b"x" * 500_000,
    "audiences in JSON": b'{"a":"' + b"audience " * 100_000 + b'"}',
    "audiences": b"audience https://a.b/c " * 40_000,
    "claims": b'"aud": "x", ' * 80_000,
    "SAML words": b"saml assertion signature " * 40_000 + b"invalid missing",
    "percent": b"%41" * 300_000,
    "XML beginnings": b"<Response SAML:2.0>" * 50_000,
    "base64": b"SAMLResponse=" + b"QUJD" * 240_000,
}


class TestHostileInput:
    """A clear output; nothing is executed or stored."""

    @pytest.mark.parametrize("colour", ["", "1"], ids=["plain", "colour"])
    def test_escape_sequences_in_claims_are_shown_not_sent(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, colour: str
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", colour)
        nasty = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u2066\u200b\ud800\x9b31m"
        raw = token({**claims(), "aud": nasty, nasty: nasty})
        _, shown = run("-", *EXPECT, stdin=raw.encode())
        for character in "\x07\u202e\u2066\u200b\ud800\x9b":
            assert character not in shown
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
        assert "\\u202egnp.exe" in shown

    def test_the_same_as_json(self, run: Run) -> None:
        raw = token({**claims(), "aud": "\x1b[2J\u202e\ud800", "x": "\x9b"})
        _, shown = run("--json", "-", stdin=raw.encode())
        assert shown.isascii()
        assert shown.replace("\n", "").isprintable()

    @pytest.mark.parametrize("data", LARGE.values(), ids=LARGE)
    def test_large_deep_and_binary_input_is_explained(self, run: Run, data: bytes) -> None:
        started = time.process_time()
        status, shown = run("-", stdin=data)
        assert time.process_time() - started < 20
        assert status in {0, 1, 2}
        assert len(shown) < 20_000

    def test_a_name_of_a_file_cannot_act_on_the_terminal(self, run: Run) -> None:
        status, shown = run("--file", "\x1b]0;owned\x07")
        assert (status, "\\x1b]0;owned\\x07" in shown, "\x1b" in shown) == (2, True, False)

    def test_a_cut_is_reported(self, run: Run) -> None:
        assert "first 1,000,000 characters" in run("-", stdin=b"A" * 2_000_000)[1]

    @pytest.mark.parametrize("depth", [200, 900, 5000])
    def test_deeply_nested_claims(self, run: Run, depth: int) -> None:
        payload = b'{"exp":9999999999,"deep":' + b"[" * depth + b"]" * depth + b"}"
        raw = f"{segment({'alg': 'RS256', 'kid': 'k'})}.{segment(payload)}.AAAA"
        for option in ([], ["--json"]):
            status, shown = run("-", *option, stdin=raw.encode())
            assert status == 1
            assert len(shown) < 5000

    def test_the_token_itself_is_never_printed(self, run: Run) -> None:
        raw = good(1, aud="https://apihub.azure.com")
        for option in ("--json", "--expect=aud=api://x"):
            assert raw.split(".")[2] not in run("-", option, stdin=raw.encode())[1]


class TestOwnSettings:
    """Where the bridge's settings are in the environment, they say what is expected."""

    @pytest.fixture(autouse=True)
    def _settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in env().items():
            monkeypatch.setenv(name, value)

    @pytest.mark.parametrize("code", ["audience_foreign", "wrong_tenant", "client_not_allowed", "insufficient_scope"])
    def test_the_verdict_is_the_apps(self, run: Run, code: str) -> None:
        case = next(case for case in CASES if case.code == code)
        assert code_of(run, "-", stdin=raw_token(case).encode()) == VERDICTS[code].public_code

    def test_399274_names_the_target_and_the_way_out(self, run: Run) -> None:
        wrote = "AADSTS399274: The application 'http://www.workday.com/contoso_dpt1' is configured for SAML SSO"
        _, shown = run(wrote)
        assert "the target, workday" in shown
        assert "workday: oauth first, then bridge_saml" in shown

    def test_the_connectors_id_is_recognised(self, run: Run) -> None:
        assert "the connector app" in run(f"AADSTS399274: The application with App ID {CONNECTOR} is configured")[1]

    def test_expect_precedes_the_settings(self, run: Run) -> None:
        assert code_of(run, "-", "--expect", f"aud={BRIDGE}", stdin=good(azp="someone-else").encode()) is None

    def test_settings_with_mistakes_are_ignored(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BRIDGE_ENTRA__TENANT_ID", "x")
        assert code_of(run, "-", stdin=good().encode()) is None


class TestNamesOfSettings:
    """The steps are for any API, unless the bridge's settings are in the environment or --bridge is given."""

    @pytest.mark.parametrize("code", ["AADSTS500011", "AADSTS399274", "AADSTS7000215", "scope_near_miss"])
    def test_the_bridges_settings_are_named_with_bridge_only(self, run: Run, code: str) -> None:
        assert "BRIDGE_" not in run(code)[1]
        assert "BRIDGE_" in run(code, "--bridge")[1]

    def test_the_bridges_settings_are_named_where_they_are_set(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in env().items():
            monkeypatch.setenv(name, value)
        assert "BRIDGE_" in run("AADSTS500011")[1]

    def test_for_a_saml_only_target_the_steps_show_the_request_itself(self, run: Run) -> None:
        shown = run("AADSTS399274", "--json")[1]
        assert "requested_token_type=urn:ietf:params:oauth:token-type:saml2" in shown
        assert "grant_type=urn:ietf:params:oauth:grant-type:saml2-bearer" in shown


def test_what_is_shared_holds_no_name(run: Run) -> None:
    _, shown = run("-", "--share", *EXPECT, stdin=good(1, aud="https://apihub.azure.com").encode())
    assert "apihub.azure.com" in shown
    for word in ("adele", "contoso", TENANT, BRIDGE, CONNECTOR):
        assert word not in shown
