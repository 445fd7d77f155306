"""`bridge keys`: new, show and check."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from bridge.base.http_client import Client, Deadline
from bridge.signing.signing_keys import load_signing_key
from tools.cli.key_folder import default_folder
from tools.cli.keys import new_pair
from tools.cli.main import main

SETTING = "BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"


@pytest.fixture(scope="module")
def pair() -> str:
    return new_pair("workday", days=365)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


def pasted(output: str) -> x509.Certificate:
    """The certificate in the text under "To paste"."""
    lines = output.partition("To paste")[2].splitlines()[1:]
    text = "".join(line for line in lines[: lines.index("")] if line) if "" in lines else "".join(lines)
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))


def test_new_makes_a_pair_that_the_settings_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workday.pem"
    assert main(["keys", "new", "workday", "--out", str(file), "--days", "90"]) == 0
    loaded = load_signing_key(file.read_text())
    reported = capsys.readouterr().out
    assert 89 <= loaded.days_left(datetime.now(UTC)) <= 90
    assert loaded.key.key_size == 2048
    assert pasted(reported) == loaded.certificate
    assert SETTING in reported
    assert "PRIVATE KEY" not in reported


@pytest.mark.parametrize("marker", [".git", "host.json", "function_app.py", ".funcignore", "azure.yaml"])
def test_new_writes_into_no_project(marker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / marker).write_text("")
    (tmp_path / "deep" / "down").mkdir(parents=True)
    link = tmp_path.parent / f"link-{marker}"
    link.symlink_to(tmp_path / "deep")
    for file in (tmp_path / "k.pem", tmp_path / "deep" / "down" / "k.pem", tmp_path / "new" / "k.pem", link / "k.pem"):
        assert main(["keys", "new", "workday", "--out", str(file)]) == 2
        assert not file.exists()
    assert "outside" in capsys.readouterr().err


def test_new_writes_outside_the_project_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(Path(__file__).parents[2])
    before = set(Path.cwd().iterdir())
    assert main(["keys", "new", "workday"]) == 0
    [file] = tmp_path.rglob("*.pem")
    assert file.parent == default_folder(os.environ)
    assert set(Path.cwd().iterdir()) == before
    assert str(file) in "".join(capsys.readouterr().out.split()), "long paths are wrapped"


def test_the_default_folder_follows_the_operating_system() -> None:
    home = {"HOME": "/home/ann", "LOCALAPPDATA": "/c/ann", "XDG_CONFIG_HOME": ""}
    folders = {name: default_folder(home, name).as_posix() for name in ("linux", "darwin", "win32")}
    assert folders == {
        "linux": "/home/ann/.config/obo-saml-bridge/keys",
        "darwin": "/home/ann/Library/Application Support/obo-saml-bridge/keys",
        "win32": "/c/ann/obo-saml-bridge/keys",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such mode")
def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "workday.pem"
    main(["keys", "new", "workday", "--out", str(file)])
    assert file.stat().st_mode & 0o777 == 0o600


def test_new_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workday.pem"
    file.write_text("precious")
    assert main(["keys", "new", "workday", "--out", str(file)]) == 1
    assert file.read_text() == "precious"
    assert "was not written: File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["Work day"], ["../x"], ["workday", "--days", "0"], ["workday", "--days", "9999"]]
)
def test_new_refuses_wrong_use(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["keys", "new", *arguments]) == 2
    assert list(tmp_path.iterdir()) == []


def forms(pair: str) -> dict[str, bytes]:
    """The formats in which people have a certificate."""
    loaded = load_signing_key(pair)
    return {
        "PEM pair": pair.encode(),
        "certificate PEM": loaded.certificate.public_bytes(Encoding.PEM),
        "certificate DER": loaded.certificate.public_bytes(Encoding.DER),
        "PFX": pkcs12.serialize_key_and_certificates(
            b"x", loaded.signer(Client(), Deadline(1)), loaded.certificate, None, BestAvailableEncryption(b"pw")
        ),
    }


@pytest.mark.parametrize("form", ["PEM pair", "certificate PEM", "certificate DER", "PFX"])
def test_show_prints_the_same_for_each_format(
    form: str, pair: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: "pw")
    file = tmp_path / "file"
    file.write_bytes(forms(pair)[form])
    assert main(["keys", "show", str(file), "--password"]) == 0
    reported = capsys.readouterr().out
    assert pasted(reported) == load_signing_key(pair).certificate
    assert "364 days left" in reported


def test_show_reads_standard_input(
    pair: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pair.encode())))
    assert main(["keys", "show", "-"]) == 0
    assert "CN=workday" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "status"), [(b"\x00\xff\x1b[31m", 1), (b"", 1), (None, 2)], ids=["not one", "empty", "no file"]
)
def test_show_names_what_it_cannot_read(
    content: bytes | None, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    assert main(["keys", "show", str(file)]) == status
    shown = capsys.readouterr()
    assert shown.out + shown.err
    assert "\x1b" not in shown.out + shown.err


def test_show_needs_a_terminal_to_ask_for_a_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_terminal(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", no_terminal)
    assert main(["keys", "show", str(tmp_path / "file"), "--password"]) == 2
    assert "there is none" in capsys.readouterr().err


def test_check_accepts_good_certificates(
    pair: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, pair)
    assert main(["keys", "check", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["certificates"]
    assert (found["setting"], found["problem"], found["fix"]) == (SETTING, None, None)
    assert found["thumbprint"] == load_signing_key(pair).thumbprint


@pytest.mark.parametrize(
    ("text", "status", "reported"),
    [
        ("not sense!", 1, "neither PEM nor Base64"),
        ("@Microsoft.KeyVault(SecretUri=x)", 1, "Azure did not resolve"),
        (new_pair("w", days=3, now=datetime.now(UTC) - timedelta(days=5)), 1, "expired"),
        (new_pair("w", days=31), 0, "Replace it now"),
    ],
    ids=["nonsense", "unresolved", "expired", "expires soon"],
)
def test_check_says_what_to_fix(
    text: str, status: int, reported: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, text)
    assert main(["keys", "check"]) == status
    said = " ".join(capsys.readouterr().out.split())
    assert SETTING in said
    assert reported in said


def test_check_without_certificates_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "check"]) == 0
    assert "No certificate" in capsys.readouterr().out
