"""docs/troubleshooting.md, from the tables of `bridge.tokens`. Run `python -m tools.cli.handbook` to write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path

from bridge.aadsts import FALLBACKS, ROWS, Row
from bridge.tokens import VERDICTS, Advice, Verdict
from tools.explain.bridge_codes import BRIDGE_CODES
from tools.explain.scopes import SCOPE_VERDICTS
from tools.explain.symptoms import SYMPTOMS, Symptom

FILE = Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md"

_INTRODUCTION = """# Troubleshooting

<!-- Generated from the tables in bridge/ and tools/explain/ by `python -m tools.cli.handbook`: change those, not this file. -->

Paste what you have, and the same tables answer on your own machine, offline:

```
python3 dev.py bridge explain --file answer.json
python3 dev.py bridge explain - --expect aud=api://SERVICE_APP_ID tid=TENANT_ID scp=access_as_user
python3 dev.py bridge explain AADSTS50105
```

A token never has to leave your machine for that. Give it on standard input (`-`): an argument stays in the shell's
history. On this page, `bridge …` stands for `python3 dev.py bridge …`.

Two app registrations are meant throughout. The **service app** stands for the API (here: the bridge). The **connector
app** stands for the custom connector. Both are made in docs/deploy.md, and docs/how-it-works.md shows how a token
travels between them. Words in capitals (SERVICE_APP_ID) are for you to replace.
"""

_TOKEN_INDEX: tuple[tuple[str, str], ...] = (
    ("`aud` is `https://apihub.azure.com`", "audience_apihub"),
    ("`aud` is `https://graph.microsoft.com` or `00000003-0000-0000-c000-000000000000`", "audience_graph"),
    ("`aud` is `https://outlook.office.com` or `https://outlook.office365.com`", "audience_outlook"),
    ("`aud` is `https://service.flow.microsoft.com/`", "audience_power_automate"),
    ("`aud` is the bare client id, the API expects `api://…`, or the other way round", "audience_form"),
    ("`aud` has a slash at its end, or lacks one", "audience_trailing_slash"),
    ("`aud` is the client's own id (`client_…`, or another app's GUID)", "audience_is_client_id"),
    ("`aud` and `azp` (`appid`) are the same", "client_is_resource"),
    ("`iss` is `https://sts.windows.net/…/`, the API expects `…/v2.0`, or the other way round", "token_version"),
    ("`iss` is not Microsoft's", "foreign_issuer"),
    ("there is no `scp`, but `nonce`", "id_token"),
    ("there is no `scp`, but `roles`", "app_only"),
    ("`scp` is `User.Read openid profile email`", "scope_graph_only"),
    ("the scope has two slashes, `//.default`", "scope_two_slashes"),
)


def troubleshooting() -> str:
    """The whole document."""
    text = "\n".join((_INTRODUCTION, *_index(), *_chapters())).rstrip() + "\n"
    return re.sub(r"\bdocs/([a-z-]+\.md)", r"[\1](\1)", text)


def _index() -> Iterator[str]:
    yield "## What do you see?\n\n### In the token\n\n| the token says | read |\n| --- | --- |"
    yield from (f"| {sign} | {_link(_ALL[code])} |" for sign, code in _TOKEN_INDEX)
    yield "\n### In a message\n\n| the message says | read |\n| --- | --- |"
    yield from (f"| `{symptom.message}` | {_link(symptom)} |" for symptom in SYMPTOMS)
    yield "\n### An AADSTS code\n\n| code | read |\n| --- | --- |"
    yield from (
        f"| AADSTS{code} | {_link(row)} |" for code, row in sorted((code, row) for row in ROWS for code in row.codes)
    )
    yield "\n### A `code` in the bridge's answer\n\n| code | read |\n| --- | --- |"
    answered = sorted((*VERDICTS.values(), *BRIDGE_CODES), key=attrgetter("code"))
    yield from (f"| `{advice.code}` | {_link(advice)} |" for advice in answered)
    yield ""


def _chapters() -> Iterator[str]:
    yield from _chapter("A token is refused", "The bridge's answer has the code in `code`.", VERDICTS.values())
    yield from _chapter("Entra refuses", "The bridge's answer has the number in `aadsts`.", (*ROWS, *FALLBACKS))
    yield from _chapter(
        "A scope is not right", "Asked for by a client, a connector or a setting.", SCOPE_VERDICTS.values()
    )
    yield from _chapter("Power Platform, Copilot Studio and others say", "By their own words.", SYMPTOMS)
    yield from _chapter("The bridge says", "In `code` of its answer.", BRIDGE_CODES)


def _chapter(title: str, about: str, table: Iterable[Advice]) -> Iterator[str]:
    yield f"## {title}\n\n{about}\n"
    for advice in table:
        yield from _entry(advice)


def _entry(advice: Advice) -> Iterator[str]:
    yield f'<a id="{advice.code}"></a>\n\n### {advice.title}\n'
    yield f"{_signs(advice)}\n"
    yield f"{_generic(advice.sentence)} {_generic(advice.cause)}\n"
    yield from (f"{number}. {_generic(step)}" for number, step in enumerate(advice.mend, 1))
    yield f"\n```\n{advice.az}\n```\n" if advice.az else ""


def _signs(advice: Advice) -> str:
    """By what it is recognised."""
    if advice.code in SCOPE_VERDICTS:
        return f"`{advice.code}`"
    if isinstance(advice, Verdict):
        finer = f" · verdict `{advice.code}`" if advice.public_code != advice.code else ""
        return f"`{advice.public_code}`{finer} · HTTP {advice.status}"
    if isinstance(advice, Row):
        codes = " · ".join(f"AADSTS{code}" for code in advice.codes)
        return f"{codes or f'`{advice.code}`'} · outcome {advice.outcome.value}"
    if isinstance(advice, Symptom):
        return f"> {advice.message}" + ("" if advice.ours else "\n\nNot the bridge, and not its connector.")
    return f"`{advice.code}`"


def _generic(text: str) -> str:
    """Without a token at hand, what would be filled in is named; what looks like markup is kept as text."""
    filled = text.replace("{found}", "*what the token says*").replace("{expected}", "*what the API expects*")
    return re.sub(r"(?<![`\w])(BRIDGE_[\w…]+)", r"`\1`", filled).replace("<", "&lt;")


def _link(advice: Advice) -> str:
    return f"[{advice.title}](#{advice.code})"


_ALL = {advice.code: advice for table in (VERDICTS.values(), SCOPE_VERDICTS.values()) for advice in table}

if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(troubleshooting(), encoding="utf-8", newline="\n")
