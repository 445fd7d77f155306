"""Placeholders that were left in the settings are named; real values, whatever they look like, are not."""

from __future__ import annotations

import json
from pathlib import Path

from bridge.check.placeholders import SAMPLE, left_placeholders
from tests.support.cases import for_each
from tests.support.env import env

ROOT = Path(__file__).parents[2]
TENANT, HOST = "BRIDGE_ENTRA__TENANT_ID", "BRIDGE_SYSTEMS__WORKDAY__HOST"


PLACEHOLDERS = """
<tenant-id> YOUR_TENANT your-host.workday.com CHANGEME change-me TENANT_ID api://SERVICE_APP_ID https://<host>/token
00000000-0000-0000-0000-000000000000 xxx TODO WORKDAY_HOST
"""


@for_each([*PLACEHOLDERS.split(), "<your tenant>", "{client id}"])
def test_a_placeholder_is_named(value: str) -> None:
    assert left_placeholders(env(BRIDGE_SYSTEMS__WORKDAY__HOST=value)) == [HOST]


@for_each(
    [
        "wd2-impl-services1.workday.com",
        "contoso_dpt1",
        "api://7f1e2d3c-4b5a-4968-8776-655443322110/x",
        "reads writes sensitive",
        "a<b~c>.d{2}",
        "@Microsoft.KeyVault(VaultName=v;SecretName=your-secret)",
        "http://www.workday.com/contoso/.default",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    ]
)
def test_a_real_value_is_not_named(value: str) -> None:
    assert left_placeholders(env(BRIDGE_SYSTEMS__WORKDAY__HOST=value)) == []


def test_patterns_may_look_like_placeholders() -> None:
    assert left_placeholders({"BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_PATTERN": "<id>"}) == []


def test_the_values_of_the_sample_are_placeholders_outside_the_sandbox() -> None:
    values = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    assert set(values.values()) >= SAMPLE
    assert left_placeholders(values) == []
    outside = {name: value for name, value in values.items() if not name.endswith("AUTHORITY_HOST")}
    assert {name for name in outside if outside[name] in SAMPLE} == set(left_placeholders(outside))
    assert TENANT in left_placeholders(outside)
