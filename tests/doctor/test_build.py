"""`dev.py doctor`: the page's folder, and how Pyodide is fetched."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
import threading
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest
import requests

from tools.dev import ROOT
from tools.dev import doctor as made
from tools.dev.doctor import PYODIDE, PYODIDE_LOCK, build, fetch_pyodide, server

FAKE_NPM = """#!{python}
import pathlib, shutil, sys
if {fails}: sys.exit("npm error E404 not found")
assert sys.argv[1:3] == ["pack", "pyodide@{version}"], sys.argv
shutil.copy({package!r}, pathlib.Path(sys.argv[4], "pyodide.tgz"))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A substitute for Pyodide's npm package, with the pinned hash."""
    file = tmp_path / "fake.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for name in (*PYODIDE, PYODIDE_LOCK, "../outside", "console.html"):
            content = (
                b'{"info": {"python": "3"}, "packages": {"affine": {}}}' if name == PYODIDE_LOCK else name.encode()
            )
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    digest = hashlib.sha512(file.read_bytes()).digest()
    monkeypatch.setattr(made, "INTEGRITY", "sha512-" + b64encode(digest).decode())
    return file


def npm(folder: Path, package: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> None:
    folder.mkdir()
    script = FAKE_NPM.format(python=sys.executable, fails=fails, version=made.VERSION, package=str(package))
    (folder / "npm").write_text(script, "utf-8")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


class TestPyodide:
    @pytest.fixture(autouse=True)
    def posix(self) -> None:
        if os.name == "nt":
            pytest.skip("the substitute for npm is a script with a #! line")

    def test_it_is_fetched_from_npm_once(self, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        npm(tmp_path / "bin", package, monkeypatch)
        first = fetch_pyodide(tmp_path / "cache")
        monkeypatch.setenv("PATH", "")
        assert fetch_pyodide(tmp_path / "cache") == first
        assert first.read_bytes() == package.read_bytes()
        assert [file.name for file in (tmp_path / "cache").iterdir()] == [first.name]

    def test_a_damaged_cache_is_fetched_again(
        self, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        npm(tmp_path / "bin", package, monkeypatch)
        fetch_pyodide(tmp_path / "cache").write_bytes(b"half")
        assert fetch_pyodide(tmp_path / "cache").read_bytes() == package.read_bytes()

    def test_another_file_than_the_pinned_one_is_not_used(
        self, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other.tgz"
        other.write_bytes(package.read_bytes() + b"\0")
        npm(tmp_path / "bin", other, monkeypatch)
        with pytest.raises(SystemExit, match="is not the pinned file"):
            fetch_pyodide(tmp_path / "cache")
        assert list((tmp_path / "cache").iterdir()) == []

    def test_without_npm_the_error_says_both_ways_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(SystemExit) as caught:
            fetch_pyodide(tmp_path)
        assert "https://nodejs.org" in str(caught.value)
        assert str(tmp_path / f"pyodide-{made.VERSION}.tgz") in str(caught.value)

    def test_npms_own_words_are_shown_with_the_hint(
        self, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        npm(tmp_path / "bin", package, monkeypatch, fails=True)
        with pytest.raises(SystemExit, match=r"(?s)E404.*npm config set registry"):
            fetch_pyodide(tmp_path / "cache")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_folder_holds_what_the_page_loads_and_no_more(tmp_path: Path, package: Path) -> None:
    build(ROOT, tmp_path / "doctor", package)
    files = contents(tmp_path / "doctor")
    page = {file.name for file in (ROOT / "tools" / "doctor" / "page").iterdir()}
    assert set(files) == page | {"explain.zip", "sizes.json"} | {f"pyodide/{name}" for name in (*PYODIDE, PYODIDE_LOCK)}
    assert json.loads(files["sizes.json"])["explain.zip"] == len(files["explain.zip"])
    assert json.loads(files[f"pyodide/{PYODIDE_LOCK}"]) == {"info": {"python": "3"}, "packages": {}}
    build(ROOT, tmp_path / "doctor", package)
    assert contents(tmp_path / "doctor") == files


def test_the_sources_in_it_are_what_explain_needs(tmp_path: Path, package: Path) -> None:
    build(ROOT, tmp_path / "doctor", package)
    with zipfile.ZipFile(tmp_path / "doctor" / "explain.zip") as archive:
        names = set(archive.namelist())
    assert {"tools/doctor/engine.py", "tools/explain/tables/aadsts.txt"} <= names
    assert not [name for name in names if name.startswith(("bridge/credentials", "bridge/settings", "tools/dev"))]
    assert (tmp_path / "doctor" / "explain.zip").stat().st_size < 300_000


@pytest.mark.parametrize("file", sorted((ROOT / "tools" / "doctor" / "page").iterdir()), ids=lambda file: file.name)
def test_the_page_names_no_foreign_file(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not [word for word in ("http-equiv=refresh", "innerHTML", "localStorage", "@import", "url(") if word in text]
    if file.suffix == ".html":
        assert "https://" not in text


def test_the_server_says_the_types_that_browsers_insist_on(tmp_path: Path) -> None:
    for name in ("a.mjs", "a.wasm", "a.css", "a.js"):
        (tmp_path / name).touch()
    with server(tmp_path, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{running.server_address[1]}"
        types = {}
        for name in ("a.mjs", "a.wasm", "a.css", "a.js"):
            types[name] = requests.get(f"{base}/{name}", timeout=10).headers["Content-Type"]
        with server(tmp_path, running.server_address[1]) as second:
            assert second.server_address[1] != running.server_address[1]
        running.shutdown()
    assert types == {
        "a.mjs": "text/javascript",
        "a.wasm": "application/wasm",
        "a.css": "text/css",
        "a.js": "text/javascript",
    }
