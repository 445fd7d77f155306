"""A token for every verdict, as data: for the tests of the rules, of the command line and of the running app.

Texts may hold `{tenant}`, `{bridge}`, `{connector}`; `times` are seconds from now. All else is as in a good token.
A test of the running app passes `version`, `overrides()` and `header` to the sandbox's token control.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

OTHER_TENANT = "99999999-aaaa-4bbb-8ccc-dddddddddddd"
OTHER_APP = "12345678-9abc-4def-8123-456789abcdef"
GRAPH = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of the tenant in which a case is used."""

    tenant: str
    bridge: str
    connector: str

    def fill(self, value: object) -> object:
        """The value with its placeholders replaced."""
        if not isinstance(value, str):
            return value
        return re.sub(r"\{(tenant|bridge|connector)\}", lambda found: str(getattr(self, found[1])), value)


@dataclass(frozen=True, slots=True)
class _Named:
    """A verdict's code, and what in the case causes it."""

    code: str
    about: str

    @property
    def id(self) -> str:
        """A name for the test."""
        return f"{self.code}: {self.about}"


@dataclass(frozen=True, slots=True)
class Case(_Named):
    """A token and the verdict it gets. In `claims` and `header`, None removes."""

    version: Literal[1, 2] = 2
    claims: Mapping[str, object] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    header: Mapping[str, object] = field(default_factory=dict)
    sign: Literal["good", "other-key", "none"] = "good"

    def overrides(self, ids: Ids, now: float) -> dict[str, object]:
        """The claims that differ from a good token's."""
        moments = {name: int(now) + offset for name, offset in self.times.items()}
        return {name: ids.fill(value) for name, value in self.claims.items()} | moments


@dataclass(frozen=True, slots=True)
class HeaderCase(_Named):
    """An Authorization header that holds no usable token, and its verdict."""

    value: str | None


_BLUEPRINT_ALLOWED: Mapping[str, object] = {
    "azp": OTHER_APP,
    "xms_act_fct": "11",
    "xms_par_app_azp": "{connector}",
}


def _graph_aud(audience: str) -> Mapping[str, object]:
    return {"aud": audience, "scp": "User.Read openid profile email"}


