"""Good requests, as a client of Workday writes them; `{me}` is replaced by the caller's WID."""

_PROCESS = (
    "<wd:Business_Process_Parameters><wd:Auto_Complete>false</wd:Auto_Complete><wd:Run_Now>true</wd:Run_Now>"
    "</wd:Business_Process_Parameters>"
)
ALL_GROUPS = """Include_Reference Include_Personal_Information Include_Employment_Information Include_Organizations
    Include_Management_Chain_Data Include_Related_Persons Include_Qualifications"""


def reference(element: str, kind: str, id_: str) -> str:
    return f'<wd:{element}><wd:ID wd:type="{kind}">{id_}</wd:ID></wd:{element}>'


def of(element: str, wid: str) -> str:
    return reference(element, "WID", wid)


def me(element: str) -> str:
    return of(element, "{me}")


def _usage(kind: str = "HOME", *, public: str = "false", primary: str = "true") -> str:
    return (
        f'<wd:Usage_Data wd:Public="{public}"><wd:Type_Data wd:Primary="{primary}">'
        f"{reference('Type_Reference', 'Communication_Usage_Type_ID', kind)}</wd:Type_Data></wd:Usage_Data>"
    )


def _relationship(id_: str) -> str:
    return reference("Related_Person_Relationship_Reference", "Related_Person_Relationship_ID", id_)


def _country(code: str) -> str:
    return reference("Country_Reference", "ISO_3166-1_Alpha-3_Code", code)


def get_workers(worker: str | None = None, *, groups: str = ALL_GROUPS, filter_: str = "") -> str:
    flags = "".join(f"<wd:{group}>true</wd:{group}>" for group in groups.split())
    references = f"<wd:Request_References>{worker or me('Worker_Reference')}</wd:Request_References>"
    return (
        f'<wd:Get_Workers_Request wd:version="v30.0">{references}{filter_}'
        f"<wd:Response_Group>{flags}</wd:Response_Group></wd:Get_Workers_Request>"
    )


def get_workers_of(organization: str) -> str:
    return (
        "<wd:Get_Workers_Request><wd:Request_Criteria>"
        f"{of('Organization_Reference', organization)}</wd:Request_Criteria>"
        "<wd:Response_Group><wd:Include_Reference>1</wd:Include_Reference>"
        "<wd:Include_Personal_Information>1</wd:Include_Personal_Information>"
        "<wd:Include_Employment_Information>1</wd:Include_Employment_Information></wd:Response_Group>"
        "</wd:Get_Workers_Request>"
    )


def name_parts(first: str, last: str, *, middle: str = "", country: str = "USA") -> str:
    middle_name = f"<wd:Middle_Name>{middle}</wd:Middle_Name>" if middle else ""
    return f"{_country(country)}<wd:First_Name>{first}</wd:First_Name>{middle_name}<wd:Last_Name>{last}</wd:Last_Name>"


def legal_name(
    first: str = "Adele",
    last: str = "Vance-Kim",
    *,
    date: str = "2026-01-01",
    worker: str | None = None,
    country: str = "USA",
) -> str:
    return (
        f"<wd:Change_Legal_Name_Request>{_PROCESS}<wd:Change_Legal_Name_Data>{worker or me('Worker_Reference')}"
        f"<wd:Effective_Date>{date}</wd:Effective_Date>"
        f"<wd:Name_Data>{name_parts(first, last, middle='Q', country=country)}</wd:Name_Data>"
        "</wd:Change_Legal_Name_Data></wd:Change_Legal_Name_Request>"
    )


def preferred_name(name: str | None = None, *, legal: str = "") -> str:
    data = "" if name is None else f"<wd:Name_Data>{name}</wd:Name_Data>"
    use = f"<wd:Use_Legal_Name_As_Preferred_Name>{legal}</wd:Use_Legal_Name_As_Preferred_Name>" if legal else ""
    return (
        f"<wd:Change_Preferred_Name_Request>{_PROCESS}<wd:Change_Preferred_Name_Data>"
        f"{me('Worker_Reference')}{use}{data}</wd:Change_Preferred_Name_Data></wd:Change_Preferred_Name_Request>"
    )


