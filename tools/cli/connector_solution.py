"""The connector as an unmanaged Dataverse solution, in the two forms that public examples have.

Sources: microsoft/iom-provider-shopify (a zip's content) and microsoft/CopilotStudioSamples
`infrastructure/manage-paygo/sourcecode` (an unpacked export), both with a custom connector; Microsoft Learn "Solution
component types" (372 connector, 380 environment variable definition) and "Use environment variables in solution custom
connectors". No identifier is random: the same input gives the same bytes.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from bridge import __version__
from bridge.connector.openapi_parts import Json

CONNECTOR_TYPE = "372"
VARIABLE_TYPE = "380"
TEXT_TYPE = "100000000"
LANGUAGE = "1033"
_NAMESPACE = uuid.UUID("2f1e6c1a-54a0-5d0e-9a3c-6f1b7d9c4e21")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_EMPTY = (
    "Entities Roles Workflows FieldSecurityProfiles Templates EntityMaps EntityRelationships OrganizationSettings "
    "optionsets CustomControls EntityDataProviders"
)
_VARIABLES = {
    "Host": "The bridge's host name, without https://",
    "ClientId": "Client id of the connector app",
    "TenantId": "Id of the Entra tenant",
    "Resource": "App ID URI of the service app",
}
_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/octet-stream" />'
    '<Default Extension="json" ContentType="application/octet-stream" />'
    '<Default Extension="Png" ContentType="application/octet-stream" /></Types>\n'
)


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution with one connector. `name` is the solution's unique name, `prefix` the publisher's prefix."""

    name: str
    prefix: str
    definition: Json
    properties: Json
    icon: bytes

    @property
    def connector(self) -> str:
        """The connector's unique name: letters and digits alone, because exports encode all other characters."""
        return f"{self.prefix}_{self.name.lower().replace('_', '')}"

    @property
    def version(self) -> str:
        return ".".join([*__version__.split(".")[:3], "0"])

    def folder(self) -> Mapping[str, str | bytes]:
        """For source control and `pac solution pack`: path → content."""
        connector = ElementTree.tostring(self._connector(), encoding="unicode")
        return {
            "Other/Solution.xml": self._solution(),
            "Other/Customizations.xml": self._customizations(with_connector=False),
            f"Connectors/{self.connector}.xml": f'<?xml version="1.0" encoding="utf-8"?>\n{connector}\n',
            **{f"Connectors/{name}": data for name, data in self._parts().items()},
            **dict(self._variables()),
        }

    def zip(self) -> bytes:
        """For import: the same content as one archive, with a fixed time stamp."""
        files: dict[str, str | bytes] = {
            "[Content_Types].xml": _CONTENT_TYPES,
            "solution.xml": self._solution(),
            "customizations.xml": self._customizations(with_connector=True),
            **{f"Connector/{name}": data for name, data in self._parts().items()},
            **dict(self._variables()),
        }
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return stream.getvalue()

    def _parts(self) -> Mapping[str, str | bytes]:
        properties = _object(self.properties["properties"])
        names = {variable: f'@environmentVariables("{self._schema_name(variable)}")' for variable in _VARIABLES}
        connection = json.loads(json.dumps(properties["connectionParameters"]))
        oauth = connection["token"]["oAuthSettings"]
        resource = oauth["customParameters"]["resourceUri"]["value"]
        oauth["clientId"] = names["ClientId"]
        oauth["scopes"] = [scope.replace(resource, names["Resource"]) for scope in oauth["scopes"]]
        oauth["properties"]["AzureActiveDirectoryResourceId"] = names["Resource"]
        oauth["customParameters"]["tenantId"]["value"] = names["TenantId"]
        oauth["customParameters"]["resourceUri"]["value"] = names["Resource"]
        return {
            f"{self.connector}_openapidefinition.json": _json({**self.definition, "host": names["Host"]}),
            f"{self.connector}_connectionparameters.json": _json(connection),
            f"{self.connector}_policytemplateinstances.json": _json(properties["policyTemplateInstances"]),
            f"{self.connector}_iconblob.Png": self.icon,
        }

    def deployment_settings(self) -> str:
        """This deployment's values, for `pac solution import --settings-file`.

        The solution itself has no values: an import asks for a value only where there is no default, and with the
        host of another stage as default the connector would send every user's token there.
        """
        rows = [{"SchemaName": self._schema_name(name), "Value": value} for name, value in self._values().items()]
        return json.dumps({"EnvironmentVariables": rows, "ConnectionReferences": []}, indent=2) + "\n"

    def _values(self) -> Mapping[str, str]:
        connection = _object(_object(self.properties["properties"])["connectionParameters"])
        oauth = _object(_object(connection["token"])["oAuthSettings"])
        custom = _object(oauth["customParameters"])
        return {
            "Host": str(self.definition["host"]),
            "ClientId": str(oauth["clientId"]),
            "TenantId": str(_object(custom["tenantId"])["value"]),
            "Resource": str(_object(custom["resourceUri"])["value"]),
        }

    def _schema_name(self, variable: str) -> str:
        return f"{self.prefix}_{self.name}{variable}"

    def _variables(self) -> Iterator[tuple[str, str]]:
        for variable, description in _VARIABLES.items():
            name = self._schema_name(variable)
            root = ElementTree.Element("environmentvariabledefinition", schemaname=name)
            _add_label(root, "description", description)
            _add_label(root, "displayname", f"{self.name} {variable}")
            rows = {"introducedversion": self.version, "iscustomizable": "1", "isrequired": "1", "secretstore": "0"}
            for key, value in (rows | {"type": TEXT_TYPE}).items():
                _add(root, key, value)
            yield f"environmentvariabledefinitions/{name}/environmentvariabledefinition.xml", _xml(root)

    def _id(self) -> str:
        return str(uuid.uuid5(_NAMESPACE, self.connector))

    def _connector(self) -> ElementTree.Element:
        root = ElementTree.Element("Connector")
        info = _object(self.definition["info"])
        rows = {
            "connectorid": self._id(),
            "description": str(info["description"]),
            "displayname": str(info["title"]),
            "iconbrandcolor": str(_object(self.properties["properties"])["iconBrandColor"]),
            "name": self.connector,
            "connectortype": "1",
        }
        for part in ("openapidefinition", "connectionparameters", "policytemplateinstances"):
            rows[part] = f"/Connector/{self.connector}_{part}.json"
        rows["iconblob"] = f"/Connector/{self.connector}_iconblob.Png"
        for key, value in rows.items():
            _add(root, key, value)
        return root

    def _customizations(self, *, with_connector: bool) -> str:
        root = ElementTree.Element("ImportExportXml")
        for name in _EMPTY.split():
            ElementTree.SubElement(root, name)
        connectors = ElementTree.SubElement(root, "Connectors")
        if with_connector:
            connectors.append(self._connector())
        _add(ElementTree.SubElement(root, "Languages"), "Language", LANGUAGE)
        return _xml(root)

    def _solution(self) -> str:
        root = ElementTree.Element(
            "ImportExportXml",
            {"version": "9.2", "SolutionPackageVersion": "9.2", "languagecode": LANGUAGE, "generatedBy": "CrmLive"},
        )
        manifest = ElementTree.SubElement(root, "SolutionManifest")
        _add(manifest, "UniqueName", self.name)
        _add_names(manifest, str(_object(self.definition["info"])["title"]))
        _add(manifest, "Version", self.version)
        _add(manifest, "Managed", "0")
        publisher = ElementTree.SubElement(manifest, "Publisher")
        _add(publisher, "UniqueName", self.prefix)
        _add_names(publisher, self.prefix)
        for name in ("EMailAddress", "SupportingWebsiteUrl"):
            ElementTree.SubElement(publisher, name, {f"{{{_XSI}}}nil": "true"})
        _add(publisher, "CustomizationPrefix", self.prefix)
        _add(publisher, "CustomizationOptionValuePrefix", str(10000 + uuid.uuid5(_NAMESPACE, self.prefix).int % 90000))
        ElementTree.SubElement(publisher, "Addresses")
        components = ElementTree.SubElement(manifest, "RootComponents")
        for attributes in self._components():
            ElementTree.SubElement(components, "RootComponent", attributes)
        ElementTree.SubElement(manifest, "MissingDependencies")
        return _xml(root)

    def _components(self) -> Iterator[dict[str, str]]:
        identifier = {"id": f"{{{self._id()}}}"}
        yield {"type": CONNECTOR_TYPE, **identifier, "schemaName": self.connector, "behavior": "0"}
        for variable in _VARIABLES:
            yield {"type": VARIABLE_TYPE, "schemaName": self._schema_name(variable), "behavior": "0"}


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _add_label(parent: ElementTree.Element, name: str, text: str) -> None:
    node = ElementTree.SubElement(parent, name, default=text)
    ElementTree.SubElement(node, "label", description=text, languagecode=LANGUAGE)


def _add_names(parent: ElementTree.Element, text: str) -> None:
    names = ElementTree.SubElement(parent, "LocalizedNames")
    ElementTree.SubElement(names, "LocalizedName", description=text, languagecode=LANGUAGE)
    ElementTree.SubElement(parent, "Descriptions")


def _xml(root: ElementTree.Element) -> str:
    ElementTree.register_namespace("xsi", _XSI)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
