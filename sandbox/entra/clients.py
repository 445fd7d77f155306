"""Client authentication at the token endpoint: client secret, certificate, or federated credential."""

import time
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.entra.aadsts import AadstsError
from sandbox.entra.keys import KeyRing
from sandbox.entra.tokens import issuer
from sandbox.jws import Jws, JwsError, base64url, is_current
from sandbox.server import BadRequestError, Request
from sandbox.world import App, World

SECRET = "sandbox-secret~of.the_bridge"
EXPIRED_SECRET = "sandbox-secret~of.last_year"
CONNECTOR_SECRET = "sandbox-secret~of.the_connector"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FEDERATION_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True)
class ClientAuthentication:
    """Authenticates the bridge, which has a secret and `certificate`, and the connector, which has a secret."""

    world: World
    keys: KeyRing
    certificate: x509.Certificate = field(repr=False)

    def client(self, request: Request, form: dict[str, str]) -> App:
        """The authenticated app. Raises `AadstsError`."""
        try:
            basic = request.basic_form_decoded
        except BadRequestError as error:
            raise AadstsError(9002313) from error
        client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret"))
        app = registered(self.world, client_id)
        if secret is not None:
            self._check_secret(app, secret)
        elif form.get("client_assertion_type") == ASSERTION_TYPE:
            self._check_assertion(app, form.get("client_assertion", ""), audience=f"{request.base_url}{request.path}")
        else:
            raise AadstsError(7000218)
        return app

    def _check_secret(self, app: App, secret: str) -> None:
        if app == self.world.bridge and secret == EXPIRED_SECRET:
            raise AadstsError(7000222, app=app.client_id)
        secrets = {self.world.bridge.client_id: SECRET, self.world.connector.client_id: CONNECTOR_SECRET}
        if secret != secrets.get(app.client_id):
            raise AadstsError(7000215, app=app.client_id)

    def _check_assertion(self, app: App, assertion: str, *, audience: str) -> None:
        try:
            jws = Jws.parse(assertion)
        except JwsError as error:
            raise AadstsError(50012, detail=str(error)) from error
        if jws.claims.get("iss") == app.client_id:
            self._check_certificate(app, jws, audience)
        else:
            self._check_federation(app, jws)

    def _check_certificate(self, app: App, jws: Jws, audience: str) -> None:
        """RFC 7523 as Entra profiles it: the header names the certificate by thumbprint."""
        thumbprints = {
            "x5t": base64url(self.certificate.fingerprint(hashes.SHA1())),  # noqa: S303 - an identifier
            "x5t#S256": base64url(self.certificate.fingerprint(hashes.SHA256())),
        }
        key = self.certificate.public_key()
        # MSAL sends the thumbprint with padding.
        known = any(str(jws.header.get(name)).rstrip("=") == value for name, value in thumbprints.items())
        if app != self.world.bridge or not known or not isinstance(key, rsa.RSAPublicKey):
            raise AadstsError(700027, detail="[Reason - The key was not found.]")
        if not jws.is_signed_by(key, algorithms=("RS256", "PS256")):
            raise AadstsError(700027, detail="[Reason - The key was found, but the signature does not match.]")
        if jws.claims.get("sub") != app.client_id:
            raise AadstsError(50048)
        if jws.claims.get("aud") not in (audience, issuer(self.world.tenant_id, 2)):
            raise AadstsError(50012, detail="The audience of the client assertion is not this endpoint.")
        _check_times(jws)

    def _check_federation(self, app: App, jws: Jws) -> None:
        """The token of a managed identity of this tenant: exact, case-sensitive matches."""
        if app != self.world.bridge:
            raise AadstsError(7000226)
        expected = (
            (700211, "iss", issuer(self.world.tenant_id, 2)),
            (700212, "aud", FEDERATION_AUDIENCE),
            (700213, "sub", self.world.managed_identity),
        )
        for code, claim, value in expected:
            if jws.claims.get(claim) != value:
                raise AadstsError(code, detail=str(jws.claims.get(claim)))
        key = self.keys.find(jws.header.get("kid"))
        if key is None or not jws.is_signed_by(key):
            raise AadstsError(50013)
        if "scp" in jws.claims:
            raise AadstsError(700229)
        _check_times(jws)


def registered(world: World, client_id: str | None) -> App:
    """The app registration. Raises `AadstsError`."""
    if not client_id:
        raise AadstsError(900144, detail="client_id")
    app = world.app(client_id)
    if app is None:
        raise AadstsError(700016, app=client_id)
    return app


def _check_times(jws: Jws) -> None:
    if not is_current(jws.claims):
        raise AadstsError(700024, detail=f"Current time: {time.time():.0f}, expiry: {jws.claims.get('exp')}.")
