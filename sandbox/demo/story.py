"""The steps of the demo: how a connector's call reaches Workday as the signed-in user."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from sandbox.demo.screen import Step
from sandbox.demo.stage import Exchange, Stage, claims

SIGNER = "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
ON_BEHALF_OF = "urn:ietf:params:oauth:grant-type:jwt-bearer"
APIHUB = "https://apihub.azure.com"
HOPS = {
    "inbound": "token validated",
    "entra": "Entra",
    "sign": "signed",
    "system_token": "system's token",
    "system": "system",
    "total": "in all",
}
NAME = {"firstName": "Adele", "lastName": "Moreau", "country": "USA"}
ADDRESS = {
    "addressLine1": "12 Rose Lane",
    "city": "Naperville",
    "region": "USA-IL",
    "postalCode": "60540",
    "country": "USA",
}


def arrival(stage: Stage) -> Iterator[Step]:
    """The connector's token is valid for the bridge only."""
    started = time.perf_counter()
    token = stage.token(user="adele")
    sent = claims(token)
    yield Step(
        "Adele is signed in; her connector sends a token of Entra",
        "a sign-in of Adele Vance, requested by the connector's app",
        "an access token, signed by Entra",
        {name: sent[name] for name in ("aud", "azp", "scp", "upn")},
        {
            "meant for the bridge (aud is its client id)": sent["aud"] == stage.facts["clientId"],
            "requested by the connector (azp)": sent["azp"] == stage.facts["connectorClientId"],
        },
        (time.perf_counter() - started) * 1000,
    )
    asked = stage.ask("GET", "workday", f"/ccx/api/v1/{stage.facts['workdayTenant']}/workers/me", token=token)
    yield _step(
        "Workday refuses this token",
        asked,
        checks={"401: Workday accepts no access token of Entra": asked.status == 401},
    )
    asked = stage.ask("GET", "app", "/api/whoami", token=token)
    plan = {row["system"]: row for row in asked.body["systems"]}["workday"]
    yield _step(
        "The bridge validates it",
        asked,
        back=f"{asked.status}  what the bridge knows about the caller, and the path to Workday",
        facts={
            "audience": asked.body["audience"],
            "scopes": asked.body["scopes"],
            "to Workday": f"{plan['path']} ({plan['why']})",
        },
        checks={
            "it is Adele": asked.body["objectId"] == sent["oid"],
            "OAuth is tried first, as nothing is known yet": plan["path"] == "oauth",
        },
    )


def workday_by_the_bridge(stage: Stage) -> Iterator[Step]:
    """From Entra's AADSTS399274 to worker data, and to the next request, which needs no new token."""
    token = stage.token(user="adele")
    yield on_behalf_of(stage, token)
    before = stage.counts()
    asked = stage.ask("GET", "app", "/api/workday/me", token=token)
    after = stage.counts()
    log = stage.log_line(asked)
    yield _step(
        "The bridge makes this request, then signs an assertion for Adele",
        asked,
        facts={"path": log["path"], "ms": _hops(log)},
        checks={
            "worker data of Adele": asked.status == 200 and "Adele" in str(asked.body),
            "one request to Entra, one to Workday's token endpoint": _spent(before, after) == {"obo": 1, "token": 1},
            "the log line names the path": log["path"] == "bridge_saml",
        },
    )
    yield assertion_received(stage, issuer=stage.facts["env"]["BRIDGE_SYSTEMS__WORKDAY__SAML__ISSUER"], log=log)
    yield from changes(stage, token)
    before = stage.counts()
    asked = stage.ask("GET", "app", "/api/workday/me", token=token)
    spent = _spent(before, stage.counts())
    yield _step(
        "The same user again",
        asked,
        facts={"exchanges": stage.log_line(asked)["exchanges"]},
        checks={"no request to Entra or to Workday's token endpoint": asked.status == 200 and not spent},
    )


