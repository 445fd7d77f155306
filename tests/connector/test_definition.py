"""The connector's two files are made from the catalog, follow the platform's rules, and are current in `openapi/`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from bridge.catalog import Catalog, Operation, load
from bridge.connector.api_properties import api_properties
from bridge.connector.deployment import Deployment
from bridge.connector.from_settings import definition_from_settings, properties_from_settings
from bridge.connector.openapi import definition, to_json
from bridge.settings import Contact, SettingsError
from bridge.settings import load as load_settings
from tests.support.catalog import CATALOG as TWO_SYSTEMS
from tests.support.env import env
from tools.cli.main import main
from tools.lint import check

HOST = "bridge.example"
TENANT, SERVICE, CONNECTOR = (f"00000000-0000-0000-0000-{number:012}" for number in (1, 2, 3))
PLACEHOLDERS = Deployment(host=HOST, tenant_id=TENANT, client_id=SERVICE, connector_client_id=CONNECTOR)
FOLDER = Path(__file__).parents[2] / "openapi"
CATALOG = load(systems={"workday"})
OPERATIONS = list(CATALOG.operations.values())
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A configured system, as the settings give it."""

    name: str
    kind: str
    operations: frozenset[str]


def made(catalog: Catalog = CATALOG, systems: list[Opened] | None = None) -> Json:
    return definition(catalog, PLACEHOLDERS, systems=systems)


@cache
def whole() -> Json:
    """The definition of the whole catalog, which no test changes."""
    return made()


def served(catalog: Catalog = CATALOG, /, **values: str) -> Json:
    """The definition that a deployment with these settings serves."""
    settings = load_settings(env(BRIDGE_PUBLIC_URL=f"https://{HOST}", **values), catalog)
    return definition_from_settings(settings, catalog)


def made_properties() -> Json:
    return api_properties(PLACEHOLDERS)


def test_the_connector_app_is_the_first_allowed_client_whatever_its_id() -> None:
    largest, smallest = "f" * 8 + CONNECTOR[8:], CONNECTOR
    settings = load_settings(env(BRIDGE_ENTRA__ALLOWED_CLIENTS=f"{largest} {smallest}"), CATALOG)
    text = json.dumps(properties_from_settings(settings, CATALOG))
    assert largest in text
    assert smallest not in text


