"""What people see of the connector comes from two settings."""

from __future__ import annotations

import pytest

from bridge.connector.from_settings import definition_from_settings
from bridge.settings import SettingsError, load
from tests.support.catalog import CATALOG
from tests.support.env import env


def test_title_and_contact_of_the_served_definition_are_settings() -> None:
    values = {"BRIDGE_CONNECTOR__TITLE": "My HR", "BRIDGE_CONNECTOR__CONTACT": "HR desk <hr@contoso.com>"}
    settings = load(env(BRIDGE_PUBLIC_URL="https://hr.contoso.com", **values), CATALOG)
    info = definition_from_settings(settings, CATALOG)["info"]
    assert isinstance(info, dict)
    assert (info["title"], info["contact"]["name"], info["contact"]["email"]) == ("My HR", "HR desk", "hr@contoso.com")


def test_without_them_a_connector_of_several_systems_has_a_name_that_fits_all() -> None:
    settings = load(env(BRIDGE_PUBLIC_URL="https://hr.contoso.com"), CATALOG)
    info = definition_from_settings(settings, CATALOG)["info"]
    assert isinstance(info, dict)
    assert info["title"] == "Employee Self-Service"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE_CONNECTOR__TITLE", "x" * 31),
        ("BRIDGE_CONNECTOR__TITLE", "HR / me"),
        ("BRIDGE_CONNECTOR__CONTACT", "HR desk"),
        ("BRIDGE_CONNECTOR__COLOR", "blue"),
    ],
)
def test_what_cannot_be_shown_is_a_problem_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(env(**{name: value}), CATALOG)
    assert [problem.setting for problem in caught.value.problems] == [name]
