"""Many callers at once: one exchange for one credential, and no response has data of another user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from tests.e2e.kit import Bridge, Reply, Sandbox
from tests.support import threads

ME = "/api/workday/me"
USERS = {"adele": "Adele Vance", "alex": "Alex Wilber", "diego": "Diego Siciliani", "grady": "Grady Archie"}
ROUNDS = 5
FREE = {"obo": 0, "obo_saml2": 0, "saml2_bearer": 0}


def at_once(count: int, work: Callable[[int], Reply]) -> list[Reply]:
    """The results of `count` calls that start together."""
    return threads.at_once(partial(work, number) for number in range(count))


@pytest.mark.parametrize(
    ("path", "price"),
    [
        (ME, {"saml2_bearer": 1}),
        ("/api/entra_signs/me", {"obo_saml2": 1, "saml2_bearer": 1}),
        ("/api/orders/orders", {"obo": 1}),
    ],
    ids=["bridge_saml", "entra_saml", "oauth"],
)
def test_fifty_callers_of_one_credential_cost_one_exchange(
    bridge: Bridge, sandbox: Sandbox, path: str, price: dict[str, int]
) -> None:
    bridge.get(path, sandbox.token())
    token = sandbox.token()
    with sandbox.counting() as spent:
        replies = at_once(50, lambda _: bridge.get(path, token))
    assert {reply.status for reply in replies} == {200}
    assert {name: spent.get(name, 0) for name in ("obo", "obo_saml2", "saml2_bearer")} == {**FREE, **price}


def test_an_app_that_is_asked_by_fifty_while_it_is_cold_asks_once(app: Callable[..., Bridge], sandbox: Sandbox) -> None:
    bridge, token = app(), sandbox.token()
    with sandbox.counting() as spent:
        replies = at_once(50, lambda _: bridge.get(ME, token))
    assert Counter(reply.status for reply in replies) == {200: 50}
    assert (spent["obo"], spent["saml2_bearer"]) == (1, 1)


def test_a_shared_refusal_is_reported_to_each_with_its_own_correlation_id(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token(user="nestor")
    replies = at_once(20, lambda _: bridge.get("/api/entra_signs/me", token))
    assert {reply.outcome for reply in replies} == {(403, "not_assigned")}
    assert len({reply.correlation_id for reply in replies}) == 20
    assert {reply.json["correlationId"] for reply in replies} == {reply.correlation_id for reply in replies}


TROUBLE: list[dict[str, object]] = [
    {"endpoint": "rest", "status": 503},
    {"endpoint": "rest", "drop": "after"},
    {"endpoint": "rest", "status": 401},
    {"endpoint": "token", "status": 500, "body": "<html>"},
    {"endpoint": "token", "drop": "before"},
    {"endpoint": "token", "delay_seconds": 0.05},
]


@pytest.mark.parametrize("system", ["workday", "entra_signs"])
def test_under_faults_nobody_sees_what_is_anothers(bridge: Bridge, sandbox: Sandbox, system: str) -> None:
    """Every response is the caller's own data, or an error without a name."""
    for fault in TROUBLE * 5:
        sandbox.fault("workday", **fault)  # type: ignore[arg-type]
    sandbox.fault("entra", "token", status=503, times=3)
    people = list(USERS)
    fixed = {user: sandbox.token(user=user) for user in people}

    def ask(number: int) -> Reply:
        user = people[number % len(people)]
        token = fixed[user] if number % 3 else sandbox.token(user=user)
        return bridge.get(f"/api/{system}/me", token)

    replies = [reply for _ in range(ROUNDS) for reply in at_once(32, ask)]
    for number, reply in enumerate(replies):
        mine = USERS[people[number % 32 % len(people)]]
        text = reply.body.decode()
        assert not [name for name in USERS.values() if name != mine and name in text]
        assert reply.status in (200, 424, 502, 503)
        assert (mine in text) is (reply.status == 200)
    assert any(reply.status == 200 for reply in replies)
    assert any(reply.status != 200 for reply in replies)


def test_ones_refusal_at_entra_is_never_anothers(bridge: Bridge, sandbox: Sandbox) -> None:
    """MSAL's own throttling would replay one user's 5xx and 429 to all users."""
    sandbox.answer_with(grady=50105, load149=50196, diego=90033, alex=50076)
    wanted = {
        "adele": (200, None),
        "grady": (403, "not_assigned"),
        "load149": (503, "entra_throttled"),
        "diego": (503, "entra_unavailable"),
        "alex": (403, "claims_challenge"),
    }
    people = list(wanted)
    tokens = [sandbox.token(user=people[number % 5]) for number in range(40)]
    for path in ("/api/orders/orders", "/api/entra_signs/me"):
        replies = at_once(40, lambda number, path=path: bridge.get(path, tokens[number]))  # type: ignore[misc]
        assert [reply.outcome for reply in replies] == [wanted[people[number % 5]] for number in range(40)]


def test_writes_of_two_users_at_once_land_where_they_belong(bridge: Bridge, sandbox: Sandbox) -> None:
    people = ["adele", "alex", "diego", "grady"]
    tokens = {user: sandbox.token(user=user) for user in people}

    def rename(number: int) -> Reply:
        user = people[number % 4]
        name = {"firstName": f"{user}-{number}", "lastName": "Test", "country": "USA"}
        return bridge.post("/api/workday/me/legal-name", tokens[user], name)

    assert {reply.status for reply in at_once(24, rename)} == {200}
    for user in people:
        stored = sandbox.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")
        assert stored["legal_name"]["first"].startswith(f"{user}-")


def test_the_log_has_one_line_for_each_of_many_requests(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    replies = at_once(30, lambda _: bridge.get("/api/whoami", token))
    assert {bridge.line(reply)["operation"] for reply in replies} == {"WhoAmI"}


def test_a_credential_that_many_find_revoked_is_renewed_once(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    bridge.get(ME, token)
    sandbox.control("POST", "workday", "/sandbox/revoke")
    with sandbox.counting() as spent:
        replies = at_once(20, lambda _: bridge.get(ME, token))
    assert {reply.status for reply in replies} == {200}
    assert spent["saml2_bearer"] == 1
