"""Tokens and their decoded claims: the findings on each kind, as a table."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode

import pytest

from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, claims, good, token
from tools.explain import Expectation, Explanation, explain
from tools.explain.document import verdict

NOW = int(time.time())
LATER = {"iat": NOW, "nbf": NOW, "exp": NOW + 3600}
V1 = f"https://sts.windows.net/{TENANT}/"
API = f"aud=api://{BRIDGE}"
AN_APP = {"scp": None, "upn": None, "unique_name": None, "idtyp": "app"}
MCP = "https://mcp.contoso.example/mcp"


def read(pasted: str, *expect: str) -> Explanation:
    return explain(pasted, Expectation.of_pairs(expect), now=NOW)


def codes(pasted: str, *expect: str) -> list[str]:
    return [item.advice.code for item in read(pasted, *expect).items]


def other(**more: object) -> str:
    return token({**LATER, **more}, header={"alg": "RS256", "kid": "k"})


@pytest.mark.parametrize(
    ("raw", "expect", "code"),
    [
        (good(1), [API, f"tid={TENANT}", "scp=access_as_user"], None),
        (good(2), [API], "audience_form"),
        (good(1, aud="https://graph.microsoft.com"), [], "audience_graph"),
        (good(1, aud="https://graph.microsoft.com", exp=NOW - 9999), [API], "audience_graph"),
        (good(1, aud="https://apihub.azure.com"), [], "audience_apihub"),
        (good(1, aud="499b84ac-1321-427f-aa17-267ca6975798"), [API], "audience_microsoft_service"),
        (good(1, aud="00000003-0000-0ff1-ce00-000000000000/x.sharepoint.com@t"), [API], "audience_microsoft_service"),
        (good(1, aud="https://contoso.sharepoint.com"), [API], "audience_microsoft_service"),
        (good(1, aud="https://contoso.sharepoint.com"), ["aud=https://contoso.sharepoint.com"], None),
        (good(1, aud="https://graph.microsoft.com"), ["aud=https://graph.microsoft.com"], None),
        (good(1, aud="https://service.flow.microsoft.com/"), ["aud=https://service.flow.microsoft.com/"], None),
        (good(1, aud="https://service.flow.microsoft.com"), ["aud=https://service.flow.microsoft.com/"],
         "audience_trailing_slash"),
        (good(1, **AN_APP), [API], "app_only_without_roles"),
        (good(1, **AN_APP, roles=["Read.All"]), [API], None),
        (good(1, **AN_APP, roles=["Read.All"]), [API, "roles=Read.All", "roles=Write.All"], None),
        (good(1, **AN_APP, roles=["Read.All"]), [API, "roles=Write.All"], "role_missing"),
        (good(1, **AN_APP, roles=["Read.All"]), [API, "scp=access_as_user", "roles=Read.All"], None),
        (good(1, **AN_APP, roles=["Read.All"]), [API, "scp=access_as_user"], "app_only"),
        (good(1, roles=["Reader"]), [API, "roles=Writer"], "role_missing"),
        (good(1), [API, "roles=Writer"], "role_missing"),
        (other(iss="https://contoso.b2clogin.com/t/v2.0/", aud="a", tfp="B2C_1_in"), [f"iss={V1}"], "foreign_issuer"),
        (other(iss="https://contoso.b2clogin.com/t/v2.0/", aud="a", tfp="B2C_1_in"), ["aud=a"], None),
        (other(iss="https://contoso.ciamlogin.com/t/v2.0", aud="a"), [f"iss={V1}"], "foreign_issuer"),
        (other(iss="https://api.workos.com", aud="client01J8PP2MDW8B797TVC7CF5JYH8"), [f"aud={MCP}"],
         "audience_is_client_id"),
        (other(iss="https://contoso.okta.com", aud=["a", "b"]), ["aud=c"], "audience_several"),
        (other(iss="https://contoso.okta.com", aud=["a", "b"]), ["aud=b"], None),
        (other(iss="https://accounts.google.com", aud="x.apps.googleusercontent.com"), [API], "audience_foreign"),
        (other(iss="https://accounts.google.com", aud="x.apps.googleusercontent.com"), [API, f"tid={TENANT}"],
         "foreign_issuer"),
        (other(aud="x.apps.googleusercontent.com", azp="x.apps.googleusercontent.com"), [API, f"tid={TENANT}"],
         "foreign_issuer"),
        (other(aud="x.apps.googleusercontent.com"), [API, f"iss={V1}"], "foreign_issuer"),
        (good(2, scp=None, azp=None, azpacr=None, nonce="n", aud=CONNECTOR), [API], "id_token"),
        (good(1, exp=NOW - 9999), [API], "expired"),
        (good(1, nbf=NOW + 9999), [API], "not_yet_valid"),
        (good(1)[:300], [], "token_cut"),
        (".".join(good(1).split(".")[:2]), [], "token_cut"),
        ("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", [], "encrypted_token"),
        ("EwB4A8l6BAAU" + "a1B" * 40, [], "not_a_jwt"),
        (token(claims(1), header={"alg": "none"}), [], "unsigned_token"),
    ],
)  # fmt: skip
def test_a_token_gets_its_verdict(raw: str, expect: list[str], code: str | None) -> None:
    assert codes(raw, *expect) == ([code] if code else [])


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (good(1, **AN_APP), "app's token"),
        (good(1, **AN_APP), "no role"),
        (good(2, acct=1), "guest"),
        (good(2, tid="9188040d-6c67-4c5b-b112-36a304b66dad",
              iss="https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"), "personal Microsoft"),
        (other(iss="https://contoso.b2clogin.com/t/v2.0/", aud="a", tfp="B2C_1_in"), "B2C_1_in"),
        (good(1)[:50] + " " + good(1)[50:], "a blank or line break inside"),
        (good(1)[:50] + "\n" + good(1)[50:90] + "\n" + good(1)[90:], "2 blanks or line breaks"),
    ],
)  # fmt: skip
def test_a_kind_of_token_that_often_matters_is_named(raw: str, note: str) -> None:
    assert note in " ".join(read(raw).notes)


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        (V1, "Microsoft Entra ID, v1"),
        (f"https://login.microsoftonline.com/{TENANT}/v2.0", "Microsoft Entra ID, v2"),
        (f"https://login.microsoftonline.us/{TENANT}/v2.0", "Microsoft Entra ID, v2 (US Government)"),
        ("https://contoso.b2clogin.com/t/v2.0/", "Azure AD B2C"),
        ("https://contoso.ciamlogin.com/t/v2.0", "Microsoft Entra External ID"),
        ("https://sts.contoso.example/adfs", "AD FS"),
        ("https://accounts.google.com", "Google"),
        ("https://api.workos.com/user_management/client_1", "WorkOS"),
        ("https://contoso.eu.auth0.com/", "Auth0"),
        ("https://contoso.okta.com/oauth2/default", "Okta"),
        ("https://token.actions.githubusercontent.com", "GitHub Actions"),
        ("https://api.botframework.com", "Bot Framework"),
        ("https://nobody.example", "not an issuer that is known here"),
        ("https://b2clogin.com.evil.example/", "not an issuer that is known here"),
    ],
)
def test_an_issuer_is_known_by_name(issuer: str, name: str) -> None:
    noted = {fact.name: fact.note for fact in read(other(iss=issuer, aud="a")).claims}
    assert noted["iss"] == name


class TestDecodedClaims:
    """People know that they should not paste tokens, so they paste what a decoder shows."""

    @pytest.mark.parametrize(
        "shown",
        [
            lambda c: json.dumps(c),
            lambda c: json.dumps(c, indent=2),
            lambda c: json.dumps({"typ": "JWT", "alg": "RS256", "kid": "k"}) + "." + json.dumps(c) + ".[Signature]",
            lambda c: str(c),
            lambda c: "\n".join(f"{name}\t{value}\tWhat it means" for name, value in c.items()),
            lambda c: "\n".join(f"{name}: {value}" for name, value in c.items()),
            lambda c: ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in c.items()),
        ],
        ids=["JSON", "indented", "jwt.ms", "Python", "table", "lines", "inside of an object"],
    )  # fmt: skip
    @pytest.mark.parametrize(
        ("overrides", "code"),
        [
            ({}, None),
            ({"aud": "https://apihub.azure.com"}, "audience_apihub"),
            ({"aud": f"api://{BRIDGE}/"}, "audience_trailing_slash"),
            ({"iss": f"https://sts.windows.net/{TENANT}"}, "issuer_near_miss"),
        ],
        ids=["good", "apihub", "slash", "issuer"],
    )
    def test_they_are_judged_as_the_token_is(self, shown: object, overrides: dict[str, object], code: str) -> None:
        assert callable(shown)
        assert codes(shown(claims(1, **overrides)), API, f"iss={V1}") == ([code] if code else [])

    def test_the_bridges_own_response_too(self) -> None:
        seen = {"tenantId": TENANT, "audience": f"api://{BRIDGE}", "issuer": V1, "version": "1.0", "scopes": "read"}
        assert codes(json.dumps(seen), API, f"iss={V1}", "scp=read") == []
        assert codes(json.dumps(seen), API, "scp=write") == ["insufficient_scope"]
        assert codes(json.dumps({**seen, "audience": "https://apihub.azure.com"})) == ["audience_apihub"]

    def test_what_is_not_there_is_not_missed(self) -> None:
        assert codes('{"aud":"api://X","iss":"https://sts.windows.net/t/"}', "aud=api://X") == []
        assert codes("aud: api://X\nver: 1.0", "aud=api://X", "scp=read", f"tid={TENANT}") == []

    def test_an_address_in_a_sentence_is_no_audience(self) -> None:
        assert codes("My audience is right but https://contoso.com/callback answers 401", "aud=api://x") == []


def test_json_and_the_text_for_a_forum_hold_no_token_and_no_name() -> None:
    secret = urlsafe_b64encode(b"signature" * 20).decode()
    raw = good(1, aud="https://apihub.azure.com", name="Adele Vance").rpartition(".")[0] + "." + secret
    shown = verdict(raw, [API], now=NOW)
    assert secret not in json.dumps(shown)
    posted = str(shown["share"])
    for word in ("Adele", "adele.vance", "contoso.example", TENANT, CONNECTOR, raw[:40]):
        assert word not in posted
    for word in ("https://apihub.azure.com:", "fe053c5f-3692-4f14-aef2-ee34fc081cae"):
        assert word in posted, "what the tables say is not shortened"
    assert shown["code"] == "audience_apihub"


def test_the_entry_for_other_programs_gives_what_json_can_carry() -> None:
    shown = verdict(good(1, aud=f"api://{BRIDGE}/"), [API], now=NOW)
    (finding,) = json.loads(json.dumps(shown))["findings"]
    assert finding["differs_at"] == len(f"api://{BRIDGE}")
    assert [claim["name"] for claim in json.loads(json.dumps(shown))["claims"] if claim["decisive"]] == ["aud"]
    for pasted in (good(1, exp=NOW - 9999), "api://x//.default", "https://service.flow.microsoft.com//.default"):
        findings = json.loads(json.dumps(verdict(pasted, now=NOW)))["findings"]
        assert "differs_at" not in findings[0], "times, and a scope and its API, are not compared letter by letter"
    assert verdict("x", ["colour=red"], now=NOW)["error"]
    assert "BRIDGE_" not in json.dumps(verdict("AADSTS500011", now=NOW))
    assert "BRIDGE_" in json.dumps(verdict("AADSTS500011", bridge=True, now=NOW))


DAY = 86_400
OLD = good(1, iat=NOW - 9 * DAY, nbf=NOW - 9 * DAY, exp=NOW - 9 * DAY + 3600)
WHEN = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW - 9 * DAY + 60))
GRAPHS = good(1, aud="https://graph.microsoft.com")


@pytest.mark.parametrize(
    ("raw", "expect", "expected"),
    [
        (OLD, [], ["expired"]),
        (OLD, [API, "scp=another"], ["insufficient_scope", "expired"]),
        (good(1, exp=NOW - 3600, nbf=NOW - 7200, iat=NOW - 7200), [API, "scp=another"], ["expired"]),
        (f"{WHEN}Z The API answered 401 to {OLD}", [API], []),
        (f"{WHEN}Z The API answered 401 to {OLD}", [API, "scp=another"], ["insufficient_scope"]),
        (f"2019-01-01T00:00:00Z The API answered 401 to {OLD}", [API], ["expired"]),
        (f"IDX10214: Audience validation failed. The token was {OLD}", [], ["audience_refused"]),
        (f'WWW-Authenticate says error="invalid_token" for {OLD}', [], ["expired", "invalid_token_unspecific"]),
        (GRAPHS.rpartition(".")[0], [], ["token_cut", "audience_graph"]),
        (GRAPHS.rpartition(".")[0][:-9], [API], ["token_cut", "audience_graph"]),
        (f"curl -H 'Authorization: Bearer {GRAPHS.rpartition('.')[0][:-9]} ...", [], ["audience_graph", "token_cut"]),
        (f"{GRAPHS[:40]}...", [], ["token_cut"]),
        (f"{GRAPHS[:40]}\u2026 (truncated)", [], ["token_cut"]),
        (f"...{GRAPHS[90:]}", [], ["token_cut"]),
        (f'Bearer "{GRAPHS}"', [], ["audience_graph"]),
        ("My code is eyJhbGciOiJSUzI1NiJ9..AAAABBBBCCCC.DDDDEEEEFFFF.GGGGHHHH", [], ["encrypted_token"]),
    ],
)  # fmt: skip
def test_old_and_cut_tokens_are_read_for_what_they_say(raw: str, expect: list[str], expected: list[str]) -> None:
    assert codes(raw, *expect) == expected
