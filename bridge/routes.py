"""The app's functions, known at its start: the systems that settings name, and the routes of their operations.

They are read first and quickly, with the standard library alone. The first request reads the catalog and the settings
themselves, and reports their mistakes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
"""The app's folder: that of `function_app.py`."""
BUILT_IN: Final = ROOT / "bridge" / "catalog"
SYSTEM_FILE: Final = "system.toml"
RESERVED_NAMES: Final = frozenset({"CHECK", "CONNECTOR", "HEALTH", "MCP", "PROBE", "READY", "SAML", "WHOAMI"})
RESERVED_KINDS: Final = frozenset({"admin", "runtime", *(name.lower() for name in RESERVED_NAMES)})
RESERVED_IDS: Final = frozenset(
    {"whoami", "health", "ready", "probe", "check", "connectordefinition", "connectorproperties", "samlmetadata"}
    | {"rawget", "rawpost", "rawput", "rawpatch", "rawdelete"}
)
PATH: Final = re.compile(r"(?:/(?:[a-z0-9]+(?:-[a-z0-9]+)*|\{[A-Za-z][A-Za-z0-9]*\}))+")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SYSTEM_SETTING: Final = re.compile(r"BRIDGE_SYSTEMS__([A-Z][A-Z0-9_]{0,30}?)__[A-Z0-9_]+")
_KIND: Final = re.compile(r"[a-z][a-z0-9]{1,30}")
_ID: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_LINE: Final = re.compile(r'^(method|path|kind|replaces) = "([^"\\]*)"$', re.M)


@dataclass(frozen=True, slots=True)
class OperationRoute:
    """The route of an operation of the system type `kind`. `path` is relative to `/api/{system}`."""

    id: str
    kind: str
    method: str
    path: str
    writes: bool
    replaces: str = ""


def path_at(system: str, path: str) -> str:
    """The full route at the system with this name, without a leading slash."""
    return f"api/{system}{path}"


def id_at(system: str, id_: str, kind: str) -> str:
    """The operationId at a system: with its name appended, as letters and digits, unless that is the kind's name."""
    return id_ if system == kind else f"{id_}At{system.title().replace('_', '')}"


def system_names(env: Mapping[str, str]) -> list[str]:
    """The names in `BRIDGE_SYSTEMS__NAME__…`, in upper case and sorted."""
    return sorted({match[1] for name in env if (match := _SYSTEM_SETTING.fullmatch(name.upper()))})


def function_suffix(name: str) -> str:
    """The part of function names that belongs to a system. The Functions host compares names without case."""
    return name.replace("_", "").lower()


def configured_systems(env: Mapping[str, str]) -> dict[str, str]:
    """System name → kind, for the systems that settings name.

    Left out are names under which the bridge has routes of its own, and all but the first of names that give the same
    function names (A1_B and A1B). The settings' reader reports both.
    """
    kinds = {name.upper(): value for name, value in env.items() if name.upper().endswith("__KIND")}
    names = [name.lower() for name in system_names(env) if name not in RESERVED_NAMES]
    first_of = {function_suffix(name): name for name in reversed(names)}
    return {
        name: kinds.get(f"BRIDGE_SYSTEMS__{name.upper()}__KIND") or name
        for name in names
        if first_of[function_suffix(name)] == name
    }


def raw_systems(env: Mapping[str, str]) -> list[str]:
    """The configured systems that have settings for the pass-through."""
    names = [name.upper() for name in env]
    prefixes = {system: f"BRIDGE_SYSTEMS__{system.upper()}__RAW__" for system in configured_systems(env)}
    return [system for system, prefix in prefixes.items() if any(name.startswith(prefix) for name in names)]


def mcp_is_on(env: Mapping[str, str]) -> bool:
    """Whether the MCP server has routes; needed before the settings are read."""
    return any(name.upper() == "BRIDGE_MCP" and value == "true" for name, value in env.items())


