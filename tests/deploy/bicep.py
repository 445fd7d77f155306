"""Evaluates the template as Azure would: parameters in, resources and outputs out. For tests of what it makes.

The parser is that of the shared Bicep checker. What only Azure knows (principal ids, endpoints) is made up,
the same for the same resource.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.deploy.az.core import SUBSCRIPTION, TENANT, Json

ROOT = Path(__file__).parents[2]
CHECKER = ROOT.parent / "shared" / "bicep"
GROUP = "rg-contoso"


def parser() -> Any:
    """The shared parser, if it lies beside the project."""
    if "bicep_parse" not in sys.modules:
        spec = importlib.util.spec_from_file_location("bicep_parse", CHECKER / "bicep_parse.py")
        if spec is None or spec.loader is None:
            raise FileNotFoundError(CHECKER)
        sys.modules["bicep_parse"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["bicep_parse"])
    return sys.modules["bicep_parse"]


@cache
def parsed(text: str) -> Any:
    """The declarations of a file."""
    declarations, errors = parser().parse(text)
    assert not errors, errors
    return declarations


@dataclass
class Resource:
    """One resource: its type and name, the body as declared, and where it lies."""

    type: str
    name: str
    body: Json
    group: str
    scope: str = ""
    existing: bool = False

    @property
    def id(self) -> str:
        if self.scope:
            return f"{self.scope}/providers/{self.type}/{self.name}"
        provider, *kinds = self.type.split("/")
        path = "/".join(f"{kind}/{name}" for kind, name in zip(kinds, self.name.split("/"), strict=True))
        return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.group}/providers/{provider}/{path}"

    def read(self, name: str) -> Any:
        """A property of the resource once it is there."""
        if name in ("id", "type"):
            return getattr(self, name)
        if name == "name":
            return self.name.rpartition("/")[2]
        return Known(self, self.body.get("properties", {})) if name == "properties" else self.body.get(name)


@dataclass
class Known:
    """`resource.properties`: what was declared, and what only Azure knows."""

    resource: Resource
    declared: Any

    def read(self, name: str) -> Any:
        if isinstance(self.declared, dict) and name in self.declared:
            return self.declared[name]
        short = self.resource.name.rpartition("/")[2]
        made_up: Json = {
            "defaultHostName": f"{short}.azurewebsites.net",
            "ConnectionString": "InstrumentationKey=ikey;IngestionEndpoint=https://x.example/",
            "ipAddress": "203.0.113.7",
        }
        return made_up.get(name) or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.resource.id}#{name}"))


@dataclass
class Deployment:
    """What a template makes in a resource group."""

    resources: list[Resource] = field(default_factory=list)
    outputs: Json = field(default_factory=dict)

    def of(self, kind: str) -> list[Resource]:
        return [one for one in self.resources if one.type == kind and not one.existing]


def deploy(file: Path, parameters: Json, group: str = GROUP, cloud: str = "public") -> Deployment:
    """Evaluate `file`. Raises ValueError for a parameter that is missing or unknown."""
    made = Deployment()
    _File(file, parameters, group, made, cloud).run()
    return made


def parameters_of(file: Path) -> Json:
    """The values of a .bicepparam file."""
    declarations = parsed(file.read_text("utf-8"))
    reader = _File(file, {}, GROUP, Deployment())
    return {each.name: reader.value(each.v, {}) for each in declarations if each.k == "param"}


class _File:
    def __init__(self, file: Path, parameters: Json, group: str, made: Deployment, cloud: str = "public") -> None:
        self.file, self.group, self.made, self.cloud = file, group, made, cloud
        self.names: Json = {}
        self.parameters = parameters

    def run(self) -> None:
        declarations = parsed(self.file.read_text("utf-8"))
        known = {each.name for each in declarations if each.k == "param"}
        if unknown := set(self.parameters) - known:
            raise ValueError(f"{self.file.name}: unknown parameters {sorted(unknown)}")
        for each in declarations:
            if each.k == "param":
                if each.name not in self.parameters and each.v is None:
                    raise ValueError(f"{self.file.name}: parameter {each.name} is missing")
                self.names[each.name] = self.parameters.get(each.name, each.v and self.value(each.v, {}))
            elif each.k == "var":
                self.names[each.name] = self.value(each.v, {})
            elif each.k == "resource":
                self.names[each.name] = self.resource(each, {}, None)
            elif each.k == "module":
                self.names[each.name] = self.module(each)
            elif each.k == "output":
                self.made.outputs[each.name] = self.value(each.v, {})

    def resource(self, node: Any, names: Json, parent: Resource | None) -> Any:
        if node.v.k == "for":
            return [self.one_resource(node, body, own, parent) for body, own in self.turns(node.v, names)]
        return self.one_resource(node, node.v, names, parent)

    def one_resource(self, node: Any, body: Any, names: Json, parent: Resource | None) -> Any:
        if body.k == "if":
            if not self.value(body.c, names):
                return None
            body = body.body
        values = self.value(body, names)
        over = values.pop("parent", parent)
        scope = values.pop("scope", None)
        group = scope if isinstance(scope, str) else self.group
        kind = node.ref.v.partition("@")[0]
        name = values.pop("name")
        if over is not None:
            kind = kind if kind.startswith(over.type) else f"{over.type}/{kind}"
            name = f"{over.name}/{name}"
        over_scope = scope.id if isinstance(scope, Resource) else ""
        made = Resource(kind, name, values, group, over_scope, node.existing)
        self.made.resources.append(made)
        made.body["nested"] = {each.name: self.resource(each, names, made) for each in body.nested}
        return made

    def module(self, node: Any) -> Any:
        body = node.v
        if body.k == "if":
            if not self.value(body.c, {}):
                return None
            body = body.body
        values = self.value(body, {})
        inner = Deployment(self.made.resources)
        _File(
            self.file.parent / node.ref.v, values["params"], values.get("scope") or self.group, inner, self.cloud
        ).run()
        return {"outputs": inner.outputs}

    def turns(self, node: Any, names: Json) -> list[tuple[Any, Json]]:
        """The body of a loop with the names of each turn: the item and, if asked for, its index."""
        items = enumerate(self.value(node.src, names))
        return [(node.body, {**names, **dict(zip(node.vs, (item, index), strict=False))}) for index, item in items]

    def value(self, node: Any, names: Json) -> Any:
        return getattr(self, f"_{node.k}")(node, names)

    def _str(self, node: Any, names: Json) -> Any:
        return "".join(part if isinstance(part, str) else _text(self.value(part, names)) for part in node.parts)

    def _int(self, node: Any, names: Json) -> Any:
        return node.v

    _bool = _int

    def _null(self, node: Any, names: Json) -> Any:
        return None

    def _id(self, node: Any, names: Json) -> Any:
        return names[node.n] if node.n in names else self.names[node.n]

    def _tern(self, node: Any, names: Json) -> Any:
        return self.value(node.a if self.value(node.c, names) else node.b, names)

    def _bin(self, node: Any, names: Json) -> Any:
        return OPERATORS[node.op](self.value(node.a, names), self.value(node.b, names))

    def _un(self, node: Any, names: Json) -> Any:
        return not self.value(node.e, names)

    def _arr(self, node: Any, names: Json) -> Any:
        return [self.value(each, names) for each in node.items]

    def _for(self, node: Any, names: Json) -> Any:
        return [self.value(body, own) for body, own in self.turns(node, names)]

    def _obj(self, node: Any, names: Json) -> Any:
        return {each.key.v or self.value(each.key, names): self.value(each.v, names) for each in node.props}

    def _mem(self, node: Any, names: Json) -> Any:
        over = self.value(node.e, names)
        return over[node.n] if isinstance(over, dict) else over.read(node.n)

    def _idx(self, node: Any, names: Json) -> Any:
        return self.value(node.e, names)[self.value(node.i, names)]

    def _sub(self, node: Any, names: Json) -> Any:
        return self.value(node.e, names).body["nested"][node.n]

    def _lambda(self, node: Any, names: Json) -> Any:
        return lambda *values: self.value(node.body, {**names, **dict(zip(node.ps, values, strict=False))})

    def _call(self, node: Any, names: Json) -> Any:
        values = [self.value(each, names) for each in node.args]
        if node.fn == "loadTextContent":
            return (self.file.parent / values[0]).read_text("utf-8")
        if node.fn == "resourceGroup":
            here: Json = {"id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.group}", "location": "westeurope"}
            return values[0] if values else {**here, "name": self.group}
        if node.fn == "resourceId":
            return _resource_id(self.group, *values)
        if node.fn == "environment":
            return {"suffixes": SUFFIXES[self.cloud]}
        return FUNCTIONS[node.fn](*values)


def _resource_id(group: str, *parts: str) -> str:
    """`resourceId([group], type, name, …)`."""
    if "/" not in parts[0]:
        group, parts = parts[0], parts[1:]
    return Resource(parts[0], "/".join(parts[1:]), {}, group).id


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)


def _items(table: Json) -> list[Json]:
    return [{"key": key, "value": table[key]} for key in sorted(table)]


def _union(*tables: Json) -> Json:
    return {key: value for table in tables for key, value in table.items()}


def _subnet(space: str, size: int, index: int) -> str:
    return str(list(ipaddress.ip_network(space).subnets(new_prefix=size))[index])


SUFFIXES: dict[str, dict[str, str]] = {
    "public": {"storage": "core.windows.net", "keyvaultDns": ".vault.azure.net"},
    "usgov": {"storage": "core.usgovcloudapi.net", "keyvaultDns": ".vault.usgovcloudapi.net"},
}
"""`environment().suffixes`; source: the metadata endpoint of Azure Resource Manager (az cloud show)."""
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">": lambda a, b: a > b,
    "&&": lambda a, b: a and b,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "any": lambda value: value,
    "cidrSubnet": _subnet,
    "empty": lambda value: not value,
    "guid": lambda *parts: str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts))),
    "items": _items,
    "json": json.loads,
    "length": len,
    "map": lambda values, work: [work(value) for value in values],
    "replace": str.replace,
    "range": lambda start, count: list(range(start, start + count)),
    "string": _text,
    "subscriptionResourceId": lambda kind, name: f"/subscriptions/{SUBSCRIPTION}/providers/{kind}/{name}",
    "tenant": lambda: {"tenantId": TENANT},
    "toObject": lambda values, key, value: {key(each): value(each) for each in values},
    "toUpper": str.upper,
    "union": _union,
    "uniqueString": lambda *parts: uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)).hex[:13],
}
