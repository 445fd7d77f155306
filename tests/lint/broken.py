"""How a good connector file is broken: changes as data, and the places and pieces that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lint import good

DROP = object()
LIST = "/paths/~1offices/get"
GET = "/paths/~1offices~1{officeId}/get"
FLOOR = "/paths/~1floors~1{officeId}/get"
BOOK = "/paths/~1bookings/post"
PHOTO = "/paths/~1photos/post"
BOOKING = "/definitions/Booking"
OFFICE = f"{BOOKING}/properties/office"
DAY = f"{BOOKING}/properties/day"
SEATS = f"{BOOKING}/properties/seats"
REGION = f"{LIST}/parameters/0"
LIMIT = f"{LIST}/parameters/1"
TOKEN = "/properties/connectionParameters/token"
OAUTH = f"{TOKEN}/oAuthSettings"
POLICY = "/properties/policyTemplateInstances/0"
SECOND_KEY = {"type": "apiKey", "name": "key", "in": "header"}
TEXT_FIELD = {"note": {"type": "string", "x-ms-summary": "Note", "description": "What else to say."}}
ANSWERS = {"204": {"description": "Done."}}
DEEP: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}}
for _ in range(30):
    DEEP = {"type": "array", "items": DEEP}


@dataclass(frozen=True, slots=True)
class Broken:
    """`changes` maps a JSON Pointer to its new value; `place` is where the rule must find it.

    `also` names the rules that cannot but break with it.
    """

    rule: str
    changes: Mapping[str, object]
    place: str
    base: Callable[[], good.Json] = good.definition
    name: str = ""
    also: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.rule}{' ' + self.name if self.name else ''}"

    def document(self) -> good.Json:
        """The good file with the changes made."""
        document = self.base()
        for pointer, value in self.changes.items():
            _set(document, pointer, value)
        return document


def _set(document: Any, pointer: str, value: object) -> None:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    if value is DROP:
        del document[last]
    elif isinstance(document, list):
        document.insert(int(last), value)
    else:
        document[last] = value


def one(rule: str, pointer: str, value: object, place: str | None = None, name: str = "") -> Broken:
    """One change; found at that place unless another is named."""
    return Broken(rule, {pointer: value}, pointer if place is None else place, name=name)


def prop(rule: str, pointer: str, value: object, place: str | None = None, name: str = "") -> Broken:
    """One change of an apiProperties.json."""
    return Broken(rule, {pointer: value}, pointer if place is None else place, good.properties, name)


def operation(operation_id: str, **more: object) -> dict[str, object]:
    texts = {"operationId": operation_id, "summary": "Do more", "description": "Does more of it.", "responses": ANSWERS}
    return {**texts, **more}


def variable(name: str) -> dict[str, object]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "type": "string",
        "x-ms-url-encoding": "single",
        "x-ms-summary": "Name",
        "description": "Which one it is.",
    }


def body(**schema: object) -> dict[str, object]:
    return {
        "name": "more",
        "in": "body",
        "x-ms-summary": "More",
        "description": "More of it.",
        "schema": {"type": "object", **schema},
    }


def fields(count: int) -> dict[str, object]:
    return {f"f{number}": {"type": "string", "title": "Field"} for number in range(count)}
