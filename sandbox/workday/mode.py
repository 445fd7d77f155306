"""How strict the tenant is: each switch is a behaviour of real tenants that the default leaves out."""

from dataclasses import dataclass, field, fields
from typing import Any, Self

from sandbox.server import BadRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """`security`: permissions in `withhold` (names of domains or processes, or kinds of permission) are not granted.
    `pending`: changes wait until the manager approves, and block another of their kind. `dates`: address changes must
    be in the order of their dates, and a future one is not visible yet. `names`: what countries require of a name.
    `lists`: the tenant has its own IDs, not those of the shipped lists. `search`: words are alternatives. `zones`:
    dates have a zone. `contingent`: the last worker is not an employee.
    """

    security: bool = False
    pending: bool = False
    dates: bool = False
    names: bool = False
    lists: bool = False
    search: bool = False
    zones: bool = False
    contingent: bool = False
    withhold: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def parse(cls, document: Any) -> Self:
        """`{"strict": true}` for all switches, or each by name. Raises `BadRequestError` for what is not known."""
        switches = {one.name for one in fields(cls)} - {"withhold"}
        if not isinstance(document, dict) or document.keys() - switches - {"strict", "withhold"}:
            raise BadRequestError(f"Switches are: strict, withhold, {', '.join(sorted(switches))}.")
        withheld = document.get("withhold", [])
        if not isinstance(withheld, list) or not all(isinstance(one, str) for one in withheld):
            raise BadRequestError("withhold is a list of names.")
        given = {name: value for name, value in document.items() if name != "withhold"}
        if not all(isinstance(value, bool) for value in given.values()):
            raise BadRequestError("A switch is true or false.")
        everything = given.pop("strict", False)
        return cls(**{name: given.get(name, everything) for name in switches}, withhold=frozenset(withheld))