CASES: tuple[Case, ...] = (
    # Header
    Case("unsigned_token", "alg none", header={"alg": "none"}),
    Case("unsigned_token", "alg None in another case", header={"alg": "NoNe"}),
    Case("unsigned_token", "the signature is cut off", sign="none"),
    Case("algorithm_not_accepted", "a shared secret", header={"alg": "HS256"}),
    Case("algorithm_not_accepted", "another RSA padding", header={"alg": "PS256"}),
    Case("algorithm_not_accepted", "no algorithm", header={"alg": None}),
    Case("algorithm_not_accepted", "a list", header={"alg": ["RS256"]}),
    Case("critical_header", "crit", header={"crit": ["b64"], "b64": True}),
    Case("critical_header", "crit that is empty", header={"crit": []}),
    Case("key_id_missing", "no kid", header={"kid": None}),
    Case("key_id_missing", "a number", header={"kid": 7}),
    Case("key_id_missing", "empty", header={"kid": ""}),
    # Issuer
    Case("issuer_missing", "no iss", claims={"iss": None}),
    Case("issuer_missing", "a list", claims={"iss": ["https://sts.windows.net/{tenant}/"]}),
    Case("issuer_near_miss", "no slash", version=1, claims={"iss": "https://sts.windows.net/{tenant}"}),
    Case("issuer_near_miss", "a slash", claims={"iss": "https://login.microsoftonline.com/{tenant}/v2.0/"}),
    Case("issuer_near_miss", "case", claims={"iss": "https://login.microsoftonline.com/{tenant}/V2.0"}),
    Case("foreign_issuer", "WorkOS", claims={"iss": "https://api.workos.com"}),
    Case("foreign_issuer", "Okta", claims={"iss": "https://contoso.okta.com/oauth2/default", "tid": None}),
    Case("foreign_issuer", "B2C", claims={"iss": "https://contoso.b2clogin.com/{tenant}/v2.0/"}),
    Case(
        "foreign_issuer",
        "a look-alike host",
        claims={"iss": "https://login.microsoftonline.com.evil.example/{tenant}/v2.0"},
    ),
    Case("foreign_issuer", "http", claims={"iss": "http://login.microsoftonline.com/{tenant}/v2.0"}),
    Case(
        "foreign_issuer", "a user part", claims={"iss": "https://login.microsoftonline.com@evil.example/{tenant}/v2.0"}
    ),
    Case("tenant_missing", "no tid", claims={"tid": None}),
    Case("tenant_missing", "a number", claims={"tid": 7}),
    Case("tenant_contradiction", "tid of another tenant", claims={"tid": OTHER_TENANT}),
    Case("tenant_contradiction", "tid in capitals", claims={"tid": "A" * 36}),
    Case(
        "tenant_contradiction",
        "iss of another tenant",
        claims={"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"},
    ),
    Case(
        "wrong_tenant",
        "v2",
        claims={"tid": OTHER_TENANT, "iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"},
    ),
    Case(
        "wrong_tenant", "v1", version=1, claims={"tid": OTHER_TENANT, "iss": f"https://sts.windows.net/{OTHER_TENANT}/"}
    ),
    Case(
        "personal_account",
        "outlook.com",
        claims={
            "tid": "9188040d-6c67-4c5b-b112-36a304b66dad",
            "iss": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        },
    ),
    Case("wrong_cloud", "US Government", claims={"iss": "https://login.microsoftonline.us/{tenant}/v2.0"}),
    Case("wrong_cloud", "China", version=1, claims={"iss": "https://sts.chinacloudapi.cn/{tenant}/"}),
    Case("token_version", "v1 issuer in a v2 token", claims={"iss": "https://sts.windows.net/{tenant}/"}),
    Case("token_version", "no ver", claims={"ver": None}),
    Case("token_version", "ver 3", claims={"ver": "3.0"}),
    Case("token_version", "ver as a number", claims={"ver": 2.0}),
    # Audience
    Case("audience_missing", "no aud", claims={"aud": None}),
    Case("audience_missing", "a list with the right one", claims={"aud": ["{bridge}"]}),
    Case("audience_missing", "empty", claims={"aud": ""}),
    Case("audience_apihub", "as makers see it", version=1, claims={"aud": "https://apihub.azure.com"}),
    Case("audience_apihub", "with a slash", version=1, claims={"aud": "https://apihub.azure.com/"}),
    Case("audience_apihub", "by its id", claims={"aud": "fe053c5f-3692-4f14-aef2-ee34fc081cae"}),
    Case("audience_graph", "v1", version=1, claims=_graph_aud("https://graph.microsoft.com")),
    Case("audience_graph", "with a slash", version=1, claims=_graph_aud("https://graph.microsoft.com/")),
    Case("audience_graph", "by its id", version=1, claims=_graph_aud(GRAPH)),
    Case("audience_outlook", "office.com", version=1, claims={"aud": "https://outlook.office.com", "scp": "Mail.Read"}),
    Case("audience_outlook", "office365.com", version=1, claims={"aud": "https://outlook.office365.com/"}),
    Case("audience_power_automate", "the trigger's", version=1, claims={"aud": "https://service.flow.microsoft.com/"}),
    Case("audience_microsoft_service", "Resource Manager", version=1, claims={"aud": "https://management.azure.com/"}),
    Case("audience_microsoft_service", "Dataverse", version=1, claims={"aud": "https://contoso.crm4.dynamics.com/"}),
    Case("audience_trailing_slash", "v1", version=1, claims={"aud": "api://{bridge}/"}),
    Case("audience_trailing_slash", "v2", claims={"aud": "{bridge}/"}),
    Case("audience_case", "scheme", version=1, claims={"aud": "API://{bridge}"}),
    Case("audience_form", "App ID URI in a v2 token", claims={"aud": "api://{bridge}"}),
    Case("audience_form", "spn", version=1, claims={"aud": "spn:{bridge}"}),
    Case("audience_form", "case and slash", version=1, claims={"aud": "API://{bridge}/"}),
    Case("client_is_resource", "the connector for itself", claims={"aud": "{connector}", "scp": "User.Read"}),
    Case("client_is_resource", "v1", version=1, claims={"aud": "api://{connector}"}),
    Case("client_is_resource", "the bridge for itself", claims={"azp": "{bridge}", "scp": "User.Read"}),
    Case("audience_is_client_id", "another app", claims={"aud": OTHER_APP}),
    Case("audience_is_client_id", "another app, v1", version=1, claims={"aud": f"api://{OTHER_APP}"}),
    Case("audience_foreign", "a web address", version=1, claims={"aud": "https://contoso.azurewebsites.net"}),
    Case("audience_foreign", "a longer name", version=1, claims={"aud": "api://{bridge}/extra"}),
    # Kind
    Case(
        "id_token",
        "v2",
        claims={
            "aud": "{connector}",
            "scp": None,
            "azp": None,
            "azpacr": None,
            "nonce": "678910",
            "name": "Adele Vance",
        },
    ),
    Case("id_token", "v1, with an app role", version=1, claims={"scp": None, "appid": None, "roles": ["Reader"]}),
    Case("app_only", "idtyp", claims={"idtyp": "app"}),
    Case("app_only", "idtyp that is unknown", claims={"idtyp": "device"}),
    Case("app_only", "roles in place of scp", claims={"scp": None, "roles": ["Everything.Do"]}),
    Case(
        "app_only",
        "nothing of a user",
        claims={"scp": None, "upn": None, "preferred_username": None, "name": None, "unique_name": None},
    ),
    Case(
        "agent_app_only", "idtyp app", claims={"idtyp": "app", "scp": "/", "xms_act_fct": "9 11", "xms_sub_fct": "11 3"}
    ),
    Case("agent_app_only", "no idtyp", claims={"scp": None, "roles": ["x"], "xms_act_fct": "11", "xms_sub_fct": "11"}),
    Case("agent_app_only", "a subject that is an agent", claims={"xms_sub_fct": "11"}),
    Case("proof_of_possession", "a key's thumbprint", claims={"cnf": {"jkt": "x"}}),
    Case("proof_of_possession", "mutual TLS, v1", version=1, claims={"cnf": {"x5t#S256": "x"}}),
    Case("proof_of_possession", "empty", claims={"cnf": ""}),
    # Times
    Case("expired", "an hour ago", times={"exp": -3600, "iat": -7200, "nbf": -7200}),
    Case("expired", "just outside the skew", times={"exp": -301}),
    Case("clock_skew", "issued in an hour", times={"iat": 3600, "nbf": 3600, "exp": 7200}),
    Case("not_yet_valid", "valid in an hour", times={"nbf": 3600}),
    Case("times_invalid", "no exp", claims={"exp": None}),
    Case("times_invalid", "no nbf", claims={"nbf": None}),
    Case("times_invalid", "no iat", claims={"iat": None}),
    Case("times_invalid", "exp as text", claims={"exp": "4102444800"}),
    Case("times_invalid", "exp true", claims={"exp": True}),
    Case("times_invalid", "exp beyond all years", claims={"exp": 10**30}),
    Case("times_invalid", "exp negative", claims={"exp": -1}),
    Case("times_invalid", "nbf a list", claims={"nbf": [0]}),
    # User, client, scope
    Case("object_id_invalid", "no oid", claims={"oid": None}),
    Case("object_id_invalid", "no GUID", claims={"oid": "adele"}),
    Case("object_id_invalid", "capitals", claims={"oid": "0A1B2C3D-3333-4444-8555-666677778888"}),
    Case("object_id_invalid", "a line break behind", claims={"oid": "0a1b2c3d-3333-4444-8555-666677778888\n"}),
    Case("guest_not_allowed", "acct", claims={"acct": 1}),
    Case("guest_not_allowed", "acct as text", claims={"acct": "1"}),
    Case("guest_not_allowed", "acct true", claims={"acct": True}),
    Case("guest_not_allowed", "acct false is not Entra's either", claims={"acct": False}),
    Case("guest_not_allowed", "idp of another tenant", claims={"idp": f"https://sts.windows.net/{OTHER_TENANT}/"}),
    Case("guest_not_allowed", "idp live.com", claims={"idp": "live.com"}),
    Case("guest_not_allowed", "idp of another type", claims={"idp": 0}),
    Case("guest_not_allowed", "#EXT#", claims={"upn": "eve_other.example#EXT#@contoso.example"}),
    Case("guest_not_allowed", "#ext# in preferred_username", claims={"preferred_username": "eve#ext#@contoso.example"}),
    Case("agent_user_not_allowed", "as Entra writes it", claims={"xms_sub_fct": "3 13", "xms_act_fct": "11"}),
    Case("agent_user_not_allowed", "v1", version=1, claims={"idtyp": "user", "xms_sub_fct": "13"}),
    Case("agent_user_not_allowed", "a list", claims={"xms_sub_fct": [13, 3]}),
    Case("agent_user_not_allowed", "a number", claims={"xms_sub_fct": 13}),
    Case("guest_not_allowed", "xms_idrel guest", claims={"xms_idrel": "5", "acct": 0}),
    Case("guest_not_allowed", "xms_idrel of a partner's administrator", claims={"xms_idrel": "11"}),
    Case("guest_not_allowed", "xms_idrel of two kinds", claims={"xms_idrel": "1 5"}),
    Case("guest_not_allowed", "xms_idrel that is unknown", claims={"xms_idrel": "99"}),
    Case("guest_not_allowed", "xms_idrel member, but acct guest", claims={"xms_idrel": "1", "acct": 1}),
    Case("client_not_allowed", "the agent's blueprint is allowed, the agent is not", claims=_BLUEPRINT_ALLOWED),
    Case("client_not_allowed", "another client", claims={"azp": OTHER_APP}),
    Case("client_not_allowed", "another client, v1", version=1, claims={"appid": OTHER_APP}),
    Case("client_not_allowed", "the v1 claim in a v2 token", claims={"azp": None, "appid": "{connector}"}),
    Case("client_not_allowed", "capitals", claims={"azp": "C0FFEE00-2222-4333-8444-555566667777"}),
    Case("scope_near_miss", "case", claims={"scp": "Access_As_User"}),
    Case("scope_near_miss", "prefix", claims={"scp": "api://{bridge}/access_as_user"}),
    Case("scope_graph_only", "sign-in scopes", claims={"scp": "openid profile User.Read email"}),
    Case("insufficient_scope", "another scope", claims={"scp": "Orders.Read"}),
    Case("insufficient_scope", "a longer word", claims={"scp": "access_as_user_too"}),
    Case("insufficient_scope", "a shorter word", claims={"scp": "access_as"}),
    Case("insufficient_scope", "a tab in place of a space", claims={"scp": "Orders.Read\taccess_as_user"}),
    Case("insufficient_scope", "none", claims={"scp": None}),
    Case("insufficient_scope", "a list", claims={"scp": ["access_as_user"]}),
)

