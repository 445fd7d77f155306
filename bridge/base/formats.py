"""The forms of identifiers that several packages recognise. Every pattern is for `fullmatch`."""

from __future__ import annotations

import re
from typing import Final

GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""In either case. Entra writes ids in lower case: see `ENTRA_ID`."""

ENTRA_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A tenant, object or application id in a claim."""

HOST: Final = re.compile(r"(?=.{1,259}\Z)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
"""A host name or IPv4 address, with or without a port."""
