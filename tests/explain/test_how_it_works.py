"""docs/how-it-works.md: its tokens are what it says they are."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from tests.explain.test_stories import OUR_API
from tests.support.tokens import token
from tools.explain import explain

TEXT = (Path(__file__).parents[2] / "docs" / "how-it-works.md").read_text(encoding="utf-8")


def test_each_hops_token_gets_the_verdict_that_the_page_says() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(\{.*?\})\n```", TEXT, re.DOTALL)]
    now = int(time.time())
    times = {"iat": now, "nbf": now, "exp": now + 3600}
    tokens = [token({**block, **times}) for block in blocks if "aud" in block]
    verdicts = [[item.advice.code for item in explain(raw, OUR_API, now=now).items] for raw in tokens]
    assert verdicts == [["audience_apihub"], [], []], "A is refused, B is right in both forms"
