"""A local stand-in for what cannot be had on a laptop: an Entra tenant, a Workday tenant, and `orders`, a small API.

Over HTTPS on loopback, with a certificate authority made at start. Development material, never deployed.

    with sandbox.start() as running:
        requests.get(running.orders.url + "/orders", verify=str(running.ca_file), timeout=5)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.running import Sandbox


def start(
    *,
    entra_port: int = 0,
    workday_port: int = 0,
    orders_port: int = 0,
    folder: "Path | None" = None,
    strict: bool = False,
) -> "Sandbox":
    """Start all three in threads of this process; port 0 takes a free one. Stop it, or use it as a context manager.

    `folder` receives the certificates and keeps them; the default is a temporary one. `strict`: Workday is as
    strict as a real tenant.
    """
    from sandbox.running import Sandbox  # the local Functions host is in this package too and needs none of it

    return Sandbox(
        entra_port=entra_port, workday_port=workday_port, orders_port=orders_port, folder=folder, strict=strict
    )
