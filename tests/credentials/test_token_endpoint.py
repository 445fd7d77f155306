"""The client of the system's token endpoint (RFC 7522): what is sent, and what each response means."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64decode
from dataclasses import replace

import pytest

from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.catalog.model import FaultRule, SystemType
from bridge.credentials.token_endpoint import Subject, TokenResponse, exchange_assertion
from bridge.errors import BridgeError, Forbidden, Misconfigured, TryLater
from bridge.settings import load
from tests.credentials.support import new_trace
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import ENTRA_SIGNS, env, workday
from tests.support.raised import raised
from tests.support.settings import workday_system

XML = b"<Assertion>\xff\xfe?>~</Assertion>"
KIND = replace(
    CATALOG.systems["workday"],
    trust_setting="its SAML identity provider row",
    faults=(
        FaultRule(re.compile("user .* unknown|invalid user", re.IGNORECASE), "user_unknown"),
        FaultRule(re.compile("certificate"), "misconfigured"),
        FaultRule(re.compile("too many"), "throttled"),
    ),
)
NAMES = {"adele.vance@contoso.example", "Adele Vance", "avance", "Li", "I"}


def ok(_: Asked) -> HttpResponse:
    return json_answer({"access_token": "opaque", "token_type": "Bearer"})


def ask(
    rule: Rule, points_to_user: bool = False, kind: SystemType = KIND, /, **overrides: str | None
) -> tuple[TokenResponse, Asked]:
    """What the endpoint's response gives, and what the endpoint was asked."""
    client, system = ScriptedClient({"": rule}), workday_system(**overrides)
    assert system.token is not None
    trace, subject = new_trace(), Subject(NAMES, lambda: points_to_user)
    result = exchange_assertion(lambda: XML, subject, system, system.token, kind=kind, client=client, trace=trace)
    assert trace.exchanges == 1
    return result, client.asked[0]


def sent(**overrides: str | None) -> Asked:
    return ask(ok, **overrides)[1]


def refused(rule: Rule, points_to_user: bool = False, /, **overrides: str | None) -> BridgeError:
    return raised(BridgeError, ask, rule, points_to_user, **overrides)


def test_the_request_is_that_of_the_rfc_with_unpadded_base64url_and_no_client_authentication() -> None:
    asked = sent()
    assert asked.form["grant_type"] == "urn:ietf:params:oauth:grant-type:saml2-bearer"
    assert asked.form["client_id"] == "api-client-id"
    encoded = asked.form["assertion"]
    assert re.fullmatch("[A-Za-z0-9_-]+", encoded)
    assert urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)) == XML
    assert set(asked.form) == {"grant_type", "client_id", "assertion"}
    assert "Authorization" not in asked.headers


def test_the_encoding_can_be_set_to_ordinary_base64() -> None:
    assert sent(TOKEN__ENCODING="base64").form["assertion"] == b64encode(XML).decode()


def test_basic_authentication_form_encodes_both_parts_first() -> None:
    asked = sent(TOKEN__AUTH="basic", CLIENT_ID="id:1", CLIENT_SECRET="p&ss wörd")
    assert b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"id%3A1:p%26ss+w%C3%B6rd"
    assert asked.headers["X-CF-ENCODED-CREDENTIALS"] == "true"
    assert asked.form["client_id"] == "id:1"
    assert "client_secret" not in asked.form


def test_client_secret_scope_and_extra_fields_are_sent_in_the_form() -> None:
    more = {"TOKEN__SCOPE": "a b", "TOKEN__EXTRA": '{"company_id": "SFPART"}'}
    asked = sent(TOKEN__AUTH="post", CLIENT_SECRET="s3cret", **more)
    assert asked.form.items() >= {"client_secret": "s3cret", "scope": "a b", "company_id": "SFPART"}.items()


@for_each(
    [
        (None, 600),
        (120, 120),
        ("120", 120),
        (0, 600),
        (-5, 600),
        ("soon", 600),
        (1e99, 600),
        (True, 600),
        (299.5, 299.5),
    ]
)
def test_a_token_lives_as_long_as_the_response_says_or_the_default(expires_in: object, seconds: float) -> None:
    given = {} if expires_in is None else {"expires_in": expires_in}
    document = {"access_token": "opaque", "token_type": "bearer", **given}
    assert ask(lambda _: json_answer(document))[0] == TokenResponse("opaque", seconds)


