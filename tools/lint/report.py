"""The findings of a lint for people, for programs (JSON), and for a pull request (SARIF 2.1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bridge import __version__
from tools.lint.check import Result, order
from tools.lint.connector import Connector
from tools.lint.rule import RULES, Finding, Rule, Severity

PLACES_SHOWN = 5
MAX_FINDINGS = 1000
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_TOKEN = re.compile(r'\s*(?P<token>"(?:[^"\\]|\\.)*"(?P<key>\s*:)?|//[^\n]*|/\*.*?\*/|[^\s"])', re.DOTALL)
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one run. With `certify`, severities are those for certification."""

    result: Result
    connectors: Sequence[Connector]
    certify: bool = False
    lines: dict[str, dict[str, int]] = field(default_factory=dict)
    """File → JSON Pointer → line, filled by `line`."""

    @property
    def findings(self) -> list[Finding]:
        """The findings that are kept, errors first, then by rule."""
        return sorted(self.result.findings, key=lambda one: (order(one.rule, self.certify), one.rule.name))

    @property
    def listed(self) -> list[Finding]:
        """The findings for a program: at most `MAX_FINDINGS`, errors first."""
        return self.findings[:MAX_FINDINGS]

    def total(self, level: Severity) -> int:
        """The number of findings of that severity, listed or not."""
        return self.result.total(level, self.certify)

    @property
    def exit_status(self) -> int:
        """0 without errors, 1 with."""
        return int(self.total(Severity.ERROR) > 0)

    @property
    def files(self) -> list[str]:
        return [file for connector in self.connectors for file in connector.files]

    @property
    def notes(self) -> list[str]:
        """The notes of all connectors: see `Connector.notes`."""
        return [note for connector in self.connectors for note in connector.notes()]

    def by_rule(self, level: Severity) -> Iterator[tuple[Rule, int, list[Finding]]]:
        """The broken rules of one severity, each with its count and its findings; the most frequent first."""
        findings = self.findings
        for name, count in self.result.counts.most_common():
            if RULES[name].level(self.certify) is level:
                yield RULES[name], count, [one for one in findings if one.rule.name == name]

    def summary(self) -> str:
        """The last line: the counts, and what follows from them."""
        counts = [_counted(self.total(level), level) for level in Severity]
        question = "be certified" if self.certify else "import and run in an agent"
        verdict = "will not" if self.exit_status else "should"
        has_placeholders = any(connector.placeholders for connector in self.connectors) and not self.exit_status
        condition = ", once its placeholders are replaced" if has_placeholders else ""
        files = _counted(len(self.files), "file")
        return f"{', '.join(counts)} in {files}: the connector {verdict} {question}{condition}."

    def to_json(self) -> Json:
        """The object of `--json`: see docs/connector.md."""
        totals: Json = {f"{level}s": self.total(level) for level in Severity}
        return {
            "findings": [
                {
                    "rule": one.rule.name,
                    "severity": one.rule.severity,
                    "certification": one.rule.certification,
                    "file": one.file,
                    "pointer": one.place,
                    "message": one.message,
                    "fix": one.rule.fix,
                }
                for one in self.listed
            ],
            "summary": {
                "question": "certification" if self.certify else "import",
                "files": len(self.files),
                **totals,
                "omitted": sum(self.result.counts.values()) - len(self.listed),
                "rules": dict(self.result.counts.most_common()),
                "notes": self.notes,
            },
        }

    def to_sarif(self) -> Json:
        """The SARIF log: each finding at its line."""
        names = sorted({one.rule.name for one in self.listed})
        driver = {
            "name": "bridge connector lint",
            "version": __version__,
            "rules": [
                {
                    "id": name,
                    "shortDescription": {"text": RULES[name].title},
                    "fullDescription": {"text": f"{RULES[name].title}. {RULES[name].fix}"},
                    "help": {"text": RULES[name].fix},
                    "defaultConfiguration": {"level": _LEVELS[RULES[name].level(self.certify)]},
                }
                for name in names
            ],
        }
        results = [self._sarif_result(one, names) for one in self.listed]
        return {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        }

    def line(self, finding: Finding) -> int:
        """The line of a finding; that of the value around its place if the place does not exist."""
        if finding.file not in self.lines:
            self.lines[finding.file] = _lines(finding.file)
        lines, place = self.lines[finding.file], finding.place
        while place and place not in lines:
            place = place.rpartition("/")[0]
        return lines.get(place, 1)

    def _sarif_result(self, finding: Finding, names: list[str]) -> Json:
        return {
            "ruleId": finding.rule.name,
            "ruleIndex": names.index(finding.rule.name),
            "level": _LEVELS[finding.rule.level(self.certify)],
            "message": {"text": f"{finding.message}. {finding.rule.fix}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(finding.file)},
                        "region": {"startLine": self.line(finding)},
                    },
                    "logicalLocations": [{"fullyQualifiedName": finding.place or "/"}],
                }
            ],
        }


def _uri(file: str) -> str:
    """Relative to the current folder, as code scanning requires; absolute for a file outside it."""
    path = Path(file).resolve()
    return quote(path.relative_to(Path.cwd()).as_posix()) if path.is_relative_to(Path.cwd()) else path.as_uri()


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _lines(file: str) -> dict[str, int]:
    """JSON Pointer → the line on which the value begins; empty for a file that cannot be read again."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return {}
    found, stack, line = {"": 1}, list[str | int](), 1
    for match in _TOKEN.finditer(text):
        sign = match["token"]
        line += match[0].count("\n", 0, match.start("token") - match.start())
        if match["key"]:
            stack[-1:] = [sign.rstrip(": \t\r\n")[1:-1].replace("~", "~0").replace("/", "~1")]
        elif sign in ("{", "["):
            stack.append("" if sign == "{" else 0)
        elif sign in ("}", "]"):
            stack[-1:] = []
        elif sign == "," and stack and isinstance(stack[-1], int):
            stack[-1] += 1
        found.setdefault("".join(f"/{key}" for key in stack), line)
        line += sign.count("\n")
    return found
