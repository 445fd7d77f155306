"""Broken connectors, by rule: what an agent loses, webhooks, dropdown types, hosts, placeholders, on-behalf-of."""

from __future__ import annotations

from tests.lint import good
from tests.lint.broken import (
    BOOK,
    BOOKING,
    DAY,
    DROP,
    FLOOR,
    LIMIT,
    LIST,
    OAUTH,
    OFFICE,
    PHOTO,
    POLICY,
    REGION,
    SEATS,
    Broken,
    fields,
    one,
    prop,
)

HOOK = "/paths/~1hooks/post"
URL = f"{HOOK}/parameters/0/schema/properties/url"
COUNTED = f"{FLOOR}/responses/200/headers"
_MIME = "MimeTypeNotCompatibleWithRequestContentSchemaType"
MCP = "/paths/~1mcp/post"
NOTIFY = f"{BOOK}/parameters/0"
CUSTOM = f"{OAUTH}/customParameters"
CLIENT = "3f0c5d52-6d0e-4f0c-9a51-7c1f6f0d2b11"
LIMIT_PARAMETER = good.definition()["paths"]["/offices"]["get"]["parameters"][1]
CHOICE = {"operationId": "ListOffices", "value-collection": "value", "value-path": "id", "value-title": "name"}
PICKER = {"capability": "file-picker", "value-path": "Path", "parameters": {}}


def taken(source: str, target: str = "region") -> dict[str, object]:
    """A dropdown whose input is taken from another field."""
    return {**CHOICE, "parameters": {target: {"parameter": source}}}


