"""The output of the demo: plain text that fits the terminal, with colour where the terminal has it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

WIDEST = 110
INDENT = " " * 4
LABEL = 8
STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Step:
    """One completed step: the request, the response, and the checks."""

    title: str
    sent: str
    back: str
    facts: Mapping[str, object] = field(default_factory=dict)
    checks: Mapping[str, bool] = field(default_factory=dict)
    ms: float | None = None

    @property
    def passed(self) -> bool:
        return all(self.checks.values())


@dataclass(frozen=True, slots=True)
class Screen:
    """Writes to `out`, `width` columns wide."""

    out: TextIO
    width: int
    colour: bool

    @classmethod
    def for_stdout(cls) -> Screen:
        """Colour only on a terminal, and not if NO_COLOR is set (no-color.org)."""
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(sys.stdout, min(shutil.get_terminal_size((80, 24)).columns, WIDEST), colour)

    def headline(self, text: str, *paragraphs: str) -> None:
        self._line(self._style(text, "bold"))
        for paragraph in paragraphs:
            self._line(textwrap.fill(paragraph, self.width))

    def chapter(self, text: str) -> None:
        self._line("")
        self._line(self._style(text, "bold", "cyan"))

    def step(self, number: int, step: Step) -> None:
        """The step as a block: a title with its time, then labelled lines, then the checks."""
        time = "" if step.ms is None else f"{step.ms:.0f} ms" if step.ms >= 1 else "<1 ms"
        title = f"{number:>2}  {step.title}"
        gap = " " * max(2, self.width - len(title) - len(time))
        self._line("")
        self._line(self._style(title, "bold") + gap + self._style(time, "dim"))
        self._labelled("sent", step.sent)
        self._labelled("back", step.back)
        column = max(map(len, step.facts), default=0) + 2
        for name, value in step.facts.items():
            self._labelled(name, str(value), inset=LABEL, column=column)
        for text, passed in step.checks.items():
            self._check(text, passed=passed)

    def failure(self, text: str, *details: str) -> None:
        self._line("")
        for line in (text, *details):
            self._line(self._style(textwrap.indent(line, INDENT), "red"))

    def close(self, text: str, *, passed: bool) -> None:
        self._line("")
        self._line(self._style(text, "bold", "green" if passed else "red"))

    def _labelled(self, label: str, text: str, *, inset: int = 0, column: int = LABEL) -> None:
        start = INDENT + " " * inset
        room = self.width - len(start) - column
        lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        self._line(start + self._style(label.ljust(column), "dim") + lines[0])
        for line in lines[1:]:
            self._line(start + " " * column + line)

    def _check(self, text: str, *, passed: bool) -> None:
        mark = self._style("✓ ", "green") if passed else self._style("✗ ", "bold", "red")
        lines = textwrap.wrap(text, self.width - len(INDENT) - 2)
        self._line(INDENT + mark + f"\n{INDENT}  ".join(lines))

    def _style(self, text: str, *names: str) -> str:
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(STYLES[name] for name in names)}m{text}\x1b[0m"

    def _line(self, text: str) -> None:
        self.out.write(text.rstrip() + "\n")
        self.out.flush()
