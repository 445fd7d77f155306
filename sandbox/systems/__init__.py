"""Stand-ins for systems beyond Workday, as strict as their public documents.

`POST {system}/sandbox/trust` with `{"issuer", "certificate"}` registers the signer that the system trusts.
"""

from sandbox.ca import Tls
from sandbox.jws import FindKey
from sandbox.server import Server
from sandbox.systems.flow import Flow
from sandbox.systems.s4hana import S4Hana
from sandbox.systems.salesforce import Salesforce
from sandbox.systems.servicenow import ServiceNow
from sandbox.systems.successfactors import SuccessFactors
from sandbox.world import World


class Systems:
    """All of them, by the name of their catalog folder."""

    def __init__(self, world: World, find_key: FindKey) -> None:
        self.successfactors = SuccessFactors(world)
        self.salesforce = Salesforce(world)
        self.servicenow = ServiceNow(world, find_key)
        self.s4hana = S4Hana(world)
        self.powerautomate = Flow(world, find_key)

    def servers(self, tls: Tls) -> dict[str, Server]:
        """Bound, not yet started."""
        return {name: Server(system.routes(), tls) for name, system in vars(self).items()}
