"""Whom the bridge may name: each rule refuses, and no rule falls back to another name."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from bridge.base.invisible import is_visible
from bridge.credentials.name_id import attributes, name_id
from bridge.errors import Forbidden
from bridge.settings import NameIdRule
from bridge.settings.model import Transform
from tests.credentials.support import caller
from tests.support.cases import for_each
from tests.support.raised import raised


def rule(
    claim: str = "upn",
    pattern: str = r"[A-Za-z.]+@contoso\.example",
    transform: Transform = "none",
    denied: tuple[str, ...] = (),
    domain: str | None = None,
) -> NameIdRule:
    return NameIdRule(claim, re.compile(pattern), transform, "unspecified", frozenset(denied), domain)


@for_each(
    [
        ("none", "Adele.Vance@contoso.example"),
        ("local_part", "Adele.Vance"),
        ("lower", "adele.vance@contoso.example"),
        ("upper", "ADELE.VANCE@CONTOSO.EXAMPLE"),
    ]
)
def test_the_claim_becomes_the_name(transform: Transform, name: str) -> None:
    assert name_id("Adele.Vance@contoso.example", rule(transform=transform)) == name


REFUSED: dict[str, tuple[object, NameIdRule]] = {
    "claim absent": (None, rule()),
    "claim empty": ("", rule(pattern=".*")),
    "claim a list": (["adele@contoso.example"], rule(pattern=".*")),
    "claim a number": (7, rule(pattern=".*")),
    "another domain": ("adele@evil.example", rule()),
    "only the beginning matches": ("adele@contoso.example.evil.example", rule()),
    "only the end matches": ("x adele@contoso.example", rule()),
    "a line after it": ("adele@contoso.example\n", rule()),
    "another domain, whose local part would do": ("adele@evil.example", rule(transform="local_part")),
    "denied": ("admin@contoso.example", rule(denied=("admin@contoso.example",))),
    "denied in another case": ("Admin@contoso.example", rule(denied=("admin@contoso.example",))),
    "denied after the transform": ("admin@contoso.example", rule(transform="local_part", denied=("admin",))),
    "denied before the transform": ("a@contoso.example", rule(transform="local_part", denied=("a@contoso.example",))),
    "denied in full width": ("\uff41dmin", rule(pattern=".*", denied=("admin",))),
    "denied with a zero-width space": ("ad\u200bmin", rule(pattern=".*", denied=("admin",))),
    "a line break inside": ("adele\nadmin", rule(pattern="(?s).*")),
    "nothing left": ("@contoso.example", rule(pattern=".*", transform="local_part")),
    "white space around": (" adele", rule(pattern="(?s).*")),
    "NUL": ("adele\x00", rule(pattern="(?s).*")),
    "escape": ("adele\x1b[0m", rule(pattern="(?s).*")),
    "U+FFFE": ("adele\ufffe", rule(pattern="(?s).*")),
    "lone surrogate": ("adele\ud800", rule(pattern="(?s).*")),
    "100 kB": ("a" * 100_000, rule(pattern="a*")),
    "a second domain": ("a@fabrikam.example", rule(pattern=".*", transform="local_part", domain="contoso.example")),
    "no domain": ("adele", rule(pattern=".*", transform="local_part", domain="contoso.example")),
    "two @": ("a@b@contoso.example", rule(pattern=".*", transform="local_part", domain="contoso.example")),
    "the Kelvin sign becomes a k": ("\u212aim", rule(pattern=".*", transform="lower")),
    "a dotted capital I becomes two letters": ("\u0130da", rule(pattern=".*", transform="lower")),
    "a sharp s becomes SS": ("wei\u00df", rule(pattern=".*", transform="upper")),
    "a dotless i becomes I": ("k\u0131m", rule(pattern=".*", transform="upper")),
    "a long s becomes S": ("\u017fam", rule(pattern=".*", transform="upper")),
}


def ignorable() -> list[int]:
    """Perl's own copy of the Unicode data: all code points with the property Default_Ignorable_Code_Point."""
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("needs perl as a second source of Unicode data")
    program = r'for (0..0xD7FF, 0xE000..0x10FFFF) { print "$_\n" if chr =~ /\p{Default_Ignorable_Code_Point}/ }'
    result = subprocess.run([perl, "-e", program], capture_output=True, text=True, check=True)
    return [int(line) for line in result.stdout.split()]


def test_a_name_holds_no_invisible_character() -> None:
    points = ignorable()
    assert len(points) > 4000
    assert not [hex(one) for one in points if is_visible(f"admin{chr(one)}")]
    anything = rule(pattern="(?s).*", denied=("admin",))
    for invisible in "\u034f\ufe0f\u3164\u115f\u2800\u17b4\u180b\uffa0\U000e0100":
        raised(Forbidden, name_id, f"admin{invisible}", anything)
        assert anything.denies(f"admin{invisible}")


@for_each(["Adele Vance", "Zo\u00eb", "\u0410\u0434\u0435\u043b\u044c", "\u5f20\u4f1f", "O'Neil-\u0141\u00f3\u017a"])
def test_names_of_people_are_visible(name: str) -> None:
    assert is_visible(name)


@for_each(REFUSED)
def test_each_rule_refuses_with_one_code_and_without_repeating_the_value(value: object, narrow: NameIdRule) -> None:
    error = raised(Forbidden, name_id, value, narrow)
    assert (error.status, error.code) == (403, "name_id_refused")
    assert "adele" not in f"{error.detail}{error.hint}{error.operator}"


def test_attributes_are_sent_for_the_claims_that_the_token_has() -> None:
    wanted = {"Department": "department", "EmployeeId": "employeeid"}
    assert attributes(caller(employeeid="21001"), wanted) == {"EmployeeId": ("21001",)}


def test_each_entry_of_a_list_claim_is_a_value() -> None:
    wanted = {"Groups": "groups", "Roles": "roles"}
    assert attributes(caller(groups=["g1", "g2"], roles=[]), wanted) == {"Groups": ("g1", "g2")}


@for_each([["a", 7], ["a"] * 201, 7, "x\x00", "y\ud800", "z" * 300, "a\rb", "a\u0085b", "a\u2028b"])
def test_an_attribute_is_a_text_or_a_short_list_of_texts_that_xml_can_carry(value: object) -> None:
    error = raised(Forbidden, attributes, caller(department=value), {"Department": "department"})
    assert error.code == "name_id_refused"
