"""The settings of a system's pass-through: which paths, methods and headers are open. By default, none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.routes import METHODS
from bridge.settings.reader import Reader

SEGMENT: Final = re.compile(r"[A-Za-z0-9_.~$()',=:@!*-]{1,200}")
"""A segment of a path, without characters that a server could decode or read as the end of the path."""
FORBIDDEN_SEGMENT: Final = re.compile(r"\.+|\$batch.*", re.IGNORECASE)
"""`.`, `..` and more dots; `$batch`, by which OData sends many requests in one."""

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_FORBIDDEN_HEADER: Final = re.compile(
    r"accept|accept-encoding|authorization|cache-control|connection|cookie|date|expect|forwarded|from|host|keep-alive"
    r"|link|location|origin|pragma|proxy-.*|refresh|referer|sec-.*|server|set-cookie|soapaction|te|trailer"
    r"|transfer-encoding|upgrade|user-agent|vary|via|www-authenticate|content-.*|access-control-.*|clear-site-data"
    r"|strict-transport-security|alt-svc|x-(http-)?method(-override)?|x-original-.*|x-rewrite-.*|x-forwarded-.*|x-ms-.*"
    r"|x-real-ip|x-functions-key|x-content-type-options|x-frame-options|x-correlation-id|idempotency-key",
    re.IGNORECASE,
)
"""Headers that HTTP and the bridge set: on the connection, the caller, the method, the path, and the body's type."""


@dataclass(frozen=True, slots=True)
class RawSettings:
    """`prefixes` are paths as tuples of segments. `headers` are in lower case, for requests and responses."""

    prefixes: tuple[tuple[str, ...], ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]

    def opens(self, segments: Sequence[str]) -> bool:
        """Whether a path begins with one of the prefixes, compared segment by segment and case-sensitively."""
        return any(tuple(segments[: len(prefix)]) == prefix for prefix in self.prefixes)


def is_segment(text: str) -> bool:
    """Whether `text` can be a segment of a path that is passed on."""
    return bool(SEGMENT.fullmatch(text)) and not FORBIDDEN_SEGMENT.fullmatch(text)


def read_raw(group: Reader) -> RawSettings | None:
    """None if the pass-through is closed, as it is without `PREFIXES`."""
    prefixes, methods, headers = group.words("PREFIXES"), group.words("METHODS"), group.words("HEADERS")
    if not prefixes:
        if (methods or headers) and not group.has("PREFIXES"):
            group.fault("PREFIXES", "is missing, so nothing is open", "Name the paths, or remove the other settings")
        return None
    paths = tuple(tuple(prefix.removeprefix("/").split("/")) for prefix in prefixes)
    if wrong := [prefix for prefix, path in zip(prefixes, paths, strict=True) if not _is_path(prefix, path)]:
        group.fault("PREFIXES", f"holds {wrong[0]}, which is not a path", "Write /segment/segment, without ..")
    if unknown := sorted(set(methods) - set(METHODS)):
        group.fault("METHODS", f"holds {', '.join(unknown)}", f"Some of {', '.join(METHODS)}, separated by spaces")
    if bad := [name for name in headers if not _NAME.fullmatch(name) or _FORBIDDEN_HEADER.fullmatch(name)]:
        group.fault("HEADERS", f"holds {', '.join(bad)}", "HTTP and the bridge set these; remove them")
    return RawSettings(paths, methods or ("GET",), tuple(dict.fromkeys(name.lower() for name in headers)))


def _is_path(prefix: str, segments: Sequence[str]) -> bool:
    return prefix.startswith("/") and all(map(is_segment, segments))
