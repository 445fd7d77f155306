"""Settings that are loaded: the Workday system of `tests.support.env`, with what a test changes in it."""

from __future__ import annotations

from bridge.settings import SamlSettings, SystemSettings, load
from tests.support.catalog import CATALOG
from tests.support.env import env, workday


def workday_system(**overrides: str | None) -> SystemSettings:
    """The system. Names without `BRIDGE_SYSTEMS__WORKDAY__`; None removes."""
    return load(env(**workday(**overrides)), CATALOG).systems["workday"]


def workday_saml(**overrides: str | None) -> SamlSettings:
    """What the bridge signs assertions with for that system."""
    saml = workday_system(**overrides).saml
    assert saml is not None
    return saml
