"""The catalog's operations as tools, in the part of JSON Schema that Copilot Studio keeps.

It leaves out a tool with a reference, cuts a schema at a list of types, fails on `exclusiveMinimum`, and takes an
`enum` for a plain text: https://learn.microsoft.com/microsoft-copilot-studio/mcp-troubleshooting
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.catalog import Catalog, Operation, Output, Schema

Json = dict[str, object]

_NOT_FOR_AGENTS: Final = frozenset({"x-ms-visibility", "enum"})
_CONFIRM: Final = "Tell the person what is going to be changed, and call this tool only after they have confirmed it."


class System(Protocol):
    """What is needed of a configured system: its name, and the operationIds that are open."""

    @property
    def name(self) -> str: ...
    @property
    def operations(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Tool:
    """An operation at a configured system, under the name that agents call it by. `ids`: operationId → tool there."""

    operation: Operation
    system: str
    ids: Mapping[str, str]

    @property
    def name(self) -> str:
        """The operationId there."""
        return self.operation.id_at(self.system)

    @property
    def writes(self) -> bool:
        """Whether it changes data."""
        return self.operation.kind == "write"


def tools(catalog: Catalog, systems: Collection[System], sets: Collection[str] = ()) -> dict[str, Tool]:
    """The tools by name, in the catalog's order: what is open at the systems, and of it what is in one of `sets`."""
    return {
        tool.name: tool
        for system in sorted(systems, key=lambda one: one.name)
        for tool in _open(catalog, system)
        if not sets or tool.operation.set in sets
    }


def set_names(catalog: Catalog, systems: Collection[System]) -> list[str]:
    """The sets that the tools are in."""
    found = {tool.operation.set for tool in tools(catalog, systems).values()}
    return sorted(name for name in found if name)


def _open(catalog: Catalog, system: System) -> Iterator[Tool]:
    offered = [operation for operation in catalog.operations.values() if operation.id in system.operations]
    ids = {operation.id: operation.id_at(system.name) for operation in offered}
    yield from (Tool(operation, system.name, ids) for operation in offered)


def definition(tool: Tool) -> Json:
    """The tool as `tools/list` has it."""
    operation = tool.operation
    title = operation.summary if tool.system == operation.system else f"{operation.summary} ({tool.system})"
    return {
        "name": tool.name,
        "title": title,
        "description": f"{operation.description} {_CONFIRM}" if tool.writes else operation.description,
        "inputSchema": _input_schema(tool),
        "outputSchema": {"type": "object", "properties": _outputs(operation)},
        "annotations": {
            "title": title,
            "readOnlyHint": not tool.writes,
            "destructiveHint": tool.writes,
            "idempotentHint": not tool.writes,
            "openWorldHint": False,
        },
    }


def _input_schema(tool: Tool) -> Json:
    operation = tool.operation
    return {
        "type": "object",
        "properties": {name: _input(tool, name, schema) for name, schema in operation.inputs.items()},
        **({"required": list(operation.required)} if operation.required else {}),
        "additionalProperties": False,
    }


def _input(tool: Tool, name: str, schema: Schema) -> Json:
    choices = tool.operation.choices.get(name)
    shown = flat(schema)
    if choices is None or choices.operation not in tool.ids:
        return shown
    return shown | {"description": f"{shown['description']} {tool.ids[choices.operation]} returns the values."}


def flat(schema: Schema) -> Json:
    """A schema of the catalog for agents: the description lists what may be chosen."""
    shown = {keyword: value for keyword, value in schema.items() if keyword not in _NOT_FOR_AGENTS}
    if isinstance(choices := schema.get("enum"), list):
        listed = f"It is one of: {', '.join(map(str, choices))}."
        shown["description"] = f"{schema['description']} {listed}" if "description" in schema else listed
    if isinstance(items := schema.get("items"), Mapping):
        shown["items"] = flat(items)
    if isinstance(properties := schema.get("properties"), Mapping):
        shown["properties"] = {name: flat(inner) for name, inner in properties.items()}
    return shown


def _outputs(operation: Operation) -> Json:
    return {name: _output(output) for name, output in operation.outputs.items()}


def _output(output: Output) -> Json:
    """Records inside an output are described in words: nested fields have kept tools from being listed."""
    shown = flat(output.schema)
    if output.items:
        fields = ", ".join(f"{name} ({field.schema['title']})" for name, field in output.items.items())
        shown["items"] = {"type": "object"}
        shown["description"] = f"{shown['description']} Fields of each entry: {fields}."
    return shown
