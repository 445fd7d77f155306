"""The values of one deployment of the bridge in the connector's two files."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.clouds import CLOUDS
from bridge.settings import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """`host` is the bridge's host name; `client_id` is that of the service app, the API that a token is asked for;
    `connector_client_id` is that of the connector app, the client. `title`, `contact` and `brand_color` (`#rrggbb`)
    are shown to people.
    """

    host: str
    tenant_id: str
    client_id: str
    connector_client_id: str = ""
    authority: str = f"https://{CLOUDS['public'].login_host}"
    scope_name: str = "access_as_user"
    title: str | None = None
    contact: Contact = field(default_factory=Contact)
    brand_color: str = "#1f5f8b"

    @property
    def resource(self) -> str:
        """The App ID URI of the service app."""
        return f"api://{self.client_id}"

    @property
    def scope(self) -> str:
        """The full scope: Entra reads a bare name as a scope of Microsoft Graph."""
        return f"{self.resource}/{self.scope_name}"
