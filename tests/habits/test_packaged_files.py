"""What is deployed: an allow-list, written twice (`dev.py package` and `.funcignore`), and never a private key."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from pathspec import GitIgnoreSpec

from tools.dev import ROOT
from tools.dev.package import FILES, package, packaged

RUNS = [
    *("function_app.py", "host.json", "requirements.txt"),
    *("bridge/__init__.py", "bridge/app.py", "bridge/catalog/workday/GetMe.toml", "bridge/catalog/workday/GetMe.xml"),
    *("own/shop/system.toml", "own/shop/lists/colors.toml", "own/shop/PlaceOrder.xml"),
]
TRAPS = [
    *("dev.py", "README.md", "local.settings.json", "local.settings.sample.json", "requirements.in"),
    *("requirements-dev.txt", "own2/shop/system.toml", "mybridge/app.py", "bridge.py", "own.toml"),
    *("token.txt", "prod.env", ".env", "answer.json", ".funcignore", ".gitignore", "pyproject.toml", "azure.yaml"),
    *("tools/__init__.py", "tests/test_x.py", "sandbox/up.py", "docs/bridge/app.py", "examples/own/system.toml"),
    *(".git/config", ".venv/lib/x.py", ".vscode/bridge.py", "dist/old.zip", "deploy/settings.env", "infra/main.bicep"),
    *("bridge/notes.txt", "bridge/catalog/workday/README.md", "bridge/api/token", "own/notes.md"),
    "own/shop/secret.json",
]
"""Files of a work folder that are never deployed."""
BEGIN_ALIKE = ["bridge/__pycache__/app.cpython-311.pyc", "bridge/app.py.orig", "host.json.bak"]
"""Never deployed by `dev.py package` or azd. Core Tools compares only the beginning of a name, and deploys these."""
OF_PUBLISH = ".python_packages/lib/site-packages/lxml/etree.so"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in [*RUNS, *TRAPS, *BEGIN_ALIKE, OF_PUBLISH]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    return tmp_path


def funcignore() -> str:
    return (ROOT / ".funcignore").read_text("utf-8")


def core_tools(patterns: str) -> re.Pattern[str]:
    """The rules of Core Tools as one regular expression. See GitIgnoreParser.cs in azure-functions-core-tools: files
    only, lines with ! win, a line matches the beginning of a name. Valid for lists that begin with /*.
    """
    lines = [line.strip() for line in patterns.splitlines()]
    assert next(line for line in lines if line and not line.startswith("#")) == "/*"
    allowed = [re.escape(line[1:].removeprefix("/")) for line in lines if line.startswith("!")]
    return re.compile("|".join(one.replace(r"\*\*", ".+").replace(r"\*", "[^/]+") for one in allowed))


def test_only_what_runs_is_packaged(tree: Path) -> None:
    assert sorted(packaged(tree)) == sorted(RUNS)


def test_azd_packages_the_same_by_funcignore(tree: Path) -> None:
    names = {file.relative_to(tree).as_posix() for file in tree.rglob("*") if file.is_file()}
    ignored = set(GitIgnoreSpec.from_lines(funcignore().splitlines()).match_files(names))
    assert names - ignored == {*RUNS, OF_PUBLISH}


def test_git_judges_funcignore_alike(tree: Path) -> None:
    """Git does not enter ignored folders, as azd does not; other readers of these rules do."""
    (tree / ".gitignore").write_text(funcignore(), "utf-8")
    subprocess.run(["git", "init", "--quiet", str(tree / "repository")], check=True, timeout=30)
    git = ["git", f"--git-dir={tree / 'repository' / '.git'}", f"--work-tree={tree}"]
    done = subprocess.run(
        [*git, "ls-files", "-o", "--exclude-standard"], cwd=tree, check=True, capture_output=True, encoding="utf-8"
    )
    assert set(done.stdout.splitlines()) == {*RUNS, OF_PUBLISH}


def test_core_tools_packages_the_same_but_for_names_that_begin_alike() -> None:
    accepts = core_tools(funcignore())
    accepted = {name for name in [*RUNS, *TRAPS, *BEGIN_ALIKE, OF_PUBLISH] if accepts.match(name)}
    assert accepted == {*RUNS, *BEGIN_ALIKE, OF_PUBLISH}


def test_the_projects_own_package_holds_what_runs_and_nothing_else() -> None:
    names = set(packaged(ROOT))
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout
    assert names == {name for name in tracked.splitlines() if name.startswith("bridge/") or name in FILES}


def test_it_starts_and_answers_without_the_rest_of_the_repository(tmp_path: Path) -> None:
    with zipfile.ZipFile(package(ROOT, tmp_path / "zip")) as archive:
        archive.extractall(tmp_path)
    script = "import bridge, function_app; print(bridge.__file__, len(function_app.app.get_functions()))"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "PYTHON"))}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=True)
    file, functions = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert int(functions) > 7


def test_the_zip_is_the_same_for_the_same_files(tree: Path) -> None:
    first = package(tree, tree / "dist" / "zip").read_bytes()
    os.utime(tree / "bridge" / "app.py", (1e9, 1e9))
    (tree / "bridge" / "app.py").chmod(0o600)
    assert package(tree, tree / "dist" / "zip").read_bytes() == first


# --- private keys

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
OPEN, LOCKED = NoEncryption(), BestAvailableEncryption(b"secret")


PKCS8 = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, OPEN)
PFX = pkcs12.serialize_key_and_certificates(b"signing", RSA, None, None, LOCKED)
KEYS = {
    "PKCS #8 PEM": PKCS8,
    "encrypted PEM": RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, LOCKED),
    "PKCS #1 PEM": RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, OPEN),
    "SEC 1 PEM": EC.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, OPEN),
    "OpenSSH": RSA.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, OPEN),
    "PEM in the middle of a file": b'title = "x"\nkey = """\n' + PKCS8 + b'"""\n',
    "PEM on one line, with escapes": b'key = "' + PKCS8.replace(b"\n", b"\\n") + b'"\n',
    "PEM in UTF-16": PKCS8.decode().encode("utf-16"),
    "PKCS #8 DER": RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, OPEN),
    "PKCS #1 DER": RSA.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, OPEN),
    "SEC 1 DER": EC.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, OPEN),
    "PFX": PFX,
    "PFX in base64": b'certificate = "' + base64.b64encode(PFX) + b'"\n',
}


FOUND = {
    **{form: ("own/shop/system.toml", content) for form, content in KEYS.items()},
    **{f"in {name}": (name, PKCS8) for name in ("bridge/app.py", "own/shop/notes.md", "own/anything", "host.json")},
    **{name: (name, b"") for name in ("bridge/signing.pem", "own/Signing.PFX", "own/shop/tls.key", "own/id_rsa")},
}
"""By its form, in every file of the packaged folders, and by a file's name alone."""


@pytest.mark.parametrize(("name", "content"), FOUND.values(), ids=FOUND)
def test_a_private_key_stops_the_package(tree: Path, name: str, content: bytes) -> None:
    (tree / name).write_bytes(content)
    with pytest.raises(SystemExit, match=f"private key in {re.escape(name)}\\."):
        package(tree, tree / "dist" / "zip")
    assert not (tree / "dist" / "zip").exists()


@pytest.mark.parametrize(
    "content",
    [
        'pattern = "-----BEGIN PRIVATE KEY-----"',
        "-----BEGIN CERTIFICATE-----\nMIICpDCCAYwCCQDU+pQ4nEHXqzANBgkqhkiG9w0BAQsFADAUMRIwEAYDVQQDDAls\n",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJX\n",
    ],
    ids=["the words alone", "a certificate", "a public key"],
)
def test_what_is_no_private_key_is_packaged(tree: Path, content: str) -> None:
    (tree / "bridge" / "app.py").write_text(content, "utf-8")
    with zipfile.ZipFile(package(tree, tree / "dist" / "zip")) as archive:
        assert archive.read("bridge/app.py").decode() == content


@pytest.mark.parametrize(
    "name",
    [
        *("workday-signing.pem", "deploy/a.pfx", "bridge/b.key", "own/tls.key", "c.p12"),
        *("prod.env", "token.txt", ".python_packages/x", "dist/x.zip"),
    ],
)
def test_git_add_leaves_out_keys_and_what_the_commands_write(name: str) -> None:
    assert subprocess.run(["git", "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False).returncode == 0


def test_no_tracked_file_is_ignored() -> None:
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout == b""
