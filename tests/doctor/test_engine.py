"""What the page calls in the browser, without the browser."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, good, token
from tools.cli.troubleshooting import everything
from tools.doctor.engine import KINDS, answer, start
from tools.doctor.presets import FIELDS, GRAPH, POWER_AUTOMATE, PRESETS, pairs
from tools.doctor.wording import for_the_page
from tools.explain.expectation import NAMES
from tools.explain.pasted import LONGEST_INPUT

SHOWN = json.loads(start())
NOW = time.time()
V1 = f"https://sts.windows.net/{TENANT}/"
SERVER = "https://mcp.contoso.example/mcp"


def asked(text: str, preset: str = "none", **fields: str) -> dict[str, object]:
    reported: dict[str, object] = json.loads(
        answer(json.dumps({"text": text, "preset": preset, "fields": fields, "now": NOW}))
    )
    return reported


def filled(preset: str, **fields: str) -> dict[str, str]:
    """The fields as the page shows them for this preset, some of them filled in."""
    (chosen,) = (one for one in PRESETS if one.name == preset)
    return {**chosen.fields, **fields}


@pytest.mark.parametrize(
    ("preset", "fields", "right", "wrong", "code"),
    [
        ("bridge", {"aud": BRIDGE, "tid": TENANT, "client": CONNECTOR},
         good(1), good(1, aud="https://apihub.azure.com"), "audience_apihub"),
        ("bridge", {"aud": BRIDGE}, good(2), good(2, scp="access"), "insufficient_scope"),
        ("api", {"aud": f"api://{BRIDGE}", "iss": V1},
         good(1), good(1, aud=f"api://{BRIDGE}/"), "audience_trailing_slash"),
        ("api", {"aud": f"{BRIDGE} api://{BRIDGE}"}, good(2), good(2, aud=TENANT), "audience_is_client_id"),
        ("graph", {"scp": "User.Read"},
         good(1, aud=GRAPH.split()[0], scp="User.Read"), good(1), "audience_is_client_id"),
        ("flow", {"tid": TENANT},
         good(1, aud=POWER_AUTOMATE), good(1, aud=POWER_AUTOMATE[:-1]), "audience_trailing_slash"),
        ("mcp", {"aud": SERVER},
         token({"iss": "https://auth.contoso.example", "aud": SERVER, "exp": NOW + 300}),
         token({"iss": "https://auth.contoso.example", "aud": "client_01J8PP2MDW8B797TVC7CF", "exp": NOW + 300}),
         "audience_is_client_id"),
    ],
)  # fmt: skip
def test_each_kind_of_api_has_a_token_that_is_right_and_one_that_is_not(
    preset: str, fields: dict[str, str], right: str, wrong: str, code: str
) -> None:
    assert asked(right, preset, **filled(preset, **fields))["problem"] is False
    assert asked(wrong, preset, **filled(preset, **fields))["code"] == code


def test_only_the_preset_of_this_bridge_speaks_of_its_settings() -> None:
    said = {preset.name: "BRIDGE_" in str(asked("AADSTS399274", preset.name)) for preset in PRESETS}
    assert said == {preset.name: preset.name == "bridge" for preset in PRESETS}


@pytest.mark.parametrize(
    ("preset", "fields", "reported"),
    [
        ("api", {"aud": " a, b  c ", "scp": " x y "}, ["aud=a", "aud=b", "aud=c", "scp=x y"]),
        ("bridge", {"aud": BRIDGE}, [f"aud={BRIDGE}", f"aud=api://{BRIDGE}"]),
        ("bridge", {"aud": f"api://{BRIDGE}"}, [f"aud=api://{BRIDGE}"]),
        ("api", {"aud": "", "guests": "no"}, ["guests=no"]),
    ],
)
def test_fields_become_expectations(preset: str, fields: dict[str, str], reported: list[str]) -> None:
    assert list(pairs(preset, fields)) == reported


def test_the_fields_are_those_of_the_command_line() -> None:
    names = {field.name for field in FIELDS}
    assert names == set(NAMES) - {"audience"}  # the same as aud
    assert set().union(*(preset.fields for preset in PRESETS)) == names


def test_a_value_that_cannot_be_read_is_named() -> None:
    assert "guests= takes yes or no" in str(asked("x", "api", guests="maybe")["error"])


def test_every_code_that_can_be_looked_up_is_explained() -> None:
    wrong = []
    for row in SHOWN["codes"]:
        findings = asked(row["input"])["findings"]
        assert isinstance(findings, list)
        if not row["title"] or [item["verdict"] for item in findings[:1]] != [row["code"]]:
            wrong.append((row, findings[:1]))
    assert not wrong


def test_every_code_of_the_tables_can_be_looked_up() -> None:
    assert [row["code"] for row in SHOWN["codes"]] == [advice.code for advice in everything()]


def test_the_page_never_sends_its_reader_to_the_command_line() -> None:
    texts = [
        for_the_page(text)
        for advice in everything()
        for text in (
            *(advice.sentence, advice.cause, *advice.fix),
            *advice.bridge,
        )
    ]
    texts += [str(asked(good(2))), str(asked("<samlp:Response/>")), str(asked(good(1), "api", aud="x"))]
    assert [text for text in texts if re.search(r"bridge explain|--(expect|clipboard|share)|this command", text)] == []


def test_what_was_pasted_keeps_its_words() -> None:
    reported = asked(good(1, aud="bridge explain --expect x"), "api", aud="y")
    assert "'found': 'bridge explain --expect x'" in str(reported["findings"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (good(2), "token"),
        ('{"aud": "https://apihub.azure.com"}', "claims"),
        ("<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>", "saml"),
        ("Authorization: Basic abc", "header"),
        ("Bearer realm=\"x\", resource_metadata=\"https://mcp.example/.well-known\"", "challenge"),
        ("api://x//.default", "scope"),
        ("https://graph.microsoft.com", "audience"),
        ("invalid_grant", "code"),
        ("AADSTS50013: Assertion failed signature validation.", "message"),
    ],
)  # fmt: skip
def test_the_kind_is_said_in_words(text: str, kind: str) -> None:
    assert asked(text)["kind"] == KINDS[kind]


def test_what_is_not_known_is_called_so() -> None:
    reported = asked("the cat sat on the mat")
    assert (reported["kind"], reported["findings"], reported["recognised"]) == ("Not recognised", [], False)


def test_too_long_a_paste_is_cut_and_the_cut_is_reported() -> None:
    notes = asked("x" * (LONGEST_INPUT + 1))["notes"]
    assert isinstance(notes, list)
    assert "1,000,000" in notes[0]
