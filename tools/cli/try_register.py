"""`bridge try --register`: makes the public client that a person signs in with, by the Azure CLI."""

from __future__ import annotations

from tools.cli.az import az

NAME = "bridge try"
_DELETE = "az ad app delete --id CLIENT_ID"  # a text, because a test gives such texts to the parser of az


def register(service_app: str, scope: str) -> str:
    """The client id of a new app registration that may request `scope` of `service_app`. Raises ValueError."""
    named = f"api.oauth2PermissionScopes[?value=='{scope}'].id | [0]"
    scope_id = az("ad", "app", "show", "--id", service_app, "--query", named)
    if not scope_id:
        raise ValueError(f"the app {service_app} exposes no scope {scope}: deploy/2-entra-apps.sh adds it")
    kind = ("--is-fallback-public-client", "true", "--sign-in-audience", "AzureADMyOrg")
    redirect = ("--public-client-redirect-uris", "http://localhost")
    app = az("ad", "app", "create", "--display-name", NAME, *kind, *redirect, "--query", "appId")
    grant = ("--api", service_app, "--api-permissions", f"{scope_id}=Scope")
    try:
        az("ad", "app", "permission", "add", "--id", app, *grant)
    except ValueError as error:
        raise ValueError(f"{error}. The app {app} was made without the permission: {delete(app)}") from None
    return app


def delete(app: str) -> str:
    """The command that deletes the registration."""
    return _DELETE.replace("CLIENT_ID", app)
