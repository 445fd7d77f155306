"""Domain and business process security: what each operation needs, as public sources tell it."""

from collections.abc import Mapping

from sandbox.workday.mode import Mode

_PUBLIC = "Worker Data: Public Worker Reports"
_HOME = "Person Data: Home Contact Information"
_WORK = "Person Data: Work Contact Information"

# operation → (domain or business process, kind of permission). SOAP takes Get and Put, REST View and Modify.
NEEDS: Mapping[str, tuple[str, str]] = {
    "Get_Workers": (_PUBLIC, "Get"),
    "Change_Legal_Name": ("Legal Name Change", "Put"),
    "Change_Preferred_Name": ("Preferred Name Change", "Put"),
    "Get_Change_Home_Contact_Information": (_HOME, "Get"),
    "Change_Home_Contact_Information": (_HOME, "Put"),
    "Get_Change_Work_Contact_Information": (_WORK, "Get"),
    "Change_Work_Contact_Information": (_WORK, "Put"),
    "Get_Related_Person_Relationships": ("Set Up: Contact Information", "Get"),
    "Create_Reference_Letter_for_Worker": ("Reference Letter Request", "Put"),
    "Change_Emergency_Contacts": ("Change Emergency Contacts", "Put"),
    "Get_Time_Off_Plan_Balances": ("Worker Data: Time Off", "Get"),
    "Enter_Time_Off": ("Worker Data: Time Off", "Put"),
    "Add_Dependent": ("Self Service: Benefit Elections", "Put"),
    "Give_Feedback": ("Give Feedback", "Put"),
    "Approve_Business_Process": ("Integration Build", "Put"),
    "Deny_Business_Process": ("Integration Build", "Put"),
    "Cancel_Business_Process": ("Integration Build", "Put"),
    "workers": (_PUBLIC, "View"),
    "legalName": ("Person Data: Name", "View"),
    "preferredName": ("Person Data: Name", "View"),
    "history": ("Worker Data: Worker History", "View"),
    "inboxTasks": ("Core Navigation", "View"),
    "paySlips": ("Self-Service: Payroll (My Payslips)", "View"),
    "supervisoryOrganizationsManaged": ("Reports: Organization", "View"),
    "feedbackTemplate": ("Get Feedback on Self REST+TG", "View"),
    "requestedFeedbackOnSelfEvents": ("Get Feedback on Self REST+TG", "Modify"),
}


def withheld(operation: str, mode: Mode) -> bool:
    """Whether the mode withholds what a SOAP operation, or the last name in a REST path, needs."""
    return mode.security and bool(mode.withhold & set(NEEDS.get(operation, ())))


def blocked_message(process: str) -> str:
    """What Workday says while another change is pending (the sentence for names is its schema's)."""
    if process in ("Legal Name Change", "Preferred Name Change"):
        kind = process.removesuffix(" Change").lower()
        other = "another legal name or preferred name change is pending."
        return f"You cannot change the {kind} of this worker because {other}"
    return f"You cannot start {process} because another one is pending."
