"""A small good folder of a customer, for tests that break it."""

from __future__ import annotations

SYSTEM = """
title = "Shop"
description = "A system for tests."
[services]
rest = "https://{host}/{tenant}"
soap = "https://{host}/soap/v1"
[namespaces]
s = "urn:shop"
[[faults]]
pattern = "^no such user"
means = "user_unknown"
"""
READ = """
method = "GET"
path = "/things"
kind = "read"
summary = "Get things"
description = "Returns things for tests, and nothing else."
evidence = "None needed."
[rest]
service = "rest"
path = "/things/{color}"
[inputs.color]
type = "string"
title = "Color"
description = "The color to look for."
pattern = "^[a-z]{1,10}$"
[outputs.count]
type = "integer"
title = "Count"
description = "How many there are."
from = "/count"
"""
WRITE = """
method = "POST"
path = "/things"
kind = "write"
summary = "Make a thing"
description = "Makes a thing for tests after the person has confirmed."
evidence = "None needed."
required = ["days"]
next_step = "Nothing."
[soap]
service = "soap"
template = "MakeThing.xml"
[inputs.days]
type = "array"
title = "Days"
description = "One entry per day."
items.type = "object"
[inputs.days.items.properties.date]
type = "string"
format = "date"
title = "Date"
description = "The day."
[inputs.note]
type = "string"
title = "Note"
description = "A note."
[outputs.thingId]
type = "string"
title = "Thing ID"
description = "The new thing."
from = "s:Id"
"""
TEMPLATE = """<s:Make xmlns:s="urn:shop" xmlns:b="urn:obo-saml-bridge">
<s:Auto_Complete>false</s:Auto_Complete><s:Note>{note}</s:Note><s:Day b:each="days">{days.date}</s:Day></s:Make>"""
LIST = '[titles]\na = "A"\n'
GOOD = {
    "shop/system.toml": SYSTEM,
    "shop/GetThings.toml": READ,
    "shop/MakeThing.toml": WRITE,
    "shop/MakeThing.xml": TEMPLATE,
    "shop/lists/colors.toml": LIST,
}
