"""One implementation: what the page shows is what the command line prints, for every case of explain's tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doctor.conftest import NOW, Page
from tests.explain.test_messages import COMPLAINTS
from tests.explain.test_scoreboard import COMPLAINTS as PUBLIC
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, claims, good, token
from tools.doctor.codes import codes
from tools.doctor.engine import KINDS
from tools.doctor.wording import for_the_page
from tools.explain import Expectation, explain, tables
from tools.explain.document import document

TIMES = {"iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 3600}
SAML = (
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://sts.windows.net/'
    f"{TENANT}/</saml:Issuer><saml:Conditions NotOnOrAfter='2020-01-01T00:00:00Z'><saml:AudienceRestriction>"
    "<saml:Audience>http://www.workday.com</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion>"
)
OUR_API = f"aud=api://{BRIDGE} aud={BRIDGE} tid={TENANT} scp=access_as_user client={CONNECTOR} guests=no"
V1_API = f"aud=api://{BRIDGE} iss=https://sts.windows.net/{TENANT}/"


def v1(**changed: object) -> str:
    return good(1, **{**TIMES, **changed})


def v2(**changed: object) -> str:
    return good(2, **{**TIMES, **changed})


TOKENS: tuple[tuple[str, str, str], ...] = (
    (v1(), OUR_API, ""),
    (v2(), OUR_API, ""),
    (v1(aud=f"api://{BRIDGE}/"), f"aud=api://{BRIDGE}", "audience_trailing_slash"),
    (v1(aud="https://apihub.azure.com"), OUR_API, "audience_apihub"),
    (v1(aud="00000003-0000-0000-c000-000000000000"), OUR_API, "audience_graph"),
    (v2(aud=CONNECTOR, nonce="x", scp=None, azp=None, azpacr=None), OUR_API, "id_token"),
    (v1(exp=NOW - 7200), OUR_API, "expired"),
    (v1(nbf=NOW + 7200), OUR_API, "not_yet_valid"),
    (v1(tid="11111111-2222-4333-8444-555555555555"), OUR_API, "tenant_contradiction"),
    (v1(scp="user_impersonation"), OUR_API, "insufficient_scope"),
    (v1(appid=TENANT), OUR_API, "client_not_allowed"),
    (v1(scp=None, roles=["Reader"], idtyp="app"), OUR_API, "app_only"),
    (v2(), f"aud={BRIDGE} iss=https://sts.windows.net/{TENANT}/", "token_version"),
    (v1()[:-1] + "\n" + v1()[-1], OUR_API, ""),
    (v1().rsplit(".", 1)[0], OUR_API, "not_a_jwt"),
    ("Bearer Bearer " + v1(), OUR_API, "bearer_twice"),
    (token({"iss": "https://accounts.google.com", "aud": "x", "exp": NOW + 60}), V1_API, "foreign_issuer"),
    (json.dumps(claims(1, **{**TIMES, "aud": "https://graph.microsoft.com"})), OUR_API, "audience_graph"),
    (SAML, f"recipient=https://wd.example/token iss=https://sts.windows.net/{TENANT}/", "saml_unsigned"),
)
"""Pasted, expected (as on the command line), and the public code; "" for nothing wrong."""


def printed(text: str, pairs: str = "") -> dict[str, Any]:
    """What `bridge explain --json` prints."""
    return document(explain(text, Expectation.of_pairs(pairs.split()), now=NOW))


def shown(made: dict[str, Any]) -> dict[str, Any]:
    """The same, as the page shows it."""
    findings = made["findings"]
    values = [
        value
        for item in findings
        for value in (item.get("found"), item.get("expected"), *(fact["value"] for fact in item.get("facts", ())))
        if value
    ]
    return {
        "code": made["code"] or (findings[0]["code"] if findings else ""),
        "verdict": findings[0]["verdict"] if findings else "",
        "titles": [item["title"] for item in findings],
        "steps": [for_the_page(step) for item in findings for step in item["steps"]],
        "values": values,
        "notes": list(map(for_the_page, made["notes"])),
        "kind": KINDS[made["input"]],
    }


def differences(page: Page, texts: list[str], pairs: str = "") -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(text, what the page shows, what it should show) for each text where they differ."""
    wrong = []
    for text, seen in zip(texts, page.paste_all(texts), strict=True):
        made = printed(text, pairs)
        if not made["recognised"]:
            if (seen["state"], seen["code"], seen["kind"]) != ("unknown", "", "Not recognised"):
                wrong.append((text, seen, made))
            continue
        want = shown(made)
        state = "problem" if made["problem"] else "fine"
        titles = [title.partition(": ")[2] for title in seen["titles"]] if made["findings"] else []
        got = {**seen, "titles": titles, "values": [value.replace("(end)", "") for value in seen["values"]]}
        if seen["state"] != state or {name: got[name] for name in want} != want:
            wrong.append((text, got, want))
    return wrong


@pytest.mark.parametrize(("text", "pairs", "code"), TOKENS, ids=lambda value: value if value.isidentifier() else "")
def test_tokens_against_what_an_api_expects(page: Page, text: str, pairs: str, code: str) -> None:
    page.expect("api=api&" + "&".join(pairs.replace("+", "%2B").split()))
    assert differences(page, [text], pairs) == []
    assert page.browser.run("verdict.dataset.code") == code


def test_every_public_complaint_of_the_tests(page: Page) -> None:
    page.expect("")
    assert differences(page, [text for _, text in COMPLAINTS]) == []


def test_every_message_of_the_tables(page: Page) -> None:
    page.expect("")
    assert differences(page, [entry.message for entry in tables.messages()]) == []


def test_every_code_that_can_be_looked_up(page: Page) -> None:
    page.expect("")
    assert differences(page, [row["input"] for row in codes()]) == []


@pytest.mark.skipif(not PUBLIC.exists(), reason="the complaints are not beside this project")
def test_every_complaint_of_the_scoreboard(page: Page) -> None:
    page.expect("")
    lines = PUBLIC.read_text("utf-8").splitlines()
    assert differences(page, [json.loads(line)["text"] for line in lines]) == []
