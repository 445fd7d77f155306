"""The meaning of a `scope` parameter: one resource of the tenant, and which of its delegated scopes."""

from dataclasses import dataclass

from sandbox.entra.aadsts import AadstsError
from sandbox.world import App, World

OPENID_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})


@dataclass(frozen=True, slots=True)
class Asked:
    """`identifier` names the resource as in the request; `scopes` are bare names, as in the token."""

    app: App
    identifier: str
    scopes: tuple[str, ...]
    offline: bool

    @property
    def scope(self) -> str:
        """The scopes as the token response names them."""
        return " ".join(f"{self.identifier}/{name}" for name in self.scopes)


def asked(world: World, client: App, scope: str, *, bare: bool) -> Asked:
    """Read `scope`. Identifiers match exactly: for the identifier `https://x/` the scope is `https://x//.default`.

    `bare` refuses OpenID's scopes beside the resource's: every public source shows the SAML request without them, and
    none says that Entra accepts them. Raises `AadstsError`.
    """
    words = scope.split()
    wanted = [word for word in words if word not in OPENID_SCOPES]
    if not wanted:
        raise AadstsError(28003)
    if bare and len(wanted) < len(words):
        raise AadstsError(70011, detail=f"The scope {scope} is not valid.")
    if resourceless := [word for word in wanted if "/" not in word]:
        raise AadstsError(700023, detail=f"The scope {' '.join(resourceless)} is not valid.")
    resources, names = zip(*(word.rsplit("/", 1) for word in wanted), strict=True)
    if len(set(resources)) > 1:
        raise AadstsError(700022, detail=f"The scope {scope} is not valid.")
    if ".default" in names and len(names) > 1:
        raise AadstsError(70011, detail=".default scope can't be combined with resource-specific scopes.")
    app = _resource(world, client, resources[0])
    return Asked(app, resources[0], _scopes(app, client, names), "offline_access" in words)


def _resource(world: World, client: App, identifier: str) -> App:
    app = next((app for app in world.apps if app.is_named(identifier)), None)
    if app is None:
        raise AadstsError(500011, resource=identifier)
    if app == client and identifier != client.client_id:
        raise AadstsError(90009, app=client.client_id)
    return app


def _scopes(app: App, client: App, names: tuple[str, ...]) -> tuple[str, ...]:
    if names == (".default",):
        return app.scopes
    if unknown := set(names) - set(app.scopes):
        raise AadstsError(650053, app=client.client_id, detail=" ".join(sorted(unknown)))
    return names
