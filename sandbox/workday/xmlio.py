"""Parsing and schema validation of received XML: no document type, no entities, no network."""

from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

Element = etree._Element


class NotXml(Exception):
    """Not well-formed, or with a document type."""


def parse(data: bytes, *, comments: bool) -> Element:
    """The root element; comments and processing instructions stay in only if `comments`."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not comments,
        remove_pis=not comments,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise NotXml("It is not well-formed XML.") from error
    about: Any = root.getroottree().docinfo
    if about.doctype:
        raise NotXml("It must not have a document type.")
    return root


class Schema:
    """An XML schema that threads can share."""

    def __init__(self, file: Path) -> None:
        self._schema = etree.XMLSchema(etree.parse(file))
        self._lock = Lock()  # validate() writes its findings on the schema object

    def problems(self, root: Element) -> list[tuple[str, str]]:
        """(message, path) for each violation of the schema."""
        with self._lock:
            self._schema.validate(root)
            log: Any = self._schema.error_log
            return [(entry.message, entry.path or "") for entry in log]
