"""The agent, the connector's definition or an MCP server."""

from __future__ import annotations

from bridge.tokens.portal_paths import TEST_TAB
from tools.explain.symptoms.symptom import Symptom

ROWS = (
    Symptom(
        code="sso_not_set_up",
        message="ConsentNotProvidedByUser",
        says=(r"ConsentNotProvidedByUser", r"AuthenticationNotConfigured"),
        title="The agent's own sign-in is not set up",
        sentence="The agent needs a signed-in user, and the sign-in is not configured or was declined.",
        cause="The agent runs without authentication, or on a channel without sign-in, or the user refused it.",
        fix=(
            "Copilot Studio > your agent > Settings > Security > Authentication: choose Authenticate with Microsoft.",
        ),
    ),
    Symptom(
        code="data_policy",
        message="DataLossPreventionViolation",
        says=(r"DataLossPreventionViolation", r"\bDLP polic", r"data loss prevention"),
        ours=False,
        title="A data policy blocks the connector",
        sentence="A data policy of the environment does not allow this connector, or not together with the others.",
        cause="Custom connectors are blocked, or in another group than the agent's other connectors. Often the agent "
        "just stays silent.",
        fix=("Power Platform admin center > Policies > Data policies: put the connector into the agent's group.",),
    ),
    Symptom(
        code="agent_time_limit",
        message="FlowActionTimedOut",
        says=(r"FlowActionTimedOut", r"more than 100 seconds", r"\b504\b.{0,40}time"),
        title="The call took too long",
        sentence="Copilot Studio waits 100 seconds for an agent flow and less in some channels.",
        cause="The system behind is slow, or a flow does several things in a row.",
        fix=(
            "Copilot Studio > your agent > Tools: call the connector's action directly in place of a flow.",
            "make.powerautomate.com > the flow: move what may take long behind the step that answers the agent.",
        ),
    ),
    Symptom(
        code="answer_too_large",
        message="AsyncResponsePayloadTooLarge",
        says=(r"AsyncResponsePayloadTooLarge", r"generative-answers-connector-request-failure"),
        title="The answer is too large for the agent",
        sentence="Copilot Studio takes answers of at most 500 KB.",
        cause="A list without a limit, or with many fields.",
        fix=("Copilot Studio > your agent > Tools > the action > Inputs: set a page size or a filter.",),
    ),
    Symptom(
        code="definition_version",
        message="SpecificationVersionIncorrect",
        says=(
            r"SpecificationVersionIncorrect",
            r"OpenAPI 3",
            r"OAS ?3",
            r"openapi\W{1,4}3\.\d",
            r"only support.{0,12}2\.0",
        ),
        title="The connector's definition is not OpenAPI 2.0",
        sentence="Custom connectors take OpenAPI 2.0 (swagger) only.",
        cause="The file is OpenAPI 3.x, which is not supported for file import.",
        fix=("Use the bridge's own file, or convert yours; then check it: bridge connector lint FILE.",),
    ),
    Symptom(
        code="definition_schema",
        message="OperationHasManyResponsesWithSchema",
        says=(
            r"\b(allOf|anyOf|oneOf)\b",
            r"empty schema",
            r"DefaultResponseHasSchema",
            r"OperationHasManyResponsesWithSchema",
            r"Non-unique array item",
            r"should only have a POST operation",
        ),
        title="The connector's definition uses what Power Platform does not support",
        sentence="A part of the definition is ignored or refused by Power Platform.",
        cause="allOf, anyOf, oneOf, empty schemas, several answers with a schema, and the like.",
        fix=("Check the file offline; each finding names the fix: bridge connector lint FILE.",),
    ),
    Symptom(
        code="answer_of_other_shape",
        message='Property "" type mismatch, Expected: "array", Actual: "object".',
        says=(r"Property \"[^\"]{0,80}\" type mismatch", r"Schema validation (has )?failed"),
        title="The answer was an error, not what the definition describes",
        sentence="The Test tab compares every answer with the definition, also an error's.",
        cause="The operation failed, most often with 401, and its error body has another shape. The warning itself is "
        "harmless.",
        fix=(f"{TEST_TAB}: look at the status and the body above the warning, and paste them here.",),
    ),
    Symptom(
        code="mcp_tools_missing",
        message="Task group is not initialized. Make sure to use run().",
        says=(
            r"no tools (are )?(listed|shown|found|available)",
            r"don['’]t see any tools",
            r"tools? (are|is)? ?not (listed|showing|appearing)",
            r"Task group is not initialized",
            r"ASGI middleware startup failed",
            r"System\.FormatException",
        ),
        ours=False,
        title="The MCP server's tools don't appear",
        sentence="Copilot Studio leaves out tools that it cannot read, or got no usable answer to its handshake.",
        cause="References ($ref), type lists or exclusiveMinimum in a tool's schema; a GET that is not answered 405; a "
        "session that was never started (lifespan), or an old transport (SSE).",
        fix=(
            "MCP server: flat schemas without $ref; Streamable HTTP; 202 to notifications, 405 to GET; start the "
            "session manager in the app's lifespan.",
            "Copilot Studio > your agent > Tools: remove the server and add it again after a change.",
        ),
    ),
    Symptom(
        code="connector_request_failure",
        message="Error code: connectorRequestFailure",
        says=(r"connectorRequestFailure", r"FlowActionException", r"\bSystemError\b"),
        title="The agent hides the real error",
        sentence="The agent shows a code only; the answer of the connector is one click away.",
        cause="End users never see an API's error text.",
        fix=(
            "Copilot Studio > your agent > Activity > the conversation > the tool's node > Outputs: copy the answer "
            "and paste it here.",
            f"{TEST_TAB}: run the operation as the maker.",
        ),
    ),
)
