"""Benefits_Administration v45.1: adding a dependent."""

from datetime import date

from sandbox.workday import reading
from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, find, reference, text
from sandbox.workday.call import Call
from sandbox.workday.records import Dependent, new_wid


def add_dependent(call: Call) -> tuple[Element]:
    data = reading.required(call.request, "Add_Dependent_Data")
    call.check_own(reading.required(data, "Employee_Reference"))
    dependent = _dependent(data)
    call.start("Add Dependent", lambda: call.caller.dependents.append(dependent), name=dependent.name.full)
    return (reference("Dependent_Reference", {"WID": dependent.wid, "Dependent_ID": dependent.id}),)


def _dependent(data: Element) -> Dependent:
    person = reading.required(data, "Dependent_Personal_Information_Data")
    relationship = reading.required(data, "Related_Person_Relationship_Reference")
    gender = find(person, "Gender_Reference")
    relationships = known.of_tenant(known.RELATIONSHIPS)
    wid = new_wid()
    return Dependent(
        wid=wid,
        id=f"DEPENDENT-{wid[:8]}",
        relationship=known.known_id(relationship, "Related_Person_Relationship_ID", relationships),
        name=reading.name(reading.required(reading.required(person, "Person_Name_Data"), "Name_Detail_Data")),
        birth_date=date.fromisoformat(text(person, "Date_of_Birth")[:10]),
        gender="" if gender is None else known.known_id(gender, "Gender_Code", known.GENDERS),
    )
