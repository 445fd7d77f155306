"""`.venv`: made on first use, renewed when a requirements file or the Python version changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Self

from tools.dev import ROOT

REQUIREMENTS = ("requirements.in", "requirements.txt", "requirements-dev.txt")
VENV_HINT = "On Debian and Ubuntu the venv module is a package of its own: apt install python3-venv"
PIP_HINT = "The lines above are pip's. Behind a proxy or with a mirror, set PIP_PROXY, PIP_INDEX_URL or PIP_CERT."
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off")


class Progress:
    """Shows on standard error what is being done and for how long: on a terminal in a line that is drawn again."""

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
    venv = root / os.environ.pop("DEV_VENV", ".venv")  # .ci/run has a second one; child processes must not see it
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = venv / "requirements.sha256", fingerprint(root)
    if python.exists() and stamp.exists() and stamp.read_text("ascii") == wanted:
        return python
    stamp.unlink(missing_ok=True)
    if Path(sys.prefix) != venv:
        run_quietly("Making .venv", [base_python(), "-m", "venv", "--clear", str(venv)], VENV_HINT)
    pins = venv / "constraints.txt"
    pins.write_text("\n".join(pinned(root)), "utf-8")
    install = ["-r", str(root / REQUIREMENTS[-1]), "-c", str(pins)]
    run_quietly("Installing what it needs", [str(python), *PIP, *install], PIP_HINT)
    stamp.write_text(wanted, "ascii")
    return python


def pinned(root: Path) -> Iterator[str]:
    """The versions that Azure installs, as constraints. Without hashes: the development tools have none."""
    for line in (root / "requirements.txt").read_text("utf-8").splitlines():
        if "==" in line and line[0].isalnum():
            yield line.removesuffix("\\").strip()


def add_tool(python: Path, requirement: str) -> None:
    """Install a tool that only one command needs. The first start does not wait for it."""
    run_quietly(f"Installing {requirement}", [str(python), *PIP, requirement], PIP_HINT)


def fingerprint(root: Path) -> str:
    """Changes with the requirements and with the Python that installs them."""
    digest = hashlib.sha256((sys.implementation.cache_tag or sys.version).encode())
    for name in REQUIREMENTS:
        digest.update(b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def base_python() -> str:
    """The interpreter outside any virtual environment, so that `.venv` never depends on another one."""
    return str(getattr(sys, "_base_executable", sys.executable))


def run_quietly(title: str, command: list[str], hint: str) -> None:
    """Run the command with one line of progress. If it fails, exit with its last lines and the hint."""
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
    """Become `python -m module` of `.venv`, in the current folder: arguments may be relative paths."""
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
