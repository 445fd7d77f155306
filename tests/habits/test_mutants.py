"""The list of mutants fits the code, and `dev.py mutate` distinguishes killed mutants from survivors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.dev import ROOT
from tools.dev.mutate import LIST, mutants, mutate

GOOD = """
["bridge/door.py"]
tests = "tests"
mutants = [
  ["everybody enters", "return name in ALLOWED", "return True"],
  ["the greeting is loud", "hello", "HELLO"],
]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose tests notice the first fault, and not the second."""
    files = {
        "bridge/door.py": 'ALLOWED = {"adele"}\nGREETING = "hello"\n\n\ndef opens(name):\n    return name in ALLOWED\n',
        "tests/test_door.py": "from bridge.door import opens\n\n\ndef test_it():\n    assert not opens('eve')\n",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        LIST: GOOD,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_every_text_is_found_and_there_are_enough() -> None:
    rooms = {"tokens", "inbound", "credentials", "signing", "settings", "base", "outbound", "app.py"}
    found = mutants(ROOT)
    assert len(found) >= 60
    assert rooms <= {one.file.split("/")[1] for one in found}
    assert all((ROOT / test).exists() for one in found for test in one.tests)
    assert [one.name for one in found if one.text == one.replacement] == []


def test_a_survivor_is_named_and_the_project_itself_is_never_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in project.rglob("*") if file.is_file()}
    assert mutate(Path(sys.executable), [], project) == 1
    printed = capsys.readouterr().out
    assert "1 of 2 killed" in printed
    assert "survived: bridge/door.py: the greeting is loud" in printed
    assert {file: file.read_bytes() for file in project.rglob("*") if file.is_file()} == before


def test_the_status_is_0_if_none_survives(project: Path) -> None:
    assert mutate(Path(sys.executable), ["enters"], project) == 0


def test_a_word_that_no_mutant_has_is_an_error(project: Path) -> None:
    with pytest.raises(SystemExit, match="contains hall"):
        mutate(Path(sys.executable), ["hall"], project)


@pytest.mark.parametrize(
    ("old", "new"),
    [("return name in ALLOWED", "return name in OTHERS"), ('"hello"', '"o"')],
    ids=["a text that is missing", "a text that occurs twice"],
)
def test_a_text_that_does_not_occur_once_is_an_error(project: Path, old: str, new: str) -> None:
    (project / LIST).write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(SystemExit, match="not found exactly once"):
        mutants(project)


def test_tests_that_do_not_run_kill_nothing(project: Path) -> None:
    (project / LIST).write_text(GOOD.replace('tests = "tests"', 'tests = "tests/nowhere.py"'), "utf-8")
    with pytest.raises(SystemExit, match="pytest ended with 4"):
        mutate(Path(sys.executable), ["enters"], project)
