"""`bridge check` with a real user's token, which walks each path; and the check of the deployed app."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote, urlsplit

from bridge.app import App
from bridge.base.http_client import Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.catalog import Catalog
from bridge.check import CheckResult
from bridge.check.line import failed, ok, warning
from bridge.check.run import Group, as_json
from bridge.check.service_reads import ServiceRead, is_refusal, summary
from bridge.errors import BridgeError
from bridge.inbound import Caller
from bridge.settings import LOOPBACK, SystemSettings, load
from bridge.tokens.portal_paths import REGISTRATIONS
from bridge.trace import Trace

WALK_SECONDS = 30.0


def walk(token: str, env: Mapping[str, str], catalog: Catalog, client: Client) -> list[Group]:
    """Each system's path with this user's token, from here. The settings are known to be good."""
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
            lines += _local_service_lines(system.name, reads)
            lines += _missing_attributes(system, caller)
        except BridgeError as error:
            lines.append(_refused("live_path", f"{system.name} ({_hops(own)})", error))
    return [Group("Live", lines)]


def _local_service_lines(system: str, reads: Sequence[ServiceRead]) -> Iterator[CheckResult]:
    """A line in words, then one for each service that does not work, with what to grant there."""
    state = ok if all(read.error is None for read in reads) else failed
    yield state("live_services", f"{system}: {summary(reads)}")
    for read in reads:
        if read.error is not None:
            needed = read.operation.needs.sentence() if is_refusal(read.error) else ""
            fix = (f"{read.operation.id} needs {needed}",) if needed else (read.error.hint, read.error.operator or "")
            title = f"{system}, {read.operation.service}: {read.error.detail} [{read.error.code}]"
            yield failed("live_service", title, *filter(None, fix))


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
    return _joined((hop.name, hop.outcome, hop.ms) for hop in trace.hops)


def _joined(hops: Iterable[tuple[object, object, object]]) -> str:
    """Name, outcome and milliseconds of hops as text. Equal ones in sequence are one, with their number and sum."""
    parts = []
    for (name, outcome), same in groupby(hops, key=lambda hop: hop[:2]):
        times = [ms for *_, ms in same if isinstance(ms, int | float)]
        count = f"{len(times)} × " if len(times) > 1 else ""
        parts.append(f"{count}{name} {outcome} {round(sum(times), 1):g} ms")
    return " → ".join(parts)


def ask_deployed(url: str, key: str) -> dict[str, object]:
    """`GET /api/check` of the deployed app. Raises ValueError with what is wrong with URL, key or response."""
    response = _call("GET", url, "/api/check", {"x-functions-key": key} if key else {})
    if response.status in {401, 403}:
        raise ValueError(f"HTTP {response.status}: the function key is missing or wrong (--key, or FUNCTION_KEY)")
    report = _object(response)
    if response.status != 200 or not isinstance(report.get("groups"), list):
        raise ValueError(f"HTTP {response.status} without a check's report: is this the bridge's address?")
    return report


def probe_deployed(url: str, token: str, report: dict[str, object]) -> dict[str, object]:
    """The report with a group on `POST /api/probe/{system}` for each system that the deployed app has."""
    lines = list(_live_lines(url, {"Authorization": f"Bearer {token}"}))
    is_ok = report.get("ok") is True and all(line.state != "failed" for line in lines)
    return {"ok": is_ok, "groups": [*objects(report.get("groups")), {"name": "Live", "lines": [*map(as_json, lines)]}]}


def _live_lines(url: str, headers: Mapping[str, str]) -> Iterator[CheckResult]:
    me = _call("GET", url, "/api/whoami", headers)
    seen = _object(me)
    if me.status != 200:
        yield _reported(me, "live_token", "the token", seen)
        return
    yield ok("live_token", "the token is accepted")
    yield _claims(str(seen.get("optionalClaims", "")).split())
    for row in objects(seen.get("systems")):
        yield from _probe_lines(url, str(row.get("system")), headers)


def _probe_lines(url: str, system: str, headers: Mapping[str, str]) -> Iterator[CheckResult]:
    response = _call("POST", url, f"/api/probe/{quote(system, safe='')}", headers)
    report = _object(response)
    hops = _joined((hop.get("name"), hop.get("outcome"), hop.get("ms")) for hop in objects(report.get("hops")))
    summary = str(report.get("summary") or "")
    if response.status == 200 and report.get("ok") is True:
        path = f"{system}: {report.get('path', 'the path is open')}{hops and f', {hops}'}"
        yield ok("live_path", f"{path}{summary and f'; {summary}'}")
        return
    problem = report.get("problem")
    what = f"{system} ({hops})" if hops else system
    yield _reported(response, "live_path", what, problem if isinstance(problem, dict) else report)
    yield from _service_lines(system, objects(report.get("services")))


def _service_lines(system: str, services: Iterable[Mapping[str, object]]) -> Iterator[CheckResult]:
    """A line for each service that refused the deployed app's probe, with the permission to grant."""
    for row in services:
        if not row.get("ok"):
            needs = row.get("needs")
            needed = "; ".join(f"{k}: {v}" for k, v in needs.items() if v) if isinstance(needs, dict) else ""
            title = f"{system}, {row.get('service')}: {row.get('detail')} [{row.get('code')}]"
            yield failed("live_service", title, *([f"{row.get('read')} needs {needed}"] if needed else []))


def _reported(response: HttpResponse, code: str, what: str, problem: Mapping[str, object]) -> CheckResult:
    title = f"{what}: {problem.get('detail', f'HTTP {response.status}')} [{problem.get('code', 'no code')}]"
    return failed(code, title, *([str(problem["hint"])] if problem.get("hint") else []))


def _call(method: str, url: str, path: str, headers: Mapping[str, str]) -> HttpResponse:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("--url must begin with https://, because a key or a token is sent there")
    target = f"{parts.scheme}://{parts.netloc}{path}"
    body = b"" if method == "POST" else None
    try:
        return Client().send(method, target, deadline=Deadline(WALK_SECONDS), headers=headers, body=body)
    except (RequestNotSent, ResponseLost) as error:
        raise ValueError(f"no response from {parts.netloc} ({error}): is this the bridge's address?") from None


def _object(response: HttpResponse) -> dict[str, object]:
    document = json_object(response.body)
    if document is None:
        raise ValueError(f"HTTP {response.status} without a JSON object: is this the bridge's address?")
    return document


def objects(value: object) -> list[dict[str, object]]:
    """The objects of a list; nothing of another shape, which a server could send."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
