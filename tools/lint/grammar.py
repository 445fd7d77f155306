"""The grammar of a connector's two files as data: kind of object → key → what its value must be.

Sources: microsoft/PowerPlatformConnectors `schemas/apiDefinition.swagger.schema.json` and
`schemas/paconn-apiProperties.schema.json`; the OpenAPI 2.0 specification; Microsoft Learn "Extend an OpenAPI
definition for a custom connector"; for extensions that only Power Fx reads, microsoft/Power-Fx
`Microsoft.PowerFx.Connectors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """The value of a key: its JSON `type`, the `values` allowed, its `kind`, or the kind of `each` of its members."""

    type: str
    required: bool = False
    values: tuple[str, ...] = ()
    kind: str | None = None
    each: str | None = None


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


METHODS = words("get put post delete options head patch")
FORMATS = words(
    "int32 int64 float double byte binary date date-time password date-no-tz email html uri uuid guid decimal "
    "enum phone time char currency"
)
POWER_FX_FORMATS: Mapping[str, tuple[str, ...]] = {
    "number": words("float double integer byte number int32 decimal currency"),
    "integer": words("integer int32 int64 unixtime"),
}
"""The formats that Power Fx accepts; it silently drops an operation with another one."""
CATEGORIES = frozenset(
    category
    for line in (
        "AI;Business Management;Business Intelligence;Collaboration;Commerce;Communication;Content and Files;Finance",
        "Data;Human Resources;Internet of Things;IT Operations;Lifestyle and Entertainment;Marketing;Productivity",
        "Sales and CRM;Security;Social Media;Website",
    )
    for category in line.split(";")
)
FOREIGN_KEYWORDS = frozenset(
    words(
        "anyOf oneOf not nullable const if then else dependencies dependentRequired dependentSchemas "
        "patternProperties propertyNames contains prefixItems additionalItems unevaluatedProperties "
        "unevaluatedItems $defs $id $schema $anchor examples writeOnly deprecated contentEncoding "
        "contentMediaType"
    )
)
"""Keywords of JSON Schema and of OpenAPI 3 that OpenAPI 2.0 does not have."""
DYNAMIC = ("x-ms-dynamic-values", "x-ms-dynamic-list", "x-ms-dynamic-schema", "x-ms-dynamic-properties")
NOTIFICATION_URL = "x-ms-notification-url"
MCP = "mcp-streamable-1.0"
AGENTIC = "x-ms-agentic-protocol"
EXTENSIONS = frozenset(DYNAMIC) | frozenset(
    f"x-ms-{name}"
    for name in words(
        "agentic-protocol ai-sensitivity api-annotation capabilities connector-metadata cookie-header "
        "deployment-version description-for-model docs dynamic-tree editor editor-options enum enum-display-name "
        "enum-values explicit-input keyOrder keyType keywords localizeDefaultValue media-kind name-for-model "
        "no-generic-test notification notification-content notification-url openai-data openai-manifest "
        "openai-published-to-copilots operation-context pageable parameter-location permission relationships "
        "require-user-confirmation safe-operation skip-url-encoding sort summary test-value trigger trigger-hint "
        "trigger-metadata trigger-value url-encoding visibility"
    )
)

# Kind → its keys, each with its value: `!` is required, `@kind` an object of that kind, `{kind}` a map and `[kind]` a
# list of them, `a|b` one of these words. `+name` adds keys that several kinds share.
_PRIMITIVE = "string|number|integer|boolean|array"
_METHOD_KEYS = " ".join(f"{method}:@operation" for method in METHODS)
_SHARED = {
    "docs": "externalDocs:@link",
    "shown": (
        "x-ms-summary:string x-ms-visibility:important|advanced|internal| x-ms-enum-values:array "
        "x-ms-dynamic-values:object x-ms-dynamic-list:object x-ms-dynamic-schema:object "
        "x-ms-dynamic-properties:object x-ms-dynamic-tree:object x-ms-ai-sensitivity:none|low|high"
    ),
    "value": (
        "format:string default:any enum:array pattern:string maximum:number minimum:number multipleOf:number "
        "exclusiveMaximum:boolean exclusiveMinimum:boolean uniqueItems:boolean maxLength:integer minLength:integer "
        "maxItems:integer minItems:integer"
    ),
    "items": "items:@items collectionFormat:string",
    "model": "x-ms-name-for-model:string x-ms-description-for-model:string",
}
_GRAMMAR = {
    "document": (
        "swagger:any info:!@info host:string basePath:string schemes:array consumes:array produces:array "
        "paths:!{path} definitions:{schema} parameters:{parameter} responses:{response} "
        "securityDefinitions:{security} security:array tags:[tag] x-ms-capabilities:object "
        "x-ms-connector-metadata:[metadata] +docs"
    ),
    "info": (
        "title:!string version:!string description:string termsOfService:string contact:@contact license:@license "
        "x-ms-api-annotation:object x-ms-keywords:array"
    ),
    "contact": "name:string email:string url:string",
    "license": "name:!string url:string",
    "link": "url:string description:string",
    "tag": "name:!string description:string +docs",
    "metadata": "propertyName:!string propertyValue:!string",
    "security": (
        "type:!basic|apiKey|oauth2 description:string name:string in:header|query flow:string "
        "authorizationUrl:string tokenUrl:string scopes:object"
    ),
    "path": f"$ref:string parameters:[parameter] x-ms-notification-content:@notification {_METHOD_KEYS}",
    "operation": (
        "operationId:string summary:string description:string tags:array consumes:array produces:array schemes:array "
        "security:array deprecated:boolean parameters:[parameter] responses:{response} "
        "x-ms-visibility:important|advanced|internal| x-ms-trigger:single|batch x-ms-api-annotation:object "
        "x-ms-pageable:object x-ms-no-generic-test:boolean x-ms-safe-operation:boolean "
        "x-ms-require-user-confirmation:boolean +docs +model"
    ),
    "notification": "schema:@schema description:string",
    "response": "description:!string schema:@schema headers:{header} examples:object",
    "header": f"description:string type:!{_PRIMITIVE} +items +value",
    "items": f"type:{_PRIMITIVE} title:string description:string +items +value +shown",
    "parameter": (
        "name:!string in:!query|header|path|formData|body description:string required:boolean allowEmptyValue:boolean "
        f"schema:@schema x-ms-url-encoding:single|double type:{_PRIMITIVE}|file +items +value +shown +model"
    ),
    "schema": (
        f"type:{_PRIMITIVE}|object|file title:string description:string required:array properties:{{schema}} "
        "items:@schema additionalProperties:any@schema allOf:[schema] discriminator:string readOnly:boolean "
        "example:any xml:object maxProperties:integer minProperties:integer +value +shown +docs +model"
    ),
    "apiProperties": "$schema:string properties:!@connector",
    "connector": (
        "iconBrandColor:!string publisher:string stackOwner:string capabilities:array "
        "connectionParameters:{connection} connectionParameterSets:@sets scriptOperations:array "
        "policyTemplateInstances:[policy]"
    ),
    "sets": "uiDefinition:object values:[set]",
    "set": "name:string uiDefinition:object parameters:{connection}",
    "connection": (
        "type:!string|securestring|int|bool|gatewaySetting|oauthSetting metadata:object uiDefinition:object "
        "oAuthSettings:@oauth"
    ),
    "oauth": (
        "identityProvider:!string clientId:string? clientSecret:string? redirectMode:Global|Direct|GlobalPerConnector "
        "redirectUrl:any scopes:array properties:object customParameters:object"
    ),
    "policy": "templateId:!string title:string type:string parameters:object",
}
OPEN_KINDS = frozenset({"sets", "set", "connection", "oauth", "notification"})
"""Kinds that may have further keys."""
REFERABLE: Mapping[str, str] = {"schema": "definitions", "parameter": "parameters", "response": "responses"}
"""Kinds that can be a `$ref`, and the member of the definition with its target."""
_TYPES = frozenset(words("string array object boolean number integer any string?"))


def _key(text: str) -> Key:
    required, text = text.startswith("!"), text.removeprefix("!")
    if text[0] == "@":
        return Key("object", required, kind=text[1:])
    if text[0] in "{[":
        return Key("object" if text[0] == "{" else "array", required, each=text[1:-1])
    if text == "any@schema":
        return Key("any", required, kind="schema")
    if text in _TYPES:
        return Key(text, required)
    return Key("string", required, values=tuple(text.split("|")))


def _keys(text: str) -> Iterator[tuple[str, Key]]:
    for word in text.split():
        if word.startswith("+"):
            yield from _keys(_SHARED[word[1:]])
        else:
            name, _, value = word.partition(":")
            yield name, _key(value)


KINDS: Mapping[str, Mapping[str, Key]] = {kind: dict(_keys(text)) for kind, text in _GRAMMAR.items()}
_PLACE = "propertyParentPath propertySubPath newPropertyPath"
POLICIES: Mapping[str, frozenset[str]] = {
    name: frozenset(parameters.split())
    for name, parameters in {
        "convertarraytoobject": f"{_PLACE} keyWithinCollectionPath retainKey",
        "convertobjecttoarray": f"{_PLACE} keyName valueName",
        "dynamichosturl": "urlTemplate",
        "encodepropertyvalue": _PLACE,
        "pollingtrigger": "triggerConfig triggerDataPath",
        "routerequesttoendpoint": "newPath httpMethod",
        "setheader": "name value existsAction",
        "setproperty": "newPropertyParentPathTemplate newPropertySubPathTemplate propertyValuePathTemplate",
        "setqueryparameter": "name value existsAction",
        "setvaluefromurl": "httpMethod parameterTemplate parameterValuePathTemplate parameterValueUrl",
        "stringreplace": f"{_PLACE} replacementString sourceString",
        "stringtoarray": f"{_PLACE} childPropertyName delimiterList",
        "updatenextlink": "nextLinkPropertyName nextLinkParentPropertyPath",
    }.items()
}
"""Policy template → the names of its parameters."""
