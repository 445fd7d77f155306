"""Human_Resources v43.2: the one operation that v30.0 does not have."""

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, element, leaf, reference
from sandbox.workday.call import Call


def get_relationships(call: Call) -> tuple[Element]:
    """The tenant's own relationships."""
    rows = (_row(one) for one in sorted(known.of_tenant(known.RELATIONSHIPS)))
    return (element("Response_Data", *rows),)


def _row(id_: str) -> Element:
    ids = {"WID": known.wid("Related_Person_Relationship_ID", id_), "Related_Person_Relationship_ID": id_}
    data = element("Related_Person_Relationship_Data", leaf("Relationship_Name", id_.replace("_", " ")))
    return element("Related_Person_Relationship", reference("Related_Person_Relationship_Reference", ids), data)
