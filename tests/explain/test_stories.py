"""The five stories from which this product began, replayed from what their authors wrote, and from their tokens.

Sources: threads d31d080a, 33688d07, 59ad00d7 and 136e0d5d of the Power Platform community, and Microsoft Q&A.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, claims, good, token
from tools.explain import Expectation, Explanation, explain

NOW = time.time()
FLOW = "https://service.flow.microsoft.com/"
OUR_API = Expectation(
    audiences=(f"api://{BRIDGE}", BRIDGE),
    issuers=(f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"),
    tenant_id=TENANT,
    scope="access_as_user",
    clients=(CONNECTOR,),
)
FLOW_TRIGGER = Expectation(audiences=(FLOW,), issuers=(f"https://sts.windows.net/{TENANT}/",), tenant_id=TENANT)


def code_of(pasted: str, expectation: Expectation | None = None) -> str | None:
    explanation = explain(pasted, expectation or Expectation(), now=NOW)
    return next((item.advice.code for item in explanation.items if item.problem), None)


def said(explanation: Explanation) -> str:
    return " ".join(
        f"{item.detail} {item.advice.cause} {' '.join(item.steps)} {item.facts}" for item in explanation.items
    )


class TestWorkdayThenApihubThen399274:
    def test_what_the_maker_wrote_first(self) -> None:
        wrote = (
            'While calling workday methods from custom connector, it is failing with the error "Invalid Access Token" '
            'and after decoding JWT token, i found that the audience in the token is "apihub.azure.com".'
        )
        codes = [item.advice.code for item in explain(wrote, Expectation(), now=NOW).items]
        assert codes == ["audience_apihub", "workday_invalid_token"]

    def test_the_token_that_the_maker_decoded(self) -> None:
        raw = good(1, aud="https://apihub.azure.com", scp="Runtime.All")
        assert code_of(raw) == code_of(raw, OUR_API) == "audience_apihub"
        assert "x-ms-apihub-obo" in said(explain(raw, Expectation(), now=NOW))

    @pytest.mark.parametrize(
        ("named", "first_step"),
        [
            (BRIDGE, "If it is the API or the client itself"),
            (CONNECTOR, "If it is the API or the client itself"),
            ("f" * 8, "If it is the system to be called"),
        ],
        ids=["the bridge", "the connector", "Workday's app"],
    )
    def test_the_refusal_of_the_exchange_says_which_app_is_the_saml_one(self, named: str, first_step: str) -> None:
        wrote = (
            f"AADSTS399274: The application with App ID '{named}' is configured for SAML SSO and could not be used "
            "with non-SAML protocol. Trace ID: 255d1aef-8c98-452f-ac51-23d051240864"
        )
        explanation = explain(wrote, OUR_API, now=NOW)
        (item,) = explanation.items
        assert item.advice.code == "aadsts_399274"
        assert any(named in value for _, value in item.facts)
        assert item.steps[0].startswith(first_step)
        assert "SAML assertion" in said(explanation)

    def test_an_id_that_is_none_of_our_apps_is_the_targets(self) -> None:
        wrote = "AADSTS399274: The application '11111111-2222-4333-8444-555555555555' is configured for SAML SSO"
        (item,) = explain(wrote, replace(OUR_API, client_id=BRIDGE), now=NOW).items
        assert "neither this bridge's app nor its connector's: the target" in dict(item.facts)["It names"]


class TestTheAppIdUriThatIsApihubEveryTime:
    def test_what_the_maker_wrote(self) -> None:
        wrote = (
            "I entered the Application ID URI (e.g. api://b52b5b7a-e895-4600-b567-2c4cbe27d2e7) from the service app "
            "registration into the Resource URL field, but every time I got token with the audience: "
            '"https://apihub.azure.com", instead of the Application ID URI.'
        )
        assert code_of(wrote) == "audience_apihub"

    def test_with_what_the_maker_expected(self) -> None:
        raw = good(1, aud="https://apihub.azure.com")
        expectation = Expectation(audiences=("api://b52b5b7a-e895-4600-b567-2c4cbe27d2e7",))
        assert code_of(raw, expectation) == "audience_apihub"
        assert code_of('{"aud": "https://apihub.azure.com"}', expectation) == "audience_apihub"


class TestTheMcpClientWhoseTokenBearsTheClientId:
    CLIENT = "client_01J8PP2MDW8B797TVC7CF5JYH8"
    SERVER = "https://mcpservers.contoso.example/mcp"

    def test_the_servers_warning(self) -> None:
        wrote = f"Bearer token rejected: audience mismatch (got '{self.CLIENT}', expected '{self.SERVER}')"
        explanation = explain(wrote, Expectation(), now=NOW)
        (item,) = explanation.items
        assert (item.advice.code, item.found, item.expected) == ("audience_is_client_id", self.CLIENT, self.SERVER)
        assert "RFC 8707" in said(explanation)

    def test_the_token_of_a_workos_issuer(self) -> None:
        issuer = f"https://api.workos.com/user_management/{self.CLIENT}"
        raw = token({"iss": issuer, "aud": self.CLIENT, "sub": "user_01", "exp": NOW + 300})
        assert code_of(raw, Expectation(audiences=(self.SERVER,), issuers=(issuer,))) == "audience_is_client_id"
        assert code_of(raw, Expectation(audiences=(self.SERVER,))) == "audience_is_client_id"

    def test_the_same_token_sent_to_an_api_that_trusts_entra(self) -> None:
        raw = token({"iss": "https://api.workos.com", "aud": self.CLIENT, "exp": NOW + 300})
        assert code_of(raw, OUR_API) == "foreign_issuer"

    def test_a_right_token_of_that_issuer(self) -> None:
        raw = token(
            {"iss": "https://auth.contoso.example", "aud": [self.SERVER], "scope": "tools.read", "exp": NOW + 300},
            header={"alg": "ES256", "kid": None},
        )
        expectation = Expectation(
            audiences=(self.SERVER,), issuers=("https://auth.contoso.example",), scope="tools.read"
        )
        assert code_of(raw, expectation) is None


class TestInvalidAudience:
    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (good(1, aud=f"api://{BRIDGE}/"), "audience_trailing_slash"),
            (good(2), "token_version"),
            (good(2, scp=None, azp=None, azpacr=None, nonce="x", aud=CONNECTOR), "id_token"),
            (good(1, aud="https://outlook.office.com", scp="Mail.Read"), "audience_outlook"),
        ],
        ids=["slash", "version", "ID token", "Outlook for Graph"],
    )
    def test_the_token_names_the_reason(self, raw: str, code: str) -> None:
        v1_only = Expectation(
            audiences=(f"api://{BRIDGE}",), issuers=(f"https://sts.windows.net/{TENANT}/",), tenant_id=TENANT
        )
        assert code_of(raw, v1_only) == code

    def test_the_id_of_a_v2_token_where_the_uri_is_expected(self) -> None:
        assert code_of(good(2), Expectation(audiences=(f"api://{BRIDGE}",))) == "audience_form"

    def test_outlooks_token_sent_to_graph(self) -> None:
        raw = good(1, aud="https://outlook.office.com", scp="Mail.Read")
        explanation = explain(raw, Expectation(audiences=("https://graph.microsoft.com",)), now=NOW)
        assert "https://graph.microsoft.com/Mail.Read" in said(explanation)


class TestThePowerAutomateTrigger:
    WROTE = "One or more claims either missing or does not match with the open authentication access control policy."

    def test_the_refusal(self) -> None:
        assert code_of(self.WROTE) == "flow_trigger_claims"
        assert (
            code_of('{"error":{"code":"MisMatchingOAuthClaims","message":"' + self.WROTE + '"}}')
            == "flow_trigger_claims"
        )

    def test_the_scope_with_two_slashes_is_right(self) -> None:
        explanation = explain(f"{FLOW}/.default", Expectation(), now=NOW)
        (item,) = explanation.items
        assert (item.advice.code, item.problem) == ("scope_two_slashes_right", False)

    def test_the_scope_with_one_slash_is_not(self) -> None:
        assert code_of(f"{FLOW}.default") == "scope_slash_missing"

    @pytest.mark.parametrize(
        ("overrides", "code"),
        [
            ({"aud": FLOW}, None),
            ({"aud": FLOW.rstrip("/")}, "audience_trailing_slash"),
            ({"aud": FLOW, "iss": f"https://sts.windows.net/{TENANT}"}, "issuer_near_miss"),
            ({"aud": FLOW, "tid": "99999999-aaaa-4bbb-8ccc-dddddddddddd"}, "tenant_contradiction"),
            ({"aud": FLOW, "scp": None, "idtyp": "app", "roles": ["Flows.Run"]}, None),
        ],
        ids=["right", "aud without slash", "iss without slash", "another tid", "an app's token is welcome there"],
    )
    def test_the_token_against_aud_iss_and_tid(self, overrides: dict[str, object], code: str | None) -> None:
        assert code_of(token({**claims(1), **overrides}), FLOW_TRIGGER) == code
