"""The connector's title and contact, which people see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bridge.settings.reader import Reader

PLACEHOLDER_HOST = "bridge.example"
TITLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 -]{0,28}[A-Za-z0-9])?")
"""A title that every import accepts: letters, digits, spaces and hyphens, at most 30 characters."""
_CONTACT = re.compile(r"(?:(?P<name>[^<>@\"\r\n]{1,80}?) *<)?(?P<email>[!-;=?A-~]{1,100}@[A-Za-z0-9.-]{1,150})>?")


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact for questions about the connector."""

    name: str = "Service desk"
    email: str = f"service-desk@{PLACEHOLDER_HOST}"

    @classmethod
    def parse(cls, text: str) -> Contact | None:
        """From `Service desk <desk@contoso.com>`, or an e-mail address alone; None for anything else."""
        match = _CONTACT.fullmatch(text.strip())
        is_whole = match is not None and (match["name"] is not None) == text.strip().endswith(">")
        return cls(match["name"] or cls().name, match["email"]) if match and is_whole else None


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """`title` is None if the connector takes the name of its system."""

    title: str | None = None
    contact: Contact = field(default_factory=Contact)


def read_connector(group: Reader) -> ConnectorSettings:
    """The settings `BRIDGE_CONNECTOR__…`, both optional."""
    title = group.matching("TITLE", TITLE, "a title of at most 30 letters, digits, spaces and hyphens")
    text = group.text("CONTACT")
    contact = Contact.parse(text) if text else Contact()
    if contact is None:
        group.fault("CONTACT", "is no contact", "Write it as 'Service desk <desk@contoso.com>'")
    return ConnectorSettings(title, contact or Contact())
