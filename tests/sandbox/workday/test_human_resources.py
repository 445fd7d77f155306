"""Human_Resources at the sandbox: changes are read back, and Workday's rules are enforced."""

import datetime

import pytest

from tests.sandbox.workday import envelopes
from tests.sandbox.workday.envelopes import address, contact, emergency_contacts, home_contact, legal_name
from tests.sandbox.workday.kit import Caller, Workday, faultstring, texts

HOME = "//wd:Worker_Data/wd:Personal_Data/wd:Contact_Data/wd:Address_Data"
CONTACT = "//wd:Related_Person[wd:Emergency_Contact]"
CONTACT_WID = "wd:Emergency_Contact/wd:Emergency_Contact_Reference/wd:ID[@wd:type='WID']/text()"
NAME = "wd:Personal_Data/wd:Name_Data/wd:Legal_Name_Data/wd:Name_Detail_Data/wd:First_Name/text()"
LETTER_EVENT = "//wd:Reference_Letter_Event_Reference/wd:ID[@wd:type='WID']/text()"


def _read(caller: Caller, xpath: str) -> list[str]:
    return texts(caller.soap(envelopes.get_workers()), xpath)


def _stored(workday: Workday, caller: Caller) -> dict[str, object]:
    stored: dict[str, object] = workday.control("GET", f"workers/{caller.person.upn}").json()
    return stored


# --- names


def test_a_new_legal_name_is_read_back_by_soap_and_rest(adele: Caller) -> None:
    answer = adele.soap(legal_name("Adela", "Kim"))
    assert len(texts(answer, "//wd:Legal_Name_Change_Event_Reference/wd:ID[@wd:type='WID']/text()")[0]) == 32
    assert _read(adele, "//wd:Worker_Data//wd:Legal_Name_Data//@wd:Formatted_Name")[0] == "Adela Q Kim"
    assert adele.get("workers/me").json()["descriptor"] == "Adela Kim"


def test_the_legal_name_can_be_preferred_again(adele: Caller) -> None:
    adele.soap(envelopes.preferred_name(envelopes.name_parts("Addy", "V")))
    assert adele.soap(envelopes.preferred_name(legal="true")).status_code == 200
    assert adele.get("workers/me").json()["descriptor"] == "Adele Vance"


@pytest.mark.parametrize(
    ("name", "legal"), [(None, ""), (None, "false"), (envelopes.name_parts("Addy", "V"), "true")], ids=str
)
def test_a_preferred_name_is_either_given_or_the_legal_one(adele: Caller, name: str | None, legal: str) -> None:
    assert "Name Data is required" in faultstring(adele.soap(envelopes.preferred_name(name, legal=legal)))


FAR = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=20 * 365)).date().isoformat()
NAME_RULES = {
    "no first name": (legal_name("", "Vance"), "First Name (or Local First Name if configured) is required"),
    "blank last name": (legal_name("Adele", "  "), "Last Name (or Local Last Name if configured) is required"),
    "unknown country": (
        legal_name(country="XXX"),
        "'XXX' is not a valid ID value for type = 'ISO_3166-1_Alpha-3_Code'",
    ),
    "far future": (legal_name(date=FAR), "does not meet the restrictions defined for this field"),
    "before anybody": (legal_name(date="1899-12-31"), "does not meet the restrictions defined for this field"),
}


@pytest.mark.parametrize(("request_", "reason"), NAME_RULES.values(), ids=NAME_RULES.keys())
def test_names_by_the_rules(adele: Caller, request_: str, reason: str) -> None:
    assert reason in faultstring(adele.soap(request_))
    assert adele.get("workers/me").json()["descriptor"] == "Adele Vance"


def test_every_mistake_of_a_name_is_reported_at_once(adele: Caller) -> None:
    assert len(texts(adele.soap(legal_name("", "")), "//wd:Validation_Error")) == 2


def test_a_refusal_repeats_personal_data(adele: Caller) -> None:
    """So that tests can show that the bridge leaves it out of its logs."""
    assert "Adele Vance" in texts(adele.soap(legal_name(date=FAR)), "//wd:Detail_Message/text()")[0]


# --- home addresses


