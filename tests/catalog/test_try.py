"""`bridge catalog try`: the result that callers get from a saved response."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.outbound.support import write_catalog
from tests.support.cases import check_each
from tools.cli.main import main

KEY = """
method = "POST"
path = "/tasks"
kind = "write"
summary = "Create a task"
description = "Creates a task for tests after the person has confirmed."
evidence = "None needed."
next_step = "Nothing."
[rest]
service = "data"
method = "POST"
path = "/tasks"
[outputs.taskId]
type = "string"
title = "Task ID"
description = "The new task."
from = "header:location:key"
"""
OWN = {
    "tasks/system.toml": 'title = "Tasks"\ndescription = "For tests."\n[services]\ndata = "https://{host}/data"\n',
    "tasks/CreateTask.toml": KEY,
    "tasks/BrokenTask.toml": KEY.replace('"POST"', '"FETCH"', 1),
}
INBOX = json.dumps({"total": 30, "data": [{"id": "a1", "descriptor": "Approve", "due": "2026-01-02"}] * 20})
# what is saved, and what is asked of it → the exit status, and what is shown
CASES: dict[str, tuple[str, list[str], int, list[str]]] = {
    "outputs, a page and what is missing": (
        INBOX,
        ["GetMyInboxTasks"],
        0,
        ['"title": "Approve"', '"nextCursor": ', '"total": 30', "Not in this response: tasks.process"],
    ),
    "a refusal": (
        '{"error": "No such task."}',
        ["GetMyInboxTasks", "--status", "404"],
        0,
        ["422 refused_by_system: Workday refused the request: No such task."],
    ),
    "a header by itself": ("", ["CreateTask", "--status", "204", "--header", "Location: /data/tasks(7)"], 0, ['"7"']),
    "all of the response": ("HTTP/2 201 \r\nLocation: /data/tasks('a')\r\n\r\n{}", ["CreateTask"], 0, ['"a"']),
    "a misspelt name": (INBOX, ["GetMyInboxTask"], 2, ["did you mean 'GetMyInboxTasks'?"]),
    "one with a mistake": (INBOX, ["BrokenTask"], 2, ["is left out", "method: expected one of"]),
    "a list": (INBOX, ["ListRegions"], 2, ["'ListRegions' is answered from a list, and calls no system"]),
}


def test_a_saved_response_is_shown_as_the_caller_would_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = write_catalog(tmp_path / "own", OWN), tmp_path / "answer"

    def check(case: tuple[str, list[str], int, list[str]]) -> None:
        saved, arguments, status, shown = case
        file.write_bytes(saved.encode())
        reported = main(["catalog", "try", *arguments, "--answer", str(file), "--folder", str(folder)])
        out, err = capsys.readouterr()
        assert (reported, [one for one in shown if one not in out + err]) == (status, []), out + err

    check_each(CASES, check)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "try", "GetMyProfile", "--answer", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
