"""The order of the rooms: a module imports its own room and earlier rooms of this table alone. No exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

ORDER = (
    "bridge",  # the version
    "bridge.base",
    "bridge.remembered",
    "bridge.routes",
    "bridge.clouds",
    "bridge.tokens",
    "bridge.public_codes",
    "bridge.errors",
    "bridge.aadsts",
    "bridge.signing",
    "bridge.catalog",
    "bridge.offer",
    "bridge.settings",
    "bridge.trace",
    "bridge.inbound",
    "bridge.credentials",
    "bridge.outbound",
    "bridge.ledger",
    "bridge.fair_share",
    "bridge.app",
    "bridge.runtime",
    "bridge.connector",
    "bridge.check",
    "bridge.api",
    "bridge.mcp",
    "function_app",
    "tools.explain",
    "tools.lint",
    "tools.cli",
    "tools.doctor",
    "tools.dev",  # dev.py; standard library alone
    "tools",
)
"""Lowest first. `tools`, which people run, imports `bridge`, which runs in Azure; never the other way round."""


def imports(file: Path) -> Iterator[str]:
    """Modules that a file imports: at its top, late in a function, and for its types alone."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def room(module: str) -> str:
    """The room of a dotted module name: `bridge.tokens.rules` is in `bridge.tokens`."""
    return ".".join(module.split(".")[:2])


def module_name(file: Path) -> str:
    return file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def room_of(file: Path) -> str:
    return room(module_name(file)).removesuffix(".__main__")


def test_imports_lead_down_the_table_of_rooms() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in [*files("bridge", "tools"), ROOT / "function_app.py"]
        for module in imports(file)
        if module.split(".")[0] in {"bridge", "tools", "function_app"}
        and room(module) != room_of(file)
        and ORDER.index(room(module)) >= ORDER.index(room_of(file))
    ]
    assert not wrong


def test_every_room_is_in_the_table() -> None:
    assert {room_of(file) for file in [*files("bridge", "tools"), ROOT / "function_app.py"]} == set(ORDER)


def test_only_function_app_imports_the_functions_library() -> None:
    found = {
        file.name
        for file in [*files("bridge", "tools"), ROOT / "function_app.py"]
        if "azure.functions" in imports(file)
    }
    assert found == {"function_app.py"}


def test_sandbox_shares_no_code_with_what_it_checks() -> None:
    for file in files("sandbox"):
        assert not {"bridge", "tools"} & {module.split(".")[0] for module in imports(file)}, file
    for file in files("bridge", "tools"):
        assert "sandbox" not in {module.split(".")[0] for module in imports(file)}, file


def test_rules_and_tables_do_no_io() -> None:
    forbidden = {"requests", "socket", "urllib.request", "os", "pathlib", "subprocess", "time"}
    forbidden |= {"bridge.base.http_client"}
    for file in files("bridge/tokens", "bridge/aadsts", "tools/explain"):
        assert not forbidden & set(imports(file)), file
