"""Three changes by SOAP, by the schema of Workday's Human_Resources v30.0. Placeholders: the worker and the inputs."""

from xml.sax.saxutils import escape

NAME = """<wd:Change_Legal_Name_Request wd:version="v30.0">{process}<wd:Change_Legal_Name_Data>
<wd:Worker_Reference><wd:ID wd:type="WID">{worker}</wd:ID></wd:Worker_Reference>
<wd:Name_Data><wd:Country_Reference><wd:ID wd:type="ISO_3166-1_Alpha-3_Code">{country}</wd:ID></wd:Country_Reference>
<wd:First_Name>{firstName}</wd:First_Name><wd:Last_Name>{lastName}</wd:Last_Name></wd:Name_Data>
</wd:Change_Legal_Name_Data></wd:Change_Legal_Name_Request>"""
ADDRESS = """<wd:Change_Home_Contact_Information_Request wd:version="v30.0">{process}
<wd:Change_Home_Contact_Information_Data>
<wd:Person_Reference><wd:ID wd:type="WID">{worker}</wd:ID></wd:Person_Reference>
<wd:Person_Contact_Information_Data><wd:Person_Address_Information_Data wd:Replace_All="false">
<wd:Address_Information_Data wd:Delete="false"><wd:Address_Data>
<wd:Country_Reference><wd:ID wd:type="ISO_3166-1_Alpha-3_Code">{country}</wd:ID></wd:Country_Reference>
<wd:Country_Region_Reference><wd:ID wd:type="Country_Region_ID">{region}</wd:ID></wd:Country_Region_Reference>
<wd:Address_Line_Data wd:Type="ADDRESS_LINE_1">{addressLine1}</wd:Address_Line_Data>
<wd:Postal_Code>{postalCode}</wd:Postal_Code><wd:Municipality>{city}</wd:Municipality></wd:Address_Data>
<wd:Usage_Data wd:Public="false"><wd:Type_Data wd:Primary="true"><wd:Type_Reference>
<wd:ID wd:type="Communication_Usage_Type_ID">HOME</wd:ID></wd:Type_Reference></wd:Type_Data></wd:Usage_Data>
</wd:Address_Information_Data></wd:Person_Address_Information_Data></wd:Person_Contact_Information_Data>
</wd:Change_Home_Contact_Information_Data></wd:Change_Home_Contact_Information_Request>"""
LETTER = """<wd:Create_Reference_Letter_for_Worker_Request wd:version="v30.0">{process}<wd:Reference_Letter_Event_Data>
<wd:Worker_Reference><wd:ID wd:type="WID">{worker}</wd:ID></wd:Worker_Reference>
<wd:Template_Reference><wd:ID wd:type="Reference_Letter_Template_ID">{type}</wd:ID></wd:Template_Reference>
</wd:Reference_Letter_Event_Data></wd:Create_Reference_Letter_for_Worker_Request>"""
CHANGES = {"legal-name": NAME, "home-address": ADDRESS, "documents": LETTER}
PROCESS = """<wd:Business_Process_Parameters><wd:Auto_Complete>false</wd:Auto_Complete><wd:Run_Now>true</wd:Run_Now>
</wd:Business_Process_Parameters>"""  # Auto_Complete would approve the change by itself
ENVELOPE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wd="urn:com.workday/bsvc"><e:Body>
{body}</e:Body></e:Envelope>"""


def envelope(change: str, worker: str, inputs: dict[str, object]) -> str:
    """The request that changes `worker`. Raises KeyError for an unknown change and for a missing input."""
    values = {name: escape(str(value)) for name, value in inputs.items()}
    body = CHANGES[change].format_map({**values, "worker": worker, "process": PROCESS})
    return ENVELOPE.format(body=body)