def catalog_folder(env: Mapping[str, str]) -> Path | None:
    """The customer's catalog folder; None if the setting is absent or wrong."""
    value = env.get("BRIDGE_CATALOG__FOLDER", "")
    return ROOT / value if value and is_folder(value) else None


def is_folder(path: str) -> bool:
    """Whether `path` is a folder. It is relative to the app's folder: Azure indexes functions in another one."""
    try:
        return (ROOT / path).is_dir()
    except (OSError, ValueError):  # longer than any path, or with a NUL in it
        return False


def catalog_kinds(folder: Path | None) -> list[str]:
    """The system types, built in and in the customer's `folder`."""
    roots = filter(None, (BUILT_IN, folder))
    folders = {file.parent.name for root in roots for file in root.glob(f"*/{SYSTEM_FILE}")}
    return sorted(filter(is_kind, folders))


def is_kind(folder: str) -> bool:
    """Whether a folder's name can be that of a system type."""
    return bool(_KIND.fullmatch(folder)) and folder not in RESERVED_KINDS


def operation_routes(kind: str, folder: Path | None) -> list[OperationRoute]:
    """The routes of a system type's operations, built in and in the customer's `folder`.

    An operation that `replaces` another takes its place. Of two with one function name or one address, the first is
    used, as in the catalog. A file that lacks what a route needs is skipped.
    """
    own = _routes(folder / kind, _head) if folder else []
    read = [*_routes(BUILT_IN / kind, _built_in_head), *own]
    replaced = {route.replaces for route in read}
    paths: dict[tuple[str, int], list[str]] = {}
    routes: dict[str, OperationRoute] = {}
    for route in read:
        others = paths.setdefault((route.method, route.path.count("/")), [])
        taken = route.id in replaced or route.id.lower() in routes
        if not taken and not any(overlap(route.path, other) for other in others):
            routes[route.id.lower()] = route
            others.append(route.path)
    return list(routes.values())


def overlap(one: str, other: str) -> bool:
    """Whether an address fits both routes. The Functions host would take the function whose name sorts first, even if
    the other one's segment is literal (Azure/azure-functions-host, issue 9876).
    """
    if "{" not in one + other:
        return one.lower() == other.lower()
    segments, others = one.lower().split("/"), other.lower().split("/")
    return len(segments) == len(others) and all(a == b or "{" in a + b for a, b in zip(segments, others, strict=True))


def _routes(folder: Path, head: Callable[[str], Mapping[str, object]]) -> list[OperationRoute]:
    files = (folder / name for name in sorted(os.listdir(folder) if folder.is_dir() else ()))
    routes = (_route(file, head) for file in files if file.suffix == ".toml" and file.name != SYSTEM_FILE)
    return [route for route in routes if route]


def _route(file: Path, head: Callable[[str], Mapping[str, object]]) -> OperationRoute | None:
    """The route in the head of an operation's file; None if it has none."""
    try:
        table = head(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    method, path, kind = (table.get(key) for key in ("method", "path", "kind"))
    if method not in METHODS or kind not in ("read", "write") or not _is_id(file.stem):
        return None
    if not isinstance(path, str) or not PATH.fullmatch(path):
        return None
    replaced = str(table.get("replaces", ""))
    return OperationRoute(file.stem, file.parent.name, str(method), path, kind == "write", replaced)


def _is_id(name: str) -> bool:
    return bool(_ID.fullmatch(name)) and name.lower() not in RESERVED_IDS


def _built_in_head(text: str) -> Mapping[str, object]:
    """`_head` for the product's own files, which have each key on its own line: it takes a fifth of the time."""
    return dict(_LINE.findall(text.partition("\n[")[0]))


def _head(text: str) -> Mapping[str, object]:
    """The keys before the first table, or all keys if that part alone is not valid TOML; {} if neither is."""
    import tomllib

    for part in (text.partition("\n[")[0], text):
        with suppress(tomllib.TOMLDecodeError, RecursionError):
            return tomllib.loads(part)
    return {}
