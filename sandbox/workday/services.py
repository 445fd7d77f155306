"""The web services: each in the versions whose form is publicly known, with its schema and its operations."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from sandbox.workday import absence, benefits, human_resources, integrations, related_persons, talent
from sandbox.workday.call import Work
from sandbox.workday.security import HOME_CONTACT, INTEGRATION_BUILD, PUBLIC_REPORTS, TIME_OFF, WORK_CONTACT


class Operation(NamedTuple):
    """`work` returns the content of the response. It needs a permission on a domain or business process."""

    work: Work
    domain: str
    permission: str


class Service(NamedTuple):
    """`schema` is a file in `schemas/`."""

    schema: str
    operations: Mapping[str, Operation]


SERVICES: Mapping[str, Service] = {
    "Human_Resources/v30.0": Service(
        "human_resources.xsd",
        {
            "Get_Workers": Operation(human_resources.get_workers, PUBLIC_REPORTS, "Get"),
            "Change_Legal_Name": Operation(human_resources.change_legal_name, "Legal Name Change", "Put"),
            "Change_Preferred_Name": Operation(human_resources.change_preferred_name, "Preferred Name Change", "Put"),
            "Get_Change_Home_Contact_Information": Operation(
                partial(human_resources.get_contact, "Home"), HOME_CONTACT, "Get"
            ),
            "Change_Home_Contact_Information": Operation(
                partial(human_resources.change_contact, "Home"), HOME_CONTACT, "Put"
            ),
            "Get_Change_Work_Contact_Information": Operation(
                partial(human_resources.get_contact, "Work"), WORK_CONTACT, "Get"
            ),
            "Change_Work_Contact_Information": Operation(
                partial(human_resources.change_contact, "Work"), WORK_CONTACT, "Put"
            ),
            "Create_Reference_Letter_for_Worker": Operation(
                human_resources.create_reference_letter, "Reference Letter Request", "Put"
            ),
            "Change_Emergency_Contacts": Operation(
                human_resources.change_emergency_contacts, "Change Emergency Contacts", "Put"
            ),
        },
    ),
    "Human_Resources/v43.2": Service(
        "related_persons.xsd",
        {
            "Get_Related_Person_Relationships": Operation(
                related_persons.get_relationships, "Set Up: Contact Information", "Get"
            )
        },
    ),
    "Absence_Management/v42.0": Service(
        "absence.xsd",
        {
            "Get_Time_Off_Plan_Balances": Operation(absence.get_time_off_plan_balances, TIME_OFF, "Get"),
            "Enter_Time_Off": Operation(absence.enter_time_off, TIME_OFF, "Put"),
        },
    ),
    "Benefits_Administration/v45.1": Service(
        "benefits.xsd",
        {"Add_Dependent": Operation(benefits.add_dependent, "Self Service: Benefit Elections", "Put")},
    ),
    "Talent/v42.0": Service("talent.xsd", {"Give_Feedback": Operation(talent.give_feedback, "Give Feedback", "Put")}),
    "Integrations/v41.2": Service(
        "integrations.xsd",
        {
            "Approve_Business_Process": Operation(integrations.approve, INTEGRATION_BUILD, "Put"),
            "Deny_Business_Process": Operation(integrations.deny, INTEGRATION_BUILD, "Put"),
            "Cancel_Business_Process": Operation(integrations.cancel, INTEGRATION_BUILD, "Put"),
        },
    ),
}
