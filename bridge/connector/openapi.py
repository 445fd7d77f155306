"""The connector's definition (OpenAPI 2.0), generated from the catalog.

It follows Microsoft's rules for connectors ("Connector string guidance", "Extend an OpenAPI definition for a custom
connector", "Fix Swagger Validator errors" on Microsoft Learn); `bridge connector lint` checks them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

from bridge import __version__
from bridge.catalog import Catalog, Choices, Operation, Schema
from bridge.connector.deployment import Deployment
from bridge.connector.openapi_parts import (
    SECURITY,
    Json,
    contact_json,
    invoke_server,
    metadata,
    refusals,
    security_definitions,
    whoami,
)
from bridge.offer import Offer, System, offers
from bridge.settings import TITLE


def definition(
    catalog: Catalog,
    deployment: Deployment,
    *,
    systems: Collection[System] | None = None,
    confirm_writes: bool = False,
    mcp: bool = False,
) -> Json:
    """`apiDefinition.swagger.json` as an object, keys in a fixed order.

    `systems` are those of one deployment, and only what is open there is described; None describes the whole catalog.
    `confirm_writes` adds a mark for Power Fx to writes, which Microsoft's published schema does not have. `mcp` adds
    the MCP server beside the typed operations.
    `produces` is left out: refusals are application/problem+json, which the platform's validator does not accept.
    """
    offered = list(_whole_catalog(catalog) if systems is None else offers(catalog, systems))
    host, tenant = deployment.host, f"{deployment.authority}/{deployment.tenant_id}"
    return {
        "swagger": "2.0",
        "info": _info(deployment, sorted({catalog.systems[offer.operation.system].title for offer in offered})),
        "host": host,
        "basePath": "/",
        "schemes": ["https"],
        "paths": _paths(offered, confirm_writes=confirm_writes, mcp=mcp),
        "securityDefinitions": security_definitions(tenant, deployment.scope),
        "security": [{SECURITY: [deployment.scope]}],
        "x-ms-capabilities": {"testConnection": {"operationId": "WhoAmI", "parameters": {}}},
        "x-ms-connector-metadata": metadata(host),
    }


def _info(deployment: Deployment, titles: list[str]) -> Json:
    """The part that people see. `titles` are those of the systems that the connector offers."""
    return {
        "title": deployment.title or default_title(titles),
        "description": _description(titles),
        "version": __version__,
        "contact": contact_json(deployment.contact, deployment.host),
    }


def _paths(offered: Iterable[Offer], *, confirm_writes: bool, mcp: bool) -> dict[str, Json]:
    paths: dict[str, Json] = {"/api/whoami": {"get": whoami()}}
    for offer in offered:
        path = f"/{offer.operation.route_at(offer.system)}"
        operation = _operation(offer, confirm=confirm_writes and offer.writes)
        paths.setdefault(path, {})[offer.operation.method.lower()] = operation
    return {**paths, "/mcp": {"post": invoke_server()}} if mcp else paths


def default_title(titles: Collection[str]) -> str:
    """The title if no setting gives one: that of the only system, if it is a valid title."""
    title = f"{next(iter(titles))} Self-Service" if len(titles) == 1 else ""
    return title if TITLE.fullmatch(title) else "Employee Self-Service"


def to_json(document: Mapping[str, object]) -> str:
    """The file's text: pretty, in the given order, with a newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _whole_catalog(catalog: Catalog) -> Iterator[Offer]:
    ids = {name: name for name in catalog.operations}
    offered = (operation for operation in catalog.operations.values() if not operation.lookup_only)
    yield from (Offer(operation, operation.system, ids) for operation in offered)


def _description(titles: list[str]) -> str:
    where = ", ".join(titles) or "business systems"
    return (
        f"Reads and changes data in {where} as the signed-in person. Every response and every change belongs to the "
        "person who is signed in; nobody else's account is used."
    )


