"""A local stand-in for an Entra tenant and a Workday tenant, and `orders`, a small API.

They serve HTTPS on loopback, with a certificate authority made at start. For development, never deployed.

    with sandbox.start() as running:
        requests.get(running.orders.url + "/orders", verify=str(running.ca_file), timeout=5)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.running import Sandbox


def start(**options: Any) -> "Sandbox":
    """Start all three in threads of this process. `options` are those of `Sandbox`; stop it, or use it in `with`."""
    from sandbox.running import Sandbox  # the local Functions host, in this package too, needs none of it

    return Sandbox(**options)
