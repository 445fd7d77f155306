"""A connector file as a flat list of nodes: each object with its kind and its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tools.lint.grammar import KINDS, NOTIFICATION_URL, REFERABLE

Path = tuple[str | int, ...]
Object = dict[str, object]


def mapping(value: object) -> Object:
    """The value if it is an object, else an empty one: another rule reports the wrong type."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """The value if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The texts of an array."""
    return [item for item in sequence(value) if isinstance(item, str)]


@dataclass(frozen=True, slots=True)
class Node:
    """One object of the file. `kind` is a key of the grammar, or `reference` for an object with a `$ref`.

    `target_kind` is the kind of object that a reference must lead to.
    """

    kind: str
    path: Path
    value: Object
    document: Document = field(repr=False)
    target_kind: str = ""

    def text(self, key: str) -> str:
        return string(self.value.get(key))

    def child(self, key: str) -> Object:
        return mapping(self.value.get(key))

    def array(self, key: str) -> list[object]:
        return sequence(self.value.get(key))

    @property
    def definition(self) -> str | None:
        """The name of the definition that this is part of; None outside the definitions."""
        return str(self.path[1]) if self.path[:1] == ("definitions",) and len(self.path) > 1 else None

    @property
    def is_property(self) -> bool:
        """Whether this is the schema of a property: makers see it as a field."""
        return self.kind == "schema" and len(self.path) > 1 and self.path[-2] == "properties"

    @property
    def is_input(self) -> bool:
        """Whether a caller fills this in."""
        if self.definition is not None:
            return self.definition in self.document.input_definitions
        return self.kind == "parameter" or (self.kind in ("schema", "items") and "parameters" in self.path[:4])

    @property
    def is_read(self) -> bool:
        """Whether Power Fx reads this: an input, or a part of the response that it takes as the result."""
        if self.definition is not None:
            return self.definition in self.document.read_definitions
        if len(self.path) > 4 and self.path[3] == "responses":
            return self.operation is not None and self.path[4] == self.operation.shown_status
        return "parameters" in self.path[:4]

    @property
    def operation(self) -> Operation | None:
        """The operation that this is part of, if any."""
        return self.document.operation_at.get(self.path[:3])

    @property
    def caller(self) -> Operation | None:
        """The operation that takes this as an input, also inside a definition."""
        if self.definition is not None:
            return self.document.input_definitions.get(self.definition)
        return self.operation


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter of an operation with its `$ref` followed; `path` is where it is used."""

    path: Path
    value: Object

    @property
    def name(self) -> str:
        return string(self.value.get("name"))

    @property
    def place(self) -> str:
        return string(self.value.get("in"))

    def path_in(self, operation: Operation) -> Path:
        """The path from the operation; empty for a parameter that the operation inherits from its path."""
        size = len(operation.node.path)
        return self.path[size:] if self.path[:size] == operation.node.path else ()


@dataclass(frozen=True)
class Operation:
    """An operation. `inputs` are its own parameters and those that it inherits from its path."""

    node: Node
    template: str
    method: str
    inputs: tuple[Input, ...]

    @property
    def id(self) -> str:
        return self.node.text("operationId")

    @cached_property
    def body_name(self) -> str | None:
        """The name of the input that is the body; None if there is none."""
        return next((item.name for item in self.inputs if item.place == "body"), None)

    @cached_property
    def body(self) -> Object:
        """The schema of the body with its `$ref` followed; empty if there is none."""
        bodies = (item.value.get("schema") for item in self.inputs if item.place == "body")
        return self.node.document.resolve(next(bodies, None))

    @property
    def response(self) -> Object | None:
        """The schema of the response 200 or 201, which designers show; None if there is none."""
        responses = self.node.child("responses")
        found = (self.node.document.resolve(responses.get(status)).get("schema") for status in ("200", "201"))
        schema = next((schema for schema in found if isinstance(schema, dict)), None)
        return None if schema is None else self.node.document.resolve(schema)

    @property
    def shown_status(self) -> str:
        """The status whose response Power Fx reads: the lowest success, else default, else the first."""
        statuses = [status for status in self.node.child("responses") if not status.startswith("x-")]
        successes = sorted(status for status in statuses if len(status) == 3 and status.startswith("2"))
        return next(iter((*successes, *(one for one in statuses if one == "default"), *statuses)), "")

    @property
    def consumes(self) -> list[str]:
        """The MIME types of the body: those of the operation, else those of the definition."""
        own = texts(self.node.value.get("consumes"))
        return own or texts(self.node.document.root.get("consumes"))

    @property
    def is_webhook(self) -> bool:
        """Whether a field of its body takes the callback URL of a subscription."""
        return self.node.path in self.node.document.webhooks

    @cached_property
    def named(self) -> dict[str, Input]:
        """The inputs by name, the operation's own before those of the path."""
        return {item.name: item for item in reversed(self.inputs)}

    @cached_property
    def fields(self) -> Object:
        """The fields of the body by name."""
        return mapping(self.body.get("properties"))

    def has_input(self, name: str) -> bool:
        """Whether a name is a parameter, a field of the body, or a path that begins with `body/field`."""
        first, _, rest = name.partition("/")
        in_body = first == self.body_name and rest.partition("/")[0] in self.fields
        return name in self.named or name in self.fields or in_body

    def schema_of(self, name: str) -> Object | None:
        """The schema of an input by name: a parameter, a field of the body, or `body/field/…`; None if unknown."""
        found = self.named.get(name)
        if found and found.place != "body":
            return found.value
        first, _, rest = name.partition("/")
        return self.node.document.follow(self.body, rest if rest and first == self.body_name else name)


