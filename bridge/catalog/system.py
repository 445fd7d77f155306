"""Reads `system.toml` and the choice lists beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, cast, get_args

from lxml import etree

from bridge.base.patterns import compile_pattern
from bridge.base.xml_reader import NotXml, parse_xml
from bridge.catalog.model import (
    AssertionFormat,
    Defaults,
    Encoding,
    FaultRule,
    Meaning,
    PathChoice,
    SystemType,
    TokenAuth,
)
from bridge.catalog.outputs import pointer_check, read_source
from bridge.catalog.placeholders import HEADERS
from bridge.catalog.problem import Problem
from bridge.catalog.table import Table, load_table
from bridge.routes import BUILT_IN, RESERVED_KINDS, is_kind
from bridge.routes import SYSTEM_FILE as FILE

Lists = Mapping[str, tuple[Mapping[str, str], ...]]
_NO_SPACE: Final = re.compile(r"\S+")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_XML: Final = re.compile(r"[A-Za-z0-9_.-]+\.xml")
_URL: Final = re.compile(r"https://\{host\}([^\s?#{}]|\{tenant\})*")
_TOKEN_URL: Final = re.compile(r"https://(\{host\}|[a-z0-9.-]+)([^\s?#{}]|\{tenant\})*")
_STARTS: Final = "a URL that starts with https://{host}"
_FILLED: Final = "a text with no other placeholders than {host}, {tenant} and {client_id}"
_MEANINGS: Final = get_args(Meaning)
_TEMPLATE: Final = re.compile(r"([^{}]|\{host\}|\{tenant\}|\{client_id\})+")


def read_xml(table: Table, key: str) -> etree._Element | None:
    """The XML file named by `key`, beside the table's own file."""
    name = table.text(key, pattern=_XML, expected="the name of an XML file beside this one")
    if not name:
        return None
    try:
        return parse_xml((table.file.parent / name).read_bytes(), blank_text=False)
    except (OSError, NotXml) as error:
        table.report(key, f"expected {name} to be a readable XML file ({error.__cause__ or error})")
        return None


def read_headers(table: Table, key: str) -> tuple[etree._Element, ...]:
    """The SOAP header elements of the file named by `key`: its root, or the children of a root `b:headers`."""
    root = read_xml(table, key) if key in table else None
    if root is None:
        return ()
    return tuple(root.iterchildren(etree.Element)) if root.tag == HEADERS else (root,)


def read_system(folder: Path, problems: list[Problem]) -> SystemType:
    """The system of a folder that holds a `system.toml`."""
    table = load_table(folder / FILE, problems)
    if not is_kind(folder.name):
        reserved = ", ".join(sorted(RESERVED_KINDS))
        table.report("", f"expected a folder name of small letters and digits, none of {reserved}")
    lists, samples = read_lists(folder, problems)
    kind = SystemType(
        name=folder.name,
        title=table.text("title"),
        description=table.text("description"),
        defaults=_read_defaults(table.table("defaults")),
        services=_read_services(table),
        namespaces=_read_namespaces(table),
        faults=tuple(_read_fault(row) for row in table.rows("faults")),
        lists=lists,
        samples=samples,
        soap_header=read_headers(table, "soap_header"),
        correlation_header=table.maybe_text("correlation_header", pattern=_HEADER, expected="a header name"),
        message=read_source(table, "message", pointer_check) if "message" in table else None,
        trust_setting=table.maybe_text("trust_setting"),
        client_setting=table.maybe_text("client_setting"),
    )
    table.done(
        "title, description, soap_header, correlation_header, message, trust_setting, client_setting, defaults, "
        "services, namespaces, faults"
    )
    return kind


def extend_system(system: SystemType, folder: Path, problems: list[Problem]) -> SystemType:
    """A known system with what a customer's folder adds: services (or newer versions of them), faults, lists."""
    lists, samples = read_lists(folder, problems)
    system = replace(system, lists={**system.lists, **lists}, samples=(system.samples - lists.keys()) | samples)
    if not (folder / FILE).exists():
        return system
    table = load_table(folder / FILE, problems)
    system = replace(
        system,
        services={**system.services, **_read_services(table)},
        namespaces={**system.namespaces, **_read_namespaces(table)},
        faults=(*(_read_fault(row) for row in table.rows("faults")), *system.faults),
    )
    table.done(f"services, namespaces, faults: the rest of '{system.name}' is built in")
    return system


