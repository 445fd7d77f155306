"""The IDs that a tenant knows, and Workday's message for an unknown one."""

import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sandbox.workday.bsvc import WD, ZONE, Element, attribute, find_all
from sandbox.workday.faults import Invalid, Problem
from sandbox.workday.mode import Mode

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

COUNTRIES = frozenset(_DATA["countries"].split())  # ISO 3166-1 alpha-3
REGIONS = {country: frozenset(codes.split()) for country, codes in _DATA["regions"].items()}
PLACES: Mapping[str, str] = _DATA["places"]
LETTER_TEMPLATES = frozenset(_DATA["letter_templates"].split())
LANGUAGES = frozenset(_DATA["languages"].split())
RELATIONSHIPS = frozenset(_DATA["relationships"].split())
DEVICES = frozenset(_DATA["devices"].split())
GENDERS = frozenset(_DATA["genders"].split())
TIME_OFF_REASONS = frozenset(_DATA["time_off_reasons"].split())
FURTHEST = timedelta(days=3653)
EARLIEST = date(1900, 1, 1)


_MODE: ContextVar[Mode] = ContextVar("mode", default=Mode())  # noqa: B039 - a Mode is frozen
OWN = "TENANT_"
"""The prefix of the IDs that a tenant defines, in strict mode."""


@contextmanager
def in_mode(mode: Mode) -> Iterator[None]:
    """Set the mode of the tenant inside the block."""
    token, zone = _MODE.set(mode), ZONE.set("-07:00" if mode.zones else "")
    try:
        yield
    finally:
        _MODE.reset(token)
        ZONE.reset(zone)


def mode() -> Mode:
    return _MODE.get()


def of_tenant(values: Iterable[str]) -> frozenset[str]:
    """The IDs of a list that each tenant defines: in strict mode they differ from the shipped samples."""
    return frozenset(f"{OWN}{value}" for value in values) if mode().lists else frozenset(values)


def wid(id_type: str, value: str) -> str:
    """The Workday ID of a thing with another ID: the same in every run."""
    return uuid5(NAMESPACE_URL, f"workday:{id_type}:{value}").hex


def known_id(reference: Element, id_type: str, known: Container[str]) -> str:
    """The ID of a reference, if it is of this type and the tenant knows it."""
    first = find_all(reference, "ID")[0]
    value, given = first.text or "", attribute(first, "type")
    if given != id_type:
        raise invalid(first, f"'{given}' is not a valid ID type for this reference; use {id_type}.")
    if value not in known:
        raise unknown_id(first)
    return value


def unknown_id(node: Element) -> Invalid:
    value, type_ = node.text or "", attribute(node, "type")
    return invalid(node, f"Invalid ID value.  '{value}' is not a valid ID value for type = '{type_}'")


def invalid(node: Element, message: str, detail: str = "") -> Invalid:
    """A validation error at this place of the request."""
    return Invalid(Problem(message, where(node), detail))


def country(reference: Element) -> str:
    return known_id(reference, "ISO_3166-1_Alpha-3_Code", COUNTRIES)


def region(reference: Element, country: str) -> str:
    """A region like USA-IL, which must be in the country."""
    node = find_all(reference, "ID")[0]
    value = node.text or ""
    if attribute(node, "type") != "Country_Region_ID":
        return known_id(reference, "Country_Region_ID", ())
    prefix, _, code = value.partition("-")
    if prefix not in COUNTRIES or not code or code not in REGIONS.get(prefix, (code,)):
        raise unknown_id(node)
    if prefix != country:
        detail = f"{value} is not a region of {country}."
        raise invalid(node, "Region Name must be valid for the specified Country.", detail)
    return value


def effective_date(node: Element | None, subject: str) -> date:
    """The date of a change, today if none is given; an impossible one is refused."""
    if node is None or not node.text:
        return date.today()  # noqa: DTZ011 - a day of the calendar on the wall
    day = date.fromisoformat(node.text[:10])
    if not EARLIEST <= day <= date.today() + FURTHEST:  # noqa: DTZ011
        message = "The entered information does not meet the restrictions defined for this field."
        raise invalid(node, message, f"{day} is not a possible effective date for {subject}.")
    return day


def where(node: Element) -> str:
    """The place in the request, e.g. /wd:Change_Legal_Name_Request/wd:Change_Legal_Name_Data."""
    names = [node.tag, *(one.tag for one in node.iterancestors())]
    inside = [str(name).rpartition("}")[2] for name in names if str(name).startswith(f"{{{WD}}}")]
    return "".join(f"/wd:{name}" for name in reversed(inside))
