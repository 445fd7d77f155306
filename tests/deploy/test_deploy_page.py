"""docs/deploy.md: its actions are counted and run, its arithmetic is computed again, no name is somebody's."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy import bicep
from tests.deploy.conftest import SECRET, Cloud

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
STEPS = PAGE.partition("## 1. ")[2].partition("## I have these already")[0]
BOXES = re.split(r"^- \[ \] ", STEPS, flags=re.MULTILINE)[1:]
COMMANDS = re.compile(r"^ *```bash\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
MOST = 25


def commands(text: str) -> list[str]:
    """The commands of its blocks, lines that go on joined."""
    lines = [line.strip() for block in COMMANDS.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line]


def test_at_most_25_actions_by_hand_and_the_page_says_how_many() -> None:
    [said] = re.findall(r"\*\*(\d+) actions by hand\*\*", PAGE)
    assert int(said) == len(BOXES) <= MOST


def test_every_command_of_the_steps_is_an_action_of_its_own() -> None:
    outside = re.split(r"^- \[ \] (?:.*\n(?:  .*\n|\n(?=  ))*)", STEPS, flags=re.MULTILINE)
    assert [command for text in outside for command in commands(text)] == []
    assert [box for box in BOXES if len(commands(box)) > 1] == []


def test_the_page_followed_to_the_letter(cloud: Cloud) -> None:
    """Each script of the page in its order. What it prints is put into the parameters file before the next."""
    scripts = [command for box in BOXES for command in commands(box) if command.startswith("deploy/")]
    assert len(scripts) == 10
    for command in scripts:
        script, *options = command.removeprefix("deploy/").split()
        done = cloud.run(script, *options, stdin=f"{SECRET}\n")
        assert done.status == 0, (command, done.text)
        if "--dry-run" not in options and "\nparam" in f"\n{done.printed}":
            cloud.paste(done.printed)
    assert len(cloud.state["apps"]) == 2
    assert cloud.state["published"]


# ---- What is billed -------------------------------------------------------------------------------------------------

OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def computed(formula: str, names: dict[str, float]) -> float:
    """A formula of the page: sums, products and quotients."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.Name):
            return names[node.id]
        assert isinstance(node, ast.Constant)
        return float(node.value)  # type: ignore[arg-type]

    return value(ast.parse(formula.replace("×", "*"), mode="eval").body)


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first row begins so."""
    lines = PAGE.partition(f"| {heading}")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" *").replace(",", "") for cell in line.strip("|").split("|")] for line in lines]


def test_the_monthly_cost_is_what_its_arithmetic_gives() -> None:
    rows = table("what | arithmetic | 0 people")
    for column, people in enumerate((0, 1000, 10_000), start=2):
        names: dict[str, float] = {"people": people}
        names["requests"] = computed(rows[0][1], names)
        assert float(rows[0][column]) == names["requests"]
        costs = [round(computed(row[1], names), 2) for row in rows[1:-1]]
        assert [float(row[column]) for row in rows[1:-1]] == costs
        assert float(rows[-1][column]) == pytest.approx(sum(costs))


def test_what_comes_on_top_is_what_its_arithmetic_gives() -> None:
    rows = table("what | arithmetic | a month")
    assert len(rows) == 2
    assert [float(row[2]) for row in rows] == [round(computed(row[1], {}), 2) for row in rows]


@pytest.mark.skipif(not bicep.CHECKER.exists(), reason="the Bicep parser lies beside the project in CI only")
def test_the_arithmetic_counts_what_the_template_makes() -> None:
    production = bicep.deploy(ROOT / "infra" / "main.bicep", {"name": "x-y-z", "privateNetwork": True})
    windows = [
        one.body["properties"]["evaluationFrequency"] for one in production.of("Microsoft.Insights/scheduledQueryRules")
    ]
    often = windows.count("PT5M")
    formulas = {row[0]: row[1] for row in (*table("what | arithmetic | 0"), *table("what | arithmetic | a month"))}
    assert formulas["alerts"] == f"{often} × 1.50 + {len(windows) - often} × 0.50"
    assert "PT1M" not in windows, "a rule that runs every minute costs more"
    endpoints, zones = (len(production.of(f"Microsoft.Network/private{kind}")) for kind in ("Endpoints", "DnsZones"))
    assert formulas["private network"].endswith(f"{endpoints} × 7.30 + {zones} × 0.50")
    [site] = production.of("Microsoft.Web/sites")
    memory = site.body["properties"]["functionAppConfig"]["scaleAndConcurrency"]["instanceMemoryMB"] / 1024
    assert formulas["on demand"].startswith(f"requests × 1 × {memory:.0f} ×")


# ---- Names ----------------------------------------------------------------------------------------------------------

HOSTS = re.compile(
    r"\b([\w-]+)\.(?:azurewebsites\.net|vault\.azure\.net|(?:blob|table)\.core\.windows\.net|workday\.com)"
)
GLOBAL_NAMES = re.compile(r"--(?:vault-name|account-name) (\S+)|az functionapp .*?--name (\S+)")
FOREIGN = {"www"}
"""Workday's own name for the resource, not a host that is called."""


def test_names_that_somebody_could_hold_are_placeholders() -> None:
    """A command that is pasted unchanged reaches no other person's resource: Azure has no names in capitals."""
    files = [ROOT / "docs" / "deploy.md", ROOT / "docs" / "operations.md", *(ROOT / "infra").rglob("*.bicep*")]
    files += [file for file in (ROOT / "deploy").iterdir() if file.suffix in (".sh", ".env", ".json")]
    for file in files:
        text = file.read_text("utf-8")
        names = {*HOSTS.findall(text), *(name for pair in GLOBAL_NAMES.findall(text) for name in pair if name)}
        held = {name for name in names if name[:1] not in '"$' and not name.isupper()}
        assert held <= FOREIGN, (file.name, held)
