"""Deliberately broken connector files, as data: for each rule the changes to a good file that break it and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.connector import good

DROP = object()
LIST = "/paths/~1offices/get"
GET = "/paths/~1offices~1{officeId}/get"
FLOOR = "/paths/~1floors~1{officeId}/get"
BOOK = "/paths/~1bookings/post"
PHOTO = "/paths/~1photos/post"
BOOKING = "/definitions/Booking"
OFFICE = f"{BOOKING}/properties/office"
DAY = f"{BOOKING}/properties/day"
SEATS = f"{BOOKING}/properties/seats"
REGION = f"{LIST}/parameters/0"
LIMIT = f"{LIST}/parameters/1"
TOKEN = "/properties/connectionParameters/token"
OAUTH = f"{TOKEN}/oAuthSettings"
POLICY = "/properties/policyTemplateInstances/0"
SECOND_KEY = {"type": "apiKey", "name": "key", "in": "header"}
TEXT_FIELD = {"note": {"type": "string", "x-ms-summary": "Note", "description": "What else to say."}}
ANSWERS = {"204": {"description": "Done."}}
_DEEP: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}}
for _ in range(16):
    _DEEP = {"type": "array", "items": _DEEP}


@dataclass(frozen=True, slots=True)
class Broken:
    """`changes` maps a JSON Pointer to its new value; `place` is where the rule must find it."""

    rule: str
    changes: Mapping[str, object]
    place: str
    base: Callable[[], good.Json] = good.definition
    name: str = ""

    @property
    def id(self) -> str:
        return f"{self.rule}{' ' + self.name if self.name else ''}"

    def document(self) -> good.Json:
        """The good file with the changes made."""
        document = self.base()
        for pointer, value in self.changes.items():
            _set(document, pointer, value)
        return document


def _set(document: Any, pointer: str, value: object) -> None:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    if value is DROP:
        del document[last]
    elif isinstance(document, list):
        document.insert(int(last), value)
    else:
        document[last] = value


def one(rule: str, pointer: str, value: object, place: str | None = None, name: str = "") -> Broken:
    """One change; found at that place unless another is named."""
    return Broken(rule, {pointer: value}, pointer if place is None else place, name=name)


def prop(rule: str, pointer: str, value: object, place: str | None = None, name: str = "") -> Broken:
    """One change of an apiProperties.json."""
    return Broken(rule, {pointer: value}, pointer if place is None else place, good.properties, name)


def _operation(operation_id: str, **more: object) -> dict[str, object]:
    texts = {"operationId": operation_id, "summary": "Do more", "description": "Does more of it.", "responses": ANSWERS}
    return {**texts, **more}


def _variable(name: str) -> dict[str, object]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "type": "string",
        "x-ms-url-encoding": "single",
        "x-ms-summary": "Name",
        "description": "Which one it is.",
    }


def _body(**schema: object) -> dict[str, object]:
    return {"name": "more", "in": "body", "description": "More of it.", "schema": {"type": "object", **schema}}


def _fields(count: int) -> dict[str, object]:
    return {f"f{number}": {"type": "string", "title": "Field"} for number in range(count)}


DOCUMENT = [
    one("SpecificationVersionIncorrect", "/swagger", "3.0"),
    one("SpecificationVersionIncorrect", "/swagger", 2.0, name="number"),
    one("JsonTypeIncorrect", "/host", 7),
    one("JsonTypeIncorrect", f"{LIST}/responses/200", [], name="response"),
    one("JsonTypeIncorrect", f"{DAY}/type", ["string", "null"], name="list of types"),
    one("RequiredPropertyMissing", "/info/version", DROP),
    one("RequiredPropertyMissing", f"{LIMIT}/type", DROP, name="type"),
    one("JsonValueNotInEnum", f"{LIST}/x-ms-visibility", "hidden"),
    one("AdditionalPropertyNotAllowed", "/info/author", "Contoso"),
    one("SwaggerKeywordNotSupported", f"{DAY}/nullable", True, name="nullable"),
    one("SwaggerKeywordNotSupported", f"{DAY}/anyOf", [{"type": "string"}], name="anyOf"),
    one("SwaggerKeywordNotSupported", f"{DAY}/oneOf", [{"type": "string"}], name="oneOf"),
    one("ExtensionNotKnown", f"{LIST}/x-ms-visibilty", "important"),
    one("ArrayDuplicateValue", "/schemes", ["https", "https"]),
    one("HostNameNotValid", "/host", "https://rooms.contoso.example/"),
    one("BasePathNotValid", "/basePath", "v1"),
    one("SchemesArrayEmpty", "/schemes", []),
    one("SchemeNotSupported", "/schemes", ["wss"], "/schemes/0"),
    one("SchemeNotValid", "/schemes", ["ftp"], "/schemes/0"),
    one("MimeTypeNotValid", "/consumes/1", "application/xml"),
    Broken(
        "TotalOperationsCountExceedsMaxAllowed",
        {f"/paths/~1p{number}": {"get": _operation(f"Get{number}")} for number in range(249)},
        "/paths",
    ),
    one("ConnectorMetadataPropertiesMissing", "/x-ms-connector-metadata", DROP, "/"),
    one("InvalidConnectorCategory", "/x-ms-connector-metadata/2/propertyValue", "Rooms"),
    one("TooManyConnectorCategories", "/x-ms-connector-metadata/2/propertyValue", "AI;Data;Finance"),
    one("ContactMissing", "/info/contact", DROP, "/info"),
    one("ContactEmailNotValid", "/info/contact/email", "help at contoso"),
    one("UrlNotValid", "/info/contact/url", "contoso.example/help"),
    one("UrlNotValid", "/x-ms-connector-metadata/0/propertyValue", "contoso.example", name="metadata"),
    one("TagRedefined", "/tags/2", {"name": "rooms", "description": "Again."}),
    one(
        "TestConnectionNotValid",
        "/x-ms-capabilities/testConnection/operationId",
        "BookRoom",
        "/x-ms-capabilities/testConnection",
    ),
    one("TestConnectionMissing", "/x-ms-capabilities", DROP, "/"),
]
SECURITY = [
    one("SecurityRequirementMustBeDefined", f"{LIST}/security", [{"other": []}], f"{LIST}/security/0/other"),
    one(
        "SecurityRequirementMustHaveValue",
        f"{LIST}/security",
        [{"oauth2-auth": None}],
        f"{LIST}/security/0/oauth2-auth",
    ),
    Broken(
        "SecurityRequirementMustHaveEmptyValue",
        {"/securityDefinitions": {"key": SECOND_KEY}, "/security": [{"key": ["rooms.book"]}]},
        "/security/0/key",
    ),
    one(
        "OAuthSecurityRequirementValueMustBeScopeName", "/security/0/oauth2-auth/1", "rooms", "/security/0/oauth2-auth"
    ),
    one(
        "SecuritySchemePropertyRequired",
        "/securityDefinitions/oauth2-auth/tokenUrl",
        DROP,
        "/securityDefinitions/oauth2-auth",
    ),
    one("SecuritySchemePropertyNotValid", "/securityDefinitions/oauth2-auth/name", "key"),
    one("OAuthFlowNotSupported", "/securityDefinitions/oauth2-auth/flow", "application"),
    one("SecurityDefinitionsMany", "/securityDefinitions/key", SECOND_KEY, "/securityDefinitions"),
    one("SecurityRequirementsMany", "/security/1", {"oauth2-auth": []}, "/security"),
]
PATHS = [
    one("OperationPathMustStartWithSlash", "/paths/rooms", {"get": _operation("GetRooms")}),
    one("OperationPathMayNotContainQueryOrFragment", "/paths/~1rooms?all", {"get": _operation("GetRooms")}),
    one("OperationPathContainsUnsupportedCharacters", "/paths/~1rooms*", {"get": _operation("GetRooms")}),
    one("OperationPathTemplateNotValid", "/paths/~1rooms~1{id", {"get": _operation("GetRooms")}),
    one(
        "OperationPathVariablesContainDefaults",
        "/paths/~1rooms~1{id=1}",
        {"get": _operation("GetRooms", parameters=[_variable("id=1")])},
    ),
    one("PathItemRefNotSuppored", "/paths/~1bookings/$ref", "#/paths/~1rooms"),
    one("PathRedefined", "/paths/~1Offices", {"put": _operation("PutOffices")}),
    one(
        "DuplicateOperationPath",
        "/paths/~1offices~1{name}",
        {"get": _operation("GetByName", parameters=[_variable("name")])},
    ),
    one("PartialDuplicateOperationPath", "/paths/~1offices~1main", {"get": _operation("GetMain")}),
    one("OperationMissingPathParameter", f"{FLOOR}/parameters", [], FLOOR),
    one("PathParameterNotDefinedInTemplate", f"{FLOOR}/parameters/1", _variable("floor")),
    one("AgenticProtocolNeedsPostOnly", "/paths/~1mcp/get", _operation("GetServer"), "/paths/~1mcp"),
]
OPERATIONS = [
    one("OperationIdRequired", f"{BOOK}/operationId", DROP, BOOK),
    one("OperationIdNotUnique", f"{BOOK}/operationId", "AddPhoto", f"{PHOTO}/operationId"),
    one("OperationIdSanitized", f"{BOOK}/operationId", "Book_Room"),
    one("OperationIdNotPascalCase", f"{BOOK}/operationId", "bookRoom"),
    one("OperationIdTooLong", f"{BOOK}/operationId", "Book" * 21),
    one("OperationMustHaveResponse", f"{PHOTO}/responses", DROP, PHOTO),
    one("OperationMustHaveResponse", f"{PHOTO}/responses", {}, PHOTO, name="empty"),
    one("OperationShouldHaveSuccessfulResponse", f"{PHOTO}/responses", {"default": {"description": "All."}}),
    one("ResponseMustBeDefaultOrHttpStatusCode", f"{PHOTO}/responses/4XX", {"description": "Refused."}),
    one(
        "DefaultResponseHasSchema", f"{LIST}/responses/default/schema", {"type": "string"}, f"{LIST}/responses/default"
    ),
    one(
        "OperationHasManyResponsesWithSchema",
        f"{BOOK}/responses/400",
        {"description": "Wrong.", "schema": {"type": "string"}},
        f"{BOOK}/responses",
    ),
    one(
        "SchemaDefinitionSetIncorrectly",
        f"{BOOK}/responses",
        {"200": {"description": "Booked."}},
    ),
    one("ResponseSchemaEmpty", f"{FLOOR}/responses/200/schema", {}),
    one("ResponseExampleMustBeProducedByOperation", f"{LIST}/responses/200/examples/text~1plain", "none"),
    one(
        "ApiAnnotationExtensionReplacementInfoForNonDeprecatedOperations",
        f"{BOOK}/x-ms-api-annotation",
        {"family": "Book", "replacement": {"api": "rooms", "operationId": "BookRoomV2"}},
        f"{BOOK}/x-ms-api-annotation/replacement",
    ),
    Broken(
        "ApiAnnotationExtensionReplacementInfoMissingApiProperty",
        {f"{BOOK}/deprecated": True, f"{BOOK}/x-ms-api-annotation": {"replacement": {"operationId": "BookRoomV2"}}},
        f"{BOOK}/x-ms-api-annotation/replacement",
    ),
    Broken(
        "ApiAnnotationExtensionReplacementInfoMissingOperationIdProperty",
        {f"{BOOK}/deprecated": True, f"{BOOK}/x-ms-api-annotation": {"replacement": {"api": "rooms"}}},
        f"{BOOK}/x-ms-api-annotation/replacement",
    ),
    one("OperationIdShouldEndWithRevision", f"{FLOOR}/operationId", "GetFloor"),
    Broken(
        "OperationFamilyHasManyActiveOperations",
        {
            f"/paths/~1floors{revision}": {
                "get": _operation(
                    f"GetFloorV{revision}", **{"x-ms-api-annotation": {"family": "GetFloor", "revision": revision}}
                )
            }
            for revision in (3, 4)
        },
        "/paths/~1floors4/get",
    ),
    one(
        "OperationFamilyHasDuplicateRevisions",
        f"{BOOK}/x-ms-api-annotation",
        {"family": "ListOffices", "revision": 1},
    ),
    one("InvalidNextLinkNameValue", f"{LIST}/x-ms-pageable/nextLinkName", "next", f"{LIST}/x-ms-pageable"),
]
REFERENCES = [
    one("SchemaReferenceNotValid", f"{BOOK}/responses/201/schema/$ref", "office.json"),
    one("SchemaReferenceNotFound", f"{BOOK}/responses/201/schema/$ref", "#/definitions/Castle"),
    one("SchemaRefLoopNotAllowed", "/definitions/Castle", {"$ref": "#/definitions/Office"}, "/definitions/Castle/$ref"),
    Broken(
        "ParameterReferenceNotValid",
        {f"{LIST}/parameters/2": {"$ref": "#/definitions/Office"}},
        f"{LIST}/parameters/2/$ref",
    ),
    Broken(
        "ParameterReferenceNotFound",
        {f"{LIST}/parameters/2": {"$ref": "#/parameters/Page"}},
        f"{LIST}/parameters/2/$ref",
    ),
    one("ParameterRefLoopNotAllowed", "/parameters/Page", {"$ref": "#/parameters/OfficeId"}, "/parameters/Page/$ref"),
    one("ResponseReferenceNotValid", f"{GET}/responses/404/$ref", "NotFound"),
    one("ResponseReferenceNotFound", f"{GET}/responses/404/$ref", "#/responses/Gone"),
    one("ResponseRefLoopNotAllowed", "/responses/Gone", {"$ref": "#/responses/NotFound"}, "/responses/Gone/$ref"),
    one("AdditionalPropertyNotAllowedAdjacentToRef", f"{BOOK}/responses/201/schema/description", "The room."),
    one(
        "SchemaLoopNotAllowed",
        "/definitions/Office/properties/parent",
        {"$ref": "#/definitions/Office"},
        "/definitions/Office",
    ),
]
PARAMETERS = [
    one(
        "BodyOrFormDataParameterInFetchOperationNotAllowed",
        f"{LIST}/parameters/2",
        _body(properties=TEXT_FIELD),
        f"{LIST}/parameters",
    ),
    one(
        "OperationParametersContainMultipleBodyParameters",
        f"{BOOK}/parameters/2",
        _body(properties=TEXT_FIELD),
        f"{BOOK}/parameters",
    ),
    Broken(
        "ParameterListContainsFormDataAndBody",
        {f"{PHOTO}/parameters/1": _body(properties=TEXT_FIELD)},
        f"{PHOTO}/parameters",
    ),
    one(
        "OperationParametersContainDuplicateParameter",
        f"{FLOOR}/parameters/1",
        _variable("officeId"),
        f"{FLOOR}/parameters",
    ),
    one("ConsumesMissing", "/consumes", DROP, f"{BOOK}/parameters"),
    one("ConnectionIdParameterNotAllowed", f"{BOOK}/parameters/0/name", "connectionId"),
    one("InvalidFormDataParameterName", f"{PHOTO}/parameters/0/name", "größe"),
    one("PathParameterMustBeRequired", "/parameters/OfficeId/required", False, "/parameters/OfficeId"),
    one("PathParameterMissingEncoding", "/parameters/OfficeId/x-ms-url-encoding", DROP, "/parameters/OfficeId"),
    one("QueryParameterEncodingNotSupported", f"{LIMIT}/x-ms-url-encoding", "single"),
    one("BodyParameterSchemaRequired", f"{BOOK}/parameters/1/schema", DROP, f"{BOOK}/parameters/1"),
    one("NonBodyParameterSchemaNotValid", f"{LIMIT}/schema", {"type": "integer"}),
    one("BodyParameterPropertyNotValid", f"{BOOK}/parameters/1/type", "string"),
    one(
        "DynamicExtensionDefinitionNotAllowedInParameter",
        f"{BOOK}/parameters/1/x-ms-dynamic-values",
        {"operationId": "ListOffices", "value-collection": "value"},
    ),
    one("FileParameterMustBeInFormData", f"{BOOK}/parameters/0/type", "file"),
    one("AllowEmptyValueOnlyValidForQueryFormData", f"{BOOK}/parameters/0/allowEmptyValue", True),
    one("CollectionFormatValueNotSupported", f"{LIMIT}/collectionFormat", "json"),
    Broken(
        "InternalParameterNeedsDefault",
        {f"{BOOK}/parameters/0/x-ms-visibility": "internal", f"{BOOK}/parameters/0/required": True},
        f"{BOOK}/parameters/0",
    ),
    one("InternalPropertyWithDefaultOptional", f"{LIMIT}/x-ms-visibility", "internal", LIMIT),
]
VALUES = [
    one("MinimumShouldBeLessThanOrEqualToMaximum", f"{LIMIT}/minimum", 51),
    Broken(
        "MinLengthShouldBeLessThanOrEqualToMaxLength",
        {f"{DAY}/minLength": 9, f"{DAY}/maxLength": 8},
        f"{DAY}/minLength",
    ),
    Broken(
        "MinItemsShouldBeLessThanOrEqualToMaxItems",
        {f"{SEATS}/minItems": 9, f"{SEATS}/maxItems": 8},
        f"{SEATS}/minItems",
    ),
    *(
        one(f"{key[0].upper()}{key[1:]}MustBeGreaterThanOrEqualToZero", f"{DAY}/{key}", -1)
        for key in ("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties")
    ),
    one("ExclusiveMaximumRequiresMaximum", f"{DAY}/exclusiveMaximum", True),
    one("ExclusiveMinimumRequiresMinimum", f"{DAY}/exclusiveMinimum", True),
    one("MultipleOfMustBeGreaterThanZero", f"{LIMIT}/multipleOf", 0),
    one("PatternShouldBeValidRegularExpression", f"{DAY}/pattern", "[0-9"),
    one("UnrecognizedTypeFormat", f"{DAY}/format", "time"),
    one("ArrayHasNoItems", f"{SEATS}/items", DROP, SEATS),
    one("EnumMustContainAtLeastOneElement", f"{DAY}/enum", []),
    one("InvalidEnumValue", f"{DAY}/enum", ["monday", 2], f"{DAY}/enum/1"),
    one("DefaultValueMustMatchType", f"{LIMIT}/default", "20"),
    one("InvalidEnumValuesExtensionValue", f"{REGION}/x-ms-enum-values/2", {"value": "west", "displayName": "West"}),
    one(
        "MissingEnumValuesDisplayName", f"{REGION}/x-ms-enum-values/0/displayName", DROP, f"{REGION}/x-ms-enum-values/0"
    ),
    one(
        "DuplicateEnumValuesInExtension",
        f"{REGION}/x-ms-enum-values/2",
        {"value": "north", "displayName": "Up"},
        f"{REGION}/x-ms-enum-values",
    ),
]
SCHEMAS = [
    one("AllOfIgnored", f"{BOOKING}/allOf", [{"$ref": "#/definitions/Office"}]),
    one("RequiredPropertyArrayEmpty", f"{BOOKING}/required", []),
    one("RequiredPropertyDefinitionMissing", f"{BOOKING}/required/2", "floor"),
    one("RequiredPropertyNotOnObject", f"{BOOKING}/type", "string", f"{BOOKING}/required"),
    one("RequiredReadOnlyPropertyNotAllowedAsInput", f"{DAY}/readOnly", True, DAY),
    Broken("PropertyMustBeRequired", {f"{SEATS}/x-ms-visibility": "internal", f"{SEATS}/default": []}, SEATS),
    one("InternalPropertyNeedsDefault", f"{DAY}/x-ms-visibility", "internal", DAY),
    one("DiscriminatorMustBeARequiredStringProperty", f"{BOOKING}/discriminator", "kind"),
    one("SchemaTypeFileNotValid", f"{DAY}/type", "file"),
    one("InvalidStringBinaryProperty", f"{DAY}/format", "binary"),
    one("SchemaTooDeep", f"{FLOOR}/responses/200/schema", _DEEP),
    Broken(
        "BodySchemaCountExceedsMaxAllowed",
        {f"{FLOOR}/responses/200/schema/items/properties": _fields(511)},
        f"{FLOOR}/responses/200/schema",
    ),
]
DYNAMIC = [
    one("OperationIdNotFound", f"{OFFICE}/x-ms-dynamic-values/operationId", "ListCastles"),
    one(
        "OperationIdNotFound",
        "/x-ms-capabilities/testConnection/operationId",
        "TestIt",
        name="connection test",
    ),
    one("OperationParameterNameNotFound", f"{OFFICE}/x-ms-dynamic-values/parameters/planet", "Mars"),
    one(
        "OperationParameterNameNotFound",
        f"{LIMIT}/x-ms-dynamic-values",
        {
            "operationId": "ListOffices",
            "value-collection": "value",
            "parameters": {"region": {"parameter": "planet"}},
        },
        f"{LIMIT}/x-ms-dynamic-values/parameters/region",
        name="source",
    ),
    one(
        "OperationMissingRequiredProperty",
        f"{LIMIT}/x-ms-dynamic-values",
        {"operationId": "GetFloorV2"},
    ),
    one("InvokedOperationShouldProduceArray", f"{OFFICE}/x-ms-dynamic-values/value-collection", "values"),
    one("InvokedOperationShouldProduceProperty", f"{OFFICE}/x-ms-dynamic-values/value-path", "code"),
    one(
        "DynamicListExtensionRequiredForNonParameterReferences",
        f"{BOOK}/parameters/0/x-ms-dynamic-values",
        {
            "operationId": "ListOffices",
            "value-collection": "value",
            "parameters": {"region": {"parameter": "body/day"}},
        },
    ),
    Broken(
        "DynamicListExtensionRequiredForAmbiguousReferences",
        {
            f"{BOOKING}/properties/notify": {"type": "string", "title": "Notify", "description": "Whom to tell of it."},
            f"{BOOK}/parameters/0/x-ms-dynamic-values": {
                "operationId": "ListOffices",
                "value-collection": "value",
                "parameters": {"region": {"parameter": "notify"}},
            },
        },
        f"{BOOK}/parameters/0/x-ms-dynamic-values",
    ),
    one("DynamicValuesMissing", f"{OFFICE}/x-ms-dynamic-values", DROP, f"{OFFICE}/x-ms-dynamic-list"),
    one(
        "DynamicPropertiesExtensionRequiredForNonParameterReferences",
        f"{BOOK}/parameters/0/x-ms-dynamic-schema",
        {"operationId": "ListOffices", "parameters": {"region": {"parameter": "body/day"}}},
    ),
    Broken(
        "DynamicPropertiesExtensionRequiredForAmbiguousReferences",
        {
            f"{BOOKING}/properties/notify": {"type": "string", "title": "Notify", "description": "Whom to tell of it."},
            f"{BOOK}/parameters/0/x-ms-dynamic-schema": {
                "operationId": "ListOffices",
                "parameters": {"region": {"parameter": "notify"}},
            },
        },
        f"{BOOK}/parameters/0/x-ms-dynamic-schema",
    ),
    one("DynamicSchemaMissing", f"{SEATS}/x-ms-dynamic-properties", {"operationId": "ListOffices"}),
    one(
        "DynamicPropertiesExtensionRequiredForPropertiesValuePath",
        f"{SEATS}/x-ms-dynamic-schema",
        {"operationId": "ListOffices", "value-path": "schema/properties"},
    ),
    Broken(
        "DynamicPropertiesItemValuePathMismatch",
        {
            f"{SEATS}/x-ms-dynamic-schema": {"operationId": "ListOffices", "value-path": "schema/properties"},
            f"{SEATS}/x-ms-dynamic-properties": {"operationId": "ListOffices", "itemValuePath": "schema/properties"},
        },
        f"{SEATS}/x-ms-dynamic-properties/itemValuePath",
    ),
]
TEXT = [
    one("FieldLengthExceeded", "/info/title", "Contoso Rooms for All Our Offices"),
    one("FieldLengthNotInRange", "/info/description", "Books rooms."),
    one("ValueMustEndWithAlphanumeric", "/info/title", "Contoso Rooms!"),
    one("ValueMustEndWithAlphanumeric", f"{BOOK}/summary", "Book a room.", name="summary"),
    one("ValueContainsRestrictedWords", "/info/title", "Contoso Rooms API"),
    one("ValueContainsRestrictedWords", "/info/title", "Contoso Connector", name="connector"),
    one("ValueContainsRestrictedWords", f"{BOOK}/description", "Books a room for Power Automate.", name="product"),
    one("ValueMustBeInEnglish", f"{BOOK}/description", "Бронирует комнату."),
    one("SummaryMissing", f"{BOOK}/summary", DROP, BOOK),
    one("SummaryMissing", f"{LIMIT}/x-ms-summary", DROP, LIMIT, name="parameter"),
    one("SummaryMissing", f"{DAY}/x-ms-summary", DROP, DAY, name="property"),
    one(
        "OutputSummaryMissing",
        f"{FLOOR}/responses/200/schema/items/properties/name/title",
        DROP,
        f"{FLOOR}/responses/200/schema/items/properties/name",
    ),
    one("DescriptionMissing", f"{BOOK}/description", DROP, BOOK),
    one("DescriptionMissing", f"{DAY}/description", DROP, DAY, name="property"),
    one("OperationSummaryTooLong", f"{BOOK}/summary", "Book a room " * 7 + "now"),
    one("RestrictedCharactersInSummary", f"{BOOK}/summary", "Book a room/desk"),
    one("SummaryTooLong", f"{DAY}/x-ms-summary", "Day " * 21),
    one("SummaryNotTitleCase", f"{DAY}/x-ms-summary", "The day"),
    one("DescriptionSameAsSummary", f"{BOOK}/description", "Book a room."),
    one("DescriptionNotASentence", f"{DAY}/description", "the day of the booking"),
]
PROPERTIES = [
    prop("RequiredPropertyMissing", "/properties/iconBrandColor", DROP),
    prop("AdditionalPropertyNotAllowed", "/properties/color", "#1f5f8b"),
    prop("JsonValueNotInEnum", f"{OAUTH}/redirectMode", "PerConnector"),
    prop("IconBrandColorNotValid", "/properties/iconBrandColor", "blue"),
    prop("IconBrandColorNotCertifiable", "/properties/iconBrandColor", "#007ee5"),
    prop("StackOwnerBreaksUpdate", "/properties/stackOwner", "Contoso"),
    prop("ConnectionParameterNameNotValid", "/properties/connectionParameters/my-host", {"type": "string"}),
    prop(
        "TenantIdParameterNotValid",
        "/properties/connectionParameters/token:TenantId/uiDefinition/constraints/hidden",
        "false",
        "/properties/connectionParameters/token:TenantId",
    ),
    prop(
        "ConstraintTypeIncorrect",
        "/properties/connectionParameters/host/uiDefinition/constraints/required",
        True,
    ),
    prop(
        "ConstraintTypeIncorrect",
        "/properties/connectionParameters/host/uiDefinition/constraints/clearText",
        "true",
        name="clearText",
    ),
    prop("OAuthSettingsMissing", OAUTH, DROP, TOKEN),
    prop("ClientSecretInFile", f"{OAUTH}/clientSecret", "s3cret"),
    prop("RedirectUrlNotValid", f"{OAUTH}/redirectUrl", "redirect"),
    prop("ScopeNotText", f"{OAUTH}/scopes/0", 7),
    prop("IsFirstPartyMissing", f"{OAUTH}/properties/IsFirstParty", False, f"{OAUTH}/properties"),
    prop("CustomParameterNotValid", f"{OAUTH}/customParameters/LoginUri", "https://login.microsoftonline.com"),
    Broken(
        "ResourceUriMissing",
        {
            f"{OAUTH}/customParameters/ResourceUri": DROP,
            f"{OAUTH}/properties/AzureActiveDirectoryResourceId": DROP,
        },
        OAUTH,
        good.properties,
    ),
    prop("OnBehalfOfIncomplete", f"{OAUTH}/properties/IsOnbehalfofLoginSupported", DROP, f"{OAUTH}/properties"),
    prop(
        "OnBehalfOfIncomplete",
        f"{OAUTH}/properties/IsOnbehalfofLoginSupported",
        "true",
        f"{OAUTH}/properties",
        name="text",
    ),
    prop(
        "OnBehalfOfIncomplete",
        f"{OAUTH}/customParameters/EnableOnbehalfOfLogin",
        DROP,
        f"{OAUTH}/customParameters",
        name="no switch",
    ),
    prop(
        "OnBehalfOfOff",
        f"{OAUTH}/customParameters/EnableOnbehalfOfLogin/value",
        "false",
        f"{OAUTH}/customParameters",
    ),
    prop("CustomParameterNotKnown", f"{OAUTH}/customParameters/Audience", {"value": "api://rooms"}),
    prop("ResourceIdMismatch", f"{OAUTH}/properties/AzureActiveDirectoryResourceId", "api://other"),
    prop("PolicyTemplateNotKnown", f"{POLICY}/templateId", "sethost"),
    prop("PolicyParameterNotValid", f"{POLICY}/parameters/urlTemplate", "https://contoso.example"),
]
BROKEN = [
    *(*DOCUMENT, *SECURITY, *PATHS, *OPERATIONS, *REFERENCES, *PARAMETERS),
    *(*VALUES, *SCHEMAS, *DYNAMIC, *TEXT, *PROPERTIES),
]
