"""Makes `dist/doctor/`, the page that explains tokens and errors in the browser, and serves it on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tarfile
import tempfile
import webbrowser
import zipfile
from base64 import b64encode
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.dev.environment import run_quietly
from tools.dev.explain_pyz import add, explain_files

VERSION = "314.0.7"
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
"""Pyodide on npm: `npm view pyodide@VERSION dist.integrity`."""
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
PYODIDE_LOCK = "pyodide-lock.json"
PORT = 8314

_ENGINE = ("tools.doctor.engine",)
_COUNTED = ("explain.zip", *(f"pyodide/{name}" for name in ("pyodide.asm.wasm", "python_stdlib.zip", PYODIDE_LOCK)))
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}
_NO_NPM = (
    "dev.py doctor needs npm, once, to fetch Pyodide (Python for the browser), and found none. Install Node.js from "
    "https://nodejs.org, or put pyodide-{version}.tgz of the npm registry at {file}"
)
_HINT = "The lines above are npm's. A mirror or proxy is npm's own setting: npm config set registry, https-proxy."


def doctor(root: Path, target: Path, arguments: list[str]) -> int:
    """Make the page. With `--serve`, also open it, and serve it until Ctrl-C."""
    build(root, target, fetch_pyodide(cache_folder()))
    print(f"{target.relative_to(root).as_posix()}/: {megabytes(target):.1f} MB. Copy the folder to any web server.")
    return serve(target) if "--serve" in arguments else 0


def megabytes(folder: Path) -> float:
    """The size of all files in it."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def cache_folder() -> Path:
    """The folder that keeps downloads between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(base) / "obo-saml-bridge"


def fetch_pyodide(cache: Path) -> Path:
    """The npm package, from the cache or by npm. Exits if npm is missing, or if the file is not the pinned one."""
    package = cache / f"pyodide-{VERSION}.tgz"
    if package.exists() and is_pinned(package):
        return package
    npm = shutil.which("npm")
    if npm is None:
        sys.exit(_NO_NPM.format(version=VERSION, file=package))
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [npm, "pack", f"pyodide@{VERSION}", "--pack-destination", folder]
        run_quietly(f"Fetching Pyodide {VERSION}", command, _HINT)
        fetched = next(Path(folder).glob("*.tgz"))
        if not is_pinned(fetched):
            sys.exit(f"What npm gave for pyodide@{VERSION} is not the pinned file ({INTEGRITY}). It was not used.")
        fetched.replace(package)
    return package


def is_pinned(file: Path) -> bool:
    """Whether the file has the pinned SHA-512 hash."""
    return "sha512-" + b64encode(hashlib.sha512(file.read_bytes()).digest()).decode("ascii") == INTEGRITY


def build(root: Path, target: Path, pyodide: Path) -> None:
    """Write the page's folder anew: the page, the sources of `explain`, and Pyodide."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root / "tools" / "doctor" / "page", target)
    with zipfile.ZipFile(target / "explain.zip", "w") as archive:
        for name in explain_files(root, _ENGINE):
            add(archive, name, (root / name).read_bytes())
    unpack(pyodide, target / "pyodide")
    sizes = {name: (target / name).stat().st_size for name in _COUNTED}
    (target / "sizes.json").write_text(json.dumps(sizes), "utf-8")


def unpack(package: Path, target: Path) -> None:
    """The files of Pyodide that the page loads. Its list of packages is emptied: the page loads none."""
    target.mkdir()
    with tarfile.open(package) as archive:
        for name in (*PYODIDE, PYODIDE_LOCK):
            stream = archive.extractfile(f"package/{name}")
            if stream is None:
                raise ValueError(f"{name} is not a file")
            (target / name).write_bytes(stream.read())
    lock = json.loads((target / PYODIDE_LOCK).read_bytes())
    (target / PYODIDE_LOCK).write_text(json.dumps({**lock, "packages": {}}), "utf-8")


class Handler(SimpleHTTPRequestHandler):
    """Serves the folder with the media types that browsers require, whatever the registry of Windows says."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **_TYPES}  # noqa: RUF012

    def end_headers(self) -> None:
        """The browser asks again, so that it loads the new files after a rebuild."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the browser's Network tab shows the requests."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for this machine alone; on another free port if this one is taken."""
    handler = partial(Handler, directory=str(folder))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return ThreadingHTTPServer(("127.0.0.1", 0), handler)


def serve(folder: Path) -> int:
    """Open the page in a browser, and serve it until Ctrl-C."""
    with server(folder, PORT) as running:
        address = f"http://127.0.0.1:{running.server_address[1]}/"
        print(f"{address}  (Ctrl-C ends)", flush=True)
        webbrowser.open(address)
        running.serve_forever()
    return 0