def on_behalf_of(stage: Stage, token: str) -> Step:
    """The bridge's on-behalf-of request, made by hand with the bridge's own credentials."""
    env, facts = stage.facts["env"], stage.facts
    scope = f"http://www.workday.com/{facts['workdayTenant']}/.default"
    form = {
        "grant_type": ON_BEHALF_OF,
        "requested_token_use": "on_behalf_of",
        "client_id": facts["clientId"],
        "client_secret": env["BRIDGE_ENTRA__CLIENT_SECRET"],
        "scope": scope,
        "assertion": token,
    }
    asked = stage.ask("POST", "entra", f"/{facts['tenantId']}/oauth2/v2.0/token", form=form)
    codes = asked.body.get("error_codes")
    return _step(
        "On-behalf-of, as the bridge requests it: a token for Workday",
        asked,
        sent=f"{asked.sent}  grant_type=jwt-bearer, requested_token_use=on_behalf_of, scope={scope}",
        back=f"{asked.status}  {str(asked.body.get('error_description')).splitlines()[0]}",
        checks={"AADSTS399274: this app is SAML-only, and Entra gives no access token for it": codes == [399274]},
    )


def assertion_received(stage: Stage, *, issuer: str, log: Mapping[str, Any]) -> Step:
    """The assertion that Workday's token endpoint received."""
    asked = stage.ask("GET", "workday", "/sandbox/last-assertion")
    # The sandbox has already parsed this document.
    root = ElementTree.fromstring(asked.body)  # noqa: S314
    seen = {
        "Issuer": root.findtext(f"{SAML}Issuer"),
        "NameID": root.findtext(f"{SAML}Subject/{SAML}NameID"),
        "Audience": root.findtext(f".//{SAML}Audience"),
        "valid until": root.find(f"{SAML}Conditions").get("NotOnOrAfter"),  # type: ignore[union-attr]
    }
    tokens = [row for row in stage.ask("GET", "workday", "/sandbox/requests").body if row["kind"] == "token"]
    checks = {
        "signed, by the issuer that is expected": seen["Issuer"] == issuer and root[1].tag == SIGNATURE,
        "for Adele": seen["NameID"] == "adele@contoso.com",
        "Workday verified it and issued its own token": tokens[-1]["status"] == 200,
    }
    if "assertions" in log:
        checks["the log line has its ID"] = log["assertions"][-1]["id"] == root.get("ID")
    return _step(
        "The assertion that Workday received",
        asked,
        back="a SAML 2.0 assertion, exchanged for Workday's own token (RFC 7522)",
        facts=seen,
        checks=checks,
    )


def changes(stage: Stage, token: str) -> Iterator[Step]:
    """Three writes, each read back from Workday."""
    asked = stage.ask("POST", "app", "/api/workday/me/legal-name", token=token, body=NAME)
    profile = stage.ask("GET", "app", "/api/workday/me", token=token).body
    yield _step(
        "Adele changes her legal name",
        asked,
        facts={"read again": profile.get("name", profile)},
        checks={"accepted, with an event": _accepted(asked), "Workday has the new name": "Moreau" in str(profile)},
    )
    asked = stage.ask("POST", "app", "/api/workday/me/home-address", token=token, body=ADDRESS)
    again = stage.ask("GET", "app", "/api/workday/me/home-address", token=token).body
    yield _step(
        "She changes her home address",
        asked,
        facts={"read again": ", ".join(str(again.get(name)) for name in ADDRESS)},
        checks={
            "accepted, with an event": _accepted(asked),
            "Workday has the new address": ADDRESS.items() <= again.items(),
        },
    )
    wanted = stage.ask("GET", "app", "/api/workday/documents/types", token=token).body["types"][0]["value"]
    letter = {"type": wanted, "language": "en_US"}
    asked = stage.ask("POST", "app", "/api/workday/me/documents", token=token, body=letter)
    seen = stage.ask("GET", "workday", "/sandbox/requests").body[-1]
    yield _step(
        "She requests a letter",
        asked,
        facts={"at Workday": f"{seen['operation']} of {seen['worker']}: {seen['status']}"},
        checks={
            "accepted, with an event": _accepted(asked),
            "Workday has the request": seen["status"] == 200 and wanted in seen["body"],
        },
    )


