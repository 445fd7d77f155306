"""The rooms of the bridge: who may know whom (see "How it is built" in the README)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BRIDGE = ROOT / "bridge"
ROOMS = ("inbound", "credentials", "catalog", "outbound", "diagnosis", "faces", "settings")

DOORS = {
    "bridge.signing.signing_keys": "certificates are read by the settings and by `bridge keys`",
    "bridge.credentials.proof": "`bridge check` tries the bridge's own proof",
    "bridge.credentials.token_endpoint": "`bridge check` asks the system's token endpoint",
    "bridge.inbound.keys": "`bridge check` counts Entra's keys",
    "bridge.catalog.marks": "outbound fills the marks that the catalog checks",
    "bridge.diagnosis.aadsts": "what Entra's refusals mean",
    "bridge.diagnosis.check": "the judgements of `bridge check`",
    "bridge.diagnosis.explain": "the explanations of `bridge explain`",
    "bridge.diagnosis.plain": "text that is safe to show",
    "bridge.diagnosis.resources": "the settings accept no audience of Microsoft's own",
}
"""Besides the room itself: what else of a room others may import, and why."""

MAY_KNOW = {
    "diagnosis": set[str](),
    "catalog": set[str](),
    "settings": {"catalog", "credentials", "diagnosis"},
    "inbound": {"diagnosis", "settings"},
    "outbound": {"catalog"},
    "credentials": {"catalog", "diagnosis", "inbound", "settings"},
}
"""Room → the rooms it may import when it runs. Faces may know all of them."""


def imports(file: Path) -> Iterator[str]:
    """Modules of the bridge that a file imports when it runs, not only for its types."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


FILES = sorted(BRIDGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_rooms_are_entered_by_their_doors(file: Path) -> None:
    own = file.relative_to(BRIDGE).parts[0]
    for module in imports(file):
        parts = module.split(".")
        if parts[0] == "bridge" and len(parts) > 2 and parts[1] in ROOMS and parts[1] != own:
            allowed = own == "__main__.py" if parts[1] == "faces" else ".".join(parts[:3]) in DOORS
            assert allowed, f"{module} is an inside of {parts[1]}"


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_room_knows_only_what_it_needs(room: str) -> None:
    known = {
        module.split(".")[1]
        for file in (BRIDGE / room).rglob("*.py")
        for module in imports(file)
        if module.startswith("bridge.") and module.split(".")[1] in ROOMS
    }
    assert known - {room} <= MAY_KNOW[room]


def test_only_function_app_imports_the_functions_library() -> None:
    found = {file for file in [*FILES, ROOT / "function_app.py"] if "azure.functions" in set(imports(file))}
    assert found == {ROOT / "function_app.py"}


@pytest.mark.parametrize(("folder", "other"), [("bridge", "sandbox"), ("sandbox", "bridge")])
def test_bridge_and_sandbox_share_no_code_so_that_one_checks_the_other(folder: str, other: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        assert not [module for module in imports(file) if module.split(".")[0] == other], file


def test_diagnosis_does_no_io() -> None:
    forbidden = {"requests", "socket", "urllib.request", "os", "pathlib", "subprocess", "time", "bridge.http"}
    for file in (BRIDGE / "diagnosis").rglob("*.py"):
        assert not forbidden & set(imports(file)), file
