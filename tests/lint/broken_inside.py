"""Broken connectors, by rule: values, schemas, dropdowns, texts, and apiProperties.json."""

from __future__ import annotations

from tests.lint import good
from tests.lint.broken import (
    BOOK,
    BOOKING,
    DAY,
    DEEP,
    DROP,
    FLOOR,
    LIMIT,
    OAUTH,
    OFFICE,
    POLICY,
    REGION,
    SEATS,
    TOKEN,
    Broken,
    fields,
    one,
    prop,
)

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
    one("UnrecognizedTypeFormat", f"{DAY}/format", "A4"),
    one("ArrayHasNoItems", f"{SEATS}/items", DROP, SEATS),
    one("EnumMustContainAtLeastOneElement", f"{DAY}/enum", []),
    one("InvalidEnumValue", f"{DAY}/enum", ["monday", 2], f"{DAY}/enum/1"),
    one("DefaultValueMustMatchType", f"{DAY}/default", 1),
    one("DefaultValueTypeDiffers", f"{LIMIT}/default", "20"),
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
    one("SchemaTooDeep", f"{FLOOR}/responses/200/schema", DEEP),
    Broken(
        "BodySchemaCountExceedsMaxAllowed",
        {f"{FLOOR}/responses/200/schema/items/properties": fields(511)},
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
            f"{BOOK}/parameters/0/type": "string",
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
            f"{BOOK}/parameters/0/type": "string",
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
        f"{SEATS}/x-ms-dynamic-schema/value-path",
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
    prop("IsFirstPartyMissing", f"{OAUTH}/properties/IsFirstParty", False),
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
        "OnBehalfOfOff",
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
    prop("PolicyParameterNotValid", f"{POLICY}/parameters/urlTemplate", "https://contoso.com"),
]
INSIDE = [*VALUES, *SCHEMAS, *DYNAMIC, *TEXT, *PROPERTIES]