def _operation(offer: Offer, *, confirm: bool) -> Json:
    operation = offer.operation
    parameters = [*_path_and_query(offer), *_idempotency_key(operation), *_body(offer)]
    return {
        "operationId": offer.id,
        "summary": offer.title,
        "description": operation.description,
        **({"x-ms-visibility": operation.visibility} if operation.visibility else {}),
        **({"x-ms-require-user-confirmation": True} if confirm else {}),
        **({"consumes": ["application/json"]} if _has_body(operation) else {}),
        "parameters": parameters,
        "responses": {"200": _success(operation), **refusals(operation.kind, has_body=_has_body(operation))},
    }


def _in_path(operation: Operation, name: str) -> bool:
    return f"{{{name}}}" in operation.path.split("/")


def _has_body(operation: Operation) -> bool:
    takes_body = operation.method in ("POST", "PUT", "PATCH")
    return takes_body and any(not _in_path(operation, name) for name in operation.inputs)


def _path_and_query(offer: Offer) -> Iterator[Json]:
    operation = offer.operation
    for name, schema in operation.inputs.items():
        in_path = _in_path(operation, name)
        if in_path or not _has_body(operation):
            yield {
                "name": name,
                "in": "path" if in_path else "query",
                "required": in_path or name in operation.required,
                **{key: value for key, value in _input(offer, name, schema).items() if key != "title"},
                **({"x-ms-url-encoding": "single"} if in_path else {}),
            }


def _idempotency_key(operation: Operation) -> Iterator[Json]:
    """For flows, which can identify each request. Agents and people leave it out."""
    if operation.kind == "write":
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "type": "string",
            "maxLength": 255,
            "x-ms-summary": "Idempotency Key",
            "x-ms-visibility": "advanced",
            "description": "Leave it empty. Only a flow that means two equal requests gives each a GUID of its own.",
        }


def _body(offer: Offer) -> Iterator[Json]:
    operation = offer.operation
    if not _has_body(operation):
        return
    names = [name for name in operation.inputs if not _in_path(operation, name)]
    required = [name for name in operation.required if name in names]
    yield {
        "name": "body",
        "in": "body",
        "x-ms-summary": "Request",
        "description": "The values of this request.",
        "required": bool(required),
        "schema": {
            "type": "object",
            "properties": {name: _input(offer, name, operation.inputs[name]) for name in names},
            **({"required": required} if required else {}),
        },
    }


def _input(offer: Offer, name: str, schema: Schema) -> Json:
    """An input as designers and agents see it. An agent sees no dropdown, so the description names the list."""
    shown, source = _shown(schema), offer.values_from(name)
    if source is None:
        return shown
    more = {"description": f"{shown['description']} {source} returns the values."}
    return shown | more | _dropdown(offer.operation.choices[name], source)


def _dropdown(choices: Choices, operation_id: str) -> Json:
    """Both extensions: designers read the older one, and the validator requires the newer one in bodies."""
    return {
        "x-ms-dynamic-values": {
            "operationId": operation_id,
            "parameters": {},
            "value-collection": choices.collection,
            "value-path": choices.value,
            "value-title": choices.title,
        },
        "x-ms-dynamic-list": {
            "operationId": operation_id,
            "parameters": {},
            "itemsPath": choices.collection,
            "itemValuePath": choices.value,
            "itemTitlePath": choices.title,
        },
    }


def _success(operation: Operation) -> Json:
    properties = {name: _shown(output.schema) for name, output in operation.outputs.items()}
    return {"description": "Done.", "schema": {"type": "object", "properties": properties}}


def _shown(schema: Schema) -> Json:
    """The catalog's keywords unchanged, and each title also as the label that designers show."""
    result = dict(schema)
    if "title" in result:
        result["x-ms-summary"] = result["title"]
    if isinstance(items := result.get("items"), Mapping):
        result["items"] = _shown(items)
    if isinstance(properties := result.get("properties"), Mapping):
        result["properties"] = {name: _shown(inner) for name, inner in properties.items()}
    return result
