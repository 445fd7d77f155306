"""`bridge try --register`: makes the public client that a person signs in with, by the Azure CLI."""

from __future__ import annotations

import shutil
import subprocess

NAME = "bridge try"
_SECONDS = 120


def register(service_app: str, scope: str) -> str:
    """The client id of a new app registration that may request `scope` of `service_app`. Raises ValueError."""
    named = f"api.oauth2PermissionScopes[?value=='{scope}'].id | [0]"
    scope_id = _az("ad", "app", "show", "--id", service_app, "--query", named)
    if not scope_id:
        raise ValueError(f"the app {service_app} exposes no scope {scope}: deploy/2-entra-apps.sh adds it")
    kind = ("--is-fallback-public-client", "true", "--sign-in-audience", "AzureADMyOrg")
    redirect = ("--public-client-redirect-uris", "http://localhost")
    app = _az("ad", "app", "create", "--display-name", NAME, *kind, *redirect, "--query", "appId")
    try:
        _az(
            "ad",
            "app",
            "permission",
            "add",
            "--id",
            app,
            "--api",
            service_app,
            "--api-permissions",
            f"{scope_id}=Scope",
        )
    except ValueError as error:
        raise ValueError(f"{error}. The app {app} was made without the permission: {delete(app)}") from None
    return app


def delete(app: str) -> str:
    """The command that takes the registration away."""
    return "az ad app delete --id CLIENT_ID".replace("CLIENT_ID", app)


def _az(*words: str) -> str:
    """What `az` prints. Raises ValueError with the last line of what it says instead."""
    az = shutil.which("az")
    if az is None:
        raise ValueError("the Azure CLI (az) is not installed; docs/you-already-have.md says how to do it by hand")
    try:
        done = subprocess.run(  # noqa: S603  (no shell)
            [az, *words, "--output", "tsv"],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"az {' '.join(words[:3])} did not end within {_SECONDS} seconds") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ValueError(f"az {' '.join(words[:3])}: {said}")
    return done.stdout.strip()
