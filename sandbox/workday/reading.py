"""Elements of a request as records. A violation of the tenant's rules raises `Invalid` with Workday's own message."""

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, attribute, attribute_flag, find, find_all, flag, text
from sandbox.workday.faults import Invalid, Problem
from sandbox.workday.records import NAME_PARTS, Address, EmergencyContact, Name, Phone, new_wid

_USAGE = "Communication_Usage_Type_ID"
_LOCAL = "Local_Name_Detail_Data"
_PERSON = "Emergency_Contact_Personal_Information_Data"


def name(node: Element) -> Name:
    """A Name_Data or Name_Detail_Data."""
    problems = [
        Problem(f"{label} (or Local {label} if configured) is required for this country.", known.where(node))
        for label, field in (("First Name", "First_Name"), ("Last Name", "Last_Name"))
        if not text(node, field).strip()
    ]
    if problems:
        raise Invalid(*problems)
    country = known.country(required(node, "Country_Reference"))
    if known.mode().names:
        problems = [Problem(one, known.where(node)) for one in _missing_by_country(node, country)]
        if problems:
            raise Invalid(*problems)
    parts = {field: text(node, *path.split("/")) for field, path, _ in NAME_PARTS}
    return Name(country=country, **parts)


def _missing_by_country(node: Element, country: str) -> list[str]:
    """What a country requires beyond first and last name; the messages are from the schema."""
    if country in ("ESP", "MEX") and not text(node, "Secondary_Last_Name"):
        return ["Secondary Last Name (or Local Secondary Last Name) is required for this country."]
    if country == "JPN" and not (text(node, _LOCAL, "First_Name") and text(node, _LOCAL, "Last_Name")):
        return ["Local First Name and Local Last Name are required for this country."]
    return []


def address(node: Element, *, wid: str, primary: bool = True) -> Address:
    """An Address_Data, in either of Workday's two orders."""
    country = known.country(required(node, "Country_Reference"))
    region = find(node, "Country_Region_Reference")
    lines = tuple((attribute(line, "Type") or "", line.text or "") for line in find_all(node, "Address_Line_Data"))
    if not dict(lines).get("ADDRESS_LINE_1", "").strip():
        raise known.invalid(node, "Address Line 1 is Required for this Country.")
    return Address(
        wid=wid,
        country=country,
        lines=lines,
        city=text(node, "Municipality"),
        region="" if region is None else known.region(region, country),
        postal_code=text(node, "Postal_Code"),
        primary=primary,
    )


def phone(node: Element) -> Phone:
    """A Phone_Data of contact information."""
    country, code, number = (
        text(node, name) for name in ("Country_ISO_Code", "International_Phone_Code", "Phone_Number")
    )
    if not number.strip():
        raise known.invalid(node, "Phone Number is required unless you are deleting a phone number.")
    if not country and not code:
        raise known.invalid(node, "Either 'Country ISO Code' or 'International Phone Code' must be included.")
    if country and country not in known.COUNTRIES:
        raise known.invalid(node, f"{country} is not a valid country code")
    device = find(node, "Phone_Device_Type_Reference")
    kind = "Mobile" if device is None else known.known_id(device, "Phone_Device_Type_ID", known.DEVICES)
    return Phone(number=number, country=country, code=code, device=kind, extension=text(node, "Phone_Extension"))


def emergency_contact(node: Element, *, wid: str, id_: str) -> EmergencyContact:
    """An Emergency_Contact_Data."""
    who = find(node, _PERSON, "Person_Name_Data", "Legal_Name_Data", "Name_Detail_Data")
    phone_node = find(node, _PERSON, "Contact_Information_Data", "Phone_Data")
    address_node = find(node, _PERSON, "Contact_Information_Data", "Address_Data")
    email = text(node, _PERSON, "Contact_Information_Data", "Email_Address_Data", "Email_Address")
    if who is None:
        raise known.invalid(node, "Please Specify a Contact Name")
    if phone_node is None and not email:
        raise known.invalid(
            node, "Either a phone number, or an email address must be specified for an emergency contact."
        )
    relationship = required(node, "Related_Person_Relationship_Reference")
    primary, priority = _rank(node)
    return EmergencyContact(
        wid=wid,
        id=id_,
        primary=primary,
        priority=priority,
        relationship=known.known_id(
            relationship, "Related_Person_Relationship_ID", known.of_tenant(known.RELATIONSHIPS)
        ),
        name=name(who),
        phone=None if phone_node is None else phone(phone_node),
        email=email,
        address=None if address_node is None else address(address_node, wid=new_wid()),
    )


def _rank(node: Element) -> tuple[bool, int]:
    primary, priority = flag(node, "Primary"), int(text(node, "Priority"))
    if primary and priority != 1:
        raise known.invalid(node, "Primary emergency contact must have numeric priority of 1.")
    if not primary and priority == 1:
        raise known.invalid(node, "Alternate emergency contacts must have priority greater than 1")
    return primary, priority


def is_primary_home(node: Element) -> bool | None:
    """A Usage_Data, which must be home and not public; None if it does not say whether it is primary."""
    types = find_all(node, "Type_Data")
    kinds = [known.known_id(required(one, "Type_Reference"), _USAGE, ("HOME", "WORK")) for one in types]
    if kinds != ["HOME"]:
        raise known.invalid(node, "Only Home Contact Information can be maintained through this web service.")
    if attribute_flag(node, "Public"):
        raise known.invalid(node, "Home addresses cannot be made public.")
    return None if attribute(types[0], "Primary") is None else attribute_flag(types[0], "Primary")


def required(node: Element, child: str) -> Element:
    """The child element; `Invalid` if it is missing."""
    found = find(node, child)
    if found is None:
        raise known.invalid(node, f"Element Content '{child.replace('_', ' ')}' is required")
    return found