LOST = [
    one("PowerFxTypeNotSupported", f"{SEATS}/items/format", "double", name="integer double"),
    Broken(
        "PowerFxTypeNotSupported",
        {f"{LIMIT}/type": "number", f"{LIMIT}/format": "int64"},
        f"{LIMIT}/format",
        name="number int64",
    ),
    Broken(
        "OperationIdsCollide",
        {f"{BOOK}/operationId": "Add_Photo"},
        f"{PHOTO}/operationId",
        also=("OperationIdSanitized",),
    ),
    one("AgenticProtocolNotKnown", f"{MCP}/x-ms-agentic-protocol", "mcp-streamable"),
    one("PathItemEmpty", "/paths/~1trips", {}),
    one("TitleOrVersionEmpty", "/info/version", ""),
    one("RequiredValueEmpty", f"{BOOK}/responses/201/description", ""),
    one("ExtensionNameNotValid", "/paths/~1bookings/securityDefinitions", {}),
]
HOSTS = [
    one("HostMissing", "/host", DROP, "/"),
    one("HostNotQualified", "/host", "none"),
    *(
        one("HostUnreachable", "/host", host, name=host)
        for host in ("localhost", "localhost:7071", "127.0.0.1", "10.0.0.4", "192.168.1.20:8080", "[::1]", "hr.local")
    ),
    *(one("PlaceholderInFile", "/host", host, name=host) for host in ("your-bridge.azurewebsites.net",)),
    one("SchemeNotHttps", "/schemes", ["http"]),
    one("SecurityUrlNotValid", "/securityDefinitions/oauth2-auth/authorizationUrl", "login.contoso.com"),
    Broken(
        "ProductionStatusOnBetaService",
        {"/basePath": "/beta", "/info/x-ms-api-annotation": {"status": "Production"}},
        "/info/x-ms-api-annotation/status",
    ),
]
WEBHOOKS = [
    Broken(
        "NotificationUrlNotInternal",
        {f"{URL}/x-ms-visibility": "advanced"},
        URL,
        also=("SummaryMissing", "DescriptionMissing"),
    ),
    one("NotificationUrlNotRequired", f"{HOOK}/parameters/0/schema/required", DROP, URL),
    one("NotificationUrlNotString", f"{URL}/type", "integer"),
    Broken(
        "NotificationUrlNotAllowedInThisPosition",
        {f"{FLOOR}/responses/200/schema/items/properties/name/x-ms-notification-url": True},
        f"{FLOOR}/responses/200/schema/items/properties/name/x-ms-notification-url",
        also=("NotificationUrlNotInternal", "NotificationUrlNotRequired"),
    ),
    one("WebhookOperationsMissingNotificationUrlProperty", f"{URL}/x-ms-notification-url", False, HOOK),
    Broken(
        "OperationMustHaveNotificationContentExtension",
        {"/paths/~1hooks/x-ms-notification-content": DROP},
        HOOK,
        also=("SchemaDefinitionSetIncorrectly",),
    ),
    one("NotificationExtensionSupportedForTriggerOnly", f"{LIST}/x-ms-notification", {"operationId": "WhenBooked"}),
    one(
        "NotificationExtensionNotSupportedInWebhookOperation",
        f"{HOOK}/x-ms-notification",
        {"operationId": "WhenBooked"},
    ),
    Broken(
        "NotificationOperationMustBeWebhook",
        {f"{FLOOR}/x-ms-trigger": "batch", f"{FLOOR}/x-ms-notification": {"operationId": "BookRoom"}},
        f"{FLOOR}/x-ms-notification",
    ),
    Broken(
        "ParamtersWithSameNameMustHaveSameTypeAndVisibility",
        {
            f"{LIST}/x-ms-trigger": "batch",
            f"{LIST}/x-ms-notification": {"operationId": "WhenBooked"},
            f"{HOOK}/parameters/1": {
                **good.definition()["paths"]["/offices"]["get"]["parameters"][1],
                "type": "string",
            },
        },
        LIMIT,
        also=("DefaultValueMustMatchType",),
    ),
]
REVISIONS = [
    one("OperationRevisionEmpty", f"{BOOK}/x-ms-api-annotation", {"family": "Book"}),
    Broken(
        "OperationFamilyHasManyEmptyRevisions",
        {f"{BOOK}/x-ms-api-annotation": {"family": "Hook"}, f"{HOOK}/x-ms-api-annotation": {"family": "Hook"}},
        HOOK,
        also=("OperationRevisionEmpty",),
    ),
    Broken(
        "OperationFamilyHasManyActiveProductionOperations",
        {
            f"{BOOK}/x-ms-api-annotation": {"family": "Hook", "revision": 1, "status": "Production"},
            f"{HOOK}/x-ms-api-annotation": {"family": "Hook", "revision": 2, "status": "Production"},
            f"{HOOK}/operationId": "WhenBookedV2",
        },
        HOOK,
    ),
    Broken(
        "OperationStatusAheadOfConnector",
        {"/info/x-ms-api-annotation": {"status": "Preview"}, f"{BOOK}/x-ms-api-annotation": {"status": "Production"}},
        f"{BOOK}/x-ms-api-annotation",
    ),
    one(
        "ResponseHeadersAreNotUnique",
        f"{FLOOR}/responses/200/headers/x-count",
        {"type": "integer"},
        f"{FLOOR}/responses/200/headers",
    ),
]
CONTENT = [
    one(
        _MIME,
        f"{PHOTO}/consumes",
        ["application/json"],
        f"{PHOTO}/parameters",
    ),
    one(
        _MIME,
        f"{PHOTO}/consumes",
        ["application/x-www-form-urlencoded"],
        f"{PHOTO}/parameters",
        name="file in a form",
    ),
    Broken(
        "StringBinaryNotSupportedForFormUrlEncoded",
        {
            f"{PHOTO}/consumes": ["application/x-www-form-urlencoded"],
            f"{PHOTO}/parameters/0/type": "string",
            f"{PHOTO}/parameters/0/format": "binary",
        },
        f"{PHOTO}/parameters",
    ),
    one("ReservedParameterIsUsed", f"{NOTIFY}/name", "Authorization"),
    one("InvalidCustomEditorExtensionDictionaryValue", f"{DAY}/x-ms-editor", "dictionary"),
    Broken(
        "RequiredLoopInSchemaNotAllowed",
        {
            "/definitions/Office/properties/parent": {"$ref": "#/definitions/Office"},
            "/definitions/Office/required": ["id", "parent"],
        },
        "/definitions/Office",
        also=("SchemaLoopNotAllowed",),
    ),
    Broken(
        "OperationSchemaCountExceedsMaxAllowed",
        {
            "/definitions/Narrow": {"type": "object", "properties": fields(130)},
            "/definitions/Wide": {
                "type": "object",
                "properties": {f"f{number}": {"$ref": "#/definitions/Narrow"} for number in range(130)},
            },
            f"{FLOOR}/responses/200/schema/items": {"$ref": "#/definitions/Wide"},
        },
        FLOOR,
        also=("BodySchemaCountExceedsMaxAllowed",),
    ),
    *(
        one(
            f"FilterFunctionsProperty{rule}",
            "/definitions/Office/properties/name/x-ms-capabilities",
            {"filterFunctions": functions},
            "/definitions/Office/properties/name/x-ms-capabilities/filterFunctions",
        )
        for rule, functions in (
            ("Empty", []),
            ("HasDuplicates", ["eq", "eq"]),
        )
    ),
    one(
        "FilterFunctionsPropertyInvalidValue",
        "/definitions/Office/properties/name/x-ms-capabilities",
        {"filterFunctions": ["eq", "equals"]},
        "/definitions/Office/properties/name/x-ms-capabilities/filterFunctions/1",
    ),
    one(
        "FilterFunctionsPropertyInInputSchema",
        f"{DAY}/x-ms-capabilities",
        {"filterFunctions": ["eq"]},
        f"{DAY}/x-ms-capabilities/filterFunctions",
    ),
]
DROPDOWNS = [
    Broken(
        "OperationParameterTypeMismatch",
        {f"{REGION}/x-ms-dynamic-values": taken("limit")},
        f"{REGION}/x-ms-dynamic-values/parameters/region",
    ),
    Broken(
        "OperationParameterTypeMismatch",
        {"/definitions/Office/properties/id/type": "integer", f"{OFFICE}/x-ms-dynamic-list": DROP},
        f"{OFFICE}/x-ms-dynamic-values/value-path",
        name="value",
    ),
    one(
        "OperationParameterStaticTypeMismatch",
        f"{OFFICE}/x-ms-dynamic-values/parameters",
        {"region": "north", "limit": "many"},
        f"{OFFICE}/x-ms-dynamic-values/parameters/limit",
    ),
    Broken(
        "OperationParameterRequiredMismatch",
        {
            f"{REGION}/required": True,
            f"{BOOKING}/properties/area": {"type": "string", "title": "Area", "description": "Where to look for it."},
            f"{OFFICE}/x-ms-dynamic-values": taken("area"),
            f"{OFFICE}/x-ms-dynamic-list": DROP,
        },
        f"{OFFICE}/x-ms-dynamic-values/parameters/region",
        also=("TestConnectionNotValid", "OperationMissingRequiredProperty"),
    ),
    Broken(
        "SourcePropertyInternal",
        {
            f"{NOTIFY}/type": "string",
            f"{NOTIFY}/x-ms-visibility": "internal",
            f"{BOOK}/parameters/2": {
                **{"name": "area", "in": "query", "type": "string", "x-ms-summary": "Area"},
                "description": "Where to look for it.",
                "x-ms-dynamic-values": taken("notify"),
            },
        },
        f"{BOOK}/parameters/2/x-ms-dynamic-values/parameters/region",
    ),
    Broken(
        "OperationParameterNameIsAmbiguous",
        {
            f"{NOTIFY}/type": "string",
            f"{BOOKING}/properties/notify": {"type": "string", "title": "Notify", "description": "Whom to tell of it."},
            f"{OFFICE}/x-ms-dynamic-list/parameters/region": {"parameterReference": "notify"},
        },
        f"{OFFICE}/x-ms-dynamic-list/parameters/region",
    ),
    one(
        "DynamicTreeExtensionMissing",
        f"{LIMIT}/x-ms-dynamic-values",
        PICKER,
        f"{LIMIT}/x-ms-dynamic-values/capability",
    ),
    one(
        "SelectedItemValuePathNotAllowedInThisPosition",
        f"{LIMIT}/x-ms-dynamic-tree",
        {"open": {"operationId": "ListOffices", "selectedItemValuePath": "id"}},
        f"{LIMIT}/x-ms-dynamic-tree/open/selectedItemValuePath",
    ),
]
LANGUAGES = [
    one("ValueMustBeInEnglish", f"{BOOK}/description", text, name=language)
    for language, text in {
        "German": "Bucht einen Raum für den Tag, der angegeben ist.",
        "Portuguese": "Reserva uma sala para o dia que você indicar.",
        "Brazilian": "Lê e altera dados em nome da pessoa conectada.",
        "Spanish": "Reserva una sala para el día que indique la persona.",
        "French": "Réserve une salle pour la journée, avec les places.",
    }.items()
]
ON_BEHALF_OF = [
    Broken(
        "OnBehalfOfNeedsEntra",
        {f"{OAUTH}/identityProvider": "oauth2"},
        f"{OAUTH}/identityProvider",
        good.properties,
    ),
    prop("OnBehalfOfTenantShared", f"{CUSTOM}/TenantId/value", "common"),
    prop("OnBehalfOfTenantShared", f"{CUSTOM}/TenantId", DROP, CUSTOM, name="none"),
    prop("OnBehalfOfScopeBare", f"{OAUTH}/scopes/0", "access_as_user"),
    prop("OnBehalfOfScopeOfOtherResource", f"{CUSTOM}/ResourceUri/value", "api://rooms/", f"{OAUTH}/scopes/0"),
    Broken(
        "OnBehalfOfClientIsResource",
        {
            f"{CUSTOM}/ResourceUri/value": f"api://{CLIENT}",
            f"{OAUTH}/properties/AzureActiveDirectoryResourceId": f"api://{CLIENT}",
            f"{OAUTH}/scopes/0": f"api://{CLIENT}/rooms.book",
        },
        f"{OAUTH}/clientId",
        good.properties,
        also=("OnBehalfOfScopeOfOtherResource",),
    ),
    prop(
        "LoginUriNotValid",
        f"{CUSTOM}/LoginUri/value",
        "https://login.microsoftonline.com/common/oauth2",
        f"{CUSTOM}/LoginUri/value",
    ),
    prop("ClientIdMissing", f"{OAUTH}/clientId", DROP, OAUTH),
    prop("ClientIdMissing", f"{OAUTH}/clientId", "[[DUMMY]]", name="marker"),
    prop("PlaceholderInFile", f"{OAUTH}/clientId", "00000000-0000-0000-0000-000000000003", name="client"),
    prop("PlaceholderInFile", f"{CUSTOM}/TenantId/value", "00000000-0000-0000-0000-000000000001", name="tenant"),
    prop("CapabilityNotKnown", "/properties/capabilities/0", "action"),
    prop("ConnectionParameterSetsNotValid", "/properties/connectionParameterSets", {"foo": 1}),
    prop("PolicyEmpty", f"{POLICY}/parameters", {}, f"{POLICY}"),
    prop(
        "PolicyParameterNotKnown", f"{POLICY}/parameters/x-ms-apimTemplateParameter.urlTemplat", "https://contoso.com"
    ),
]
NEW = [*LOST, *HOSTS, *WEBHOOKS, *REVISIONS, *CONTENT, *DROPDOWNS, *LANGUAGES, *ON_BEHALF_OF]