def address(
    line: str = "1 Main Street",
    *,
    country: str = "USA",
    region: str = "USA-WA",
    primary: str = "true",
    public: str = "false",
    usage: str = "HOME",
    id_: str = "",
) -> str:
    """An Address_Information_Data."""
    referred = reference("Address_Reference", "Address_ID", id_) if id_ else ""
    return (
        f"<wd:Address_Information_Data><wd:Address_Data>{_country(country)}"
        f"{reference('Country_Region_Reference', 'Country_Region_ID', region)}"
        f'<wd:Address_Line_Data wd:Type="ADDRESS_LINE_1">{line}</wd:Address_Line_Data>'
        "<wd:Postal_Code>98101</wd:Postal_Code><wd:Municipality>Seattle</wd:Municipality></wd:Address_Data>"
        f"{_usage(usage, public=public, primary=primary)}{referred}"
        "</wd:Address_Information_Data>"
    )


def delete_address(id_: str = "") -> str:
    referred = reference("Address_Reference", "Address_ID", id_) if id_ else ""
    return f'<wd:Address_Information_Data wd:Delete="true">{referred}</wd:Address_Information_Data>'


def home_contact(
    *addresses: str, replace_all: str = "false", date: str = "2026-01-01", person: str | None = None
) -> str:
    who = me("Person_Reference") if person is None else person
    return (
        f"<wd:Change_Home_Contact_Information_Request>{_PROCESS}<wd:Change_Home_Contact_Information_Data>"
        f"{who}<wd:Event_Effective_Date>{date}</wd:Event_Effective_Date>"
        f'<wd:Person_Contact_Information_Data><wd:Person_Address_Information_Data wd:Replace_All="{replace_all}">'
        f"{''.join(addresses)}</wd:Person_Address_Information_Data></wd:Person_Contact_Information_Data>"
        "</wd:Change_Home_Contact_Information_Data></wd:Change_Home_Contact_Information_Request>"
    )


def add_home_emails(*addresses: str) -> str:
    emails = "".join(
        f"<wd:Email_Information_Data><wd:Email_Data><wd:Email_Address>{one}</wd:Email_Address></wd:Email_Data>"
        f"{_usage(primary='false')}</wd:Email_Information_Data>"
        for one in addresses
    )
    return home_contact().replace(
        "</wd:Person_Contact_Information_Data>",
        f"<wd:Person_Email_Information_Data>{emails}</wd:Person_Email_Information_Data></wd:Person_Contact_Information_Data>",
    )


def get_home_contact(person: str | None = None) -> str:
    return (
        "<wd:Get_Change_Home_Contact_Information_Request><wd:Request_References>"
        f"{person or me('Person_Reference')}</wd:Request_References></wd:Get_Change_Home_Contact_Information_Request>"
    )


def letter(template: str = "EMPLOYMENT_VERIFICATION", language: str = "en_US", worker: str | None = None) -> str:
    return (
        f"<wd:Create_Reference_Letter_for_Worker_Request>{_PROCESS}<wd:Reference_Letter_Event_Data>"
        f"{worker or me('Worker_Reference')}"
        f"{reference('Document_Language_Reference', 'User_Language_ID', language)}"
        f"{reference('Template_Reference', 'Reference_Letter_Template_ID', template)}"
        "</wd:Reference_Letter_Event_Data></wd:Create_Reference_Letter_for_Worker_Request>"
    )


