"""What the systems other than Workday need: OData dates, the caller's name, and explanations of their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.base.http_client import Deadline
from bridge.catalog import Target, load
from bridge.errors import Misconfigured
from bridge.outbound import perform
from bridge.outbound.encode import epoch
from tests.catalog.shop import GOOD
from tests.outbound.support import write_catalog
from tests.support.client import ScriptedClient, json_answer
from tools.explain import Expectation, explain

KINDS = {"successfactors"}


@pytest.mark.parametrize(
    ("day", "milliseconds"), [("2018-02-15", "1518652800000"), ("1970-01-01", "0"), ("1969-12-31", "-86400000")]
)
def test_a_day_is_written_as_odata_2_has_it(day: str, milliseconds: str) -> None:
    assert epoch(day) == milliseconds


def test_a_read_by_the_callers_name_is_never_sent_without_it() -> None:
    catalog = load(systems=KINDS)
    operation = catalog.operations["GetMyEmployeeRecord"]
    client = ScriptedClient({"": lambda _: json_answer({"d": {"results": [{"userId": "1"}]}})})

    def ask(name: str | None) -> dict[str, object]:
        return perform(
            operation,
            {},
            kind=catalog.systems["successfactors"],
            target=Target("sf.example", "contoso", caller_name=name),
            access_token="token",
            lookups={},
            client=client,
            deadline=Deadline(5),
            correlation_id="c",
        )

    with pytest.raises(Misconfigured) as caught:
        ask(None)
    assert "set PATH of the system to saml" in str(caught.value.operator)
    assert client.asked == []
    ask("o'hara")
    assert "username+eq+%27o%27%27hara%27" in client.asked[0].url.replace("%20", "+")


SAID = {
    '{"errorHttpCode":"401","errorMessage":"Unable to authenticate the client (Login failed - invalid user)"}': (
        "successfactors_user"
    ),
    '{"errorHttpCode":"401","errorMessage":"Unable to authenticate the client (Invalid API key)"}': (
        "successfactors_client"
    ),
    '{"error":{"code":"LGN0007","message":{"lang":"en-US","value":"Invalid OAuth token"}}}': "successfactors_token",
    '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]': "salesforce_session",
    '{"error":"invalid_grant","error_description":"user hasn\'t approved this consumer"}': ("salesforce_token"),
    '{"error":"invalid_grant","error_description":"client identifier invalid"}': "salesforce_token",
    '{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth information"},'
    '"status":"failure"}': "servicenow_not_authenticated",
    '{"error":{"message":"User Not Authorized","detail":"Failed API level ACL Validation"},"status":"failure"}': (
        "servicenow_acl"
    ),
    '{"error":"unauthorized","error_description":"Bad credentials"}': "xsuaa_bad_credentials",
    "HTTP/1.1 403 Forbidden\nx-csrf-token: Required\n\nCSRF token validation failed": "sap_csrf",
    "Provided authorization grant is invalid. Exception was SAML2 assertion": "saml_bearer_refused",
    '{"error":{"code":"MisMatchingOAuthClaims","message":"One or more claims either missing or does not match with the '
    'open authentication access control policy."}}': "flow_trigger_claims",
}


def test_each_vendors_refusal_is_explained() -> None:
    found = {text: [item.advice.code for item in explain(text, Expectation(), now=0).items] for text in SAID}
    assert {text: codes for text, codes in found.items() if codes[:1] != [SAID[text]]} == {}


def test_a_service_account_has_no_callers_name(tmp_path: Path) -> None:
    read = GOOD["shop/GetThings.toml"].replace('kind = "read"', 'kind = "read"\nsubject = "service"')
    read = read.replace('path = "/things/{color}"', 'path = "/things/{color}"\nquery = { who = "{caller.name}" }')
    [problem] = load(write_catalog(tmp_path, {**GOOD, "shop/GetThings.toml": read})).problems
    assert "the request names {caller.name}" in str(problem)
