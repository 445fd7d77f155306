"""docs/recipe.md: its HTTP requests have the results on the page, and the lines that it quotes are in the example."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from sandbox.stack import ROOT
from tests.people.kit import FILE, sandbox, settings

PAGE = (ROOT / "docs" / "recipe.md").read_text("utf-8")


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def send(block: str, values: Mapping[str, str], facts: Mapping[str, Any]) -> tuple[int, str]:
    """Sends a block's request to the sandbox; status and body. Raises KeyError for a placeholder without a value."""
    (method, url), *lines = (line.split(" ", 1) for line in block.splitlines())
    text = [filled(" ".join(line), values) for line in lines]
    headers = dict(line.split(": ", 1) for line in text if method == "GET")
    form = dict(line.split("=", 1) for line in text if method == "POST")
    place = filled(url, values).replace("https://login.microsoftonline.com", facts["entra"])
    response = requests.request(method, place, headers=headers, data=form or None, verify=facts["ca"], timeout=30)
    return response.status_code, response.text


def test_the_four_requests_do_what_the_page_says(facts: dict[str, Any]) -> None:
    env = settings(facts)
    values = {
        "tenant": env["TENANT_ID"],
        "incoming_token": sandbox(facts, "POST", "entra", "/sandbox/token")["access_token"],
        **{name.lower(): value for name, value in env.items()},
    }
    blocks = re.findall(r"```http\n(.*?)\n\nHTTP/1.1 (\d+)\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(blocks) == PAGE.count("```http") == 4
    for (request, status, part), earned in zip(blocks, ("", "assertion", "workday_token", ""), strict=True):
        got, body = send(request, values, facts)
        assert (got, part in body) == (int(status), True), body
        if earned:
            values[earned] = json.loads(body)["access_token"].rstrip("=")


def test_the_lines_that_lack_something_are_the_examples() -> None:
    table = PAGE.partition("## What these lines lack")[2]
    named = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| `")]
    source = FILE.read_text("utf-8")
    assert len(named) > 8
    assert [line for line in named if line.strip("`") not in source] == []


def test_the_size_that_the_page_and_the_readme_name() -> None:
    code = [line for line in FILE.read_text("utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#")]
    packages = FILE.with_name("requirements.txt").read_text("utf-8").split()
    assert round(len(code), -1) == 80
    assert len(packages) == 6
    assert "about 80 lines and six packages" in PAGE
    assert "the recipe: 80 lines of your own" in (ROOT / "README.md").read_text("utf-8")


def test_each_app_setting_is_in_the_page() -> None:
    read = "".join(Path(file).read_text("utf-8") for file in FILE.parent.glob("*.py"))
    names = set(re.findall(r"""(?:E|os\.environ)\[['"](\w+)['"]\]""", read))
    assert len(names) > 7
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
