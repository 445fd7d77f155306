"""The whole sandbox, started and stopped together, and the app settings of a bridge that uses it."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import urlsplit

from sandbox import workday
from sandbox.ca import create_tls, self_signed
from sandbox.entra import Entra
from sandbox.entra.clients import SECRET
from sandbox.orders import Orders
from sandbox.systems import Systems
from sandbox.world import DOMAIN, contoso

CATALOG = Path(__file__).resolve().parent / "catalog"


class Sandbox:
    """Entra, Workday and orders, running. `tenant` issues tokens and has the keys; `world` lists people and apps.

    Port 0 takes a free one. `folder` receives the certificates and keeps them; the default is a temporary one.
    `strict`: Workday is as strict as a real tenant.
    """

    def __init__(
        self,
        *,
        entra_port: int = 0,
        workday_port: int = 0,
        orders_port: int = 0,
        folder: Path | None = None,
        strict: bool = False,
    ) -> None:
        self._folder = TemporaryDirectory(prefix="sandbox-")
        if folder:
            folder.mkdir(exist_ok=True)
        tls = create_tls(folder or Path(self._folder.name))
        self.ca_file = tls.ca_file
        self.world = contoso()
        self.bridge_signing = self_signed("OBO-SAML bridge for Workday")
        self.tenant = Entra(self.world)
        self.entra = self.tenant.server(tls, port=entra_port)
        self.workday = workday.create(
            self.world,
            tls,
            self.tenant.assertion_signing.certificate_pem,
            self.bridge_signing.certificate_pem,
            port=workday_port,
            strict=strict,
        )
        self.orders = Orders(self.world, self.tenant.keys.find).server(tls, port=orders_port)
        self.systems = Systems(self.world, self.tenant.keys.find)
        self._further = self.systems.servers(tls)
        for server in (self.entra, self.workday, self.orders, *self._further.values()):
            server.start()

    def stop(self) -> None:
        for server in (*self._further.values(), self.orders, self.workday, self.entra):
            server.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that `python -m sandbox --json` prints."""
        return {
            "entra": self.entra.url,
            "workday": self.workday.url,
            "orders": self.orders.url,
            "systems": {name: server.url for name, server in self._further.items()},
            "ca": str(self.ca_file),
            "tenantId": self.world.tenant_id,
            "clientId": self.world.bridge.client_id,
            "connectorClientId": self.world.connector.client_id,
            "publicClientId": self.world.laptop.client_id,
            "workdayTenant": self.world.workday_tenant,
            "env": self.env,
        }

    @property
    def env(self) -> dict[str, str]:
        """The app settings for a bridge in this sandbox."""
        return {
            "REQUESTS_CA_BUNDLE": str(self.ca_file),
            "BRIDGE_ENTRA__TENANT_ID": self.world.tenant_id,
            "BRIDGE_ENTRA__CLIENT_ID": self.world.bridge.client_id,
            "BRIDGE_ENTRA__CLIENT_SECRET": SECRET,
            "BRIDGE_ENTRA__ALLOWED_CLIENTS": self.world.connector.client_id,
            "BRIDGE_ENTRA__AUTHORITY_HOST": self.entra.url,
            "BRIDGE_ENTRA__GRAPH_HOST": self.entra.url,
            "BRIDGE_PROBE": "true",
            "BRIDGE_CATALOG__FOLDER": str(CATALOG),
            **self._workday_settings(),
            "BRIDGE_SYSTEMS__ORDERS__HOST": urlsplit(self.orders.url).netloc,
            "BRIDGE_SYSTEMS__ORDERS__PATH": "oauth",
            "BRIDGE_SYSTEMS__ORDERS__RESOURCE_SCOPE": f"{self.world.orders.identifiers[0]}/.default",
        }

    def _workday_settings(self) -> dict[str, str]:
        admin = self.world.person("admin")
        settings = {
            "HOST": urlsplit(self.workday.url).netloc,
            "TENANT": self.world.workday_tenant,
            "CLIENT_ID": self.world.workday_client_id,
            "PATH": "auto",
            "SAML__SIGNER": "bridge",
            "SAML__CERTIFICATE": self.bridge_signing.key_pem + self.bridge_signing.certificate_pem,
            "SAML__ISSUER": self.world.bridge_issuer,
            "SAML__NAME_ID_CLAIM": "upn",
            "SAML__NAME_ID_PATTERN": rf"[a-z0-9.-]+@{re.escape(DOMAIN)}",
            "SAML__DENIED_NAME_IDS": admin.upn if admin else "",
        }
        return {f"BRIDGE_SYSTEMS__WORKDAY__{name}": value for name, value in settings.items()}
