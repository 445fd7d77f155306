"""`dev.py` on a fresh machine: its help, and the making of `.venv`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.test_architecture import imports
from tools.dev import ROOT
from tools.dev import environment as environments
from tools.dev.environment import REQUIREMENTS, environment, run_quietly

DEV = ROOT / "dev.py"
COMMANDS = {*dev.MODULES, *dev.COMMANDS, *dev.ALONE}
OLD_PYTHON = "import runpy, sys; sys.version_info = (3, 10, 14); runpy.run_path('dev.py', run_name='__main__')"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=30, check=False
    )


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("nonsense",), 2), (("--help",), 0), (("-h",), 0)])
def test_help_is_given_and_fits_a_terminal(arguments: tuple[str, ...], status: int) -> None:
    done = _run("dev.py", *arguments)
    text = done.stdout if status == 0 else done.stderr
    assert (done.returncode, text.splitlines()[0]) == (status, "usage: python3 dev.py COMMAND [arguments]")
    assert all(f"\n  {command}" in text for command in COMMANDS)
    assert max(map(len, text.splitlines())) <= 80
    assert ("has no command nonsense" in text) == ("nonsense" in arguments)


@pytest.mark.parametrize("words", ["lint --fixx", "docs troubleshooting", "lock --upgrade x", "package --zip"])
def test_an_unknown_argument_is_refused_before_anything_runs(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(words.split()) == 2
    assert capsys.readouterr().err.startswith(f"dev.py {words.split()[0]} does not know {words.split()[-1]}:")


def test_with_an_older_python_the_needed_version_is_named() -> None:
    done = _run("-c", OLD_PYTHON)
    assert (done.returncode, done.stderr.strip()) == (1, "dev.py needs Python 3.11 or newer; this is 3.10.")


def test_an_older_python_can_parse_the_file_that_says_so() -> None:
    ast.parse(DEV.read_text("utf-8"), feature_version=(3, 7))


INSIDE_THE_PYZ = "explain_pyz_main.py"
FILES = [DEV, *sorted(file for file in (ROOT / "tools" / "dev").glob("*.py") if file.name != INSIDE_THE_PYZ)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_the_standard_library_only(file: Path) -> None:
    names = set(imports(file))
    ours = {name for name in names if name == "tools.dev" or name.startswith("tools.dev.")}
    assert {name.partition(".")[0] for name in names - ours} <= sys.stdlib_module_names


class _Installer:
    """Replaces the two slow steps: making the environment, and pip."""

    def __init__(self, root: Path) -> None:
        self.root, self.titles, self.fails = root, list[str](), False

    def __call__(self, title: str, command: list[str], hint: str) -> None:
        self.titles.append(title)
        if self.fails and "pip" in command:
            sys.exit(hint)
        for name in ("bin/python", "Scripts/python.exe"):
            file = self.root / ".venv" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in REQUIREMENTS:
        (tmp_path / name).write_text("one\n", "utf-8")
    return tmp_path


@pytest.fixture
def installer(root: Path, monkeypatch: pytest.MonkeyPatch) -> _Installer:
    stand_in = _Installer(root)
    monkeypatch.setattr(environments, "run_quietly", stand_in)
    return stand_in


def test_what_azure_installs_is_what_is_tested(root: Path, installer: _Installer) -> None:
    (root / "requirements.txt").write_text(
        "# comment\nlxml==6.1.3 \\\n    --hash=sha256:00\n    # via signxml\nazure==1 ; python_version < '3.13' \\\n",
        "utf-8",
    )
    environment(root)
    pins = (root / ".venv" / "constraints.txt").read_text("utf-8").splitlines()
    assert pins == ["lxml==6.1.3", "azure==1 ; python_version < '3.13'"]


BOTH = ["Making .venv", "Installing what it needs"]


def test_the_environment_is_made_once(root: Path, installer: _Installer) -> None:
    first = environment(root)
    assert (environment(root), installer.titles) == (first, BOTH)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_environment_is_renewed_when_a_requirement_changes(root: Path, installer: _Installer, name: str) -> None:
    environment(root)
    (root / name).write_text("two\n", "utf-8")
    environment(root)
    assert installer.titles == BOTH * 2


def test_the_environment_is_renewed_for_another_python(
    root: Path, installer: _Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(root)
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    environment(root)
    assert installer.titles == BOTH * 2


def test_a_failed_installation_is_tried_again(root: Path, installer: _Installer) -> None:
    installer.fails = True
    with pytest.raises(SystemExit, match="PIP_INDEX_URL"):
        environment(root)
    installer.fails = False
    environment(root)
    assert installer.titles == BOTH * 2


def test_a_failed_step_shows_its_last_lines_and_the_hint(capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys; print('\\n'.join(map(str, range(100))), flush=True); sys.exit('no such package')"
    with pytest.raises(SystemExit) as caught:
        run_quietly("Installing", [sys.executable, "-c", script], "Try a mirror.")
    reported = str(caught.value).splitlines()
    assert ("0" in reported, "99" in reported, "no such package" in reported) == (False, True, True)
    assert reported[-1] == "Installing failed. Try a mirror."
    assert "Installing: failed in" in capfd.readouterr().err
