"""The connector's icon: a bridge on the brand colour, drawn from one table of strokes as SVG and as PNG.

Limits of the import: PNG, square, 100 to 230 pixels, below 1 MB, no transparent or white background.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from itertools import pairwise

SIZE = 160
_FINE = 3
_STROKE = 5.0
_LINES = (
    ((16, 112), (144, 112)),
    ((48, 128), (48, 48)),
    ((112, 128), (112, 48)),
)
_CABLES = (((48, 50), (80, 108), (112, 50)), ((16, 108), (34, 92), (48, 50)), ((144, 108), (126, 92), (112, 50)))
"""Quadratic curves: start, control point, end."""
_HANGERS = ((64, 71), (80, 79), (96, 71))
"""Where a cable holds the deck: place and height of the cable there."""
Point = tuple[float, float]
Segment = tuple[Point, Point]


def svg(color: str) -> str:
    """The icon as SVG; `color` as `#rrggbb`."""
    straight = [*_LINES, *(((at, top), (at, 112)) for at, top in _HANGERS)]
    paths = [f"M{ax} {ay}L{bx} {by}" for (ax, ay), (bx, by) in straight]
    paths += [f"M{ax} {ay}Q{cx} {cy} {bx} {by}" for (ax, ay), (cx, cy), (bx, by) in _CABLES]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">'
        f'<rect width="{SIZE}" height="{SIZE}" fill="{color}"/><path d="{"".join(paths)}" fill="none" '
        f'stroke="#fff" stroke-width="{_STROKE:g}" stroke-linecap="round"/></svg>\n'
    )


def png(color: str) -> bytes:
    """The same icon as an RGB image."""
    ground = bytes.fromhex(color.removeprefix("#"))
    rows = (b"\0" + b"".join(_mixed(ground, share) for share in row) for row in _coverage(list(_segments())))
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


def _segments() -> Iterable[Segment]:
    yield from _LINES
    yield from (((at, top), (at, 112)) for at, top in _HANGERS)
    for start, control, end in _CABLES:
        points = [_on_curve(start, control, end, step / 12) for step in range(13)]
        yield from pairwise(points)


def _on_curve(start: Point, control: Point, end: Point, at: float) -> Point:
    near, far, middle = (1 - at) ** 2, at**2, 2 * at * (1 - at)
    x, y = (near * start[axis] + middle * control[axis] + far * end[axis] for axis in (0, 1))
    return x, y


def _coverage(segments: list[Segment]) -> list[list[float]]:
    """How much of each pixel is white, from `_FINE` samples a side, drawn along each stroke."""
    side = SIZE * _FINE
    samples = bytearray(side * side)
    radius = _STROKE / 2
    for (ax, ay), (bx, by) in segments:
        for y in range(int((min(ay, by) - radius) * _FINE), int((max(ay, by) + radius) * _FINE) + 1):
            for x in range(int((min(ax, bx) - radius) * _FINE), int((max(ax, bx) + radius) * _FINE) + 1):
                if _distance(x / _FINE, y / _FINE, (ax, ay), (bx, by)) <= radius:
                    samples[y * side + x] = 1
    return [[_share(samples, x, y) for x in range(SIZE)] for y in range(SIZE)]


def _at(x: int, y: int, row: int) -> int:
    return (y * _FINE + row) * SIZE * _FINE + x * _FINE


def _share(samples: bytearray, x: int, y: int) -> float:
    rows = (samples[_at(x, y, row) : _at(x, y, row) + _FINE] for row in range(_FINE))
    return sum(map(sum, rows)) / _FINE**2


def _distance(x: float, y: float, start: Point, end: Point) -> float:
    (ax, ay), (bx, by) = start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    at = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) if length else 0.0
    return float(((x - ax - at * (bx - ax)) ** 2 + (y - ay - at * (by - ay)) ** 2) ** 0.5)
