"""A catalog of two systems without files, for rooms that only need to know that systems exist."""

from __future__ import annotations

import re
from types import MappingProxyType

from bridge.catalog.model import Catalog, Defaults, FaultRule, SystemType

WORKDAY = SystemType(
    name="workday",
    title="Workday",
    description="People.",
    defaults=Defaults(
        resource_scope="http://www.workday.com/{tenant}/.default",
        token_url="https://{host}/ccx/oauth2/{tenant}/token",
        audience="http://www.workday.com/{tenant}",
        token_seconds=600,
    ),
    services=MappingProxyType({"rest": "https://{host}/ccx/api/v1/{tenant}"}),
    namespaces=MappingProxyType({}),
    faults=(FaultRule(re.compile("user .* unknown", re.IGNORECASE), "user_unknown"),),
    lists=MappingProxyType({}),
)
ORDERS = SystemType(
    name="orders",
    title="Orders",
    description="Things.",
    defaults=Defaults(),
    services=MappingProxyType({"rest": "https://{host}"}),
    namespaces=MappingProxyType({}),
    faults=(),
    lists=MappingProxyType({}),
)
CATALOG = Catalog(systems=MappingProxyType({"workday": WORKDAY, "orders": ORDERS}), operations=MappingProxyType({}))
