"""The sandbox's data: one tenant of Entra with its apps and people, and their accounts in the Workday tenant.

All ids are fixed, so that tokens, logs and documentation can be compared from run to run.
"""

import re
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_DNS, uuid5

DOMAIN = "contoso.com"
LOAD_TESTERS = 200
WORKDAY_TENANT = "contoso_dpt1"
LOCAL_MCP_SERVER = re.compile(r"http://(localhost|127\.0\.0\.1):[0-9]{1,5}/mcp")
"""Entra accepts an https address as App ID URI only on a verified domain. Here loopback is one, on every port."""
_LOOPBACK_PORT = re.compile(r"^(http://(?:localhost|127\.0\.0\.1)):[0-9]{1,5}(?=/|$)")
_CALLBACKS = ("", "/callback", "/oauth/callback", "/oauth/callback/debug", "/")
"""The paths at which clients on a laptop receive the code: `bridge try`, SDKs and Claude Code, Inspector, VS Code."""


def guid(name: str) -> str:
    """The fixed GUID of a thing in the sandbox."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.sandbox.{DOMAIN}"))


@dataclass(frozen=True, slots=True)
class Worker:
    """A person's account in Workday; `user_name` is what a NameID must equal."""

    user_name: str
    employee_id: str
    wid: str
    title: str
    manager: str | None = None  # the manager's `Person.key`


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the Entra tenant. `refusal` is the AADSTS code that on-behalf-of gives for this user."""

    key: str
    given_name: str
    family_name: str
    upn: str
    worker: Worker | None
    guest: bool = False
    refusal: int | None = None

    @property
    def oid(self) -> str:
        return guid(f"user.{self.key}")

    @property
    def display_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app registration. `token_version` is the manifest's requestedAccessTokenVersion, `saml` its sign-on mode."""

    client_id: str
    identifiers: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    token_version: int = 2
    saml: bool = False
    reply_urls: tuple[str, ...] = ()
    granted_to: tuple[str, ...] = ()  # client ids with admin consent for all its scopes
    public: bool = False  # "Allow public client flows"; it has no secret
    local_servers: bool = False  # whether each MCP server on loopback is registered as an App ID URI

    def is_named(self, identifier: str) -> bool:
        """Whether `identifier`, from a scope or `resource`, names this app."""
        is_local = self.local_servers and LOCAL_MCP_SERVER.fullmatch(identifier) is not None
        return is_local or identifier in (self.client_id, *self.identifiers)

    def sends_to(self, redirect_uri: str) -> bool:
        """Whether it is a registered redirect URI. On loopback any port is accepted, as at Entra."""
        return _LOOPBACK_PORT.sub(r"\1", redirect_uri) in self.reply_urls


@dataclass(frozen=True, slots=True)
class World:
    """All apps and people, for Entra and for Workday."""

    tenant_id: str
    workday_tenant: str
    workday_client_id: str
    managed_identity: str  # principal id, the subject of the bridge's federated credential
    bridge: App
    connector: App
    laptop: App  # the public client by which a person signs in to try the path
    workday: App
    orders: App
    payroll: App
    servicenow: App
    flow: App
    graph: App
    people: tuple[Person, ...] = field(repr=False)

    @property
    def apps(self) -> tuple[App, ...]:
        further = (self.servicenow, self.flow, self.graph)
        return (self.bridge, self.connector, self.laptop, self.workday, self.orders, self.payroll, *further)

    @property
    def bridge_issuer(self) -> str:
        """The issuer of the assertions that the bridge signs, as registered at Workday."""
        return f"{self.bridge.identifiers[0]}/workday"

    def app(self, client_id: str | None) -> App | None:
        return next((app for app in self.apps if app.client_id == client_id), None)

    def person(self, key: str) -> Person | None:
        """By short name."""
        return next((person for person in self.people if person.key == key), None)

    def person_of(self, oid: str) -> Person | None:
        """By object id."""
        return next((person for person in self.people if person.oid == oid), None)

    def reports_of(self, manager: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.worker and person.worker.manager == manager)


# key, given name, family name, employee id, job title, manager's key
_WORKERS = (
    ("adele", "Adele", "Vance", "21001", "Retail Manager", "miriam"),
    ("alex", "Alex", "Wilber", "21002", "Marketing Assistant", "miriam"),
    ("diego", "Diego", "Siciliani", "21003", "HR Business Partner", "miriam"),
    ("grady", "Grady", "Archie", "21004", "Designer", None),
    ("isaiah", "Isaiah", "Langer", "21005", "Sales Representative", None),
    ("miriam", "Miriam", "Graham", "21000", "Director", None),
)
# key, given name, family name, employee id, the AADSTS code of on-behalf-of
_REFUSED = (
    ("nestor", "Nestor", "Wilke", "21006", 50105),  # not assigned to the target
    ("carla", "Carla", "Reyes", "21007", 50076),  # under Conditional Access: multi-factor authentication
    ("cody", "Cody", "Ng", "21008", 65001),  # no consent
    ("lynne", "Lynne", "Robbins", "21009", 50196),  # a client request loop
    ("debra", "Debra", "Berger", "21010", 50057),  # account disabled
)