def contact(
    first: str = "Kim",
    *,
    primary: str = "false",
    priority: str = "2",
    wid: str = "",
    relationship: str = "Friend",
    phone: str = "312-555-0199",
) -> str:
    """An Emergency_Contacts_Reference_Data."""
    referred = of("Emergency_Contact_Reference", wid) if wid else ""
    number = (
        "<wd:Contact_Information_Data><wd:Phone_Data><wd:Country_ISO_Code>USA</wd:Country_ISO_Code>"
        f"<wd:International_Phone_Code>1</wd:International_Phone_Code><wd:Phone_Number>{phone}</wd:Phone_Number>"
        f"{reference('Phone_Device_Type_Reference', 'Phone_Device_Type_ID', 'Mobile')}{_usage()}"
        "</wd:Phone_Data></wd:Contact_Information_Data>"
    )
    return (
        f"<wd:Emergency_Contacts_Reference_Data>{referred}<wd:Emergency_Contact_Data>"
        f"<wd:Primary>{primary}</wd:Primary><wd:Priority>{priority}</wd:Priority>"
        f"{_relationship(relationship)}<wd:Emergency_Contact_Personal_Information_Data>"
        "<wd:Person_Name_Data><wd:Legal_Name_Data><wd:Name_Detail_Data>"
        f"{name_parts(first, 'Park')}</wd:Name_Detail_Data></wd:Legal_Name_Data></wd:Person_Name_Data>"
        f"{number if phone else ''}</wd:Emergency_Contact_Personal_Information_Data></wd:Emergency_Contact_Data>"
        "</wd:Emergency_Contacts_Reference_Data>"
    )


def delete_contact(wid: str = "") -> str:
    referred = of("Emergency_Contact_Reference", wid) if wid else ""
    return (
        f"<wd:Emergency_Contacts_Reference_Data>{referred}<wd:Delete>true</wd:Delete>"
        "</wd:Emergency_Contacts_Reference_Data>"
    )


def emergency_contacts(*contacts: str, replace_all: str = "false") -> str:
    return (
        f"<wd:Change_Emergency_Contacts_Request>{_PROCESS}<wd:Change_Emergency_Contacts_Data>"
        f"{me('Person_Reference')}<wd:Replace_All>{replace_all}</wd:Replace_All>{''.join(contacts)}"
        "</wd:Change_Emergency_Contacts_Data></wd:Change_Emergency_Contacts_Request>"
    )


def balances(employee: str | None = None) -> str:
    return (
        f"<wd:Get_Time_Off_Plan_Balances_Request><wd:Request_Criteria>{employee or me('Employee_Reference')}"
        "</wd:Request_Criteria></wd:Get_Time_Off_Plan_Balances_Request>"
    )


def day(date: str, hours: str = "8", *, type_: str = "VACATION_HOURS", reason: str = "") -> str:
    why = reference("Time_Off_Reason_Reference", "Time_Off_Reason_ID", reason) if reason else ""
    return (
        f"<wd:Enter_Time_Off_Entry_Data><wd:Date>{date}</wd:Date><wd:Requested>{hours}</wd:Requested>"
        f"{reference('Time_Off_Type_Reference', 'Time_Off_Type_ID', type_)}"
        f"{why}</wd:Enter_Time_Off_Entry_Data>"
    )


def time_off(*days: str) -> str:
    return (
        f"<wd:Enter_Time_Off_Request>{_PROCESS}<wd:Enter_Time_Off_Data>{me('Worker_Reference')}{''.join(days)}"
        "</wd:Enter_Time_Off_Data></wd:Enter_Time_Off_Request>"
    )


def dependent(first: str = "Lou", *, relationship: str = "Child") -> str:
    return (
        f"<wd:Add_Dependent_Request>{_PROCESS}<wd:Add_Dependent_Data>{me('Employee_Reference')}"
        f"{_relationship(relationship)}<wd:Use_Employee_Address>true</wd:Use_Employee_Address>"
        "<wd:Dependent_Personal_Information_Data><wd:Person_Name_Data>"
        f"<wd:Name_Detail_Data>{name_parts(first, 'Vance')}</wd:Name_Detail_Data></wd:Person_Name_Data>"
        "<wd:Date_of_Birth>2020-02-02</wd:Date_of_Birth></wd:Dependent_Personal_Information_Data>"
        "</wd:Add_Dependent_Data></wd:Add_Dependent_Request>"
    )


def feedback(to: str, comment: str = "Well done.", *, sender: str | None = None) -> str:
    return (
        f"<wd:Give_Feedback_Request>{_PROCESS}<wd:Give_Feedback_Data>{sender or me('From_Worker_Reference')}"
        f"{of('To_Workers_Reference', to)}<wd:Comment>{comment}</wd:Comment></wd:Give_Feedback_Data>"
        "</wd:Give_Feedback_Request>"
    )
