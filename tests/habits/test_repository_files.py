"""Workflows, forms and editor files: they parse, have the expected shape, and name existing files and commands."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.habits.test_requirements import PYTHONS
from tests.support.cases import for_each
from tests.test_docs import wrong
from tools.dev import ROOT
from tools.lint.document import mapping

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(file for file in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if file.name != "config.yml")
YAML = [
    *WORKFLOWS,
    *FORMS,
    GITHUB / "ISSUE_TEMPLATE" / "config.yml",
    GITHUB / "dependabot.yml",
    ROOT / ".pre-commit-config.yaml",
]
JSON = [*sorted((ROOT / ".vscode").glob("*.json")), *(ROOT / ".devcontainer").glob("*.json")]
ACTIONS = {
    "actions/checkout": "v6",
    "actions/setup-python": "v6",
    "actions/upload-artifact": "v6",
    "actions/upload-pages-artifact": "v4",
    "actions/deploy-pages": "v4",
    "actions/attest-build-provenance": "v3",
    "actions/dependency-review-action": "v4",
    "azure/login": "v2",
    "github/codeql-action/init": "v4",
    "github/codeql-action/analyze": "v4",
}
"""Every action that a workflow uses, all of GitHub's and Microsoft's own, with its major version."""
WRITES = {
    "code-scanning": {"security-events"},
    "release": {"contents", "id-token", "attestations", "pages"},
    "deploy": {"id-token"},
}
"""Workflow → what it may write. `id-token` is how it signs in without a secret."""
STEP = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "uses": {"type": "string", "pattern": "^[a-z-]+(?:/[a-z-]+){1,2}@v[0-9]+$"},
        "run": {"type": "string"},
        "if": {"type": "string"},
        "with": {"type": "object"},
        "env": {"type": "object"},
    },
    "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
    "additionalProperties": False,
}
WORKFLOW = {
    "type": "object",
    "required": ["name", "permissions", "jobs"],
    "properties": {
        "jobs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "required": ["runs-on", "steps"],
                "properties": {"steps": {"type": "array", "minItems": 1, "items": STEP}},
            },
        }
    },
}
FIELD = {
    "type": "object",
    "required": ["type", "attributes"],
    "properties": {
        "type": {"enum": ["markdown", "input", "textarea", "dropdown", "checkboxes"]},
        "id": {"type": "string", "pattern": "^[a-z_]+$"},
        "attributes": {"type": "object", "anyOf": [{"required": ["label"]}, {"required": ["value"]}]},
        "validations": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "additionalProperties": False,
}
FORM = {
    "type": "object",
    "required": ["name", "description", "body"],
    "properties": {"body": {"type": "array", "minItems": 1, "items": FIELD}},
}


def read(file: Path) -> Any:
    text = file.read_text("utf-8")
    return yaml.safe_load(text) if file.suffix in {".yml", ".yaml"} else json.loads(text)


def names(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@for_each([*YAML, *JSON], names)
def test_it_parses_as_an_object(file: Path) -> None:
    assert mapping(read(file))


@for_each(WORKFLOWS, names)
def test_a_workflow_has_its_shape_and_uses_known_actions(file: Path) -> None:
    workflow = read(file)
    jsonschema.validate(workflow, WORKFLOW)
    assert workflow[True], "YAML 1.1 reads `on` as true"
    used = {step["uses"] for step in steps(workflow) if "uses" in step}
    assert used <= {f"{action}@{version}" for action, version in ACTIONS.items()}


@for_each(WORKFLOWS, names)
def test_a_workflow_has_the_write_permissions_of_the_table_alone(file: Path) -> None:
    workflow = read(file)
    granted = [workflow["permissions"], *(job.get("permissions", {}) for job in workflow["jobs"].values())]
    writes = {scope for grant in granted for scope, right in grant.items() if right == "write"}
    assert writes == WRITES.get(file.stem, set())
    checkouts = [step for step in steps(workflow) if "checkout" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@for_each(WORKFLOWS, names)
def test_a_workflow_puts_no_expression_into_a_script(file: Path) -> None:
    """The value of `${{ … }}` becomes part of the script: a branch's name could be a command."""
    assert not [step["run"] for step in steps(read(file)) if "${{" in step.get("run", "")]


def test_the_tests_run_on_every_python_that_is_promised_and_on_windows() -> None:
    matrix = read(GITHUB / "workflows" / "test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS
    assert {os.partition("-")[0] for os in matrix["os"]} == {"ubuntu", "windows"}


@for_each(FORMS, names)
def test_an_issue_form_has_its_shape_and_asks_for_an_explanation_without_secrets(file: Path) -> None:
    form = read(file)
    jsonschema.validate(form, FORM)
    ids = [field["id"] for field in form["body"] if "id" in field]
    assert len(ids) == len(set(ids))
    assert "bridge explain --share" in json.dumps(form)


def test_commands_that_are_named_exist_with_their_options() -> None:
    texts = [file.read_text("utf-8") for file in (*YAML, *JSON, GITHUB / "pull_request_template.md")]
    named = [command for text in texts for command in re.findall(r'python3? dev\.py [^`"\n]+', text)]
    assert len(named) > 15
    assert [said for command in named if (said := wrong(command))] == []


@for_each([*YAML, *JSON, ROOT / ".editorconfig"], names)
def test_files_that_are_named_exist(file: Path) -> None:
    text = re.sub(r"https?://\S+|ghcr\.io/\S+|mcr\.microsoft\.com/\S+|uses: \S+", "", file.read_text("utf-8"))
    named = re.findall(r"(?<![\w./-])((?:docs|tests|tools|\.ci)/[\w./-]+|[A-Z]+\.md|requirements\.\w+)\b", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_private_key_does_not_pass_the_commit_hook() -> None:
    repositories = read(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = {hook["id"]: hook for one in repositories for hook in one["hooks"]}
    assert "detect-private-key" in hooks
    files, keys = re.compile(hooks["key-files"]["files"]), ["workday-signing.pem", "own/x.pfx", "a.key"]
    assert [name for name in (*keys, "bridge/app.py") if files.search(name)] == keys


def test_text_files_are_as_editorconfig_says() -> None:
    """Line ends, a last line end, no space at an end of line."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name and not name.endswith(".xsd")]
    assert [file for file in files if file.is_file() and not _is_tidy(file.read_bytes())] == []


def _is_tidy(content: bytes) -> bool:
    if not content or b"\0" in content:
        return True
    return content.endswith(b"\n") and b"\r" not in content and not re.search(rb"[ \t]\n", content)


def test_every_task_of_the_editor_that_is_needed_exists() -> None:
    tasks = {task["label"]: task for task in read(ROOT / ".vscode" / "tasks.json")["tasks"]}
    wanted = {task["dependsOn"] for task in tasks.values() if "dependsOn" in task}
    wanted |= {one["preLaunchTask"] for one in read(ROOT / ".vscode" / "launch.json")["configurations"]}
    assert wanted <= tasks.keys()
    assert tasks["func: host start"]["type"] == "func"


def steps(workflow: Any) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]
