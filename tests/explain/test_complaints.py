"""What people complain about in public, by the words of the error: each gets a fix, or "not ours" with where to look.

Each line names its public thread or issue, shortened.
"""

from __future__ import annotations

import json
import time

import pytest

from tools.explain import Expectation, explain

API_401 = (
    'Error: Operation failed (401), see response below Headers: { "cache-control": "no-cache", "www-authenticate": '
    '"Bearer error=\\"invalid_token\\"", "x-ms-apihub-cached-response": "true", "x-ms-apihub-obo": "false" } '
    'Body: { "Message": "Authorization has been denied for this request." }'
)
SECRET = {
    "error": "invalid_client",
    "error_description": "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request "
    "is the client secret value, not the client secret ID.\r\nTrace ID: 255d1aef-8c98-452f-ac51-23d051240864",
}
NESTED = json.dumps({"statusCode": 502, "body": {"error": {"message": json.dumps({"details": json.dumps(SECRET)})}}})

COMPLAINTS: tuple[tuple[str, str, str], ...] = (
    # the bridge's own answers: the finer word counts
    (
        "own answer",
        '{"code":"insufficient_scope","verdict":"scope_near_miss","found":"a","expected":"b"}',
        "scope_near_miss",
    ),
    (
        "own answer",
        '{"code":"bridge_misconfigured","reason":"credential_rejected_by_system"}',
        "credential_rejected_by_system",
    ),
    # in people's own words
    ("own words", "every time I got token with https://apihub.azure.com", "audience_apihub"),
    ("own words", "The audience is invalid", "audience_refused"),
    ("own words", "aud is GUID, not App ID URI", "audience_refused"),
    ("own words", "the token has aud=client id", "audience_refused"),
    ("own words", "Wrong resource URL", "audience_refused"),
    ("own words", "Maker works, second user fails", "connect_prompt"),
    ("own words", "a consent card for each new user", "connect_prompt"),
    ("own words", "invalid_grant", "oauth_invalid_grant"),
    # 1 Audience confusion
    ("community d31d080a", "Invalid Access Token; aud of the token is https://apihub.azure.com", "audience_apihub"),
    (
        "microsoft/mcp#1462",
        "SecurityTokenInvalidAudienceException: IDX10214: Audience validation failed. See https://aka.ms/identitymodel",
        "audience_refused",
    ),
    (
        "hands-on-labs#91",
        "IDX10214: Audience validation failed. Audiences: 'https://apihub.azure.com'. Did not match: "
        "validationParameters.ValidAudience: 'api://b52b5b7a-e895-4600-b567-2c4cbe27d2e7' or "
        "validationParameters.ValidAudiences: 'null'",
        "audience_apihub",
    ),
    (
        "AzureTRE#362",
        "IDX10214: Audience validation failed. Audiences: 'b52b5b7a-e895-4600-b567-2c4cbe27d2e7'. Did not match: "
        "validationParameters.ValidAudience: 'api://b52b5b7a-e895-4600-b567-2c4cbe27d2e7' or "
        "validationParameters.ValidAudiences: 'null'",
        "audience_form",
    ),
    (
        "community 59ad00d7",
        "audience mismatch (got 'client_01J8PP2MDW8B797TVC7CF5JYH8', expected 'https://mcp.contoso.example/mcp')",
        "audience_is_client_id",
    ),
    (
        "Power-Fx#2986",
        "InvalidAuthenticationAudience: The received access token has been obtained from wrong audience or resource "
        "'https://xxx.crm4.dynamics.com/'. It should exactly match (including forward slash) with one of the allowed "
        "audiences 'https://service.powerapps.com/','https://apihub.azure.com'.",
        "audience_microsoft_service",
    ),
    (
        "coe-starter-kit#7361",
        "The access token has been obtained from wrong audience or resource 'https://graph.microsoft.com/'. It should "
        "exactly match (including forward slash) with one of the allowed audiences 'https://service.flow.microsoft.com/'",
        "audience_graph",
    ),
    (
        "DaxStudio#1383",
        "Audience validation failed. Provided audience (https://analysis.windows.net/powerbi/api) did not match valid "
        'list of audiences. The audience must be set to exactly "https://*.asazure.windows.net".',
        "audience_microsoft_service",
    ),
    ("powerplatform-build-tools#658", "Access token validation failure. Invalid audience.", "audience_refused"),
    ("powerapps-tools#770", "Microsoft.IdentityModel.Tokens.AudienceUriValidationFailedException", "audience_refused"),
    ("coe-starter-kit#5578", "I get a 203 error but I can't find the good Resource URL", "resource_answers_203"),
    (
        "Xrm.ReportScheduler#35",
        "Error from token exchange: Bad authorization token. The access token is from wrong audience or resource.",
        "exchange_wrong_cloud",
    ),
    ("issuer", "IDX10205: Issuer validation failed. Issuer: 'https://sts.windows.net/…'.", "issuer_refused"),
    # 2 SAML-only target
    (
        "mcp-server-servicenow",
        "AADSTS399274: application is configured for SAML SSO and could not be used with non-SAML protocol",
        "aadsts_399274",
    ),
    # 3 Works for the maker only
    ("mwccomms", "I couldn't connect. Open connection manager to connect.", "connect_prompt"),
    (
        "coe-starter-kit#4446",
        "Error from token exchange: Permission denied due to missing connection ACL: Connection "
        "https://europe-002.azure-apim.net/@europe-002/logicflows/64f9e0c3 version -9223372036854775808",
        "connection_acl",
    ),
    (
        "requestateam#192",
        "Error from token exchange: Connection msmanaged-na/logicflows/30bc99de is not allowed to access connection "
        "msmanaged-na/sharepointonline/8cb5b35a",
        "connection_acl",
    ),
    (
        "coe-starter-kit#7694",
        '{"error":{"code":"ConnectionAuthorizationFailed","message":"The caller object id is \'XXX\'. Connection '
        "'admin_CoE' to 'shared_microsoftflowforadmins' cannot be used to activate this flow\"}}",
        "connection_acl",
    ),
    (
        "PowerAppsCodeApps#401",
        "Failed to acquire OBO token: S2S33107: Failed to get OBO token from PFT exchange. AADSTS50076: Due to a "
        "configuration change made by your administrator, you must use multi-factor authentication to access",
        "aadsts_50076",
    ),
    (
        "PowerAppsCodeApps#401, short",
        "S2S33107: Failed to get OBO token from PFT exchange.",
        "connector_token_exchange",
    ),
    ("consent", "AADSTS65001: The user or administrator has not consented to use the application", "aadsts_65001"),
    # 4 Credentials and redirect
    ("coe-starter-kit#4920, #6997", API_401, "connection_stale"),
    ("approvals-kit#162", '"x-ms-apihub-obo": "false"', "on_behalf_of_inactive"),
    (
        "coe-starter-kit#1066",
        "AADSTS700016: Application with identifier 'XXXX' was not found in the directory",
        "aadsts_700016",
    ),
    ("coe-starter-kit#5034", json.dumps(SECRET), "aadsts_7000215"),
    ("the same, nested as the portal shows it", NESTED, "aadsts_7000215"),
    (
        "approvals-kit#282, per-connector redirect",
        "AADSTS50011: The redirect URI 'https://global.consent.azure-apim.net/redirect/approvals-5fkit' specified in "
        "the request does not match the redirect URIs configured for the application",
        "aadsts_50011_connector",
    ),
    (
        "approvals-kit#186",
        "AADSTS500011: The resource principal named s.crm4.dynamics.com was not found",
        "aadsts_500011",
    ),
    ("cli app", "AADSTS90008: The user or administrator has not consented; User.Read missing", "aadsts_90008"),
    ("approvals-kit#155", 'Property "" type mismatch, Expected: "object", Actual: "string".', "answer_of_other_shape"),
    ("approvals-kit#135", '{"error":{"code":"0x80072560","message":"The user is not a member"}}', "not_a_member"),
    # 5 Resource indicators
    (
        "CIPP#159",
        "AADSTS500011: The resource principal named https://contoso.azurewebsites.net was not found in the tenant",
        "aadsts_500011",
    ),
    (
        "claude-ai-mcp#517, #851",
        '{"status": {"errorCode": 9010010, "failureReason": "The resource parameter provided in the request doesn\'t '
        'match with the requested scopes."}}',
        "aadsts_9010010",
    ),
    (
        "claude-code#73460",
        "AADSTS650053: The application asked for scope 'mcp.read' that doesn't exist",
        "aadsts_650053",
    ),
    ("claude-ai-mcp#271", '400 {"error": "invalid_target"}', "resource_not_registered"),
    (
        "azure-search-openai-demo#1534",
        "AADSTS90009: Application '***'(api://****) is requesting a token for itself. This scenario is supported only "
        "if resource is specified using the GUID based App Identifier.",
        "aadsts_90009",
    ),
    (
        "microsoft/Agents#358",
        "AADSTS650057: Invalid resource. The client has requested access to a resource",
        "aadsts_65005",
    ),
    ("microsoft/Agents#327", "AADSTS7000218: The request body must contain the following parameter", "aadsts_7000218"),
    # 6 No silent refresh
    (
        "answers 12832005, Create-Team-Connector#1",
        "Failed to refresh access token for service: oauth2. Error: Missing refresh token.",
        "no_refresh_token",
    ),
    # 7 MCP conformance
    ("fastmcp#891, govreposcrape#356, mcsmcp#11 #12 #15", "Connected, but no tools are listed", "mcp_tools_missing"),
    ("Azure/MCP#25", "But when creating a custom connector, then I don't see any tools.", "mcp_tools_missing"),
    ("python-sdk#1467", "RuntimeError: Task group is not initialized. Make sure to use run().", "mcp_tools_missing"),
    (
        "learn, mcp-troubleshooting",
        "System.FormatException: The input string was not in a correct format",
        "mcp_tools_missing",
    ),
    # 8 Easy Auth
    (
        "community 6a8f64aa",
        "403 You do not have permission to view this directory or page.",
        "app_service_authentication",
    ),
    # 9 OpenAPI import
    ("Connectors-public#456, #210, #245", "only support swagger: 2.0, my file is openapi: 3.0.3", "definition_version"),
    ("Connectors-public#302, PowerPlatformConnectors#2067", "the allOf keyword produces errors", "definition_schema"),
    ("PowerPlatformConnectors PR#2611", "empty schema is not allowed in responses", "definition_schema"),
    # 10 Time limits
    ("community e10d5e78", "FlowActionTimedOut: An agent flow took more than 100 seconds to run", "agent_time_limit"),
    ("size", "AsyncResponsePayloadTooLarge", "answer_too_large"),
    ("the agent's own code", "Error code: connectorRequestFailure", "connector_request_failure"),
    ("data policy", "DataLossPreventionViolation", "data_policy"),
    ("429", "429 Rate limit is exceeded. Try again in 22 seconds.", "connector_throttled"),
)


