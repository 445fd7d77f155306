"""What may stand where in a connector's two files, as data: kind of object → key → what its value must be.

Sources: microsoft/PowerPlatformConnectors `schemas/apiDefinition.swagger.schema.json` and
`schemas/paconn-apiProperties.schema.json`; the OpenAPI 2.0 specification; Microsoft Learn "Extend an OpenAPI
definition for a custom connector".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key's value: its JSON `type`, the texts it may be, the `kind` it is, or the kind that `each` member is."""

    type: str
    required: bool = False
    values: tuple[str, ...] = ()
    kind: str | None = None
    each: str | None = None


def words(text: str) -> tuple[str, ...]:
    """A table's words, written as one text."""
    return tuple(text.split())


METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
MIME_TYPES = ("application/json", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
FORMATS = words("int32 int64 float double byte binary date date-time password date-no-tz email html uri uuid")
CATEGORIES = (
    *("AI", "Business Management", "Business Intelligence", "Collaboration", "Commerce", "Communication"),
    *("Content and Files", "Finance", "Data", "Human Resources", "Internet of Things", "IT Operations"),
    *(
        "Lifestyle and Entertainment",
        "Marketing",
        "Productivity",
        "Sales and CRM",
        "Security",
        "Social Media",
        "Website",
    ),
)
FOREIGN_KEYWORDS = frozenset(
    words(
        "anyOf oneOf not nullable const if then else dependencies dependentRequired dependentSchemas patternProperties "
        "propertyNames contains prefixItems additionalItems unevaluatedProperties unevaluatedItems $defs $id $schema "
        "$anchor examples writeOnly deprecated contentEncoding contentMediaType"
    )
)
"""Keywords of JSON Schema and of OpenAPI 3 that OpenAPI 2.0 does not have."""
DYNAMIC = ("x-ms-dynamic-values", "x-ms-dynamic-list", "x-ms-dynamic-schema", "x-ms-dynamic-properties")
EXTENSIONS = frozenset(DYNAMIC) | frozenset(
    words(
        "x-ms-agentic-protocol x-ms-api-annotation x-ms-capabilities x-ms-connector-metadata x-ms-deployment-version "
        "x-ms-dynamic-tree x-ms-editor x-ms-editor-options x-ms-enum x-ms-enum-values x-ms-media-kind "
        "x-ms-no-generic-test x-ms-notification x-ms-notification-content x-ms-notification-url x-ms-openai-data "
        "x-ms-openai-manifest x-ms-operation-context x-ms-pageable x-ms-safe-operation x-ms-summary x-ms-test-value "
        "x-ms-trigger x-ms-trigger-hint x-ms-trigger-metadata x-ms-url-encoding x-ms-visibility"
    )
)

_TEXT, _LIST, _OBJECT, _FLAG, _NUMBER, _COUNT, _ANY = (
    Key(name) for name in ("string", "array", "object", "boolean", "number", "integer", "any")
)
_DYNAMIC = dict.fromkeys((*DYNAMIC, "x-ms-dynamic-tree"), _OBJECT)
_SHOWN = {
    "x-ms-summary": _TEXT,
    "x-ms-visibility": Key("string", values=("important", "advanced", "internal")),
    "x-ms-enum-values": _LIST,
    **_DYNAMIC,
}
_VALUE = {
    "format": _TEXT,
    "default": _ANY,
    "enum": _LIST,
    "pattern": _TEXT,
    **dict.fromkeys(("maximum", "minimum", "multipleOf"), _NUMBER),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), _FLAG),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems"), _COUNT),
}
_PRIMITIVES = ("string", "number", "integer", "boolean", "array")
_ITEMS = {"type": Key("string", values=_PRIMITIVES), "items": Key("object", kind="items"), "collectionFormat": _TEXT}
_DOCS = {"externalDocs": Key("object", kind="link")}
_LINK = {"url": _TEXT, "description": _TEXT}