def oauth_error(error: str, description: str = "", status: int = 400) -> Rule:
    return lambda _: json_answer({"error": error, "error_description": description}, status)


HTML = HttpResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<html>Sign in</html>")

# the endpoint's response → the error's type, and what the operator must find in it
RESPONSES: dict[str, tuple[Rule, type[BridgeError], str]] = {
    "invalid_client": (oauth_error("invalid_client", status=401), Misconfigured, "CLIENT_ID"),
    "invalid_grant": (oauth_error("invalid_grant"), Misconfigured, "SAML__CERTIFICATE"),
    "invalid_grant, the encoding": (oauth_error("invalid_grant"), Misconfigured, "TOKEN__ENCODING"),
    "invalid_grant, in the vendor's words": (oauth_error("invalid_grant"), Misconfigured, "identity provider row"),
    "invalid_grant, the user": (oauth_error("invalid_grant", "User x unknown"), Forbidden, "does not know this user"),
    "another error, the user": (oauth_error("access_denied", "User x unknown"), Forbidden, "User x unknown"),
    "SuccessFactors, the user": (
        lambda _: json_answer({"errorMessage": "Login failed - invalid user"}, 401),
        Forbidden,
        "invalid user",
    ),
    "SuccessFactors": (lambda _: json_answer({"errorMessage": "No SAML assertion"}, 401), Misconfigured, "No SAML"),
    "OData": (
        lambda _: json_answer({"error": {"code": "x", "message": {"value": "Wrong company"}}}, 400),
        Misconfigured,
        "Wrong company",
    ),
    "an array": (lambda _: json_answer([{"message": "Wrong company"}], 400), Misconfigured, "Wrong company"),
    "Cloud Foundry": (oauth_error("unauthorized", "Bad credentials", 401), Misconfigured, "CLIENT_ID"),
    "a system's throttling": (oauth_error("invalid_grant", "too many logins"), TryLater, "400"),
    "unauthorized_client": (oauth_error("unauthorized_client"), Misconfigured, "SAML Bearer"),
    "unsupported_grant_type": (oauth_error("unsupported_grant_type"), Misconfigured, "grant type"),
    "invalid_scope": (oauth_error("invalid_scope"), Misconfigured, "TOKEN__SCOPE"),
    "an error of its own": (oauth_error("weird_error"), Misconfigured, "TOKEN__"),
    "HTML in place of JSON": (lambda _: HTML, Misconfigured, "TENANT"),
    "HTML with 404": (lambda _: HttpResponse(404, HTML.headers, HTML.body), Misconfigured, "TOKEN__URL"),
    "a redirect": (lambda _: HttpResponse(302, {"location": "https://x"}, b""), Misconfigured, "TOKEN__URL"),
    "JSON without a token": (lambda _: json_answer({}), Misconfigured, "TOKEN__URL"),
    "a token with a line break": (lambda _: json_answer({"access_token": "a\r\nb"}), Misconfigured, "bearer"),
    "another token type": (lambda _: json_answer({"access_token": "a", "token_type": "MAC"}), Misconfigured, "bearer"),
    "a list": (lambda _: json_answer([]), Misconfigured, "without an OAuth error"),
    "429": (lambda _: json_answer({}, 429, retry_after="17"), TryLater, "429"),
    "503": (lambda _: HttpResponse(503, {}, b""), TryLater, "503"),
}


@for_each(RESPONSES)
def test_each_response_has_its_own_error(rule: Rule, kind: type[BridgeError], says: str) -> None:
    error = refused(rule)
    assert type(error) is kind
    assert says in (error.operator or "")


def test_the_systems_retry_after_is_passed_on() -> None:
    assert refused(lambda _: json_answer({}, 429, retry_after="17")).retry_after == 17


def test_the_user_is_reported_as_the_reason_only_if_nothing_else_can_be() -> None:
    error = refused(oauth_error("invalid_grant"), True)
    assert (error.status, error.code) == (403, "user_unknown_to_system")
    assert "TOKEN__ENCODING" in (error.operator or ""), "the operator reads the other causes too"
    named = refused(oauth_error("invalid_grant", "The certificate has expired"), True)
    assert isinstance(named, Misconfigured)


