"""Prints the response of `GET /api/check` (standard input) as lines. Failures come first in their group."""

from __future__ import annotations

import json
import sys

MARKS = {"ok": "✓", "failed": "✗", "warning": "!", "manual": "·"}

if __name__ == "__main__":
    text = sys.stdin.read()
    try:
        groups = json.loads(text)["groups"]
    except (ValueError, KeyError, TypeError):
        sys.exit(f"  not a report of the bridge: {text[:300]}")
    for group in groups:
        print(f"  {group['name']}")
        for line in sorted(group["lines"], key=lambda line: line["state"] != "failed"):
            print(f"    {MARKS.get(line['state'], '?')} {line['title']}")
            for fix in line.get("fix", []) if line["state"] in ("failed", "warning") else ():
                print(f"        {fix}")