def described(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and operation of each operation of a definition."""
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items())


def by_id(document: Json) -> dict[str, Json]:
    return {operation["operationId"]: operation for _, _, operation in described(document)}


FILES = {"apiDefinition.swagger.json": made(), "apiProperties.json": made_properties()}
REAL = {
    HOST: "hr.contoso.com",
    **{one: f"8c2f6f0e-3b51-4c7d-9a10-1f2e3d4c5b6{one[-1]}" for one in (TENANT, SERVICE, CONNECTOR)},
}


def filled_in(document: Json) -> bytes:
    """The file with a deployment's own values in place of the placeholders."""
    text = to_json(document)
    for placeholder, value in REAL.items():
        text = text.replace(placeholder, value)
    return text.encode()


@pytest.mark.parametrize(("name", "document"), FILES.items(), ids=FILES.keys())
def test_the_checked_in_file_is_current(name: str, document: Json) -> None:
    """If not: the command in openapi/README.md writes the file again."""
    assert (FOLDER / name).read_text(encoding="utf-8") == to_json(document)


@pytest.mark.parametrize("document", FILES.values(), ids=FILES.keys())
def test_our_own_lint_finds_nothing_not_even_a_notice(document: Json) -> None:
    """So the file imports and can be certified."""
    assert [str(finding) for finding in check(filled_in(document))] == []


def test_the_shipped_files_name_no_host_that_somebody_could_hold() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", "".join(map(to_json, FILES.values()))))
    assert hosts <= {"bridge.example", "login.microsoftonline.com"}


@pytest.mark.parametrize("certify", [[], ["--certify"]], ids=["import", "certification"])
def test_the_shipped_definition_is_clean_and_says_what_to_replace(
    certify: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["connector", "lint", str(FOLDER / "apiDefinition.swagger.json"), *certify]) == 0
    printed = capsys.readouterr().out
    assert "0 errors, 0 warnings, 0 notices in 1 file" in printed
    assert "once its placeholders are replaced" in printed
    assert '"bridge.example"' in printed


def test_before_the_import_host_client_tenant_and_resource_are_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connector", "lint", "--json", str(FOLDER)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {one["rule"] for one in report["findings"]} == {"PlaceholderInFile"}
    names = {one["pointer"].removesuffix("/value").rpartition("/")[2] for one in report["findings"]}
    assert names == {"host", "clientId", "tenantId", "resourceUri", "authorizationUrl"}


def test_power_fx_keeps_every_operation() -> None:
    """Its type rules, in its own order: an unsupported pair or level drops the operation from an agent."""
    assert [name for name, one in by_id(whole()).items() if not all(map(is_kept, types_of(one)))] == []


def is_kept(schema: Json, level: int = 0) -> bool:
    formats = {
        "number": {None, "float", "double", "integer", "byte", "number", "int32", "decimal", "currency"},
        "integer": {None, "integer", "int32", "int64", "unixtime"},
    }
    kind = schema.get("type", "object")
    if level == 30 or kind not in ("string", "number", "integer", "boolean", "array", "object", "file"):
        return False
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return schema.get("format") in formats.get(kind, {schema.get("format")}) and all(
        is_kept(one, level + 1) for one in inner
    )


def types_of(operation: Json) -> Iterator[Json]:
    for parameter in operation["parameters"]:
        yield from parameter["schema"]["properties"].values() if parameter["in"] == "body" else [parameter]
    yield operation["responses"]["200"]["schema"]


def test_the_definition_is_valid_for_an_independent_judge() -> None:
    assert list(OpenAPIV2SpecValidator(made()).iter_errors()) == []


def test_the_same_catalog_gives_the_same_bytes() -> None:
    assert to_json(made()) == to_json(made(load(systems={"workday"})))
    assert to_json(made()).endswith("}\n")


def test_it_stays_within_the_platform_s_limits() -> None:
    assert len(to_json(made()).encode()) < 1_000_000
    assert len(by_id(whole())) <= 256


def test_it_describes_every_operation_of_the_catalog_and_whoami_and_nothing_else() -> None:
    expected = {(f"/{operation.route}", operation.method, operation.id) for operation in CATALOG.operations.values()}
    found = {(path, method.upper(), operation["operationId"]) for path, method, operation in described(whole())}
    assert found == expected | {("/api/whoami", "GET", "WhoAmI")}


def inputs_of(operation: Operation) -> dict[str, Json]:
    """The inputs of an operation in the definition, with `in` added for those of the body."""
    found: dict[str, Json] = {}
    for parameter in by_id(whole())[operation.id]["parameters"]:
        if parameter["in"] == "body":
            found |= {name: {**schema, "in": "body"} for name, schema in parameter["schema"]["properties"].items()}
        else:
            found[parameter["name"]] = parameter
    return found


def wrong(is_right: Callable[[Operation], object]) -> list[str]:
    """The operations of the catalog for which `is_right` is false."""
    return [operation.id for operation in OPERATIONS if not is_right(operation)]


def is_taken_over(operation: Operation, name: str, found: Json) -> bool:
    schema = operation.inputs[name]
    kept = {key: value for key, value in schema.items() if key not in ("title", "items", "description")}
    in_body = operation.method in ("POST", "PUT", "PATCH")
    place = "path" if f"{{{name}}}" in operation.path else "body" if in_body else "query"
    return (
        kept.items() <= found.items()
        and str(found["description"]).startswith(str(schema["description"]))
        and (found["x-ms-summary"], found["in"]) == (schema["title"], place)
    )


def test_inputs_are_taken_over_verbatim_and_are_where_the_bridge_reads_them() -> None:
    def is_right(operation: Operation) -> bool:
        found = inputs_of(operation)
        of_the_bridge = {"Idempotency-Key"} if operation.kind == "write" else set()
        return found.keys() == operation.inputs.keys() | of_the_bridge and all(
            is_taken_over(operation, name, found[name]) for name in operation.inputs
        )

    assert wrong(is_right) == []


def test_required_inputs_are_required_in_the_definition() -> None:
    def is_right(operation: Operation) -> bool:
        parameters = by_id(whole())[operation.id]["parameters"]
        required = {one["name"] for one in parameters if one["required"] and one["in"] != "body"}
        bodies = [one for one in parameters if one["in"] == "body"]
        for body in bodies:
            required |= set(body["schema"].get("required", []))
        expected = set(operation.required) | {name for name in operation.inputs if f"{{{name}}}" in operation.path}
        return required == expected and all(one["required"] == bool(one["schema"].get("required")) for one in bodies)

    assert wrong(is_right) == []


def test_outputs_are_on_200_and_nowhere_else() -> None:
    def is_right(operation: Operation) -> bool:
        responses = by_id(whole())[operation.id]["responses"]
        with_schema = [status for status, response in responses.items() if "schema" in response]
        return with_schema == ["200"] and list(responses["200"]["schema"]["properties"]) == list(operation.outputs)

    assert wrong(is_right) == []


def test_no_write_announces_a_status_after_which_a_flow_would_repeat_it_blindly() -> None:
    def is_right(operation: Operation) -> bool:
        statuses = set(by_id(whole())[operation.id]["responses"])
        retried = {status for status in statuses if status in ("408", "429") or status.startswith("5")}
        is_write = operation.kind == "write"
        return ("409" in statuses) is is_write and retried == ({"503"} if is_write else {"502", "503", "504"})

    assert wrong(is_right) == []


@pytest.mark.parametrize(
    ("what", "pattern", "kind"),
    [
        ("when to use it", r"\b[Uu]se (it|this)\b|\b[Cc]all (it|this)\b", None),
        ("what it does not do", r"\b(not|never|no|only|another|stays?)\b", None),
        ("whose data", r"\b(person|people|personal|organization|reports|own)\b", None),
        ("that the agent confirms first", r"\bconfirm", "write"),
        ("enough, and not too much", r"(?s)\A.{60,500}\Z", None),
    ],
)
def test_descriptions_say(what: str, pattern: str, kind: str | None) -> None:
    assert wrong(lambda one: kind not in (None, one.kind) or re.search(pattern, one.description)) == []


def test_an_input_with_a_list_tells_agents_which_operation_returns_it() -> None:
    def is_right(operation: Operation) -> bool:
        found = inputs_of(operation)
        return all(choice.operation in found[name]["description"] for name, choice in operation.choices.items())

    assert wrong(is_right) == []


def test_dropdowns_name_the_list_in_both_extensions() -> None:
    field = inputs_of(CATALOG.operations["RequestMyDocument"])["type"]
    assert field["x-ms-dynamic-values"] == {
        "operationId": "ListMyDocumentTypes",
        "parameters": {},
        "value-collection": "types",
        "value-path": "value",
        "value-title": "title",
    }
    assert field["x-ms-dynamic-list"] == {
        "operationId": "ListMyDocumentTypes",
        "parameters": {},
        "itemsPath": "types",
        "itemValuePath": "value",
        "itemTitlePath": "title",
    }


def test_the_connection_test_is_whoami() -> None:
    assert made()["x-ms-capabilities"]["testConnection"] == {"operationId": "WhoAmI", "parameters": {}}


def test_a_deployment_shows_what_is_open_there_and_no_dropdown_without_its_list() -> None:
    document = made(systems=[Opened("workday", "workday", frozenset({"GetMyProfile", "RequestMyDocument"}))])
    assert by_id(document).keys() == {"WhoAmI", "GetMyProfile", "RequestMyDocument"}
    assert "x-ms-dynamic-values" not in json.dumps(document)
    assert "ListMyDocumentTypes" not in json.dumps(document)
    assert [str(finding) for finding in check(filled_in(document))] == []


def test_a_second_system_of_a_kind_has_paths_and_ids_of_its_own() -> None:
    document = made(
        systems=[
            Opened("workday", "workday", frozenset({"GetMyProfile"})),
            Opened("workday_eu", "workday", frozenset({"RequestMyDocument", "ListMyDocumentTypes"})),
        ]
    )
    assert by_id(document).keys() == {
        "WhoAmI",
        "GetMyProfile",
        "RequestMyDocumentAtWorkdayEu",
        "ListMyDocumentTypesAtWorkdayEu",
    }
    request = document["paths"]["/api/workday_eu/me/documents"]["post"]
    assert "ListMyDocumentTypesAtWorkdayEu" in json.dumps(request)


def test_on_behalf_of_is_switched_on_in_both_places_for_the_service_app() -> None:
    oauth = made_properties()["properties"]["connectionParameters"]["token"]["oAuthSettings"]
    assert oauth["identityProvider"] == "aad"
    assert oauth["clientId"] == CONNECTOR
    assert oauth["properties"]["IsOnbehalfofLoginSupported"] is True
    assert oauth["customParameters"] == {
        "loginUri": {"value": "https://login.microsoftonline.com"},
        "tenantId": {"value": TENANT},
        "resourceUri": {"value": f"api://{SERVICE}"},
        "enableOnbehalfOfLogin": {"value": "true"},
    }
    assert oauth["properties"]["AzureActiveDirectoryResourceId"] == f"api://{SERVICE}"
    assert oauth["scopes"] == [f"api://{SERVICE}/access_as_user"]


def test_the_served_definition_marks_writes_for_confirmation_and_the_shipped_one_keeps_to_the_published_schema() -> (
    None
):
    assert "x-ms-require-user-confirmation" in json.dumps(served())
    document = definition(CATALOG, PLACEHOLDERS, confirm_writes=True)
    marked = {name for name, one in by_id(document).items() if one.get("x-ms-require-user-confirmation") is True}
    assert marked == {operation.id for operation in CATALOG.operations.values() if operation.kind == "write"}
    assert [str(finding) for finding in check(filled_in(document))] == []
    assert "x-ms-require-user-confirmation" not in json.dumps(made())


def test_title_and_contact_are_settings() -> None:
    values = {"BRIDGE_CONNECTOR__TITLE": "My HR", "BRIDGE_CONNECTOR__CONTACT": "HR desk <hr@contoso.com>"}
    info = served(**values)["info"]
    assert info["title"] == "My HR"
    assert info["contact"] == {"name": "HR desk", "url": f"https://{HOST}/", "email": "hr@contoso.com"}


def test_without_a_title_the_connector_has_the_name_of_its_only_system() -> None:
    assert made()["info"]["title"] == "Workday Self-Service"
    assert served(TWO_SYSTEMS)["info"]["title"] == "Employee Self-Service"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRIDGE_CONNECTOR__TITLE", "x" * 31),
        ("BRIDGE_CONNECTOR__TITLE", "HR / me"),
        ("BRIDGE_CONNECTOR__CONTACT", "HR desk"),
        ("BRIDGE_CONNECTOR__COLOR", "blue"),
    ],
)
def test_a_setting_that_cannot_be_shown_is_a_problem_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(env(**{name: value}), CATALOG)
    assert [problem.setting for problem in caught.value.problems] == [name]


@pytest.mark.parametrize("text", ["", "HR desk", "hr@", "<hr@contoso.com", "HR desk hr@contoso.com>", "a\nb <c@d.e>"])
def test_what_is_no_contact_is_refused(text: str) -> None:
    assert Contact.parse(text) is None


def test_neither_file_holds_a_place_for_a_secret() -> None:
    assert "secret" not in json.dumps([made(), made_properties()]).casefold()