def test_for_an_assertion_that_entra_signed_the_operator_reads_of_the_enterprise_application() -> None:
    error = refused(oauth_error("invalid_grant"), **ENTRA_SIGNS)
    assert isinstance(error, Misconfigured)
    assert "enterprise application" in (error.operator or "")
    assert "SAML__CERTIFICATE" not in (error.operator or "")


@pytest.mark.parametrize("failure", [RequestNotSent("dns"), ResponseLost("cut", timed_out=False)])
def test_no_response_is_try_later_because_nothing_was_done(failure: Exception) -> None:
    def fail(_: Asked) -> HttpResponse:
        raise failure

    assert (refused(fail).status, refused(fail).retry_after) == (503, 5)


DESCRIPTIONS = {
    "No worker for adele.vance@contoso.example": "No worker for [name]",
    "No worker for ADELE.VANCE@contoso.example in tenant": "No worker for [name] in tenant",
    "someone.else@fabrikam.example is locked": "[address] is locked",
    "Account I of Li in Lisbon (LI) is inactive": "Account I of [name] in Lisbon ([name]) is inactive",
    "Adele Vance (AVANCE) is inactive": "[name] ([name]) is inactive",
    "bad assertion PHNhbWw" + "A" * 60: "bad assertion [data]",
    "two\nlines \u202eand more": "two\\nlines \\u202eand more",
    "word " * 200: ("word " * 60)[:299] + "…",
}


@for_each(DESCRIPTIONS.items())
def test_the_operator_reads_what_the_system_says_without_the_person(description: str, shown: str) -> None:
    error = refused(oauth_error("invalid_grant", description))
    assert f'It says: "{shown}".' in (error.operator or "")
    assert shown not in f"{error.detail}{error.hint}{error.members}"


def test_headers_and_queries_can_be_set_for_the_token_request() -> None:
    asked = sent(TOKEN__HEADERS='{"X-Tenant": "a b"}', TOKEN__QUERY='{"zone": "a&b=c"}')
    assert asked.headers["X-Tenant"] == "a b"
    assert asked.url.endswith("/token?zone=a%26b%3Dc")


@for_each(
    [
        ("HEADERS", '{"authorization": "Basic x"}', "sets authorization"),
        ("HEADERS", '{"X:Y": "x"}', "has a name or a text that no HTTP header can have"),
        ("HEADERS", '{"X-Y": "ü"}', "has a name or a text that no HTTP header can have"),
        ("QUERY", '{"assertion": "x"}', "sets assertion"),
    ]
)
def test_headers_and_queries_that_are_reserved_or_invalid_are_refused(name: str, value: str, problem: str) -> None:
    [found] = load(env(**workday(**{f"TOKEN__{name}": value})), CATALOG).broken["workday"]
    assert found.problem.startswith(problem)


ELSEWHERE = replace(
    KIND, defaults=replace(KIND.defaults, instance_host=re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.my\.crm\.example"))
)


def instance(url: object, kind: SystemType = ELSEWHERE) -> TokenResponse:
    document = {"access_token": "opaque", "token_type": "Bearer", "instance_url": url}
    return ask(lambda _: json_answer(document), False, kind)[0]


@for_each(
    [
        ("https://acme--uat.sandbox.my.crm.example", "acme--uat.sandbox.my.crm.example"),
        ("https://acme.my.crm.example/", "acme.my.crm.example"),
        ("https://wd2-impl-services1.workday.example", None),
    ]
)
def test_an_instance_url_of_an_allowed_host_is_where_the_token_is_used(url: str, host: str | None) -> None:
    assert instance(url).host == host


def test_an_instance_url_is_not_read_unless_the_catalog_says_so() -> None:
    assert instance("https://evil.example", KIND).host is None


@for_each(
    [
        *("https://evil.example", "http://acme.my.crm.example", "https://acme.my.crm.example.evil.example"),
        *("https://acme.my.crm.example@evil.example", "https://evil.example/acme.my.crm.example", 7),
        *("https://evil.example#.my.crm.example", "https://acme.my.crm.example\n", "https://acme.my.crm.example:8443"),
    ]
)
def test_a_token_is_never_sent_to_an_instance_url_that_is_not_allowed(url: object) -> None:
    with pytest.raises(Misconfigured, match="instance_url that is not allowed"):
        instance(url)
