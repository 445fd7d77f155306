"""`bridge check` beyond this machine: the deployed app's own check, and a path walked with a real user's token."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote, urlsplit

from bridge.base.http_client import Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.catalog import Catalog
from bridge.check import CheckResult
from bridge.check.line import failed, ok, warning
from bridge.check.run import Group, as_json
from bridge.check.service_reads import ServiceRead, service_lines
from bridge.errors import BridgeError
from bridge.inbound import Caller
from bridge.settings import LOOPBACK, SystemSettings, load
from bridge.tokens.portal_paths import REGISTRATIONS
from bridge.trace import Trace

WALK_SECONDS = 30.0


def walk(token: str, env: Mapping[str, str], catalog: Catalog, client: Client) -> list[Group]:
    """Each system's path with this user's token, from here. The settings are known to be good."""
    from bridge.app import App

    app = App(load(env, catalog), catalog, client)
    trace = Trace(str(uuid.uuid4()), Deadline(WALK_SECONDS))
    try:
        caller = app.authenticate(f"Bearer {token}", trace)
    except BridgeError as error:
        return [Group("Live", [_refused("live_token", "the token", error)])]
    lines = [ok("live_token", f"the token is accepted (aud {caller.audience}, version {caller.version})")]
    lines.append(_claims(caller.optional_claims))
    for system in app.settings.systems.values():
        own = Trace(trace.correlation_id, Deadline(WALK_SECONDS))
        try:
            reads = [ServiceRead(operation, error) for operation, error in app.try_services(system, caller, own)]
            lines.append(ok("live_path", f"{system.name}: {own.path}, {_hops(own)}"))
            lines += service_lines(system.name, reads)
            lines += _missing_attributes(system, caller)
        except BridgeError as error:
            lines.append(_refused("live_path", f"{system.name} ({_hops(own)})", error))
    return [Group("Live", lines)]


def _claims(optional: Collection[str]) -> CheckResult:
    """Of the optional claims, `acct` alone is in every token once the service app requests it."""
    if "acct" in optional:
        return ok("live_claims", f"the token says who is a guest (optional claims: {', '.join(optional)})")
    return warning(
        "live_claims",
        "the token lacks the optional claim acct, so guests are known by idp and user name alone",
        f"{REGISTRATIONS} > service app > Token configuration > Add optional claim > Access > acct.",
        "deploy/2-entra-apps.sh adds what is missing. A new claim is in tokens that are issued later.",
    )


def _missing_attributes(system: SystemSettings, caller: Caller) -> Iterator[CheckResult]:
    """An attribute whose claim the token lacks is left out of the assertion, and the system may need it."""
    wanted = system.saml.attributes if system.saml else {}
    if lacking := sorted({claim for claim in wanted.values() if claim not in caller.claims}):
        yield warning(
            "live_attributes",
            f"{system.name}: the token lacks {', '.join(lacking)}, so attributes are not sent: "
            f"see {system.setting('SAML__ATTRIBUTES')}",
            f"{REGISTRATIONS} > service app > Token configuration: add the claim to access tokens.",
            f"If it is a text and no claim's name, put it into {system.setting('SAML__CONSTANTS')}.",
        )


def _refused(code: str, what: str, error: BridgeError) -> CheckResult:
    fix = [text for text in (error.hint, error.operator) if text]
    return failed(code, f"{what}: {error.detail} [{error.code}]", *fix)


def _hops(trace: Trace) -> str:
    return " → ".join(f"{hop.name} {hop.outcome} {hop.ms:.0f} ms" for hop in trace.hops)


def ask_deployed(url: str, key: str) -> dict[str, object]:
    """`GET /api/check` of the deployed app. Raises ValueError with what is wrong with URL, key or answer."""
    answer = _call("GET", url, "/api/check", {"x-functions-key": key} if key else {})
    if answer.status in {401, 403}:
        raise ValueError(f"HTTP {answer.status}: the function key is missing or wrong (--key, or FUNCTION_KEY)")
    report = _object(answer)
    if answer.status != 200 or not isinstance(report.get("groups"), list):
        raise ValueError(f"HTTP {answer.status} without a check's report: is this the bridge's address?")
    return report


def probe_deployed(url: str, token: str, report: dict[str, object]) -> dict[str, object]:
    """The report with a group on `POST /api/probe/{system}` for each system that the deployed app has."""
    headers = {"Authorization": f"Bearer {token}"}
    me = _call("GET", url, "/api/whoami", headers)
    if me.status != 200:
        lines = [_problem_line("live_token", "the token", me)]
    else:
        seen = _object(me)
        lines = [{"code": "live_token", "state": "ok", "title": "the token is accepted"}]
        lines.append(as_json(_claims(str(seen.get("optionalClaims", "")).split())))
        listed = seen.get("systems")
        names = [str(row.get("system")) for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        lines += [line for name in names for line in _probe_lines(url, name, headers)]
    groups = report.get("groups")
    everything_ok = report.get("ok") is True and all(line["state"] != "failed" for line in lines)
    return {
        "ok": everything_ok,
        "groups": [*(groups if isinstance(groups, list) else []), {"name": "Live", "lines": lines}],
    }


def _probe_lines(url: str, system: str, headers: Mapping[str, str]) -> list[dict[str, object]]:
    answer = _call("POST", url, f"/api/probe/{quote(system, safe='')}", headers)
    report = _object(answer)
    hops = _reported_hops(report.get("hops"))
    summary = str(report.get("summary") or "")
    if answer.status == 200 and report.get("ok") is True:
        title = f"{system}: {report.get('path', 'the path is open')}{hops and f', {hops}'}"
        return [{"code": "live_path", "state": "ok", "title": f"{title}{summary and f'; {summary}'}"}]
    nested = report.get("problem")
    what = f"{system} ({hops})" if hops else system
    problem = _problem_line("live_path", what, answer, nested if isinstance(nested, dict) else report)
    return [problem, *_service_lines(system, report.get("services"))]


def _service_lines(system: str, services: object) -> Iterator[dict[str, object]]:
    """What the deployed app's probe says of each service that it refused, with the row to grant."""
    for row in services if isinstance(services, list) else ():
        if isinstance(row, dict) and not row.get("ok"):
            needs = row.get("needs")
            needed = "; ".join(f"{k}: {v}" for k, v in needs.items() if v) if isinstance(needs, dict) else ""
            title = f"{system}, {row.get('service')}: {row.get('detail')} [{row.get('code')}]"
            fix = [f"{row.get('read')} needs {needed}"] if needed else []
            yield {"code": "live_service", "state": "failed", "title": title, "fix": fix}


