#!/usr/bin/env python3
"""Everything for working on the bridge, with nothing but Python 3.11+ and a package index. See `dev.py --help`."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (people start this file with whatever python3 they have)
    sys.exit("dev.py needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))

import fnmatch
import hashlib
import os
import shutil
import subprocess
import threading
import time
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn, Self

ROOT = Path(__file__).resolve().parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
HELP = """\
usage: python3 dev.py COMMAND [arguments]

Needs Python 3.11 or newer and a package index, nothing else. The first command
makes .venv (a minute or so); later ones start at once. PIP_… variables count.

  demo       the whole story against a local sandbox, hop by hop;
             exit status 0 if each step was as it should be
  test       lint, format, types and all tests; arguments go to pytest
             (--fast: the tests only)
  up         sandbox and app until Ctrl-C (--json, --no-app, --set NAME=VALUE)
  bench      the benchmarks, as ratios
  package    dist/obo-saml-bridge.zip, as `az functionapp deployment source
             config-zip` takes it
  bridge …   the bridge's own command line: explain, check, keys, connector,
             catalog; each tells more with --help

Begin with `python3 dev.py demo`. Stuck with a token or an error message?
`python3 dev.py bridge explain`, then paste it.
"""
MODULES = {"demo": "sandbox.demo", "up": "sandbox.up", "bench": "tests.bench", "bridge": "tools"}
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
"""pytest-xdist: a file's tests share one process, and with it the servers that they start. `-n 0` switches it off."""


# --- .venv


class Progress:
    """A line on standard error that says what goes on and for how long; off a terminal, one line per stage."""

    def __init__(self, title: str) -> None:
        self.title, self.detail = title, ""
        self._started = time.monotonic()
        self._done = threading.Event()
        self._drawing = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._drawing.start()
        else:
            print(f"{self.title} …", file=sys.stderr, flush=True)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._done.set()
        if self._drawing.is_alive():
            self._drawing.join()
            print("\r\x1b[K", end="", file=sys.stderr)
        seconds = time.monotonic() - self._started
        print(f"{self.title}: {'failed' if kind else 'done'} in {seconds:.0f} s", file=sys.stderr, flush=True)

    def _draw(self) -> None:
        while not self._done.wait(0.1):
            line = f"{self.title} … {time.monotonic() - self._started:.0f} s  {self.detail}"
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{line[:width]}", end="", file=sys.stderr, flush=True)


def environment(root: Path) -> Path:
    """The Python of `.venv`, made or renewed when the requirements or the Python version changed."""
    venv = root / os.environ.pop("DEV_VENV", ".venv")  # .ci/run has one more; not for what is started from here
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = venv / "requirements.sha256", fingerprint(root)
    if python.exists() and stamp.exists() and stamp.read_text("ascii") == wanted:
        return python
    stamp.unlink(missing_ok=True)
    if Path(sys.prefix) != venv:
        run_quietly("Making .venv", [base_python(), "-m", "venv", "--clear", str(venv)], VENV_HINT)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    run_quietly("Installing what it needs", [*install, "-r", str(root / REQUIREMENTS[-1])], PIP_HINT)
    stamp.write_text(wanted, "ascii")
    return python


VENV_HINT = "On Debian and Ubuntu the venv module is a package of its own: apt install python3-venv"
PIP_HINT = "The lines above are pip's. Behind a proxy or with a mirror, set PIP_PROXY, PIP_INDEX_URL or PIP_CERT."


