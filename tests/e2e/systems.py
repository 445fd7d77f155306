"""App settings of further systems, so that one app can be asked in many ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

OF_ALL_CALLERS = (7000215, 7000222, 700016, 90055)
"""AADSTS codes that are remembered for a whole system: each is tested at a system of its own."""


def system(name: str, **values: str) -> dict[str, str]:
    """The settings of the system `name`; two underscores in a name stay."""
    return {f"BRIDGE_SYSTEMS__{name.upper()}__{suffix}": value for suffix, value in values.items()}


def workday(facts: Mapping[str, Any], name: str, **values: str) -> dict[str, str]:
    """Another way to the same Workday tenant; Entra signs unless `values` say otherwise."""
    own = {
        "KIND": "workday",
        "HOST": urlsplit(facts["workday"]).netloc,
        "TENANT": facts["workdayTenant"],
        "CLIENT_ID": facts["env"]["BRIDGE_SYSTEMS__WORKDAY__CLIENT_ID"],
    }
    return system(name, **{**own, **values})


def orders(facts: Mapping[str, Any], name: str, **values: str) -> dict[str, str]:
    """Another `orders`, by the OAuth path unless `values` say otherwise."""
    own = {
        "KIND": "orders",
        "HOST": urlsplit(facts["orders"]).netloc,
        "PATH": "oauth",
        "RESOURCE_SCOPE": facts["env"]["BRIDGE_SYSTEMS__ORDERS__RESOURCE_SCOPE"],
    }
    return system(name, **{**own, **values})


def by_assertion(facts: Mapping[str, Any], name: str, **values: str) -> dict[str, str]:
    """A system for which Entra is asked for Workday's assertion."""
    audience = f"http://www.workday.com/{facts['workdayTenant']}"
    own = {
        "PATH": "saml",
        "RESOURCE_SCOPE": f"{audience}/.default",
        "SAML__AUDIENCE": audience,
        "TOKEN__URL": f"{facts['workday']}/ccx/oauth2/{facts['workdayTenant']}/token",
        "CLIENT_ID": facts["env"]["BRIDGE_SYSTEMS__WORKDAY__CLIENT_ID"],
    }
    return orders(facts, name, **{**own, **values})


def all_systems(facts: Mapping[str, Any], *, mirror: str, closed: str) -> dict[str, str]:
    """`mirror` and `closed` are hosts with port: one that records its requests, and a closed port."""
    return {
        **workday(facts, "entra_signs", PATH="saml"),
        **workday(facts, "quick", PATH="saml", TIMEOUT_SECONDS="1"),
        **workday(facts, "reads_only", PATH="saml", OPERATIONS="reads"),
        **workday(facts, "away", PATH="saml", HOST=closed, TOKEN__URL=f"{facts['workday']}{_token_path(facts)}"),
        **workday(facts, "no_token", PATH="saml", TOKEN__URL=f"https://{closed}{_token_path(facts)}"),
        **orders(facts, "mirror", HOST=mirror),
        **orders(facts, "not_for_us", RESOURCE_SCOPE=f"{facts['clientId']}/.default"),
        **{
            name: value
            for code in OF_ALL_CALLERS
            for settings in (orders(facts, f"o{code}"), by_assertion(facts, f"s{code}"))
            for name, value in settings.items()
        },
    }


def _token_path(facts: Mapping[str, Any]) -> str:
    return f"/ccx/oauth2/{facts['workdayTenant']}/token"
