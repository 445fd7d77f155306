"""How good connector files are broken: `broken.txt`, and the short names that its rows use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lint import good

_OAUTH = "/properties/connectionParameters/token/oAuthSettings"
_BOOKING = "/definitions/Booking"
_DROPDOWN = {"operationId": "ListOffices", "value-collection": "value"}
_HOOK = "/paths/~1hooks/post"
PLACES = {
    "LIST": "/paths/~1offices/get",
    "REGION": "/paths/~1offices/get/parameters/0",
    "LIMIT": "/paths/~1offices/get/parameters/1",
    "GET": "/paths/~1offices~1{officeId}/get",
    "FLOOR": "/paths/~1floors~1{officeId}/get",
    "ROWS": "/paths/~1floors~1{officeId}/get/responses/200/schema",
    "BOOK": "/paths/~1bookings/post",
    "NOTIFY": "/paths/~1bookings/post/parameters/0",
    "BODY": "/paths/~1bookings/post/parameters/1",
    "PHOTO": "/paths/~1photos/post",
    "HOOK": _HOOK,
    "URL": f"{_HOOK}/parameters/0/schema/properties/url",
    "OFFICE": "/definitions/Office",
    "BOOKING": _BOOKING,
    "CHOICE": f"{_BOOKING}/properties/office",
    "DAY": f"{_BOOKING}/properties/day",
    "SEATS": f"{_BOOKING}/properties/seats",
    "SECURITY": "/securityDefinitions/oauth2-auth",
    "METADATA": "/x-ms-connector-metadata",
    "TEST": "/x-ms-capabilities/testConnection",
    "OAUTH": _OAUTH,
    "CUSTOM": f"{_OAUTH}/customParameters",
    "PARAMETERS": "/properties/connectionParameters",
    "POLICIES": "/properties/policyTemplateInstances",
    "POLICY": "/properties/policyTemplateInstances/0",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A row of `broken.txt`: the rule must be found at `place`, and no other rule but those of `also`."""

    row: str
    document: good.Json
    rule: str
    place: str
    also: tuple[str, ...]


def changed(changes: str) -> tuple[good.Json, good.Json]:
    """The good definition and the good properties, with the changes made in the one that each pointer belongs to."""
    files = good.definition(), good.properties()
    for change in changes.replace("CLIENT", good.CLIENT).split(" & "):
        pointer, _, value = change.partition(": ")
        path = [part.replace("~1", "/").replace("~0", "~") for part in full(pointer).split("/")[1:]]
        _change(files[path[0] == "properties"], path, value)
    return files


def full(pointer: str) -> str:
    """The JSON Pointer with its short name written out."""
    first, slash, rest = pointer.partition("/")
    return PLACES.get(first, first) + slash + rest


def _change(document: Any, path: list[str], value: str) -> None:
    """Set a value, insert it into a list, or remove the member if none is given. `+` adds all members of a value."""
    *parents, last = path
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document.setdefault(part, {})
    if not value:
        del document[last]
    elif last == "+":
        document.update(_made(json.loads(value)))
    elif isinstance(document, list):
        document.insert(int(last), _made(json.loads(value)))
    else:
        document[last] = _made(json.loads(value))


def _made(value: Any) -> Any:
    """The value with each text such as "$fields 511" replaced by what it describes."""
    if isinstance(value, dict):
        return {name: _made(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_made(item) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        name, _, argument = value[1:].partition(" ")
        return _MAKERS[name](argument)
    return value


def _operation(operation_id: str) -> good.Json:
    texts = {"operationId": operation_id, "summary": "Do more", "description": "Does more of it."}
    return {**texts, "responses": {"204": {"description": "Done."}}}


def _input(name: str) -> good.Json:
    texts = {"x-ms-summary": "Name", "description": "Which one it is."}
    return {"name": name, "in": "path", "required": True, "type": "string", "x-ms-url-encoding": "single", **texts}


def _body(name: str) -> good.Json:
    texts = {"x-ms-summary": "More", "description": "More of it."}
    return {"name": name, "in": "body", "schema": {"type": "object", "properties": {"note": _field("Note")}}, **texts}


def _field(title: str) -> good.Json:
    return {"type": "string", "title": title, "description": "What else to say."}


def _fields(count: str) -> good.Json:
    return {f"f{number}": {"type": "string", "title": "Field"} for number in range(int(count))}


def _deep(levels: str) -> good.Json:
    schema: good.Json = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}}
    for _ in range(int(levels) - 2):
        schema = {"type": "array", "items": schema}
    return schema


def _copy(pointer: str) -> Any:
    value: Any = good.definition()
    for part in full(pointer).split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part.replace("~1", "/")]
    return value


_MAKERS = {
    "operation": _operation,
    "input": _input,
    "body": _body,
    "field": _field,
    "fields": _fields,
    "references": lambda count: {f"f{number}": {"$ref": "#/definitions/Narrow"} for number in range(int(count))},
    "paths": lambda count: {f"/p{number}": {"get": _operation(f"Get{number}")} for number in range(int(count))},
    "deep": _deep,
    "dropdown": lambda source: {**_DROPDOWN, "parameters": {"region": {"parameter": source}}},
    "copy": _copy,
}


def _broken(row: str) -> Broken:
    rule, changes, place, also = (*row.split(" | "), "", "")[:4]
    last = changes.rpartition(" & ")[2].partition(": ")[0]
    documents = changed(changes)
    is_properties = full(last).startswith("/properties")
    return Broken(row, documents[is_properties], rule, full(place or last), tuple(also.split()))


def broken() -> list[Broken]:
    """All rows."""
    text = Path(__file__).with_suffix(".txt").read_text("utf-8")
    return [_broken(row) for row in text.splitlines() if row and not row.startswith("#")]
