"""Reading and writing elements of Workday's namespace (`urn:com.workday/bsvc`, attributes included)."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date

from lxml import etree

Element = etree._Element

ZONE: ContextVar[str] = ContextVar("zone", default="")
"""The suffix of dates, e.g. `-07:00`."""
WD = "urn:com.workday/bsvc"
NS = {"wd": WD}
Value = str | bool | int | float | date | None


def element(name: str, *content: Element | str | None, **attributes: Value) -> Element:
    """An element with text or children; None is left out."""
    made = etree.Element(f"{{{WD}}}{name}", nsmap=NS)
    for attribute, value in attributes.items():
        if value is not None:
            made.set(f"{{{WD}}}{attribute}", written(value))
    for part in content:
        if isinstance(part, str):
            made.text = part
        elif part is not None:
            made.append(part)
    return made


def leaf(name: str, value: Value) -> Element | None:
    """An element with a simple value; None for None and empty text, which Workday leaves out."""
    return None if value is None or value == "" else element(name, written(value))


def reference(name: str, ids: Mapping[str, str], descriptor: str | None = None) -> Element:
    """A reference with one ID of each kind, e.g. `{"WID": …, "Employee_ID": …}`."""
    return element(name, *(element("ID", value, type=kind) for kind, value in ids.items()), Descriptor=descriptor)


def written(value: Value) -> str:
    """The value as Workday writes it: booleans are 1 or 0, dates are ISO, in strict mode with a zone."""
    if isinstance(value, date) and ZONE.get():
        return f"{value}{ZONE.get()}"
    return str(int(value)) if isinstance(value, bool) else str(value)


def path(*names: str) -> str:
    """The XPath of nested elements."""
    return "/".join(f"wd:{name}" for name in names)


def find(parent: Element, *names: str) -> Element | None:
    return parent.find(path(*names), NS)


def find_all(parent: Element, *names: str) -> list[Element]:
    return parent.findall(path(*names), NS)


def text(parent: Element, *names: str) -> str:
    """The text of an element, empty if there is none."""
    return parent.findtext(path(*names), "", NS)


def flag(parent: Element, *names: str, default: bool = False) -> bool:
    found = find(parent, *names)
    return default if found is None else found.text in ("1", "true")


def attribute(node: Element, name: str) -> str | None:
    return node.get(f"{{{WD}}}{name}")


def attribute_flag(node: Element, name: str) -> bool:
    return attribute(node, name) in ("1", "true")


def ids(node: Element) -> dict[str, str]:
    """The IDs of a reference by kind."""
    return {attribute(one, "type") or "": one.text or "" for one in find_all(node, "ID")}