def test_a_new_primary_address_takes_the_place_of_the_old(adele: Caller) -> None:
    answer = adele.soap(home_contact(address("9 Pine Road")))
    assert texts(answer, "//wd:Change_Home_Contact_Information_Event_Reference/wd:ID/text()")
    assert _read(adele, f"{HOME}/wd:Address_Line_Data/text()") == ["9 Pine Road"]
    assert _read(adele, f"{HOME}/@wd:Formatted_Address") == ["9 Pine Road\nSeattle, USA-WA 98101\nUSA"]


def test_both_reads_of_home_contact_agree(adele: Caller) -> None:
    adele.soap(home_contact(address("9 Pine Road")))
    lines = texts(adele.soap(envelopes.get_home_contact()), "//wd:Address_Line_Data/text()")
    assert lines == _read(adele, f"{HOME}/wd:Address_Line_Data/text()") == ["9 Pine Road"]


def test_replace_all_removes_what_is_not_primary(adele: Caller) -> None:
    adele.soap(home_contact(address("2 Lake View", primary="false")))
    adele.soap(home_contact(address("9 Pine Road"), replace_all="true"))
    assert _read(adele, f"{HOME}/wd:Address_Line_Data/text()") == ["9 Pine Road"]


ADDRESS_RULES = {
    "region of another country": (address(country="CAN", region="USA-WA"), "Region Name must be valid"),
    "unknown region": (address(region="USA-XX"), "'USA-XX' is not a valid ID value for type = 'Country_Region_ID'"),
    "region without country": (address(region="WA"), "'WA' is not a valid ID value"),
    "unknown country": (address(country="XXX"), "'XXX' is not a valid ID value"),
    "no first line": (address(" "), "Address Line 1 is Required for this Country."),
    "public": (address(public="true"), "Home addresses cannot be made public."),
    "work": (address(usage="WORK"), "Only Home Contact Information can be maintained"),
    "unknown usage": (address(usage="BOAT"), "'BOAT' is not a valid ID value"),
    "unknown reference": (address(id_="NOBODYS"), "Address Reference must match an existing"),
    "delete nothing": (envelopes.delete_address(), "Address Reference is required when deleting"),
    "no data": ("<wd:Address_Information_Data/>", "Address Data and Usage Data elements are required"),
}


@pytest.mark.parametrize(("change", "reason"), ADDRESS_RULES.values(), ids=ADDRESS_RULES.keys())
def test_addresses_by_the_rules(adele: Caller, change: str, reason: str) -> None:
    before = _read(adele, f"{HOME}/@wd:Formatted_Address")
    # A valid change before the invalid one: neither is made.
    assert reason in faultstring(adele.soap(home_contact(address("9 Pine Road"), change)))
    assert _read(adele, f"{HOME}/@wd:Formatted_Address") == before


def test_the_primary_address_stays_primary(adele: Caller) -> None:
    id_ = _read(adele, f"{HOME}/wd:Address_ID/text()")[0]
    assert "cannot be removed" in faultstring(adele.soap(home_contact(envelopes.delete_address(id_))))
    demoted = home_contact(address(primary="false", id_=id_))
    assert "You can't change a primary address" in faultstring(adele.soap(demoted))
    replaced = home_contact(address(id_=id_), replace_all="true")
    assert "you can't pass an Address Reference" in faultstring(adele.soap(replaced))


def test_a_change_of_home_contact_needs_a_person_and_a_possible_day(adele: Caller) -> None:
    assert "Unable to find a subject" in faultstring(adele.soap(home_contact(address(), person="")))
    assert "does not meet the restrictions" in faultstring(adele.soap(home_contact(address(), date=FAR)))


def test_two_emails_of_one_request_are_both_added(adele: Caller) -> None:
    assert adele.soap(envelopes.add_home_emails("a@example.com", "b@example.com")).status_code == 200
    emails = texts(adele.soap(envelopes.get_home_contact()), "//wd:Email_Address/text()")
    assert emails[1:] == ["a@example.com", "b@example.com"]


# --- letters


def test_a_letter_is_kept_as_an_event(adele: Caller, workday: Workday) -> None:
    event = texts(adele.soap(envelopes.letter(language="de")), LETTER_EVENT)[0]
    about = {"template": "EMPLOYMENT_VERIFICATION", "language": "de"}
    assert _stored(workday, adele)["events"] == [{"wid": event, "process": "Reference Letter", "about": about}]


