"""The sandbox against Workday's own schema of Human_Resources v30.0, where that is available."""

from pathlib import Path

import pytest
from lxml import etree

from tests.sandbox.workday import envelopes
from tests.sandbox.workday.kit import NS, WD, Caller, body_of

PUBLISHED = Path(__file__).parents[4] / "shared" / "facts" / "workday" / "Human_Resources-v30.0.xsd"

REQUESTS = {
    "Get_Workers": envelopes.get_workers(),
    "Change_Legal_Name": envelopes.legal_name(),
    "Change_Preferred_Name": envelopes.preferred_name(envelopes.name_parts("Addy", "V")),
    "Change_Home_Contact_Information": envelopes.home_contact(envelopes.address(), envelopes.address(primary="false")),
    "Get_Change_Home_Contact_Information": envelopes.get_home_contact(),
    "Create_Reference_Letter_for_Worker": envelopes.letter(),
    "Change_Emergency_Contacts": envelopes.emergency_contacts(envelopes.contact()),
}


@pytest.fixture(scope="module")
def published() -> etree.XMLSchema:
    if not PUBLISHED.exists():
        pytest.skip("Workday's schema is not beside the repository")
    return etree.XMLSchema(etree.parse(PUBLISHED, etree.XMLParser(huge_tree=True)))


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_the_sandbox_takes_and_answers_is_valid(published: etree.XMLSchema, adele: Caller, request_: str) -> None:
    asked = etree.fromstring(f'<x xmlns:wd="{WD}">{request_.replace("{me}", adele.wid)}</x>')[0]
    published.assertValid(asked)
    answer = adele.soap(request_)
    assert answer.status_code == 200
    published.assertValid(body_of(answer))


def test_validation_faults_are_valid(published: etree.XMLSchema, adele: Caller) -> None:
    fault = body_of(adele.soap(envelopes.legal_name("", ""))).find("detail/wd:Validation_Fault", NS)
    assert fault is not None
    published.assertValid(fault)
