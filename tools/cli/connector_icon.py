"""The connector's icon: a bridge on the brand colour, drawn from one table of strokes as SVG and as PNG.

Limits of the import: PNG, square, 100 to 230 pixels, below 1 MB, no transparent or white background.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise

SIZE = 160
_STROKE = 5.0
_DECK = 112
_CABLES = (((48, 50), (80, 108), (112, 50)), ((16, 108), (34, 92), (48, 50)), ((144, 108), (126, 92), (112, 50)))
"""Quadratic curves: start, control point, end."""
_HANGERS = ((64, 71), (80, 79), (96, 71))
"""Where a cable holds the deck: place and height of the cable there."""
_LINES = (
    ((16, _DECK), (144, _DECK)),
    *(((tower, 128), (tower, 48)) for tower in (48, 112)),
    *(((at, top), (at, _DECK)) for at, top in _HANGERS),
)


def svg(color: str) -> str:
    """The icon as SVG; `color` as `#rrggbb`."""
    paths = [f"M{ax} {ay}L{bx} {by}" for (ax, ay), (bx, by) in _LINES]
    paths += [f"M{ax} {ay}Q{cx} {cy} {bx} {by}" for (ax, ay), (cx, cy), (bx, by) in _CABLES]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{color}"/><path d="{"".join(paths)}" fill="none" '
        f'stroke="#fff" stroke-width="{_STROKE:g}" stroke-linecap="round"/></svg>\n'
    )


def png(color: str) -> bytes:
    """The same icon as an RGB image."""
    ground = bytes.fromhex(color.removeprefix("#"))
    rows = (b"\0" + b"".join(_mixed(ground, share) for share in row) for row in _coverage())
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def is_icon(data: bytes) -> bool:
    """Whether a file is a PNG within the limits of the import."""
    if len(data) >= 1024 * 1024 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 33:
        return False
    width, height = struct.unpack(">II", data[16:24])
    return bool(width == height and 100 <= width <= 230)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _mixed(ground: bytes, share: float) -> bytes:
    return bytes(round(255 * share + value * (1 - share)) for value in ground)


def _segments() -> Iterator[tuple[complex, complex]]:
    """Start and end of each stroke; a curve is twelve of them."""
    yield from ((complex(*start), complex(*end)) for start, end in _LINES)
    for curve in _CABLES:
        start, control, end = (complex(*point) for point in curve)
        steps = (step / 12 for step in range(13))
        yield from pairwise((1 - at) ** 2 * start + 2 * at * (1 - at) * control + at**2 * end for at in steps)


def _coverage() -> list[list[float]]:
    """How much of each pixel is white, from 0 to 1: drawn along each stroke, with soft edges."""
    white = [[0.0] * SIZE for _ in range(SIZE)]
    reach = int(_STROKE / 2) + 2
    for start, end in _segments():
        for y in range(int(min(start.imag, end.imag)) - reach, int(max(start.imag, end.imag)) + reach):
            for x in range(int(min(start.real, end.real)) - reach, int(max(start.real, end.real)) + reach):
                distance = _distance(complex(x + 0.5, y + 0.5), start, end)
                white[y][x] = max(white[y][x], min(1.0, _STROKE / 2 + 0.5 - distance))
    return white


def _distance(point: complex, start: complex, end: complex) -> float:
    """From a point to a stroke."""
    along = end - start
    at = ((point - start) * along.conjugate()).real / abs(along) ** 2
    return abs(point - start - along * max(0.0, min(1.0, at)))
