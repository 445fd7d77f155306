"""Invisible characters. They make two different texts look the same, so a name must not contain one."""

from __future__ import annotations

from typing import Final

_RANGES: Final = (
    # Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt): a display leaves these out.
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
    # Characters whose glyph is empty, though no property says so: Braille blank, object replacement, fillers.
    *((0x2800, 0x2800), (0xFFFC, 0xFFFC), (0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159)),
)


def is_visible(text: str) -> bool:
    """Whether every character of `text` is printable and visible. The ordinary space counts as visible."""
    return text.isprintable() and (text.isascii() or not any(map(_is_blank, text)))


def without_blanks(text: str) -> str:
    """`text` without invisible characters."""
    return text if text.isascii() else "".join(one for one in text if not _is_blank(one))


def _is_blank(one: str) -> bool:
    code = ord(one)
    return code > 0xAC and any(first <= code <= last for first, last in _RANGES)
