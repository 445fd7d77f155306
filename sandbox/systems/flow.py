"""A flow with the trigger "When an HTTP request is received", for any user in the tenant (Microsoft Learn)."""

from dataclasses import dataclass, field

from sandbox.jws import FindKey
from sandbox.server import Request, Response, Route
from sandbox.systems.common import entra_person, routes
from sandbox.world import World

PATH = "/powerautomate/automations/direct/workflows/{workflow}/triggers/manual/paths/invoke"
AUDIENCE = "https://service.flow.microsoft.com/"
MISMATCH = "One or more claims either missing or does not match with the open authentication access control policy."


@dataclass(slots=True)
class Flow:
    """Responds with the name of the user who ran it; to a token for another audience, with the trigger's own error."""

    world: World
    find_key: FindKey
    runs: list[str] = field(default_factory=list)

    def routes(self) -> list[Route]:
        return routes({("POST", PATH): self._run})

    def _run(self, request: Request) -> Response:
        if request.query.get("api-version") != "1":
            return _error(
                400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required."
            )
        person = entra_person(request, self.world, self.find_key, audience=AUDIENCE, scope="User")
        if person is None:
            return _error(401, "MisMatchingOAuthClaims", MISMATCH)
        text = request.json().get("text")
        self.runs.append(person.oid)
        return Response.json({"answer": f"{person.display_name} says {text}"})


def _error(status: int, code: str, message: str) -> Response:
    return Response.json({"error": {"code": code, "message": message}}, status=status)