def _read_services(table: Table) -> dict[str, str]:
    inner = table.table("services")
    services = inner.texts_by_name(pattern=_URL, expected=_STARTS)
    for name, url in services.items():
        if not clean_path(url.removeprefix("https://")):
            inner.report(name, "expected a path without empty segments, '.' and '..'")
    return services


def _read_namespaces(table: Table) -> dict[str, str]:
    return table.table("namespaces").texts_by_name(pattern=_NO_SPACE, expected="a namespace name")


def clean_path(path: str) -> bool:
    """Whether a path has no `.`, `..`, empty segments, or percent-encoding, which could hide them."""
    inner = path.strip("/").split("/")
    return (
        not path.startswith("//") and not path.endswith("//") and "%" not in path and not {"", ".", ".."} & set(inner)
    )


def _read_defaults(table: Table) -> Defaults:
    def template(key: str) -> str | None:
        return table.maybe_text(key, pattern=_TEMPLATE, expected=_FILLED)

    defaults = Defaults(
        path=cast(PathChoice, table.one_of("path", get_args(PathChoice), "auto")),
        resource_scope=template("resource_scope"),
        token_url=table.maybe_text("token_url", pattern=_TOKEN_URL, expected="an https URL without query"),
        client_authentication=cast(TokenAuth, table.one_of("client_authentication", get_args(TokenAuth), "none")),
        extra=table.table("extra").texts_by_name(pattern=_TEMPLATE, expected=_FILLED),
        assertion=cast(AssertionFormat, table.one_of("assertion", get_args(AssertionFormat), "saml")),
        issuer=template("issuer"),
        audience=template("audience"),
        jwt_issuer=template("jwt_issuer"),
        jwt_audience=template("jwt_audience"),
        constants=table.table("constants").texts_by_name(pattern=_TEMPLATE, expected=_FILLED),
        authn_context=table.maybe_text("authn_context", pattern=_NO_SPACE, expected="a URI"),
        instance_host=_read_pattern(table, "instance_host") if "instance_host" in table else None,
        encoding=cast(Encoding, table.one_of("encoding", get_args(Encoding), "base64url")),
        token_seconds=table.take("token_seconds", int, 600),
        timeout_seconds=table.take("timeout_seconds", float, 30.0),
    )
    table.done(
        "path, resource_scope, token_url, client_authentication, extra, assertion, issuer, audience, jwt_issuer, "
        "jwt_audience, constants, authn_context, instance_host, encoding, token_seconds, timeout_seconds"
    )
    return defaults


def _read_fault(row: Table) -> FaultRule:
    pattern = _read_pattern(row, "pattern")
    means = row.one_of("means", _MEANINGS)
    fix = row.maybe_text("fix") or ""
    row.done("pattern, means, fix")
    return FaultRule(pattern, cast(Meaning, means), fix)


def _read_pattern(table: Table, key: str) -> re.Pattern[str]:
    """A regular expression that can't take long; one that matches nothing if it is wrong.

    A test checks the built-in ones, because the check would take 10 ms of each cold start.
    """
    checked = BUILT_IN in table.file.parents
    try:
        return re.compile(table.text(key)) if checked else compile_pattern(table.text(key))
    except ValueError as error:
        table.report(key, f"expected a regular expression: it {error}")
        return re.compile("(?!)")


def read_lists(folder: Path, problems: list[Problem]) -> tuple[Lists, frozenset[str]]:
    """The choice lists of a system's folder by file name, and the names of those with shipped sample values."""
    samples: set[str] = set()
    lists = {file.stem: _read_list(file, samples, problems) for file in sorted((folder / "lists").glob("*.toml"))}
    return lists, frozenset(samples)


def _read_list(file: Path, samples: set[str], problems: list[Problem]) -> tuple[Mapping[str, str], ...]:
    table = load_table(file, problems)
    if table.take("sample", bool, False):
        samples.add(file.stem)
    titles, descriptions = table.table("titles").texts_by_name(), table.table("descriptions").texts_by_name()
    if not titles:
        table.report("titles", "expected at least one entry: value = title")
    for value in descriptions.keys() - titles.keys():
        table.report(f"descriptions.{value}", "has no title")
    table.done("titles, descriptions, sample")
    return tuple(
        {"value": value, "title": title, **({"description": descriptions[value]} if value in descriptions else {})}
        for value, title in titles.items()
    )