class Document:
    """A parsed file. Every method accepts wrong types: a hostile file leads to findings, never to an error."""

    def __init__(self, root: Object, kind: str, file: str = "") -> None:
        self.root = root
        self.kind = kind
        self.file = file

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All objects of the file, outermost first."""
        return tuple(self._walk())

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(self._operation(node) for node in self.nodes if node.kind == "operation")

    @cached_property
    def operation_at(self) -> dict[Path, Operation]:
        return {operation.node.path: operation for operation in self.operations}

    @cached_property
    def operation_by_id(self) -> dict[str, Operation]:
        return {operation.id: operation for operation in self.operations if operation.id}

    @cached_property
    def _body_references(self) -> tuple[Node, ...]:
        """The references in the bodies of operations."""
        return tuple(node for node in self.nodes if node.target_kind == "schema" and "parameters" in node.path[:4])

    @cached_property
    def references(self) -> dict[str, set[str]]:
        """Definition → the definitions that it refers to."""
        found: dict[str, set[str]] = {name: set() for name in mapping(self.root.get("definitions"))}
        for node in self.nodes:
            if node.kind == "reference" and node.path[0] == "definitions":
                found[str(node.path[1])].add(_target(node))
        return found

    @cached_property
    def input_definitions(self) -> dict[str, Operation | None]:
        """The definitions that bodies refer to, each with the first operation that has such a body."""
        todo = [(_target(node), node.operation) for node in reversed(self._body_references)]
        found: dict[str, Operation | None] = {}
        while todo:
            name, operation = todo.pop()
            if name not in found:
                found[name] = operation
                todo.extend((other, operation) for other in self.references.get(name, ()))
        return found

    @cached_property
    def node_at(self) -> dict[Path, Node]:
        return {node.path: node for node in self.nodes}

    @cached_property
    def required_at(self) -> dict[Path, frozenset[str]]:
        """Path of an object → the names that its `required` lists."""
        return {node.path: frozenset(texts(node.value["required"])) for node in self.nodes if "required" in node.value}

    @cached_property
    def webhooks(self) -> set[Path]:
        """The paths of the operations that take the callback URL of a subscription in their body."""
        marked = [node.path for node in self.nodes if node.value.get(NOTIFICATION_URL) is True]
        reverse: dict[str, set[str]] = defaultdict(set)
        for name, targets in self.references.items():
            for target in targets:
                reverse[target].add(name)
        definitions = _reached([str(path[1]) for path in marked if path[0] == "definitions"], reverse)
        by_reference = {node.path[:3] for node in self._body_references if _target(node) in definitions}
        return by_reference | {path[:3] for path in marked if "parameters" in path[:4]}

    @cached_property
    def read_definitions(self) -> set[str]:
        """The definitions that Power Fx reads, with all that they refer to."""
        nodes = (node for node in self.nodes if node.target_kind == "schema" and node.definition is None)
        return _reached([_target(node) for node in nodes if node.is_read], self.references)

    def resolve(self, value: object) -> Object:
        """The object itself, or the target of its `$ref` (one step: a reference to a reference is not allowed)."""
        found = mapping(value)
        parts = string(found.get("$ref")).split("/")
        if len(parts) == 3 and parts[0] == "#" and parts[1] in REFERABLE.values():
            return mapping(mapping(self.root.get(parts[1])).get(parts[2]))
        return found

    def follow(self, schema: Object, path: str) -> Object | None:
        """The schema at a path of property names; empty if the file leaves it open, None if a property is unknown."""
        for key in [part for part in path.split("/") if part]:
            properties = schema.get("properties")
            if not isinstance(properties, dict):
                return {} if schema.get("type", "object") == "object" else None
            if key not in properties:
                return None
            schema = self.resolve(properties[key])
        return schema

    def at(self, path: Path) -> object:
        """The value at a place; None if there is none."""
        value: object = self.root
        for key in path:
            if isinstance(value, dict):
                value = value.get(str(key))
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def _walk(self) -> Iterator[Node]:
        todo: list[tuple[str, Path, Object]] = [(self.kind, (), self.root)]
        while todo:
            kind, path, value = todo.pop()
            if kind in REFERABLE and "$ref" in value:
                yield Node("reference", path, value, self, kind)
                continue
            yield Node(kind, path, value, self)
            todo.extend(reversed(list(_children(kind, path, value))))

    def _operation(self, node: Node) -> Operation:
        own, shared = (self._inputs((*path, "parameters")) for path in (node.path, node.path[:2]))
        names = {(item.name, item.place) for item in own}
        inherited = (item for item in shared if (item.name, item.place) not in names)
        return Operation(node, str(node.path[1]), str(node.path[2]), (*own, *inherited))

    def _inputs(self, path: Path) -> list[Input]:
        return [Input((*path, index), self.resolve(value)) for index, value in enumerate(sequence(self.at(path)))]


def _target(node: Node) -> str:
    """The definition that a reference names."""
    return node.text("$ref").removeprefix("#/definitions/")


def _reached(starts: list[str], references: Mapping[str, set[str]]) -> set[str]:
    """The names, and all names that references lead to from them."""
    found: set[str] = set()
    while starts:
        name = starts.pop()
        if name not in found:
            found.add(name)
            starts.extend(references.get(name, ()))
    return found


def _children(kind: str, path: Path, value: Object) -> Iterator[tuple[str, Path, Object]]:
    for name, key in KINDS[kind].items():
        child = value.get(name)
        if key.kind and isinstance(child, dict):
            yield key.kind, (*path, name), child
        elif key.each:
            members = child.items() if isinstance(child, dict) else enumerate(sequence(child))
            for member, item in members:
                is_extension = name in ("paths", "responses") and str(member).startswith("x-")
                if isinstance(item, dict) and not is_extension:
                    yield key.each, (*path, name, member), item
