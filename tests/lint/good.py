"""Two well-formed files of a foreign connector: the lint finds nothing in them, and the tests break them."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]
CLIENT = "3f0c5d52-6d0e-4f0c-9a51-7c1f6f0d2b11"

_OFFICES = {"type": "array", "x-ms-summary": "Offices", "items": {"$ref": "#/definitions/Office"}}
_OFFICE_ID = {
    "name": "officeId",
    "in": "path",
    "required": True,
    "type": "string",
    "x-ms-url-encoding": "single",
    "x-ms-summary": "Office ID",
    "description": "Which office it is.",
}
_DEFINITION: Json = {
    "swagger": "2.0",
    "info": {
        "title": "Contoso Rooms",
        "description": "Finds offices of Contoso and books rooms in them.",
        "version": "1.0",
        "contact": {"name": "Contoso", "url": "https://contoso.com/help", "email": "help@contoso.com"},
        "license": {"name": "MIT", "url": "https://contoso.com/license"},
    },
    "host": "rooms.contoso.com",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "tags": [{"name": "rooms"}, {"name": "offices"}],
    "paths": {
        "/offices": {
            "get": {
                "operationId": "ListOffices",
                "summary": "List offices",
                "description": "Returns the offices of a region.",
                "parameters": [
                    {
                        "name": "region",
                        "in": "query",
                        "type": "string",
                        "enum": ["north", "south"],
                        "x-ms-enum-values": [
                            {"value": "north", "displayName": "North"},
                            {"value": "south", "displayName": "South"},
                        ],
                        "x-ms-summary": "Region",
                        "description": "Where to look for offices.",
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "type": "integer",
                        "format": "int32",
                        "minimum": 1,
                        "maximum": 50,
                        "default": 20,
                        "x-ms-summary": "Page Size",
                        "description": "How many offices to return.",
                    },
                ],
                "responses": {
                    "200": {
                        "description": "The offices.",
                        "schema": {"type": "object", "properties": {"value": _OFFICES}},
                        "examples": {"application/json": {"value": []}},
                    },
                    "default": {"description": "It did not work."},
                },
                "x-ms-pageable": {"nextLinkName": "nextLink"},
                "x-ms-api-annotation": {"family": "ListOffices", "revision": 1},
            }
        },
        "/offices/{officeId}": {
            "parameters": [{"$ref": "#/parameters/OfficeId"}],
            "get": {
                "operationId": "GetOffice",
                "summary": "Get an office",
                "description": "Returns one office.",
                "responses": {
                    "200": {"description": "The office.", "schema": {"$ref": "#/definitions/Office"}},
                    "404": {"$ref": "#/responses/NotFound"},
                },
                "x-ms-api-annotation": {"family": "GetOffice", "revision": 1},
            },
        },
        "/floors/{officeId}": {
            "get": {
                "operationId": "GetFloorV2",
                "summary": "Get the floors (of an office)",
                "description": "Returns the names of the floors.",
                "parameters": [{**_OFFICE_ID}],
                "responses": {
                    "200": {
                        "description": "The floors.",
                        "schema": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}},
                        },
                        "headers": {"X-Count": {"type": "integer"}},
                    }
                },
                "x-ms-api-annotation": {"family": "GetFloor", "revision": 2},
            }
        },
        "/bookings": {
            "post": {
                "operationId": "BookRoom",
                "summary": "Book a room",
                "description": "Books a room for a day.",
                "parameters": [
                    {
                        "name": "notify",
                        "in": "header",
                        "type": "boolean",
                        "x-ms-summary": "Notify",
                        "description": "Whether to tell the others.",
                    },
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "x-ms-summary": "Booking",
                        "description": "What to book.",
                        "schema": {"$ref": "#/definitions/Booking"},
                    },
                ],
                "responses": {"201": {"description": "Booked.", "schema": {"$ref": "#/definitions/Office"}}},
                "deprecated": False,
            }
        },
        "/photos": {
            "post": {
                "operationId": "AddPhoto",
                "summary": "Add a photo",
                "description": "Adds a photo of a room.",
                "consumes": ["multipart/form-data"],
                "parameters": [
                    {
                        "name": "photo",
                        "in": "formData",
                        "type": "file",
                        "required": True,
                        "x-ms-summary": "Photo",
                        "description": "The photo as a file.",
                    }
                ],
                "responses": {"204": {"description": "Added."}},
            }
        },
        "/hooks": {
            "x-ms-notification-content": {
                "description": "What has been booked.",
                "schema": {"type": "object", "properties": {"room": {"type": "string", "title": "Room"}}},
            },
            "post": {
                "operationId": "WhenBooked",
                "summary": "When a room is booked",
                "description": "Starts when a room is booked.",
                "x-ms-trigger": "single",
                "consumes": ["application/json"],
                "parameters": [
                    {
                        "name": "body",
                        "in": "body",
                        "required": True,
                        "schema": {
                            "type": "object",
                            "required": ["url"],
                            "properties": {
                                "url": {"type": "string", "x-ms-visibility": "internal", "x-ms-notification-url": True}
                            },
                        },
                        "x-ms-summary": "Hook",
                        "description": "Where to send it.",
                    }
                ],
                "responses": {"200": {"description": "Subscribed."}},
            },
        },
        "/hooks/{hookId}": {
            "delete": {
                "operationId": "RemoveHook",
                "x-ms-visibility": "internal",
                "summary": "Remove a hook",
                "parameters": [
                    {"name": "hookId", "in": "path", "required": True, "type": "string", "x-ms-url-encoding": "single"}
                ],
                "responses": {"200": {"description": "Removed."}},
            }
        },
        "/mcp": {
            "post": {
                "operationId": "InvokeServer",
                "summary": "Invoke the server",
                "description": "Talks to the server about rooms.",
                "x-ms-agentic-protocol": "mcp-streamable-1.0",
                "responses": {"200": {"description": "Success."}},
            }
        },
    },
    "definitions": {
        "Office": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "x-ms-summary": "Office ID", "description": "What names the office."},
                "name": {"type": "string", "x-ms-summary": "Name", "description": "What people call it."},
            },
        },
        "Booking": {
            "type": "object",
            "required": ["office", "day"],
            "discriminator": "office",
            "properties": {
                "office": {
                    "type": "string",
                    "x-ms-summary": "Office",
                    "description": "Where the room is.",
                    "x-ms-dynamic-values": {
                        "operationId": "ListOffices",
                        "parameters": {"region": "north"},
                        "value-collection": "value",
                        "value-path": "id",
                        "value-title": "name",
                    },
                    "x-ms-dynamic-list": {
                        "operationId": "ListOffices",
                        "parameters": {"region": {"value": "north"}},
                        "itemsPath": "value",
                        "itemValuePath": "id",
                        "itemTitlePath": "name",
                    },
                },
                "day": {
                    "type": "string",
                    "format": "date",
                    "x-ms-summary": "Day",
                    "description": "The day for which to book.",
                },
                "seats": {
                    "type": "array",
                    "x-ms-summary": "Seats",
                    "description": "How many seats each group needs.",
                    "items": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
    "parameters": {"OfficeId": _OFFICE_ID},
    "responses": {"NotFound": {"description": "There is no such office."}},
    "securityDefinitions": {
        "oauth2-auth": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": "https://login.contoso.com/authorize",
            "tokenUrl": "https://login.contoso.com/token",
            "scopes": {"rooms.book": "Book rooms."},
        }
    },
    "security": [{"oauth2-auth": ["rooms.book"]}],
    "x-ms-capabilities": {"testConnection": {"operationId": "ListOffices", "parameters": {}}},
    "x-ms-connector-metadata": [
        {"propertyName": "Website", "propertyValue": "https://contoso.com"},
        {"propertyName": "Privacy policy", "propertyValue": "https://contoso.com/privacy"},
        {"propertyName": "Categories", "propertyValue": "Productivity;Collaboration"},
    ],
}

_PROPERTIES: Json = {
    "properties": {
        "connectionParameters": {
            "token": {
                "type": "oauthSetting",
                "oAuthSettings": {
                    "identityProvider": "aad",
                    "clientId": CLIENT,
                    "scopes": ["api://rooms/rooms.book"],
                    "redirectMode": "GlobalPerConnector",
                    "redirectUrl": "https://global.consent.azure-apim.net/redirect",
                    "properties": {
                        "IsFirstParty": "False",
                        "AzureActiveDirectoryResourceId": "api://rooms",
                        "IsOnbehalfofLoginSupported": True,
                    },
                    "customParameters": {
                        "LoginUri": {"value": "https://login.microsoftonline.com"},
                        "TenantId": {"value": "9b7a1c64-20d3-4e8b-8a7e-55d0c3f19e02"},
                        "ResourceUri": {"value": "api://rooms"},
                        "EnableOnbehalfOfLogin": {"value": "true"},
                    },
                },
            },
            "token:TenantId": {
                "type": "string",
                "metadata": {"sourceType": "AzureActiveDirectoryTenant"},
                "uiDefinition": {"constraints": {"required": "false", "hidden": "true"}},
            },
            "host": {
                "type": "string",
                "uiDefinition": {"displayName": "Host", "constraints": {"required": "true", "clearText": True}},
            },
        },
        "iconBrandColor": "#1f5f8b",
        "publisher": "Contoso",
        "capabilities": ["actions"],
        "policyTemplateInstances": [
            {
                "templateId": "dynamichosturl",
                "title": "Host",
                "parameters": {
                    "x-ms-apimTemplateParameter.urlTemplate": "https://@connectionParameters('host')",
                    "x-ms-apimTemplate-operationName": ["ListOffices"],
                    "x-ms-apimTemplate-policySection": "Request",
                },
            }
        ],
    }
}


def definition() -> Json:
    """A fresh copy of the definition."""
    return copy.deepcopy(_DEFINITION)


def properties() -> Json:
    """A fresh copy of the apiProperties.json."""
    return copy.deepcopy(_PROPERTIES)
