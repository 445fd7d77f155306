"""`explain.pyz`: the command `explain` alone, for any Python 3.11 or newer, without anything installed."""

from __future__ import annotations

import ast
import json
import lzma
import zipfile
from collections.abc import Iterator
from pathlib import Path

_STARTS = ("tools.cli.main", "tools.cli.explain")
_OURS = ("bridge", "tools")
_LOADER = Path(__file__).with_name("explain_pyz_main.py")


def explain_pyz(root: Path, target: Path) -> Path:
    """Write the file, its sources as one compressed text. `python3 explain.pyz` runs it."""
    target.parent.mkdir(exist_ok=True)
    sources = {name: _shortened(root / name) for name in explain_files(root)}
    packed = lzma.compress(json.dumps(sources).encode("ascii"), preset=9 | lzma.PRESET_EXTREME)
    with target.open("wb") as stream:
        stream.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(stream, "w") as archive:
            add(archive, "__main__.py", _LOADER.read_bytes())
            add(archive, "LICENSE", (root / "LICENSE").read_bytes())
            add(archive, "sources.json.xz", packed)
    target.chmod(0o755)
    return target


def explain_files(root: Path, starts: tuple[str, ...] = _STARTS) -> list[str]:
    """The files that `explain` needs, relative to `root`: the modules that it imports at its start, and the tables."""
    found: dict[str, str] = {}
    waiting = list(starts)
    while waiting:
        module = waiting.pop()
        file = _file(root, module)
        if module in found or file is None:
            continue
        found[module] = file
        waiting += [module.rpartition(".")[0], *_imported(root / file)]
    tables = (file.relative_to(root).as_posix() for file in (root / "tools" / "explain" / "tables").glob("*.txt"))
    return sorted({*found.values(), *tables})


def _shortened(file: Path) -> str:
    """The text of a module without comments and docstrings, of a table without comments and examples."""
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        return "\n".join(line for line in text.splitlines() if not line.startswith(("#", "message: ")))
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(module)


def _file(root: Path, module: str) -> str | None:
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (root / name).is_file()), None)


def _imported(file: Path) -> Iterator[str]:
    """Our own modules that a module imports at its top: not inside functions, not for types alone."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in _OURS:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file so that the same content gives the same bytes."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
    archive.writestr(entry, content)
