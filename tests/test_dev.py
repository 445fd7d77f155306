"""`dev.py`: what a fresh machine meets first, and what is deployed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dev

DEV = dev.ROOT / "dev.py"
OLD_PYTHON = "import runpy, sys; sys.version_info = (3, 10, 14); runpy.run_path('dev.py', run_name='__main__')"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=dev.ROOT, capture_output=True, encoding="utf-8", timeout=30, check=False
    )


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("nonsense",), 2), (("--help",), 0), (("-h",), 0)])
def test_help_is_given_and_fits_a_terminal(arguments: tuple[str, ...], status: int) -> None:
    done = _run("dev.py", *arguments)
    text = done.stdout if status == 0 else done.stderr
    assert (done.returncode, text.splitlines()[0]) == (status, "usage: python3 dev.py COMMAND [arguments]")
    assert all(f"\n  {command}" in text for command in ("demo", "test", "up", "bench", "package", "bridge"))
    assert max(map(len, text.splitlines())) <= 80


def test_an_older_python_is_told_what_is_needed() -> None:
    done = _run("-c", OLD_PYTHON)
    assert (done.returncode, done.stderr.strip()) == (1, "dev.py needs Python 3.11 or newer; this is 3.10.")


def test_an_older_python_gets_as_far_as_that_message() -> None:
    ast.parse(DEV.read_text("utf-8"), feature_version=(3, 7))


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.walk(ast.parse(DEV.read_text("utf-8")))
    names = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        str(node.module) for node in ast.walk(ast.parse(DEV.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


class _Installer:
    """Stands in for the two slow steps: making the environment, and pip."""

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
    for name in dev.REQUIREMENTS:
        (tmp_path / name).write_text("one\n", "utf-8")
    return tmp_path


@pytest.fixture
def installer(root: Path, monkeypatch: pytest.MonkeyPatch) -> _Installer:
    stand_in = _Installer(root)
    monkeypatch.setattr(dev, "run_quietly", stand_in)
    return stand_in


BOTH = ["Making .venv", "Installing what it needs"]


def test_the_environment_is_made_once(root: Path, installer: _Installer) -> None:
    first = dev.environment(root)
    assert (dev.environment(root), installer.titles) == (first, BOTH)


@pytest.mark.parametrize("name", dev.REQUIREMENTS)
def test_the_environment_is_renewed_when_a_requirement_changes(root: Path, installer: _Installer, name: str) -> None:
    dev.environment(root)
    (root / name).write_text("two\n", "utf-8")
    dev.environment(root)
    assert installer.titles == BOTH * 2


def test_the_environment_is_renewed_for_another_python(
    root: Path, installer: _Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.environment(root)
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    dev.environment(root)
    assert installer.titles == BOTH * 2


def test_a_failed_installation_is_tried_again(root: Path, installer: _Installer) -> None:
    installer.fails = True
    with pytest.raises(SystemExit, match="PIP_INDEX_URL"):
        dev.environment(root)
    installer.fails = False
    dev.environment(root)
    assert installer.titles == BOTH * 2


def test_a_failed_step_shows_its_last_lines_and_the_hint(capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys; print('\\n'.join(map(str, range(100))), flush=True); sys.exit('no such package')"
    with pytest.raises(SystemExit) as caught:
        dev.run_quietly("Installing", [sys.executable, "-c", script], "Try a mirror.")
    told = str(caught.value).splitlines()
    assert ("0" in told, "99" in told, "no such package" in told) == (False, True, True)
    assert told[-1] == "Installing failed. Try a mirror."
    assert "Installing: failed in" in capfd.readouterr().err


def test_the_package_holds_exactly_what_runs() -> None:
    names = set(dev.packaged(dev.ROOT))
    assert names >= {"function_app.py", "host.json", "requirements.txt", "bridge/app.py"}
    beside = {name for name in names if not name.startswith("bridge/")}
    assert beside == {"function_app.py", "host.json", "requirements.txt"}
    assert not [name for name in names if "__pycache__" in name or "/." in name]


def test_the_package_starts_and_answers_without_the_rest_of_the_repository(tmp_path: Path) -> None:
    with zipfile.ZipFile(dev.package(dev.ROOT, tmp_path / "zip")) as archive:
        archive.extractall(tmp_path)
    script = "import bridge, function_app; print(bridge.__file__, len(function_app.app.get_functions()))"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    file, functions = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert int(functions) > 7


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = ["host.json", "bridge/b.py", "bridge/a.py", "bridge/docs/x.md", "bridge/__pycache__/a.pyc", "docs/x.md"]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    (tmp_path / ".funcignore").write_text("# comment\n\n.*\n/docs\n__pycache__\n/dist\n", "utf-8")
    return tmp_path


def test_the_package_is_the_same_for_the_same_files(tree: Path) -> None:
    first = dev.package(tree, tree / "dist" / "zip").read_bytes()
    os.utime(tree / "bridge" / "a.py", (1e9, 1e9))
    (tree / "bridge" / "a.py").chmod(0o600)
    assert dev.package(tree, tree / "dist" / "zip").read_bytes() == first


def test_funcignore_is_honoured_at_the_level_it_names(tree: Path) -> None:
    with zipfile.ZipFile(dev.package(tree, tree / "dist" / "zip")) as archive:
        assert archive.namelist() == ["bridge/a.py", "bridge/b.py", "bridge/docs/x.md", "host.json"]
        assert archive.read("host.json") == b"host.json"


@pytest.mark.parametrize("pattern", ["!keep", "a/b", "**", "/a/b"])
def test_a_pattern_that_is_not_understood_is_refused(tree: Path, pattern: str) -> None:
    (tree / ".funcignore").write_text(pattern, "utf-8")
    with pytest.raises(SystemExit, match="does not understand"):
        dev.package(tree, tree / "dist" / "zip")
