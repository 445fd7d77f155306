"""Text for a terminal: wrapped to its width, in colour where that is wanted, without control characters."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from bridge.tokens.display import plain

Style = Literal["plain", "bold", "dim", "red", "green", "yellow", "cyan"]

WIDEST = 100
_NARROWEST = 40
_NO_LIMIT = 1_000_000
_CODES: Mapping[Style, str] = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33", "cyan": "36"}
_MARKS: Mapping[str, tuple[str, str, Style]] = {
    "good": ("✓", "OK", "green"),
    "bad": ("✗", "X", "red"),
    "warning": ("!", "!", "yellow"),
    "note": ("·", "-", "dim"),
    "here": ("▶", ">", "red"),
}
_SIMPLER = str.maketrans({"…": "...", "→": "->", "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "·": "-"})

Mark = Literal["good", "bad", "warning", "note", "here"]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command writes. All text is made safe first: an escape sequence in it is shown as text.

    `width` is in columns. `unicode` says whether the stream can carry more than ASCII.
    """

    stream: TextIO
    width: int
    colour: bool
    unicode: bool

    @classmethod
    def of(cls, stream: TextIO | None = None, env: Mapping[str, str] = os.environ, *, widest: int = WIDEST) -> Screen:
        """For a stream, standard output by default. NO_COLOR (no-color.org) and FORCE_COLOR are honoured."""
        stream = stream or sys.stdout
        columns = shutil.get_terminal_size((widest, 24)).columns
        return cls(stream, max(_NARROWEST, min(columns, widest)), _wants_colour(stream, env), _can_unicode(stream))

    def style(self, text: str, style: Style) -> str:
        """`text`, made safe, in a style. The only place that writes escape sequences."""
        safe = plain(text, _NO_LIMIT)
        if not self.unicode:
            safe = safe.translate(_SIMPLER).encode("ascii", "backslashreplace").decode("ascii")
        return f"\x1b[{_CODES[style]}m{safe}\x1b[0m" if self.colour and style in _CODES and safe else safe

    def mark(self, mark: Mark) -> str:
        """✓, ✗ and the like, or their replacement in ASCII."""
        fine, simple, style = _MARKS[mark]
        return self.style(fine if self.unicode else simple, style)

    def line(self, *parts: str | tuple[str, Style]) -> None:
        """One line, not wrapped. A part is text, or text with its style."""
        print(
            "".join(self.style(*((part, "plain") if isinstance(part, str) else part)) for part in parts),
            file=self.stream,
        )

    def marked(self, mark: Mark, text: str, style: Style = "bold") -> None:
        """A wrapped paragraph behind a mark."""
        lines = self._wrapped(text, self.width - 3)
        print(f"{self.mark(mark)} {self.style(lines[0], style)}", file=self.stream)
        for line in lines[1:]:
            print(f"  {self.style(line, style)}", file=self.stream)

    def heading(self, text: str) -> None:
        """A heading, with an empty line before it."""
        print(f"\n{self.style(text, 'bold')}", file=self.stream)

    def text(self, text: str, *, indent: int = 2, first: str = "", style: Style = "plain") -> None:
        """A wrapped paragraph. `first` (a number, a bullet) begins its first line; the others are indented as far."""
        left = " " * indent
        for number, line in enumerate(self._wrapped(text, self.width - indent - len(first))):
            print(f"{left}{first if number == 0 else ' ' * len(first)}{self.style(line, style)}", file=self.stream)

    def named(self, name: str, text: str, *, width: int, mark: Mark | None = None, style: Style = "plain") -> None:
        """A name in a column of `width` after an optional mark, and its wrapped text beside it."""
        lines = self._wrapped(text, self.width - width - 4)
        sign = self.mark(mark) if mark else " "
        print(
            f"{sign} {self.style(name.ljust(width), 'bold')}  {self.style(lines[0], style)}".rstrip(), file=self.stream
        )
        for line in lines[1:]:
            print(" " * (width + 4) + self.style(line, style), file=self.stream)

    def steps(self, steps: Iterable[str]) -> None:
        """Numbered paragraphs."""
        for number, step in enumerate(steps, 1):
            self.text(step, first=f"{number}. ")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table whose last column wraps. Columns are as wide as their widest cell."""
        widths = [max(len(plain(row[column])) for row in (head, *rows)) for column in range(len(head) - 1)]
        left = sum(widths) + 2 * len(widths)
        for number, row in enumerate((head, *rows)):
            style: Style = "bold" if number == 0 else "plain"
            last = self._wrapped(row[-1], max(20, self.width - left))
            cells = "".join(
                self.style(plain(cell).ljust(width + 2), style) for cell, width in zip(row, widths, strict=False)
            )
            print(f"{cells}{self.style(last[0], style)}".rstrip(), file=self.stream)
            for line in last[1:]:
                print(" " * left + self.style(line, style), file=self.stream)

    def _wrapped(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(plain(text, _NO_LIMIT), max(width, 20), break_on_hyphens=False) or [""]


def refuse(message: str) -> int:
    """Print what is wrong with the request to standard error. Exit status 2."""
    Screen.of(sys.stderr).line(message)
    return 2


def _wants_colour(stream: TextIO, env: Mapping[str, str]) -> bool:
    if env.get("NO_COLOR") or env.get("TERM") == "dumb":
        return False
    if env.get("FORCE_COLOR"):
        return True
    old_console = sys.platform == "win32" and not (env.get("WT_SESSION") or env.get("TERM") or env.get("ANSICON"))
    return stream.isatty() and not old_console


def _can_unicode(stream: TextIO) -> bool:
    try:
        "✓✗▶·…→".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
