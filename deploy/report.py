"""Prints the answer of `GET /api/check` (standard input) as lines: what failed, with its fix, before the rest."""

from __future__ import annotations

import json
import sys

MARKS = {"ok": "✓", "failed": "✗", "warning": "!", "manual": "·"}


def main() -> None:
    """Reads a JSON report; what is no report is printed as it is, shortened."""
    text = sys.stdin.read()
    try:
        groups = json.loads(text)["groups"]
    except (ValueError, KeyError, TypeError):
        sys.exit(f"  not a report of the bridge: {text[:300]}")
    for group in groups:
        print(f"  {group['name']}")
        for line in sorted(group["lines"], key=lambda line: line["state"] != "failed"):
            print(f"    {MARKS.get(line['state'], '?')} {line['title']}")
            if line["state"] in ("failed", "warning"):
                for fix in line.get("fix", []):
                    print(f"        {fix}")


if __name__ == "__main__":
    main()
