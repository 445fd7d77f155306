"""The catalog's operations as tools, in the part of JSON Schema that Copilot Studio supports.

It leaves out a tool with a reference, cuts a schema at a list of types, fails on `exclusiveMinimum`, and treats an
`enum` as plain text: https://learn.microsoft.com/microsoft-copilot-studio/mcp-troubleshooting
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from bridge.catalog import Catalog, Output, Schema
from bridge.offer import Offer, System, offers

Json = dict[str, object]

_NOT_FOR_AGENTS: Final = frozenset({"x-ms-visibility", "enum"})
_CONFIRM: Final = "Tell the person what is going to be changed, and call this tool only after they have confirmed it."


def tools(catalog: Catalog, systems: Collection[System], sets: Collection[str] = ()) -> dict[str, Offer]:
    """Name → tool, for the operations that are open at the systems; with `sets`, only those that are in one of them."""
    return {offer.id: offer for offer in offers(catalog, systems) if not sets or offer.operation.set in sets}


def set_names(catalog: Catalog, systems: Collection[System]) -> list[str]:
    """The sets that the tools are in."""
    found = {tool.operation.set for tool in tools(catalog, systems).values()}
    return sorted(name for name in found if name)


def definition(tool: Offer) -> Json:
    """The tool as an element of `tools/list`."""
    operation = tool.operation
    return {
        "name": tool.id,
        "title": tool.title,
        "description": f"{operation.description} {_CONFIRM}" if tool.writes else operation.description,
        "inputSchema": _input_schema(tool),
        "outputSchema": {
            "type": "object",
            "properties": {name: _output(output) for name, output in operation.outputs.items()},
        },
        "annotations": {
            "title": tool.title,
            "readOnlyHint": not tool.writes,
            "destructiveHint": tool.writes,
            "idempotentHint": not tool.writes,
            "openWorldHint": False,
        },
    }


def _input_schema(tool: Offer) -> Json:
    operation = tool.operation
    return {
        "type": "object",
        "properties": {name: _input(tool, name, schema) for name, schema in operation.inputs.items()},
        **({"required": list(operation.required)} if operation.required else {}),
        "additionalProperties": False,
    }


def _input(tool: Offer, name: str, schema: Schema) -> Json:
    shown, source = flat(schema), tool.values_from(name)
    return shown | {"description": f"{shown['description']} {source} returns the values."} if source else shown


def flat(schema: Schema) -> Json:
    """A schema of the catalog for agents: the description lists the values that may be chosen."""
    shown = {keyword: value for keyword, value in schema.items() if keyword not in _NOT_FOR_AGENTS}
    if isinstance(choices := schema.get("enum"), list):
        listed = f"It is one of: {', '.join(map(str, choices))}."
        shown["description"] = f"{schema['description']} {listed}" if "description" in schema else listed
    if isinstance(items := schema.get("items"), Mapping):
        shown["items"] = flat(items)
    if isinstance(properties := schema.get("properties"), Mapping):
        shown["properties"] = {name: flat(inner) for name, inner in properties.items()}
    return shown


def _output(output: Output) -> Json:
    """The fields of records are described in words: with nested schemas, clients have not listed the tool."""
    shown = flat(output.schema)
    if output.items:
        fields = ", ".join(f"{name} ({field.schema['title']})" for name, field in output.items.items())
        shown["items"] = {"type": "object"}
        shown["description"] = f"{shown['description']} Fields of each entry: {fields}."
    return shown
