"""The systems other than Workday, end to end, with a strict stand-in for each: set up correctly, and set up wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from tests.e2e.kit import Bridge, Reply, Sandbox, run_app
from tests.support.env import env
from tests.systems.conftest import CONSUMER_KEY, trust

SCHEMAS = Path(__file__).parents[2] / "sandbox" / "schemas"
SAML = {"s": "urn:oasis:names:tc:SAML:2.0:assertion"}


def operator(bridge: Bridge, reply: Reply) -> str:
    """The text for the operator in the log line of a refusal."""
    return str(bridge.line(reply).get("operator", ""))


# --- SAP SuccessFactors


def test_successfactors_opens_by_a_saml_assertion_with_its_own_attributes(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get("/api/successfactors/me", sandbox.token())
    assert (reply.status, bridge.line(reply)["path"]) == (200, "bridge_saml")
    record = reply.json
    assert (record["userId"], record["name"], record["hireDate"]) == ("21001", "Adele Vance", "2018-02-15")
    root = etree.fromstring(sandbox.control("GET", "successfactors", "/sandbox/last-assertion").encode())
    etree.XMLSchema(etree.parse(str(SCHEMAS / "saml-schema-assertion-2.0.xsd"))).assertValid(root)
    assert root.findtext(".//s:AuthnContextClassRef", None, SAML) == (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    )


def test_successfactors_shows_and_changes_only_what_is_the_callers(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token("miriam")
    [account] = bridge.get("/api/successfactors/me/time-accounts", token).json["accounts"]
    assert account == {"accountType": "VACATION", "balance": 12.5, "unit": "DAYS"}
    asked = {"timeType": "VACATION", "startDate": "2026-12-24", "endDate": "2026-12-24"}
    made = bridge.post("/api/successfactors/me/time-off", token, asked)
    assert (made.status, made.json["status"]) == (200, "PENDING")
    [absence] = bridge.get("/api/successfactors/me/time-off", token).json["absences"]
    assert (absence["absenceId"], absence["startDate"]) == (made.json["eventId"], "2026-12-24")
    assert bridge.get("/api/successfactors/me/time-off", sandbox.token("alex")).json["absences"] == []
    names = [one["name"] for one in bridge.get("/api/successfactors/me/reports", token).json["reports"]]
    assert names == ["Adele Vance", "Alex Wilber", "Diego Siciliani"]
    refused = bridge.post("/api/successfactors/me/time-off", token, {**asked, "timeType": "SABBATICAL"})
    assert refused.outcome == (422, "refused_by_system")
    assert "SABBATICAL is not allowed" in refused.json["detail"]


def test_a_dead_token_of_successfactors_is_renewed_though_it_is_reported_with_403(
    bridge: Bridge, sandbox: Sandbox
) -> None:
    token = sandbox.token("diego")
    assert bridge.get("/api/successfactors/me", token).status == 200
    sandbox.control("POST", "successfactors", "/sandbox/expire")
    again = bridge.get("/api/successfactors/me/time-accounts", token)
    assert (again.status, bridge.line(again)["exchanges"]) == (200, 1)


def test_successfactors_errors_tell_an_unknown_user_from_a_wrong_set_up(bridge: Bridge, sandbox: Sandbox) -> None:
    unknown = bridge.get("/api/successfactors/me", sandbox.token("newcomer"))
    assert unknown.outcome == (403, "user_unknown_to_system")
    trust(sandbox, "successfactors", "api://somebody/else", "another")
    broken = bridge.get("/api/successfactors/me", sandbox.token("grady"))
    assert broken.outcome == (424, "bridge_misconfigured")
    assert "Unable to verify the signature" in operator(bridge, broken)


def test_a_denied_name_id_is_refused(bridge: Bridge, sandbox: Sandbox) -> None:
    for system in ("successfactors", "salesforce", "servicenow_jwt"):
        assert bridge.get(f"/api/{system}/me", sandbox.token("lee")).outcome == (403, "name_id_refused")


def test_only_a_system_that_publishes_its_metadata_has_them(bridge: Bridge) -> None:
    reply = bridge.get("/api/saml/metadata/successfactors")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/samlmetadata+xml")
    assert etree.fromstring(reply.body).get("entityID", "").endswith("/successfactors")
    for name in ("salesforce", "nobody"):
        assert bridge.get(f"/api/saml/metadata/{name}").outcome == (404, "not_found")


# --- Salesforce


def test_salesforce_opens_by_a_jwt(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    reply = bridge.get("/api/salesforce/me/opportunities", token)
    assert (reply.status, bridge.line(reply)["path"]) == (200, "bridge_jwt")
    [deal] = reply.json["opportunities"]
    assert (deal["name"], deal["amount"], deal["account"]) == ("Deal of Adele", 1500.0, "Fabrikam")
    [account] = bridge.get("/api/salesforce/accounts", token, text="Fab").json["accounts"]
    call = {"subject": "Renewal", "relatedToId": account["accountId"]}
    assert bridge.post("/api/salesforce/me/calls", token, call).json["eventId"] == "00T000000000001"
    refused = bridge.post("/api/salesforce/me/calls", token, {**call, "relatedToId": "003000000000001"})
    assert refused.outcome == (422, "refused_by_system")


@pytest.mark.parametrize(
    ("issuer", "key", "reported"),
    [
        ("another-app", "salesforce", "client identifier invalid"),
        (CONSUMER_KEY, "another", "invalid assertion"),
    ],
    ids=["another consumer key", "another certificate"],
)
def test_a_jwt_that_salesforce_does_not_trust_is_misconfigured(
    bridge: Bridge, sandbox: Sandbox, issuer: str, key: str, reported: str
) -> None:
    trust(sandbox, "salesforce", issuer, key)
    reply = bridge.get("/api/salesforce/me", sandbox.token("isaiah"))
    assert reply.outcome == (424, "bridge_misconfigured")
    assert reported in operator(bridge, reply)


def test_a_user_without_approval_is_reported_to_the_operator(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get("/api/salesforce/me", sandbox.token("newcomer"))
    assert reply.outcome == (424, "bridge_misconfigured")
    assert "hasn't approved this consumer" in operator(bridge, reply)


# --- ServiceNow


@pytest.mark.parametrize(("system", "path"), [("servicenow", "oauth"), ("servicenow_jwt", "bridge_jwt")])
def test_servicenow_opens_by_entras_token_and_by_a_jwt(
    bridge: Bridge, sandbox: Sandbox, system: str, path: str
) -> None:
    token, other = sandbox.token("adele"), sandbox.token("alex")
    made = bridge.post(f"/api/{system}/me/incidents", token, {"subject": "The printer is on fire"})
    assert (made.status, bridge.line(made)["path"]) == (200, path)
    number = made.json["number"]
    listed = bridge.get(f"/api/{system}/me/incidents", token).json["incidents"]
    assert number in [one["number"] for one in listed]
    assert bridge.post(f"/api/{system}/me/incidents/{number}/comments", token, {"comment": "Hurry"}).status == 200
    foreign = bridge.post(f"/api/{system}/me/incidents/{number}/comments", other, {"comment": "Mine!"})
    assert foreign.status != 200
    assert bridge.get(f"/api/{system}/me/incidents/{number}", other).json == {}


def test_a_user_without_a_record_in_servicenow_is_reported_to_the_operator(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get("/api/servicenow_jwt/me", sandbox.token("newcomer"))
    assert reply.outcome == (424, "bridge_misconfigured")
    assert "access_denied" in operator(bridge, reply)


# --- SAP S/4HANA and BTP


def test_s4hana_opens_for_an_abap_user_whom_graph_names(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    reply = bridge.get("/api/s4hana/me/purchase-requisitions", token)
    assert (reply.status, bridge.line(reply)["path"]) == (200, "bridge_saml")
    [item] = reply.json["requisitions"]
    assert (item["text"], item["price"], item["deliveryDate"]) == ("Chair for ADELE", 149.9, "2026-12-31")
    [task] = bridge.get("/api/s4hana/me/tasks", token).json["tasks"]
    which = {"origin": task["origin"], "taskId": task["taskId"]}
    options = bridge.get("/api/s4hana/me/tasks/decisions", token, **which).json["decisions"]
    assert [one["text"] for one in options] == ["Approve", "Reject"]
    decision = {**which, "decisionKey": options[0]["decisionKey"], "comment": "It's fine"}
    stolen = bridge.post("/api/s4hana/me/tasks/decide", sandbox.token("alex"), decision)
    assert stolen.outcome == (403, "not_permitted_by_system")
    impossible = bridge.post("/api/s4hana/me/tasks/decide", token, {**decision, "decisionKey": "0009"})
    assert impossible.outcome == (422, "refused_by_system")
    made = bridge.post("/api/s4hana/me/tasks/decide", token, decision)
    assert (made.status, made.json["status"]) == (200, "COMPLETED")
    assert bridge.get("/api/s4hana/me/tasks", token).json["tasks"] == []
    assert bridge.get("/api/s4hana/csrf", token).outcome == (403, "operation_not_open")


def test_s4hanas_errors_tell_an_unknown_user_from_a_wrong_set_up(bridge: Bridge, sandbox: Sandbox) -> None:
    assert bridge.get("/api/s4hana/me/tasks", sandbox.token("admin")).outcome == (403, "name_id_refused")
    assert bridge.get("/api/s4hana/me/tasks", sandbox.token("newcomer")).outcome == (403, "user_unknown_to_system")
    trust(sandbox, "s4hana", "api://somebody/else", "another")
    broken = bridge.get("/api/s4hana/me/tasks", sandbox.token("grady"))
    assert broken.outcome == (424, "bridge_misconfigured")
    assert "SAML2 and its entry in SOAUTH2" in operator(bridge, broken)


def test_a_token_of_xsuaa_opens_too_and_its_words_are_understood(bridge: Bridge, sandbox: Sandbox) -> None:
    trust(sandbox, "s4hana", f"api://{sandbox.facts['clientId']}/btp", "btp")
    assert bridge.get("/api/btp/me/tasks", sandbox.token("diego")).status == 200
    reply = bridge.get("/api/btp_wrong/me/tasks", sandbox.token("diego"))
    assert reply.outcome == (424, "bridge_misconfigured")
    assert "does not know the client, or its secret is wrong (unauthorized)" in operator(bridge, reply)


# --- Workday by a JWT (path C), its users named by the employee number that Graph knows


WORKDAY = {
    "PATH": "saml",
    "TOKEN__ASSERTION": "jwt",
    "SAML__NAME_ID_CLAIM": None,
    "SAML__NAME_ID_SOURCE": "graph:employeeId",
    "SAML__NAME_ID_PATTERN": "[0-9]{5}",
    "SAML__DENIED_NAME_IDS": "10001",
}


def workday(**values: str | None) -> dict[str, str | None]:
    return {f"BRIDGE_SYSTEMS__WORKDAY__{name}": value for name, value in {**WORKDAY, **values}.items()}


def test_workday_opens_by_a_jwt_for_an_employee_number_that_graph_knows(sandbox: Sandbox) -> None:
    with run_app(sandbox, workday()) as bridge:
        token = sandbox.token("henrietta")
        whoami = bridge.get("/api/whoami", token).json
        [why] = [one["why"] for one in whoami["systems"] if one["system"] == "workday"]
        assert "the user is named by the property 'employeeId' in Microsoft Graph" in why
        reply = bridge.get("/api/workday/me", token)
        line = bridge.line(reply)
        assert (reply.status, line["path"], line["exchanges"]) == (200, "bridge_jwt", 2)
        assert line["ms"]["graph"] > 0
        again = bridge.line(bridge.get("/api/workday/me", sandbox.token("henrietta")))
        assert (again["status"], again["exchanges"], "graph" in again["ms"]) == (200, 1, False)
        probe = bridge.post("/api/probe/workday", token).json
        assert [hop["outcome"] for hop in probe["hops"] if hop["name"] == "graph"] == ["ok"]

        assert bridge.get("/api/workday/me", sandbox.token("admin")).outcome == (403, "name_id_refused")
        assert bridge.get("/api/workday/me", sandbox.token("newcomer")).outcome == (403, "name_id_refused")
        assert bridge.get("/api/workday/me", sandbox.token("alex")).outcome == (403, "user_unknown_to_system")
        sandbox.fault("entra", "graph", status=403, body={"error": {"code": "Authorization_RequestDenied"}})
        denied = bridge.get("/api/workday/me", sandbox.token("grady"))
        assert denied.outcome == (424, "bridge_misconfigured")
        assert "Authorization_RequestDenied. SAML__NAME_ID_SOURCE needs" in operator(bridge, denied)
        sandbox.fault("entra", "graph", status=429, headers={"Retry-After": "7"})
        busy = bridge.get("/api/workday/me", sandbox.token("grady"))
        assert (busy.outcome, busy.headers["retry-after"]) == ((503, "entra_unavailable"), "7")
        assert "21012" not in "".join(bridge.log)


def test_a_jwt_for_another_audience_is_refused_by_workday(sandbox: Sandbox) -> None:
    claim = {"SAML__NAME_ID_CLAIM": "upn", "SAML__NAME_ID_SOURCE": None, "SAML__NAME_ID_PATTERN": ".*@contoso[.]com"}
    with run_app(sandbox, workday(**claim, SAML__AUDIENCE="http://www.workday.com/contoso_dpt1")) as bridge:
        reply = bridge.get("/api/workday/me", sandbox.token())
        assert reply.outcome == (424, "bridge_misconfigured")
        assert "audience is invalid" in operator(bridge, reply)


# --- Power Automate


def test_a_flow_runs_as_the_caller_by_the_scope_with_two_slashes(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.post("/api/powerautomate/run", sandbox.token(), {"text": "hello"})
    assert (reply.status, reply.json["answer"], bridge.line(reply)["path"]) == (200, "Adele Vance says hello", "oauth")


def test_a_flow_that_refuses_its_token_is_misconfigured(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.post("/api/flow_one_slash/run", sandbox.token(), {"text": "hello"})
    assert reply.outcome == (424, "bridge_misconfigured")
    assert "https://service.flow.microsoft.com//.default with both slashes" in operator(bridge, reply)


# --- all of them


def test_each_can_be_probed_as_check_live_does(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token("diego")
    found = {}
    for system in ("successfactors", "salesforce", "servicenow", "s4hana", "powerautomate"):
        probe = bridge.post(f"/api/probe/{system}", token).json
        found[system] = (probe["ok"], probe["summary"])
    assert found == {
        "successfactors": (True, "odata works"),
        "salesforce": (True, "identity and data work"),
        "servicenow": (True, "table works"),
        "s4hana": (True, "requisitions and inbox work"),
        "powerautomate": (True, "no operation without inputs is open, so only the credential was tried"),
    }


FOUR = {
    "successfactors": "/api/successfactors/me",
    "salesforce": "/api/salesforce/me",
    "servicenow_jwt": "/api/servicenow_jwt/me",
    "s4hana": "/api/s4hana/me/tasks",
}


def test_four_systems_at_once_share_no_key_and_no_credential_and_one_that_breaks_takes_none_down(
    bridge: Bridge, sandbox: Sandbox
) -> None:
    token = sandbox.token("isaiah")
    assert bridge.get("/api/broken/me", token).outcome == (424, "bridge_misconfigured")
    first = [bridge.line(bridge.get(path, token)) for path in FOUR.values()]
    assert [line["status"] for line in first] == [200] * 4
    assert len({one["certificateThumbprint"] for line in first for one in line["assertions"]}) == 4
    again = [bridge.line(bridge.get(path, token))["exchanges"] for path in FOUR.values()]
    assert again == [0, 0, 0, 0]

    sandbox.control("POST", "successfactors", "/sandbox/expire")
    trust(sandbox, "successfactors", "api://somebody/else", "another")
    reported = [bridge.get(path, token).outcome for path in FOUR.values()]
    assert reported == [(424, "bridge_misconfigured"), (200, None), (200, None), (200, None)]
    assert [bridge.line(bridge.get(path, token))["exchanges"] for path in list(FOUR.values())[1:]] == [0, 0, 0]


PROGRAM = """
import os, sys
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
from bridge.api.api import Api
from bridge.runtime import Runtime
runtime = Runtime(os.environ)
list(Api(runtime).routes())
assert runtime.app().settings.systems
folders = {name.split("/catalog/")[1].split("/")[0] for name in opened if name.endswith(".toml")}
print(*sorted(folders), "bridge.api.raw" in sys.modules)
"""


def test_systems_that_no_setting_names_cost_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **env()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["workday", "False"], done.stderr