HEADER_CASES: tuple[HeaderCase, ...] = (
    HeaderCase("no_token", "no header", None),
    HeaderCase("no_token", "an empty header", ""),
    HeaderCase("no_token", "white space", " \t "),
    HeaderCase("no_token", "Bearer alone", "Bearer "),
    HeaderCase("not_bearer", "Basic", "Basic YWxhZGRpbjpvcGVuc2VzYW1l"),
    HeaderCase("not_bearer", "a bare token", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"),
    HeaderCase("not_bearer", "an API key", "9f8e7d6c5b4a"),
    HeaderCase("bearer_twice", "a prefix too many", "Bearer Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"),
    HeaderCase("not_a_jwt", "opaque", "Bearer EwBwA8l6BAAU"),
    HeaderCase("not_a_jwt", "two parts", "Bearer eyJhbGciOiJSUzI1NiJ9.e30"),
    HeaderCase("not_a_jwt", "two tokens", "Bearer eyJh.e30.AAAA, Bearer eyJh.e30.AAAA"),
    HeaderCase("not_a_jwt", "padding", "Bearer eyJhbGciOiJSUzI1NiJ9.e30=.AAAA"),
    HeaderCase("not_a_jwt", "other letters", "Bearer eyJhbGciOiJSUzI1NiJ9.é30.AAAA"),
    HeaderCase("encrypted_token", "five parts", "Bearer eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA.AAAA.AAAA"),
    HeaderCase("encrypted_token", "five parts, direct key", "Bearer eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA"),
    HeaderCase("malformed_token", "header is no JSON", "Bearer AAAA.e30.AAAA"),
    HeaderCase("malformed_token", "header is a list", "Bearer W10.e30.AAAA"),
    HeaderCase("malformed_token", "payload is a number", "Bearer eyJhbGciOiJSUzI1NiJ9.MQ.AAAA"),
    HeaderCase("malformed_token", "a claim twice", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJhIiwib2lkIjoiYiJ9.AAAA"),
    HeaderCase("malformed_token", "payload has NaN", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJleHAiOk5hTn0.AAAA"),
    HeaderCase("malformed_token", "one letter too many", "Bearer eyJhbGciOiJSUzI1NiJ9.e30AA.AAAA"),
    HeaderCase("malformed_token", "unused bits in the header", "Bearer eyJhbGciOiJSUzI1NiJ9e31.e30.AAAA"),
    HeaderCase("malformed_token", "unused bits in the payload", "Bearer eyJhbGciOiJSUzI1NiJ9.e31.AAAA"),
    HeaderCase("malformed_token", "unused bits in the signature", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAB"),
    HeaderCase("token_too_long", "one above the limit", "Bearer " + "A" * 16_385),
)
