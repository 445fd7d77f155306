"""Broken connectors, by rule: the definition as a whole, its security, paths, operations, references, parameters."""

from __future__ import annotations

from tests.lint.broken import (
    BOOK,
    DAY,
    DROP,
    FLOOR,
    GET,
    LIMIT,
    LIST,
    PHOTO,
    SECOND_KEY,
    TEXT_FIELD,
    Broken,
    body,
    one,
    operation,
    variable,
)

DOCUMENT = [
    one("SpecificationVersionIncorrect", "/swagger", "3.0"),
    one("SpecificationVersionIncorrect", "/swagger", 2.0, name="number"),
    one("JsonTypeIncorrect", "/host", 7),
    one("JsonTypeIncorrect", f"{LIST}/responses/200", [], name="response"),
    one("JsonTypeIncorrect", f"{DAY}/type", ["string", "null"], name="list of types"),
    one("RequiredPropertyMissing", "/info/version", DROP),
    one("RequiredPropertyMissing", f"{LIMIT}/type", DROP, name="type"),
    one("RequiredMemberMissing", f"{LIST}/responses/200/description", DROP),
    one("JsonTypeDiffers", f"{LIST}/deprecated", "no"),
    one("ExtensionValueNotInEnum", f"{LIST}/x-ms-visibility", "hidden"),
    one("AdditionalPropertyNotAllowed", "/info/author", "Contoso"),
    one("SwaggerKeywordNotSupported", f"{DAY}/nullable", True, name="nullable"),
    one("SwaggerKeywordNotSupported", f"{DAY}/anyOf", [{"type": "string"}], name="anyOf"),
    one("SwaggerKeywordNotSupported", f"{DAY}/oneOf", [{"type": "string"}], name="oneOf"),
    one("ExtensionNotKnown", f"{LIST}/x-ms-visibilty", "important"),
    one("ArrayDuplicateValue", "/schemes", ["https", "https"]),
    one("HostNameNotValid", "/host", "https://rooms.contoso.com/"),
    one("BasePathNotValid", "/basePath", "v1"),
    one("SchemesArrayEmpty", "/schemes", []),
    one("SchemeNotSupported", "/schemes", ["wss"], "/schemes/0"),
    one("SchemeNotValid", "/schemes", ["ftp"], "/schemes/0"),
    one("MimeTypeNotValid", "/consumes/1", "application/xml"),
    Broken(
        "TotalOperationsCountExceedsMaxAllowed",
        {f"/paths/~1p{number}": {"get": operation(f"Get{number}")} for number in range(249)},
        "/paths",
    ),
    one("ConnectorMetadataPropertiesMissing", "/x-ms-connector-metadata", DROP, "/"),
    one("InvalidConnectorCategory", "/x-ms-connector-metadata/2/propertyValue", "Rooms"),
    one("TooManyConnectorCategories", "/x-ms-connector-metadata/2/propertyValue", "AI;Data;Finance"),
    one("ContactMissing", "/info/contact", DROP, "/info"),
    one("ContactEmailNotValid", "/info/contact/email", "help at contoso"),
    one("UrlNotValid", "/info/contact/url", "contoso.com/help"),
    one("UrlNotValid", "/x-ms-connector-metadata/0/propertyValue", "contoso.com", name="metadata"),
    one("TagRedefined", "/tags/2", {"name": "rooms", "description": "Again."}, "/tags"),
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
    one("OperationPathMustStartWithSlash", "/paths/rooms", {"get": operation("GetRooms")}),
    one("OperationPathMayNotContainQueryOrFragment", "/paths/~1rooms?all", {"get": operation("GetRooms")}),
    one("OperationPathContainsUnsupportedCharacters", "/paths/~1rooms*", {"get": operation("GetRooms")}),
    one("OperationPathTemplateNotValid", "/paths/~1rooms~1{id", {"get": operation("GetRooms")}),
    one(
        "OperationPathVariablesContainDefaults",
        "/paths/~1rooms~1{id=1}",
        {"get": operation("GetRooms", parameters=[variable("id=1")])},
    ),
    one("PathItemRefNotSuppored", "/paths/~1bookings/$ref", "#/paths/~1rooms"),
    one("PathRedefined", "/paths/~1Offices", {"put": operation("PutOffices")}),
    one(
        "DuplicateOperationPath",
        "/paths/~1offices~1{name}",
        {"get": operation("GetByName", parameters=[variable("name")])},
    ),
    one("PartialDuplicateOperationPath", "/paths/~1offices~1main", {"get": operation("GetMain")}),
    one("OperationMissingPathParameter", f"{FLOOR}/parameters", [], FLOOR),
    one("PathParameterNotDefinedInTemplate", f"{FLOOR}/parameters/1", variable("floor")),
    one("AgenticProtocolNeedsPostOnly", "/paths/~1mcp/get", operation("GetServer")),
]
OPERATIONS = [
    one("OperationIdRequired", f"{BOOK}/operationId", DROP, BOOK),
    one("OperationIdNotUnique", f"{BOOK}/operationId", "AddPhoto", f"{PHOTO}/operationId"),
    one("OperationIdSanitized", f"{BOOK}/operationId", "Book_Room"),
    one("OperationIdNotPascalCase", f"{BOOK}/operationId", "bookRoom"),
    one("OperationIdTooLong", f"{BOOK}/operationId", "Book" * 21),
    one("OperationMustHaveResponse", f"{PHOTO}/responses", DROP, PHOTO),
    one("OperationMustHaveResponse", f"{PHOTO}/responses", {}, name="empty"),
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
    one(
        "SchemaDefinitionSetIncorrectly",
        f"{BOOK}/responses",
        {"202": {"description": "Accepted.", "schema": {"type": "string"}}},
    ),
    one("ResponseSchemaEmpty", f"{FLOOR}/responses/200/schema", {}),
    one("ResponseExampleMustBeProducedByOperation", f"{LIST}/responses/200/examples/text~1plain", "none"),
    one(
        "ApiAnnotationExtensionReplacementInfoForNonDeprecatedOperations",
        f"{BOOK}/x-ms-api-annotation",
        {"family": "Book", "revision": 1, "replacement": {"api": "rooms", "operationId": "BookRoomV2"}},
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
                "get": operation(
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
        BOOK,
    ),
    one("InvalidNextLinkNameValue", f"{LIST}/x-ms-pageable/nextLinkName", "next"),
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
        body(properties=TEXT_FIELD),
        f"{LIST}/parameters",
    ),
    one(
        "OperationParametersContainMultipleBodyParameters",
        f"{BOOK}/parameters/2",
        body(properties=TEXT_FIELD),
        f"{BOOK}/parameters",
    ),
    Broken(
        "ParameterListContainsFormDataAndBody",
        {f"{PHOTO}/parameters/1": body(properties=TEXT_FIELD)},
        f"{PHOTO}/parameters",
    ),
    one(
        "OperationParametersContainDuplicateParameter",
        f"{FLOOR}/parameters/1",
        variable("officeId"),
        f"{FLOOR}/parameters",
    ),
    one("ConsumesMissing", "/consumes", DROP, f"{BOOK}/parameters"),
    one("ConnectionIdParameterNotAllowed", f"{BOOK}/parameters/0/name", "connectionId"),
    one("InvalidFormDataParameterName", f"{PHOTO}/parameters/0/name", "größe"),
    one("PathParameterMustBeRequired", "/parameters/OfficeId/required", False),
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
OUTSIDE = [*DOCUMENT, *SECURITY, *PATHS, *OPERATIONS, *REFERENCES, *PARAMETERS]