def workday_by_entra(stage: Stage) -> Iterator[Step]:
    """The other signer: Entra, which Workday trusts for browser sign-in already."""
    token = stage.token(user="adele")
    before = stage.counts()
    asked = stage.ask("GET", "app", "/api/workday/me", token=token)
    spent, log = _spent(before, stage.counts()), stage.log_line(asked)
    yield _step(
        "Entra signs: BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER=entra",
        asked,
        facts={"path": log["path"], "ms": _hops(log)},
        checks={
            "the same data": asked.status == 200 and "Moreau" in str(asked.body),
            "a request for a token and one for an assertion to Entra, one for a token to Workday": spent
            == {"obo": 1, "obo_saml2": 1, "token": 1},
            "the log line names the path": log["path"] == "entra_saml",
        },
    )
    yield assertion_received(stage, issuer=f"https://sts.windows.net/{stage.facts['tenantId']}/", log=log)


def orders_by_oauth(stage: Stage) -> Iterator[Step]:
    """A system that accepts Entra's access tokens needs no assertion."""
    token = stage.token(user="adele")
    before = stage.counts()
    asked = stage.ask("GET", "app", "/api/orders/orders", token=token)
    spent, log = _spent(before, stage.counts()), stage.log_line(asked)
    yield _step(
        "orders accepts Entra's access tokens",
        asked,
        facts={"path": log["path"], "ms": _hops(log)},
        checks={
            "her orders": asked.status == 200 and bool(asked.body.get("orders")),
            "one on-behalf-of exchange, no assertion": spent == {"obo": 1} and log["path"] == "oauth",
        },
    )


def wrong_audience(stage: Stage) -> Iterator[Step]:
    """The commonest mistake in the connector, and the error that its maker reads."""
    asked = stage.ask("GET", "app", "/api/whoami", token=stage.token(audience=APIHUB))
    yield _step(
        f"A connector set up wrongly: aud is {APIHUB}",
        asked,
        back=f"{asked.status}  {asked.body.get('title')}",
        facts={name: asked.body.get(name) for name in ("code", "detail", "hint")},
        checks={
            "401 with a code that names the cause": asked.status == 401 and bool(asked.body.get("code")),
            "the detail names the audience of the token": APIHUB in str(asked.body.get("detail")),
            "the hint names the next step": bool(asked.body.get("hint")),
        },
    )


@dataclass(frozen=True, slots=True)
class Act:
    """Chapters (heading and steps) of one run of the app with its own settings."""

    settings: Mapping[str, str]
    chapters: Mapping[str, Callable[[Stage], Iterator[Step]]]


ACTS = (
    Act(
        {},
        {
            "The token that a connector sends": arrival,
            "To Workday, with an assertion that the bridge signs": workday_by_the_bridge,
        },
    ),
    Act(
        {SIGNER: "entra"},
        {
            "To Workday, with an assertion that Entra signs": workday_by_entra,
            "To a system that accepts Entra's access tokens": orders_by_oauth,
            "A mistake in the set-up": wrong_audience,
        },
    ),
)


def _step(
    title: str,
    asked: Exchange,
    *,
    sent: str | None = None,
    back: str | None = None,
    facts: Mapping[str, object] | None = None,
    checks: Mapping[str, bool],
) -> Step:
    return Step(title, sent or asked.sent, back or asked.back, facts or {}, checks, asked.ms)


def _accepted(asked: Exchange) -> bool:
    return asked.status == 200 and bool(asked.body.get("eventId"))


def _spent(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def _hops(log: Mapping[str, Any]) -> str:
    """The bridge's own times, in milliseconds."""
    return ", ".join(f"{label} {log['ms'][name]}" for name, label in HOPS.items() if name in log["ms"])