def _worker(key: str, upn: str, employee_id: str, title: str, manager: str | None = None) -> Worker:
    return Worker(upn, employee_id, guid(f"worker.{key}").replace("-", ""), title, manager)


def _numbered(key: str, employee_id: str, title: str) -> Worker:
    return _worker(key, employee_id, employee_id, title)


def _employee(key: str, given: str, family: str, employee_id: str, title: str, manager: str | None) -> Person:
    upn = f"{key}@{DOMAIN}"
    return Person(key, given, family, upn, _worker(key, upn, employee_id, title, manager))


def _refused(key: str, given: str, family: str, employee_id: str, refusal: int) -> Person:
    upn = f"{key}@{DOMAIN}"
    return Person(key, given, family, upn, _worker(key, upn, employee_id, "Consultant"), refusal=refusal)


def _people() -> tuple[Person, ...]:
    guest_upn = f"gina_fabrikam.com#EXT#@{DOMAIN}"
    admin_upn, local_upn = f"wd-admin@{DOMAIN}", "lee@contoso.onmicrosoft.com"
    return (
        *(_employee(*row) for row in _WORKERS),
        Person("gina", "Gina", "Fabri", guest_upn, _worker("gina", guest_upn, "31001", "Contractor"), guest=True),
        Person("newcomer", "Nora", "Newcomer", f"newcomer@{DOMAIN}", None),
        # Two users that a narrow NameID rule refuses: an administrator of Workday, and a name outside the domain.
        Person("admin", "Wanda", "Admin", admin_upn, _worker("admin", admin_upn, "10001", "Workday Administrator")),
        Person("lee", "Lee", "Gu", local_upn, _worker("lee", local_upn, "21011", "Engineer")),
        # Her user name in Workday is her employee number, which no token carries.
        Person("henrietta", "Henrietta", "Mueller", f"henrietta@{DOMAIN}", _numbered("henrietta", "21012", "Analyst")),
        *(_refused(*row) for row in _REFUSED),
        *(_load_tester(number) for number in range(1, LOAD_TESTERS + 1)),
    )


def _load_tester(number: int) -> Person:
    """One of the people of `dev.py chaos`: load001, load002, …"""
    return _employee(f"load{number:03}", f"Load{number:03}", "Tester", f"4{number:04}", "Tester", None)


def _app(name: str, *, granted_to: tuple[str, ...], scopes: tuple[str, ...], token_version: int = 2) -> App:
    client_id = guid(f"app.{name}")
    return App(
        client_id=client_id,
        identifiers=(f"api://{client_id}",),
        scopes=scopes,
        granted_to=granted_to,
        token_version=token_version,
    )


def _microsoft_app(client_id: str, identifier: str, scope: str, *, granted_to: str) -> App:
    return App(
        client_id=client_id, identifiers=(identifier,), scopes=(scope,), granted_to=(granted_to,), token_version=1
    )


def contoso() -> World:
    """The sandbox's only world."""
    bridge, connector, laptop = (guid(f"app.{name}") for name in ("bridge", "connector", "laptop"))
    workday = App(
        client_id=guid("app.workday"),
        identifiers=(f"http://www.workday.com/{WORKDAY_TENANT}",),
        scopes=("user_impersonation",),
        saml=True,
        reply_urls=(f"https://impl.workday.com/{WORKDAY_TENANT}/login-saml.htmld",),
        granted_to=(bridge,),
    )
    bridge_app = _app("bridge", granted_to=(connector, laptop), scopes=("access_as_user",))
    connector_app = _app("connector", granted_to=(), scopes=("access_as_user",))
    return World(
        tenant_id=guid("tenant"),
        workday_tenant=WORKDAY_TENANT,
        workday_client_id="ZTk0YjY5ZTItc2FuZGJveC1icmlkZ2U",
        managed_identity=guid("managed-identity"),
        bridge=replace(bridge_app, local_servers=True),
        connector=replace(connector_app, reply_urls=("https://global.consent.azure-apim.net/redirect/sandbox",)),
        laptop=App(
            client_id=laptop,
            public=True,
            reply_urls=tuple(f"http://{host}{path}" for host in ("localhost", "127.0.0.1") for path in _CALLBACKS),
        ),
        workday=workday,
        orders=_app("orders", granted_to=(bridge,), scopes=("Orders.ReadWrite",)),
        # No consent for any app: on-behalf-of responds with AADSTS65001.
        payroll=_app("payroll", granted_to=(), scopes=("Payroll.Read",), token_version=1),
        servicenow=_app("servicenow", granted_to=(bridge,), scopes=("user_impersonation",)),
        flow=_microsoft_app(
            "7df0a125-d3be-4c96-aa54-591f83ff541c", "https://service.flow.microsoft.com/", "User", granted_to=bridge
        ),
        graph=_microsoft_app(
            "00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "User.Read", granted_to=bridge
        ),
        people=_people(),
    )