@pytest.mark.parametrize(("template", "language"), [("LOVE_LETTER", "en_US"), ("EMPLOYMENT_VERIFICATION", "tlh")])
def test_unknown_letters_and_languages(adele: Caller, workday: Workday, template: str, language: str) -> None:
    assert "is not a valid ID value" in faultstring(adele.soap(envelopes.letter(template, language)))
    assert _stored(workday, adele)["events"] == []


# --- emergency contacts


def test_a_new_primary_contact_takes_the_rank_of_the_old(adele: Caller) -> None:
    adele.soap(emergency_contacts(contact("Kim", primary="true", priority="1")))
    primary = f"{CONTACT}[.//wd:Emergency_Contact_Data/@wd:Primary='1']/{NAME}"
    assert _read(adele, primary) == ["Kim"]


CONTACT_RULES = {
    "primary of second rank": (contact(primary="true", priority="2"), "must have numeric priority of 1"),
    "second of first rank": (contact(priority="1"), "must have priority greater than 1"),
    "no first name": (contact("  "), "First Name"),
    "unreachable": (contact(phone=""), "Either a phone number, or an email address"),
    "blank phone": (contact(phone=" "), "Phone Number is required"),
    "unknown relationship": (contact(relationship="Nemesis"), "'Nemesis' is not a valid ID value"),
    "unknown reference": (contact(wid="0" * 32), "does not belong to the Person reference"),
    "delete nothing": (envelopes.delete_contact(), "Reference is required when deleting"),
}


@pytest.mark.parametrize(("change", "reason"), CONTACT_RULES.values(), ids=CONTACT_RULES.keys())
def test_contacts_by_the_rules(adele: Caller, change: str, reason: str) -> None:
    assert reason in faultstring(adele.soap(emergency_contacts(change)))
    assert _read(adele, f"{CONTACT}/{NAME}") == ["Robin"]


def test_there_is_always_a_primary_contact(adele: Caller) -> None:
    wid = _read(adele, f"{CONTACT}/{CONTACT_WID}")[0]
    gone = emergency_contacts(envelopes.delete_contact(wid))
    assert "Primary Emergency Contact cannot be deleted." in faultstring(adele.soap(gone))
    demoted = emergency_contacts(contact(wid=wid))
    assert "One and only one" in faultstring(adele.soap(demoted))
    replaced = emergency_contacts(contact(), replace_all="true")
    assert "One and only one" in faultstring(adele.soap(replaced))


# --- managers


def test_a_manager_reads_her_organization(miriam: Caller) -> None:
    organization = miriam.get("workers/me/supervisoryOrganizationsManaged").json()["data"][0]["id"]
    answer = miriam.soap(envelopes.get_workers_of(organization))
    assert texts(answer, "//wd:Worker_ID/text()") == ["21001", "21002", "21003"]
    assert texts(answer, "//wd:Total_Results/text()") == ["3"]


def test_a_manager_sees_the_job_of_a_report_and_nothing_private(miriam: Caller, adele: Caller) -> None:
    answer = miriam.soap(envelopes.get_workers(envelopes.of("Worker_Reference", adele.wid)))
    assert texts(answer, "//wd:Business_Title/text()") == ["Retail Manager"]
    assert texts(answer, "//wd:Personal_Data | //wd:Related_Person_Data | //wd:Qualification_Data") == []


def test_nobody_reads_an_organization_that_another_leads(adele: Caller, miriam: Caller) -> None:
    organization = miriam.get("workers/me/supervisoryOrganizationsManaged").json()["data"][0]["id"]
    assert "not authorized" in faultstring(adele.soap(envelopes.get_workers_of(organization)))


def test_workers_come_in_pages(miriam: Caller) -> None:
    organization = miriam.get("workers/me/supervisoryOrganizationsManaged").json()["data"][0]["id"]
    filter_ = "<wd:Response_Filter><wd:Page>2</wd:Page><wd:Count>2</wd:Count></wd:Response_Filter>"
    request = envelopes.get_workers_of(organization).replace("<wd:Response_Group>", f"{filter_}<wd:Response_Group>")
    answer = miriam.soap(request)
    assert texts(answer, "//wd:Worker_ID/text()") == ["21003"]
    assert texts(answer, "//wd:Response_Results/*/text()") == ["3", "2", "1", "2"]