KINDS: Mapping[str, Mapping[str, Key]] = {
    "document": {
        "swagger": _ANY,
        "info": Key("object", required=True, kind="info"),
        "host": _TEXT,
        "basePath": _TEXT,
        "schemes": _LIST,
        "consumes": _LIST,
        "produces": _LIST,
        "paths": Key("object", required=True, each="path"),
        "definitions": Key("object", each="schema"),
        "parameters": Key("object", each="parameter"),
        "responses": Key("object", each="response"),
        "securityDefinitions": Key("object", each="security"),
        "security": _LIST,
        "tags": Key("array", each="tag"),
        "x-ms-capabilities": _OBJECT,
        "x-ms-connector-metadata": Key("array", each="metadata"),
        **_DOCS,
    },
    "info": {
        "title": Key("string", required=True),
        "version": Key("string", required=True),
        "description": _TEXT,
        "termsOfService": _TEXT,
        "contact": Key("object", kind="contact"),
        "license": Key("object", kind="license"),
        "x-ms-api-annotation": _OBJECT,
    },
    "contact": {"name": _TEXT, "email": _TEXT, "url": _TEXT},
    "license": {"name": Key("string", required=True), "url": _TEXT},
    "link": _LINK,
    "tag": {"name": Key("string", required=True), "description": _TEXT, **_DOCS},
    "metadata": {"propertyName": Key("string", required=True), "propertyValue": Key("string", required=True)},
    "security": {
        "type": Key("string", required=True, values=("basic", "apiKey", "oauth2")),
        "description": _TEXT,
        "name": _TEXT,
        "in": Key("string", values=("header", "query")),
        "flow": _TEXT,
        "authorizationUrl": _TEXT,
        "tokenUrl": _TEXT,
        "scopes": _OBJECT,
    },
    "path": {
        "$ref": _TEXT,
        "parameters": Key("array", each="parameter"),
        "x-ms-notification-content": Key("object", kind="notification"),
        **{method: Key("object", kind="operation") for method in METHODS},
    },
    "operation": {
        "operationId": _TEXT,
        "summary": _TEXT,
        "description": _TEXT,
        "tags": _LIST,
        "consumes": _LIST,
        "produces": _LIST,
        "schemes": _LIST,
        "security": _LIST,
        "deprecated": _FLAG,
        "parameters": Key("array", each="parameter"),
        "responses": Key("object", each="response"),
        "x-ms-visibility": _SHOWN["x-ms-visibility"],
        "x-ms-trigger": Key("string", values=("single", "batch")),
        "x-ms-api-annotation": _OBJECT,
        "x-ms-pageable": _OBJECT,
        "x-ms-no-generic-test": _FLAG,
        "x-ms-safe-operation": _FLAG,
        **_DOCS,
    },
    "notification": {"schema": Key("object", kind="schema"), "description": _TEXT},
    "response": {
        "description": Key("string", required=True),
        "schema": Key("object", kind="schema"),
        "headers": Key("object", each="header"),
        "examples": _OBJECT,
    },
    "header": {"description": _TEXT, **_ITEMS, **_VALUE},
    "items": {**_ITEMS, **_VALUE, **_SHOWN, "title": _TEXT, "description": _TEXT},
    "parameter": {
        "name": Key("string", required=True),
        "in": Key("string", required=True, values=("query", "header", "path", "formData", "body")),
        "description": _TEXT,
        "required": _FLAG,
        "allowEmptyValue": _FLAG,
        "schema": Key("object", kind="schema"),
        "x-ms-url-encoding": Key("string", values=("single", "double")),
        **_ITEMS,
        "type": Key("string", values=(*_PRIMITIVES, "file")),
        **_VALUE,
        **_SHOWN,
    },
    "schema": {
        "type": Key("string", values=(*_PRIMITIVES, "object", "file")),
        "title": _TEXT,
        "description": _TEXT,
        "required": _LIST,
        "properties": Key("object", each="schema"),
        "items": Key("object", kind="schema"),
        "additionalProperties": Key("any", kind="schema"),
        "allOf": Key("array", each="schema"),
        "discriminator": _TEXT,
        "readOnly": _FLAG,
        "example": _ANY,
        "xml": _OBJECT,
        **dict.fromkeys(("maxProperties", "minProperties"), _COUNT),
        **_VALUE,
        **_SHOWN,
        **_DOCS,
    },
    "apiProperties": {"$schema": _TEXT, "properties": Key("object", required=True, kind="connector")},
    "connector": {
        "iconBrandColor": Key("string", required=True),
        "publisher": _TEXT,
        "stackOwner": _TEXT,
        "capabilities": _LIST,
        "connectionParameters": Key("object", each="connection"),
        "connectionParameterSets": _OBJECT,
        "scriptOperations": _LIST,
        "policyTemplateInstances": Key("array", each="policy"),
    },
    "connection": {
        "type": Key(
            "string", required=True, values=("string", "securestring", "int", "bool", "gatewaySetting", "oauthSetting")
        ),
        "metadata": _OBJECT,
        "uiDefinition": _OBJECT,
        "oAuthSettings": Key("object", kind="oauth"),
    },
    "oauth": {
        "identityProvider": Key(
            "string", required=True, values=("oauth2", "oauth2generic", "aad", "aadcertificate", "facebook")
        ),
        "clientId": _TEXT,
        "clientSecret": _ANY,
        "redirectMode": Key("string", values=("Global", "Direct", "GlobalPerConnector")),
        "redirectUrl": _TEXT,
        "scopes": _LIST,
        "properties": _OBJECT,
        "customParameters": _OBJECT,
    },
    "policy": {
        "templateId": Key("string", required=True),
        "title": _TEXT,
        "type": _TEXT,
        "parameters": _OBJECT,
    },
}

OPEN_KINDS = frozenset({"connection", "oauth"})
"""Kinds whose further keys the published schemas leave open."""
REFERABLE: Mapping[str, str] = {"schema": "definitions", "parameter": "parameters", "response": "responses"}
"""Kinds that a `$ref` may stand for, and where its target must be."""