def test_each_complaint_is_recognised_first_and_foremost() -> None:
    wrong = []
    for source, wrote, code in COMPLAINTS:
        first = explain(wrote, Expectation(), now=time.time()).items[0]
        if first.advice.code != code or not first.problem or not first.steps:
            wrong.append((source, wrote, first.advice.code))
    assert not wrong


@pytest.mark.parametrize(
    ("wrote", "code"),
    [
        ("ConsentNotProvidedByUser", "sso_not_set_up"),
        ("IDX10501: Signature validation failed. Unable to match key", "signing_key_not_found"),
        ("jwt.exceptions.ExpiredSignatureError: Signature has expired", "lifetime_refused"),
        ("Processing error occurred. The task submitted is not authorized.", "system_permission"),
    ],
)
def test_other_libraries_and_systems_are_understood_too(wrote: str, code: str) -> None:
    assert explain(wrote, Expectation(), now=time.time()).items[0].advice.code == code


@pytest.mark.parametrize(
    "sentence",
    [
        "Hello, could anybody please help us in this?",
        "The quick brown fox jumps over the lazy dog",
        "I have the same question",
        "It works on my machine.",
        '{"ok": true, "items": [1, 2, 3]}',
    ],
)
def test_what_is_not_known_is_not_guessed(sentence: str) -> None:
    explanation = explain(sentence, Expectation(), now=time.time())
    assert not explanation.recognised
    assert not explanation.items


def test_the_bridges_own_answer_is_explained_in_full() -> None:
    problem = {
        "type": "urn:obo-saml-bridge:problem:audience_apihub",
        "status": 401,
        "code": "audience_apihub",
        "found": "https://apihub.azure.com",
        "expected": "api://b1d9e5a0-1111-4222-8333-444455556666",
    }
    (item,) = explain(json.dumps(problem), Expectation(), now=time.time()).items
    assert (item.advice.code, item.found, item.expected) == ("audience_apihub", problem["found"], problem["expected"])


def test_a_number_alone_is_a_code() -> None:
    assert explain("50105", Expectation(), now=time.time()).items[0].advice.code == "aadsts_50105"
