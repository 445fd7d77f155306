"""Every rule of the grammar, each as one mistake in a good folder: file, field and what is expected are told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.catalog import CatalogError, load
from bridge.catalog.problem import Problem
from tests.catalog.shop import GOOD, LIST, READ, WRITE
from tests.outbound.support import write_catalog
from tests.support.cases import check_each

R, W, X, S, L = (
    "shop/GetThings.toml",
    "shop/MakeThing.toml",
    "shop/MakeThing.xml",
    "shop/system.toml",
    "shop/lists/colors.toml",
)

BY_REST = (
    WRITE.replace('service = "soap"\ntemplate = "MakeThing.xml"', 'service = "rest"\nmethod = "POST"\npath = "/things"')
    .replace("[soap]", "[rest]")
    .replace('"s:Id"', '"/id"')
    + "[rest.body]\n"
)

LIST_IN_RECORD = """
[outputs.rows]
type = "array"
title = "Rows"
description = "The rows of the answer."
from = "/rows"
items.type = "object"
[outputs.rows.items.properties.inner]
type = "array"
title = "Inner"
description = "The entries of a row."
from = "/inner"
items.type = "object"
"""

# what is wrong: (file, text there, text instead, field, expected)
MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    "no TOML": (R, 'method = "GET"', "method = GET", "", "expected a TOML file"),
    "unknown key": (R, "kind =", 'color = "red"\nkind =', "color", "is not known here"),
    "method": (R, '"GET"', '"FETCH"', "method", "expected one of"),
    "a write by GET": (W, '"POST"', '"GET"', "method", "never GET"),
    "path": (R, '"/things"', '"things"', "path", "small words"),
    "path with capitals": (R, '"/things"', '"/Things"', "path", "small words"),
    "path of the pass-through": (R, '"/things"', '"/raw/things"', "path", "is the pass-through"),
    "path names no input": (R, '"/things"', '"/things/{size}"', "path", "'size' is no input"),
    "path input not required": (R, 'path = "/things"', 'path = "/things/{color}"', "required", "part of the path"),
    "kind missing": (R, 'kind = "read"', "", "kind", "expected one of read, write"),
    "sensitive": (R, "kind =", 'sensitive = "yes"\nkind =', "sensitive", "true or false"),
    "set": (R, "kind =", 'set = "Time off"\nkind =', "set", "small words and hyphens"),
    "visibility": (R, "kind =", 'visibility = "hidden"\nkind =', "visibility", "expected one of"),
    "summary with full stop": (R, '"Get things"', '"Get things."', "summary", "no full stop"),
    "summary too long": (R, '"Get things"', f'"Get {"x" * 80}"', "summary", "at most 80"),
    "description no sentence": (R, "nothing else.", "nothing else", "description", "sentences"),
    "evidence missing": (R, 'evidence = "None needed."', "", "evidence", "expected a text"),
    "required names no input": (W, '["days"]', '["days", "size"]', "required", "'size' is no input"),
    "required twice": (W, '["days"]', '["days", "days"]', "required", "different texts"),
    "ledger names no output": (W, "kind =", 'ledger = ["size"]\nkind =', "ledger", "expected names of outputs"),
    "ledger names the bridge's own output": (W, "kind =", 'ledger = ["nextStep"]\nkind =', "ledger", "not nextStep"),
    "ledger of a read": (R, "kind =", 'ledger = ["name"]\nkind =', "ledger", "expected"),
    "service account that writes": (W, "kind =", 'subject = "service"\nkind =', "subject", "only reads"),
    "service account about me": (
        R,
        '"/things"\n',
        '"/me/things"\nsubject = "service"\n',
        "subject",
        "about the caller",
    ),
    **{
        f"service account, REST {me}": (
            R,
            READ,
            READ.replace('kind = "read"', 'kind = "read"\nsubject = "service"').replace(
                "/things/{color}", f"/people/{me}/{{color}}"
            ),
            "subject",
            "the request names 'me'",
        )
        for me in ("me", "ME", "me.json", "Me-2")
    },
    "no request": (R, '[rest]\nservice = "rest"\npath = "/things/{color}"', "", "", "exactly one of the tables"),
    "two requests": (R, "[rest]", '[list]\nname = "colors"\n[rest]', "", "exactly one of the tables"),
    "unknown service": (R, 'service = "rest"', 'service = "mail"', "rest.service", "expected one of rest, soap"),
    "a read that POSTs": (R, "[rest]", '[rest]\nmethod = "POST"', "rest.method", "expected GET for a read"),
    "a GET with body": (R, "[rest]", '[rest]\nbody = { a = "b" }', "rest.body", "has no body"),
    "REST path with query": (R, "/things/{color}", "/things?c={color}", "rest.path", "expected a path"),
    "path input without pattern": (R, 'pattern = "^[a-z]{1,10}$"', "", "inputs.color", "expected a pattern"),
    "type": (R, 'type = "string"', 'type = "text"', "inputs.color.type", "expected one of"),
    "format": (W, '"date"', '"day"', "inputs.days.items.properties.date.format", "expected one of"),
    "title": (R, '"Color"', '"color"', "inputs.color.title", "a label"),
    "title missing": (R, 'title = "Color"', "", "inputs.color.title", "a label"),
    "description is the title": (R, '"The color to look for."', '"Color."', "inputs.color.description", "again"),
    "pattern not anchored": (R, "^[a-z]{1,10}$", "[a-z]+", "inputs.color.pattern", "from ^ to $"),
    "pattern broken": (R, "^[a-z]{1,10}$", "^[a-z$", "inputs.color.pattern", "from ^ to $"),
    "keyword of another type": (
        R,
        "pattern =",
        "minimum = 1\npattern =",
        "inputs.color.minimum",
        "goes with type string",
    ),
    "unsupported keyword": (R, "pattern =", "anyOf = []\npattern =", "inputs.color.anyOf", "is not known here"),
    "negative length": (R, "pattern =", "minLength = -1\npattern =", "inputs.color.minLength", "not negative"),
    "enum empty": (R, "pattern =", "enum = []\npattern =", "inputs.color.enum", "at least one"),
    "enum of another type": (R, "pattern =", "enum = [1]\npattern =", "inputs.color.enum", "values of type string"),
    "default of another type": (
        R,
        "pattern =",
        "default = 1\npattern =",
        "inputs.color.default",
        "value of type string",
    ),
    "default not in enum": (R, "pattern =", 'enum = ["a"]\ndefault = "b"\npattern =', "inputs.color.default", "enum's"),
    "list in a URL": (W, '"POST"', '"DELETE"', "inputs.days", "travels in the URL"),
    "list without fields": (
        W,
        WRITE[WRITE.index("[inputs.days.items") : WRITE.index("[inputs.note]")],
        "",
        "inputs.days.items.properties",
        "the fields of one entry",
    ),
    "output without from": (R, 'from = "/count"', "", "outputs.count.from", "where in the response"),
    "output by no JSON pointer": (R, '"/count"', '"count"', "outputs.count.from", "a JSON Pointer"),
    "output by broken XPath": (W, '"s:Id"', '"s:Id["', "outputs.thingId.from", "XPath 1.0"),
    "XPath with unknown prefix": (W, '"s:Id"', '"t:Id"', "outputs.thingId.from", "not t"),
    "XPath with unknown function": (W, '"s:Id"', '"s:Id[lower-case(.)]"', "outputs.thingId.from", "not lower-case"),
    "a write that answers lists": (
        W,
        'type = "string"\ntitle = "Thing ID"',
        'type = "array"\nitems.type = "string"\ntitle = "Thing ID"',
        "outputs",
        "no lists",
    ),
    "next step missing": (W, 'next_step = "Nothing."', "", "next_step", "what happens next"),
    "template missing": (W, "MakeThing.xml", "Other.xml", "soap.template", "readable XML file"),
    "template elsewhere": (W, "MakeThing.xml", "../MakeThing.xml", "soap.template", "beside this one"),
    "template no XML": (X, "</s:Make>", "", "soap.template", "readable XML file"),
    "template with document type": (X, "<s:Make", "<!DOCTYPE x><s:Make", "soap.template", "document type"),
    "template in another namespace": (X, "urn:shop", "urn:other", "template", "system's namespaces"),
    "unknown placeholder": (X, "{note}", "{remark}", "template Note", "'remark' is no input"),
    "input used nowhere": (X, "{note}", "-", "inputs.note", "is used nowhere"),
    "placeholder inside a text": (X, "{note}", "Note: {note}", "template Note", "the whole text"),
    "list field outside its list": (X, "{note}", "{days.date}", "template Note", "'days.date' is no input"),
    "each of no list": (X, '"days"', '"note"', "template Day", "an input that is a list"),
    "each inside each": (
        X,
        "{days.date}",
        '<s:D b:each="days">{days.date}</s:D>',
        "template D",
        "no list inside a list",
    ),
    "another attribute": (X, "b:each=", 'b:when="note" b:each=', "template Day", "no other attributes"),
    "each on the outermost element": (X, "<s:Make", '<s:Make b:each="days"', "template Make", "outermost"),
    "list in a query": (
        R,
        'path = "/things/{color}"',
        'path = "/things/{color}"\nquery = { q = "a{color}" }',
        "template query.q",
        "the whole text",
    ),
    "JSON each outside a list": (
        W,
        WRITE,
        BY_REST + 'a = { "@each" = "days", n = "{note}" }',
        "template body.a",
        "inside a list",
    ),
    "a body that is no JSON": (W, WRITE, BY_REST + "a = 2026-01-31", "template body.a", "that JSON has"),
    "if of nothing": (X, "<s:Note>", '<s:Note b:if="remark">', "template Note", "'remark' is no input"),
    "if of one that is not there": (
        X,
        "<s:Note>",
        '<s:Note b:if="note remark">',
        "template Note",
        "'remark' is no input",
    ),
    "if of no name": (X, "<s:Note>", '<s:Note b:if="!">', "template Note", "a name in the condition"),
    "text beside elements": (X, "</s:Note>", "</s:Note>and", "template Make", "not both"),
    "auto-complete true": (X, ">false<", ">true<", "template Auto_Complete", "approve everything"),
    "auto-complete 1": (X, ">false<", ">1<", "template Auto_Complete", "approve everything"),
    "auto-complete by input": (X, ">false<", ">{note}<", "template Auto_Complete", "approve everything"),
    "lookup of nothing": (
        R,
        '/{color}"',
        "/{color}/{me}\"\n[lookups.me]\noperation = 'GetMe'\noutput = 'id'",
        "lookups.me",
        "'GetMe': expected a read",
    ),
    "lookup that is an input": (
        R,
        "[rest]",
        "[lookups.color]\noperation = 'GetThings'\noutput = 'count'\n[rest]",
        "lookups.color",
        "never an input",
    ),
    "choices of nothing": (
        R,
        "[rest]",
        "[choices.color]\noperation = 'ListColors'\ncollection = 'c'\nvalue = 'v'\ntitle = 't'\n[rest]",
        "choices.color",
        "'ListColors': expected a read",
    ),
    "choices for no input": (
        R,
        "[rest]",
        "[choices.size]\noperation = 'GetThings'\ncollection = 'c'\nvalue = 'v'\ntitle = 't'\n[rest]",
        "choices.size",
        "'size' is no input",
    ),
    "unknown service, near": (R, 'service = "rest"', 'service = "rets"', "rest.service", "did you mean 'rest'?"),
    "unknown key, near": (R, "summary =", "sumary = 'x'\nsummary =", "sumary", "did you mean 'summary'?"),
    "unknown placeholder, near": (R, "{color}", "{colour}", "template path", "did you mean 'color'?"),
    "lookup, near": (
        R,
        '/{color}"',
        "/{color}/{me}\"\n[lookups.me]\noperation = 'GetThing'\noutput = 'id'",
        "lookups.me",
        "did you mean 'GetThings'?",
    ),
    "dots in a path": (R, "/things/{color}", "/../{color}/x", "rest.path", "without empty segments, '.' and '..'"),
    "empty segment in a path": (R, "/things/{color}", "/things//{color}", "rest.path", "expected a path"),
    "escape in a path": (R, "/things/{color}", "/%2e%2e/{color}", "rest.path", "expected a path"),
    "query in a path": (R, "/things/{color}", "/things/{color}?a=b", "rest.path", "without query"),
    "fragment in a path": (R, "/things/{color}", "/things/{color}#a", "rest.path", "without query"),
    "unknown encoder": (R, "/things/{color}", "/things({color:sql})", "template path", "odata, soql, path"),
    "bare placeholder in a text": (R, "/things/{color}", "/things({color})", "template path", "names an encoder"),
    "a header of the bridge's own": (
        R,
        "[rest]",
        "[rest]\nheaders = { Authorization = 'x' }",
        "rest.headers.Authorization",
        "is set by the bridge",
    ),
    "a header with a line break": (
        R,
        "[rest]",
        '[rest]\nheaders = { "A\\nB" = "x" }',
        "rest.headers.A\nB",
        "letters, digits and hyphens",
    ),
    "a content type": (
        R,
        "[rest]",
        "[rest]\nheaders = { Content-Type = 'application/xml' }",
        "rest.headers.Content-Type",
        "media_type for another JSON type",
    ),
    "a media type that is no JSON": (
        R,
        "[rest]",
        "[rest]\nmedia_type = 'text/plain'",
        "rest.media_type",
        "application/merge-patch+json",
    ),
    "a filter that an absent input would take away": (
        R,
        READ,
        READ.replace('"/things/{color}"', '"/things"\nquery = { f = "mine and c = {color:odata}" }')
        .replace('required = ["color"]', "")
        .replace('path = "/things/{color}"\nkind', 'path = "/things"\nkind'),
        "rest.query.f",
        "'color' in required",
    ),
    "a list of records in a record": (
        R,
        READ,
        READ + LIST_IN_RECORD,
        "outputs.rows.items.properties.inner.items.type",
        "expected one of boolean, integer, number, string",
    ),
    "a GET with a form": (R, "[rest]", "[rest]\nform = { a = 'b' }", "rest.form", "has no body"),
    "body and form": (W, WRITE, BY_REST + "a = '{note}'\n[rest.form]\nb = 'c'", "rest.form", "either a body"),
    "a description without its full stop": (
        R,
        "nothing else.",
        "nothing else",
        "description",
        "a full stop at the end",
    ),
    "a description that is too short": (
        R,
        "Returns things for tests, and nothing else.",
        "Things.",
        "description",
        "there are 7",
    ),
    "approval of a read": (R, "kind =", "approval = true\nkind =", "kind", "something about writes"),
    "confirmed by nothing": (
        W,
        "kind =",
        "confirm_with = 'GetThing'\nkind =",
        "confirm_with",
        "did you mean 'GetThings'?",
    ),
    "a write that is remembered": (W, "kind =", "remember = 60\nkind =", "remember", "expected 0"),
    "remembered too long": (R, "kind =", "remember = 86400\nkind =", "remember", "0 (never) to 3600"),
    "no version": (R, "kind =", "since = '30'\nkind =", "since", "as in v30.0"),
    "verify what is not needed": (
        R,
        "[rest]",
        "[needs]\nareas = ['Staffing']\nverify = ['Stafing']\n[rest]",
        "needs.verify",
        "did you mean 'Staffing'?",
    ),
    "keep for a required input": (W, "[soap]", "[keep]\ndays = 'current.days'\n[soap]", "keep.days", "may be left out"),
    "a span of no dates": (
        W,
        "[soap]",
        "[spans.week]\nfirst = 'note'\nlast = 'note'\n[soap]",
        "spans.week",
        "format date",
    ),
    "a list in a header": (R, '"/count"', '"header:"', "outputs.count.from", "a JSON Pointer"),
    "a service outside its host": (
        S,
        "https://{host}/soap/v1",
        "https://{host}/../v1",
        "services.soap",
        "'.' and '..'",
    ),
    "a fault that can take forever": (S, "^no such user", "(a+)+b", "faults[0].pattern", "can take too long"),
    "page without use": (R, "[rest]", '[page]\ntotal = "/total"\n[rest]', "page", "{page.number}"),
    "page too large": (R, "[rest]", '[page]\ntotal = "/total"\nsize = 1000\n[rest]', "page.size", "max_size"),
    "unknown list": (
        R,
        '[rest]\nservice = "rest"\npath = "/things/{color}"',
        '[list]\nname = "sizes"',
        "list.name",
        "colors",
    ),
    "list without entries": (L, LIST, "", "titles", "at least one entry"),
    "list with a value twice": (L, LIST, LIST + 'a = "B"', "", "expected a TOML file"),
    "description of no entry": (L, LIST, LIST + '[descriptions]\nb = "B"', "descriptions.b", "has no title"),
    "system without title": (S, 'title = "Shop"', "", "title", "expected a text"),
    "service without TLS": (S, "https://{host}/soap/v1", "http://{host}/soap/v1", "services.soap", "https://{host}"),
    "service elsewhere": (S, "https://{host}/soap/v1", "https://example.com/", "services.soap", "https://{host}"),
    "service with unknown mark": (S, "{tenant}", "{user}", "services.rest", "https://{host}"),
    "fault pattern that explodes": (S, "^no such user", "^(a+)+$", "faults[0].pattern", "too long"),
    "fault pattern broken": (S, "^no such user", "(", "faults[0].pattern", "regular expression"),
    "fault meaning": (S, "user_unknown", "shrug", "faults[0].means", "expected one of"),
}


def of_shop(folder: Path, files: Mapping[str, str]) -> tuple[Problem, ...]:
    """The mistakes of a folder with nothing built in beside it."""
    return load(write_catalog(folder, files), systems={"shop"}).problems


def test_the_good_folder_has_no_mistakes(tmp_path: Path) -> None:
    assert of_shop(tmp_path, GOOD) == ()


def test_each_mistake_is_reported_with_file_field_and_what_is_expected(tmp_path: Path) -> None:
    def check(mistake: tuple[str, str, str, str, str]) -> None:
        file, there, instead, field, expected = mistake
        assert there in GOOD[file]
        problems = of_shop(tmp_path, {**GOOD, file: GOOD[file].replace(there, instead, 1)})
        reported = [problem for problem in problems if problem.field == field and expected in problem.expected]
        assert reported, "; ".join(map(str, problems))
        assert {problem.file.stem for problem in reported} == {Path(file).stem}

    check_each(MISTAKES, check)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    broken = READ.replace('"GET"', '"FETCH"').replace('"Get things"', '"get"').replace('"/count"', '"count"')
    problems = of_shop(tmp_path, {**GOOD, R: broken, W: WRITE.replace('"s:Id"', '"s:Id["')})
    assert {(problem.file.name, problem.field) for problem in problems} == {
        ("GetThings.toml", "method"),
        ("GetThings.toml", "summary"),
        ("GetThings.toml", "outputs.count.from"),
        ("MakeThing.toml", "outputs.thingId.from"),
    }


def test_a_mistake_in_a_built_in_operation_is_an_error_when_it_is_used(tmp_path: Path) -> None:
    write_catalog(tmp_path, {**GOOD, R: READ.replace('"GET"', '"FETCH"').replace('"/count"', '"count"')})
    operations = load(built_in=tmp_path).operations
    assert operations["MakeThing"].kind == "write"
    with pytest.raises(CatalogError) as caught:
        operations["GetThings"]
    assert [problem.field for problem in caught.value.problems] == ["method", "outputs.count.from"]
    assert "GetThings.toml: method: expected one of" in str(caught.value)
