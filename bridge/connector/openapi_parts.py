"""The parts of a connector definition that do not depend on the catalog: WhoAmI, refusals, security, metadata."""

from __future__ import annotations

from typing import Literal

from bridge.settings import Contact

Json = dict[str, object]

SECURITY = "entra"
_ALWAYS = "read write"
_PROBLEM = "The response is a problem document with detail, hint, code and correlationId."

_RESPONSES: tuple[tuple[int, str, str], ...] = (
    (400, _ALWAYS, "An input is wrong. The member fields names every wrong input."),
    (401, _ALWAYS, "The sign-in was not accepted."),
    (403, _ALWAYS, "The signed-in person may not do this, or this operation is not open."),
    (404, _ALWAYS, "What the address names does not exist."),
    (
        409,
        "write",
        "The member code says which: outcome_unknown (it is not known whether the change was made: read the current "
        "data, and do not simply send it again), or conflict or idempotency_conflict (nothing was done).",
    ),
    (413, "body", "The request is too large."),
    (415, "body", "The request is not JSON."),
    (422, _ALWAYS, "The business system refused the request and says why."),
    (424, _ALWAYS, "The bridge is not set up correctly. Only its administrator can help."),
    (502, "read", "The business system gave an unusable response."),
    (503, _ALWAYS, "Temporarily unavailable. Nothing was done; try again after the time that Retry-After gives."),
    (504, "read", "The business system took too long."),
)
"""Status; when it occurs (reads, writes, requests with a body); meaning. No schemas: designers use one only."""

_WHOAMI_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("tenantId", "", "Tenant ID", "The directory of the signed-in person."),
    ("objectId", "", "Object ID", "The signed-in person in that directory."),
    ("audience", "", "Audience", "The app that the token is for (aud). It must be the bridge's own app."),
    ("issuer", "", "Issuer", "Who issued the token (iss)."),
    ("version", "", "Token Version", "The version of the token, 1.0 or 2.0."),
    ("clientId", "", "Client ID", "The app that asked for the token (appid or azp). It must be the connector's app."),
    ("scopes", "", "Scopes", "What the token allows (scp), separated by spaces."),
    ("expiresAt", "date-time", "Expires At", "When the token expires, in UTC."),
    ("actor", "", "Agent", "The agent that calls on behalf of the signed-in person, if one does."),
    ("actorParent", "", "Agent Blueprint", "The blueprint that the agent was made from."),
    ("optionalClaims", "", "Optional Claims", "Which claims about guests and agents the token has."),
)
_WHOAMI_SYSTEMS: tuple[tuple[str, str, str, str], ...] = (
    ("system", "", "System", "The name of the business system."),
    ("path", "", "Path", "How the bridge would sign in there."),
    ("why", "", "Why", "Why it would take this way."),
)


def contact_json(contact: Contact, host: str) -> Json:
    """The contact as a member of `info`."""
    return {"name": contact.name, "url": f"https://{host}/", "email": contact.email}


def refusals(kind: Literal["read", "write"], *, has_body: bool) -> Json:
    """The refusals of an operation, by status."""
    when = {kind, "body"} if has_body else {kind}
    return {
        str(status): {"description": f"{meaning} {_PROBLEM}"}
        for status, cases, meaning in _RESPONSES
        if when & set(cases.split())
    }


def whoami() -> Json:
    """WhoAmI, also the connection test. It is `advanced`, not hidden, because makers call it in the Test tab."""
    systems = {
        "type": "array",
        "title": "Systems",
        "x-ms-summary": "Systems",
        "description": "The business systems behind the bridge.",
        "items": {"type": "object", "properties": _texts(_WHOAMI_SYSTEMS)},
    }
    return {
        "operationId": "WhoAmI",
        "summary": "Show how I am signed in",
        "description": (
            "Shows what the bridge sees of the signed-in person's token, and how it would sign in to each business "
            "system. Use it to find out why a sign-in does not work. It shows no business data and changes nothing."
        ),
        "x-ms-visibility": "advanced",
        "parameters": [],
        "responses": {
            "200": {
                "description": "Done.",
                "schema": {"type": "object", "properties": {**_texts(_WHOAMI_FIELDS), "systems": systems}},
            },
            **refusals("read", has_body=False),
        },
    }


def invoke_server() -> Json:
    """The MCP server as agents use it: one POST, without a schema."""
    return {
        "operationId": "InvokeServer",
        "summary": "Invoke the MCP server",
        "description": (
            "Offers the operations of this connector to an agent as the tools of an MCP server. An agent lists and "
            "calls the tools by itself, always as the signed-in person."
        ),
        "x-ms-agentic-protocol": "mcp-streamable-1.0",
        "parameters": [],
        "responses": {"200": {"description": "Done."}},
    }


def _texts(fields: tuple[tuple[str, str, str, str], ...]) -> Json:
    return {
        name: {
            "type": "string",
            **({"format": form} if form else {}),
            "title": title,
            "x-ms-summary": title,
            "description": description,
        }
        for name, form, title, description in fields
    }


def security_definitions(tenant_authority: str, scope: str) -> Json:
    """The authorization code flow, the only one that connectors support. apiProperties.json adds on-behalf-of."""
    return {
        SECURITY: {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": f"{tenant_authority}/oauth2/v2.0/authorize",
            "tokenUrl": f"{tenant_authority}/oauth2/v2.0/token",
            "scopes": {scope: "Act as the signed-in person."},
        }
    }


def metadata(host: str) -> list[Json]:
    """Website, privacy policy and categories, which the connector's pages show."""
    rows = {
        "Website": f"https://{host}/",
        "Privacy policy": f"https://{host}/",
        "Categories": "Human Resources;Productivity",
    }
    return [{"propertyName": name, "propertyValue": value} for name, value in rows.items()]
