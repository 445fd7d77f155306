"""The verdict as a text that may be posted in a forum: no token, names or addresses, and ids shortened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tools.explain.explanation import Explanation, Item

_PUBLIC_HOSTS = (
    *("microsoft.com", "microsoftonline.com", "microsoftonline.us", "windows.net", "azure.com", "office.com"),
    *("office365.com", "powerapps.com", "azure-apim.net", "botframework.com", "entra.com", "powerplatform.com"),
    *("successfactors.com", "google.com", "googleapis.com", "githubusercontent.com", "w3.org", "localhost"),
)
_TENANT_HOSTS = (
    *("dynamics.com", "sharepoint.com", "b2clogin.com", "ciamlogin.com", "onmicrosoft.com", "vault.azure.net"),
    *("azurewebsites.net", "azure-api.net", "okta.com", "auth0.com", "workday.com", "logic.azure.com"),
)
_SAFE_CLAIMS = (
    *("ver", "alg", "idtyp", "scp", "roles", "acct", "azpacr", "appidacr", "typ", "aud", "iss", "azp", "appid"),
)
_TIMES = ("exp", "nbf", "iat")

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"eyJ[\w-]{10,}(?:\.[\w-]*)*"), "(token)"),
    (re.compile(r"[\w.+#'-]+@[\w-]+(?:\.[\w-]+)+"), "(address)"),
    (re.compile(r"\b([0-9a-fA-F]{4})[0-9a-fA-F]{4}-[0-9a-fA-F-]{27}\b"), r"\1…"),
    (re.compile(r"\bclient_?[0-9A-Za-z]{10,}"), "client_…"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "(address)"),
    (re.compile(r"[A-Za-z0-9+/_-]{50,}={0,2}"), "(…)"),
    (re.compile(r"\b(https?://)([^\s/:'\")]+)([^\s'\")]*)"), lambda match: _url(match)),
    (re.compile(r"\b(api://)(?![0-9a-fA-F]{4}…)([^\s/'\")]*[g-zG-Z.][^\s/'\")]*)"), r"\1(name)"),
)


def shareable(explanation: Explanation) -> str:
    """The verdict as text. Values from the input are shortened; texts of the tables are not."""
    lines = [line for item in explanation.items for line in (*_item(item), "")][:-1]
    if not explanation.items:
        lines = ["Nothing is wrong that can be seen here." if explanation.recognised else "Not recognised."]
    claims = [_claim(fact.name, fact.value, fact.note) for fact in explanation.claims]
    shown = [claim for claim in claims if claim]
    if shown:
        lines += ["", f"The {explanation.kind} says: " + "; ".join(shown)]
    return "\n".join((*lines, "", "Explained offline by `bridge explain --share`; ids are shortened, names left out."))


def _item(item: Item) -> list[str]:
    found, expected = (value if value is None else _short(value) for value in (item.found, item.expected))
    short = replace(item, found=found, expected=expected)
    lines = [f"{item.advice.title} ({item.advice.code})", short.detail]
    lines += [f"{name}: {value}" for name, value in (("found", found), ("expected", expected)) if value]
    return [*lines, *(f"{number}. {step}" for number, step in enumerate(short.steps, 1))]


def _claim(name: str, value: str, note: str) -> str:
    if name in _TIMES:
        return f"{name} {note}"
    return f"{name} {_short(value)}" if name in _SAFE_CLAIMS else ""


def _short(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _url(match: re.Match[str]) -> str:
    scheme, host, path = match.groups()
    lowered = host.casefold()
    tenant = next((domain for domain in _TENANT_HOSTS if lowered.endswith("." + domain)), None)
    if tenant:
        return f"{scheme}(name).{tenant}{_path(path)}"
    if any(lowered == domain or lowered.endswith("." + domain) for domain in _PUBLIC_HOSTS):
        return f"{scheme}{host}{path}"
    return f"{scheme}(host){_path(path)}"


def _path(path: str) -> str:
    """A well-known path unchanged; of any other only that it exists, and whether it ends in a slash."""
    known = re.fullmatch(r"/(?:/?\.default|v2\.0|callback|mcp|user_impersonation|access_as_user|)/?", path)
    return path if known or not path else "/…" + ("/" if path.endswith("/") else "")