def fingerprint(root: Path) -> str:
    """Changes with the requirements and with the Python that installs them."""
    digest = hashlib.sha256((sys.implementation.cache_tag or sys.version).encode())
    for name in REQUIREMENTS:
        digest.update(b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def base_python() -> str:
    """The interpreter outside any virtual environment, so that `.venv` never hangs on another one."""
    return str(getattr(sys, "_base_executable", sys.executable))


def run_quietly(title: str, command: list[str], hint: str) -> None:
    """Run with one line of progress; if it fails, show its last lines and the hint, and exit."""
    last: deque[str] = deque(maxlen=15)
    try:
        with Progress(title) as progress:
            _follow(command, last, progress)
    except ChildProcessError:
        sys.exit("\n".join([*last, "", f"{title} failed. {hint}"]))


def _follow(command: list[str], last: deque[str], progress: Progress) -> None:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stdout or ():
            last.append(line.rstrip())
            if line.startswith(("Collecting ", "Installing ")):
                progress.detail = " ".join(line.split()[:3])
    if process.returncode:
        raise ChildProcessError(process.returncode)


def run_inside(python: Path, module: str, arguments: list[str]) -> NoReturn:
    """Become `python -m module` of `.venv`; the folder stays, so that file arguments mean what they say."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    os.environ["PYTHONUTF8"] = "1"
    command = [str(python), "-m", module, *arguments]
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606
    with subprocess.Popen(command) as child:  # Windows has no exec: Ctrl-C reaches both, the child decides
        while True:
            try:
                sys.exit(child.wait())
            except KeyboardInterrupt:
                continue


# --- test


def test(python: Path, arguments: list[str]) -> int:
    """Every check, even after one has failed; pytest comes last and speaks for itself."""
    fast = "--fast" in arguments
    results = {} if fast else {name: check(python, name, command) for name, command in CHECKS.items()}
    pytest = [str(python), "-m", "pytest", *PARALLEL, *(argument for argument in arguments if argument != "--fast")]
    started = time.monotonic()
    results["tests"] = subprocess.run(pytest, cwd=ROOT, check=False).returncode == 0
    report("tests", passed=results["tests"], started=started)
    return 0 if all(results.values()) else 1


def check(python: Path, name: str, command: list[str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [str(python), "-m", *command], cwd=ROOT, check=False, capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode:
        print(done.stdout + done.stderr)
    report(name, passed=done.returncode == 0, started=started)
    return done.returncode == 0


def report(name: str, *, passed: bool, started: float) -> None:
    print(f"{name:<8}{'ok' if passed else 'FAILED':<8}{time.monotonic() - started:6.1f} s", flush=True)


# --- package


UNIX = 3  # the system that a zip entry says it was made on, wherever it is made


def package(root: Path, target: Path) -> Path:
    """Write the deployment zip: what `.funcignore` leaves, byte for byte the same for the same files."""
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:  # stored: compressed bytes differ from zlib to zlib
        for name in sorted(packaged(root)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = UNIX, 0o100644 << 16
            archive.writestr(entry, (root / name).read_bytes())
    return target


def packaged(root: Path) -> Iterator[str]:
    """Names of the files that are deployed, relative to `root`, with forward slashes."""
    patterns = ignore_patterns(root)
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root).as_posix()
        folders[:] = [name for name in folders if not ignored(PurePosixPath(here, name), patterns)]
        yield from (str(path) for path in (PurePosixPath(here, name) for name in files) if not ignored(path, patterns))


def ignore_patterns(root: Path) -> list[str]:
    """`.funcignore`, of which Core Tools understands all and this file a part; the rest is refused, not guessed."""
    lines = (line.strip() for line in (root / ".funcignore").read_text("utf-8").splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    for pattern in patterns:
        if pattern.startswith("!") or "/" in pattern.strip("/") or "**" in pattern:
            sys.exit(f".funcignore: dev.py package does not understand {pattern!r}; use NAME or /NAME, with *")
    return patterns


def ignored(path: PurePosixPath, patterns: list[str]) -> bool:
    """`/NAME` means the top level only, `NAME` any level. `path` is reached from ignored-free parents."""
    top = len(path.parts) == 1
    return any(
        fnmatch.fnmatchcase(path.name, pattern.strip("/")) and (top or not pattern.startswith("/"))
        for pattern in patterns
    )


def describe_package(file: Path) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        count = len(archive.namelist())
    print(f"{file.relative_to(ROOT)}: {count} files, {len(content) / 1024:.0f} KB")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")


def main(arguments: list[str]) -> int:
    command, rest = (arguments or [""])[0], arguments[1:]
    asks = {"-h", "--help"}
    if command in {*asks, "help"} or (command not in ("up", "bridge") and asks & set(rest)):
        print(HELP, end="")
        return 0
    if command == "package":
        describe_package(package(ROOT, ROOT / "dist" / "obo-saml-bridge.zip"))
        return 0
    if command == "test":
        return test(environment(ROOT), rest)
    if command in MODULES:
        run_inside(environment(ROOT), MODULES[command], rest)
    print(HELP, end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
