"""Time of the bridge's own work, against the least work that is possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.signer import XMLSigner

from bridge.api.message import Request
from bridge.base.http_client import Client, Deadline
from bridge.credentials import CredentialRequest
from bridge.credentials.assertion import AssertionIssuer
from bridge.trace import Trace
from tests.bench.bridge import Bench
from tests.bench.measure import Row, ratio

NAME = "adele@contoso.com"


def issuing(bench: Bench) -> Iterator[Row]:
    pem = bench.env["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"]
    saml = bench.app().settings.systems["workday"].saml
    key = load_pem_private_key(pem.encode(), None)
    assert saml is not None
    assert isinstance(key, rsa.RSAPrivateKey)
    assertion_issuer, data, padded = AssertionIssuer(saml), b"a" * 1000, padding.PKCS1v15()

    def sign() -> bytes:
        return key.sign(data, padded, hashes.SHA256())

    issue = ratio(lambda: assertion_issuer.issue(NAME, {}, key), sign)
    yield Row("an assertion / a bare RSA-2048 signature", issue, 1.8)
    yield Row("  for comparison: signxml as its README has it", ratio(_readme(saml_pem=pem), sign, rounds=9))


def _readme(*, saml_pem: str) -> Callable[[], object]:
    """Key and certificate are texts, which are read for each signature."""
    key, begin, certificate = saml_pem.partition("-----BEGIN CERTIFICATE-----")
    root = etree.fromstring("<Assertion ID='a'><Issuer>b</Issuer></Assertion>")
    return lambda: XMLSigner().sign(root, key=key.encode(), cert=begin + certificate)


def validating(bench: Bench) -> Iterator[Row]:
    authenticate = bench.app().authenticator.authenticate
    headers = [f"Bearer {bench.token()}" for _ in range(400)]
    key, issuer = _key(bench, headers[0]), f"https://login.microsoftonline.com/{bench.facts['tenantId']}/v2.0"

    def decode() -> object:
        token = headers[0].removeprefix("Bearer ")
        return jwt.decode(token, key, algorithms=["RS256"], audience=bench.facts["clientId"], issuer=issuer)

    unseen = iter(headers)
    new = ratio(lambda: authenticate(next(unseen)), decode)
    yield Row("a new token / a bare PyJWT decode with a ready key", new, 0.55)
    yield Row("a known token / the same", ratio(lambda: authenticate(headers[0]), decode), 0.05)


def _key(bench: Bench, header: str) -> rsa.RSAPublicKey:
    kid = jwt.get_unverified_header(header.removeprefix("Bearer "))["kid"]
    document = bench.ask("GET", f"{bench.facts['entra']}/{bench.facts['tenantId']}/discovery/v2.0/keys")
    key = next(jwt.PyJWK(row).key for row in document["keys"] if row["kid"] == kid)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def warm_request(bench: Bench) -> Iterator[Row]:
    """GetMyProfile with everything known, against the one call to Workday in it."""
    api = bench.api()
    app, token = api.runtime.app(), bench.token()
    answer = partial(api.handle, route=bench.route(api, "GetMyProfile"))
    request = Request("GET", {"authorization": f"Bearer {token}"})
    assert answer(request).status == 200
    trace = Trace("bench", Deadline(60))
    caller = app.authenticate(f"Bearer {token}", trace)
    credential = app.broker.lease(CredentialRequest(caller, app.settings.systems["workday"]), trace)
    client = Client()
    url = f"{bench.facts['workday']}/ccx/api/v1/{bench.facts['workdayTenant']}/workers/me"
    headers = {"Authorization": f"Bearer {credential.access_token}"}

    def bare() -> object:
        return client.send("GET", url, deadline=Deadline(10), headers=headers)

    yield Row("a warm request / its call to Workday alone", ratio(lambda: answer(request), bare))
