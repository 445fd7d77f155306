"""JWT bearer assertions (RFC 7523), validated strictly, by another implementation than the bridge's."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_pem_x509_certificate

from sandbox.jws import Jws, JwsError
from sandbox.server import Request, Response

GRANT_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(slots=True)
class Trust:
    """The one signer that an administrator has registered: its issuer and certificate."""

    issuer: str = ""
    certificate: str = ""

    def route(self, request: Request) -> Response:
        """`POST /sandbox/trust` with `{"issuer", "certificate"}`: what an administrator does to register the signer."""
        body = request.json()
        self.issuer, self.certificate = body["issuer"], body["certificate"]
        return Response.json({})

    @property
    def key(self) -> rsa.RSAPublicKey:
        key = load_pem_x509_certificate(self.certificate.encode()).public_key()
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - for the type
        return key


def jwt_problem(encoded: str, trust: Trust, *, audience: str, used: set[str]) -> tuple[str, Mapping[str, Any]]:
    """Why a JWT bearer assertion is refused (RFC 7523 section 3; empty if it is accepted), and its claims."""
    try:
        jws = Jws.parse(encoded)
    except JwsError:
        return "invalid assertion", {}
    claims, now = jws.claims, time.time()
    if jws.header.get("alg") != "RS256" or not trust.certificate or not jws.is_signed_by(trust.key):
        return "invalid assertion", claims
    if claims.get("iss") != trust.issuer:
        return "client identifier invalid", claims
    if claims.get("aud") != audience:
        return "audience is invalid", claims
    if not now < claims.get("exp", 0) <= now + 300:
        return "expired assertion", claims
    if claims.get("jti") in used:
        return "assertion has been used", claims
    used.add(claims["jti"])
    return "", claims
