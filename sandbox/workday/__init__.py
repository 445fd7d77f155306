"""The sandbox's Workday tenant: OAuth token endpoint, REST and SOAP, over the same workers."""

import re

from sandbox.ca import Tls
from sandbox.controls import Controls
from sandbox.jwt_bearer import Trust
from sandbox.server import Server
from sandbox.workday import control, feedback_rest, soap, workers_rest
from sandbox.workday.assertions import IdentityProvider, Verifier
from sandbox.workday.mode import Mode
from sandbox.workday.tenant import Tenant
from sandbox.workday.token import ApiClient, TokenEndpoint, grant_name
from sandbox.workday.watch import Watch
from sandbox.world import World

API_CLIENT_SECRET = "workday-api-client-secret"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def create(
    world: World,
    tls: Tls,
    entra_certificate_pem: str,
    bridge_certificate_pem: str,
    *,
    port: int = 0,
    strict: bool = False,
) -> Server:
    """The server, bound and not yet started. Each PEM may hold several certificates, while one is being replaced."""
    tenant = Tenant(world, Mode.parse({"strict": strict}))
    providers = (
        # In Microsoft's instructions the reply URL is the browser's address, so Workday can't check Recipient there.
        _provider(f"https://sts.windows.net/{world.tenant_id}/", entra_certificate_pem, recipient_checked=False),
        _provider(world.bridge_issuer, bridge_certificate_pem, recipient_checked=True),
    )
    verifier = Verifier(providers, audience=world.workday.identifiers[0])
    trust = Trust(world.bridge_issuer, bridge_certificate_pem)
    token = TokenEndpoint(tenant, ApiClient(world.workday_client_id, API_CLIENT_SECRET), verifier, trust)
    controls = Controls("token", "rest", "soap")
    watch = Watch(tenant, controls)
    routes = [
        watch.route("token", "POST", "/ccx/oauth2/{tenant}/token", token.answer, grant_name),
        *(
            watch.route("rest", one.method, f"/ccx/api/{one.path}", one.handler(tenant), one.name)
            for one in (*workers_rest.OPERATIONS, *feedback_rest.OPERATIONS)
        ),
        watch.route(
            "soap", "POST", "/ccx/service/{tenant}/{service}/{version}", soap.handler(tenant), soap.operation_name
        ),
    ]
    return Server([*routes, *controls.routes(), *control.routes(tenant)], tls, port=port)


def _provider(issuer: str, pem: str, *, recipient_checked: bool) -> IdentityProvider:
    certificates = tuple(_CERTIFICATE.findall(pem))
    return IdentityProvider(issuer=issuer, certificates=certificates, recipient_checked=recipient_checked)