def _reported_hops(hops: object) -> str:
    """As `_hops` tells those of this machine."""
    rows = [hop for hop in hops if isinstance(hop, dict)] if isinstance(hops, list) else []
    return " → ".join(f"{hop.get('name')} {hop.get('outcome')} {hop.get('ms')} ms" for hop in rows)


def _problem_line(
    code: str, what: str, answer: HttpResponse, problem: Mapping[str, object] | None = None
) -> dict[str, object]:
    reported = problem if problem is not None else _object(answer)
    title = f"{what}: {reported.get('detail', f'HTTP {answer.status}')} [{reported.get('code', 'no code')}]"
    return {
        "code": code,
        "state": "failed",
        "title": title,
        "fix": [str(reported["hint"])] if reported.get("hint") else [],
    }


def _call(method: str, url: str, path: str, headers: Mapping[str, str]) -> HttpResponse:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("--url must begin with https://, because a key or a token is sent there")
    target = f"{parts.scheme}://{parts.netloc}{path}"
    body = b"" if method == "POST" else None
    try:
        return Client().send(method, target, deadline=Deadline(WALK_SECONDS), headers=headers, body=body)
    except (RequestNotSent, ResponseLost) as error:
        raise ValueError(f"no answer from {parts.netloc}: {error}") from None


def _object(answer: HttpResponse) -> dict[str, object]:
    document = json_object(answer.body)
    if document is None:
        raise ValueError(f"HTTP {answer.status} without a JSON object: is this the bridge's address?")
    return document
