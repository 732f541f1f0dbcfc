"""The TypeScript declaration names exactly what the form and the API have; tests/examples compiles it."""

import json
import re
from pathlib import Path

import pytest

import app.web.form
from app.http.problems import STATUS_OF
from app.main import create_app
from app.web.form import bundle
from tests.support.builders import make_settings

HERE = Path(app.web.form.__file__).with_suffix("")
SCRIPT = bundle(HERE / "otp-form.js")
TYPES = (HERE / "otp-form.d.ts").read_text()
WORDS = json.loads((HERE / "words" / "en.json").read_text())
FORM_CODES = {"expired", "misconfigured", "offline"}  # of the form itself
LIFECYCLE = {"connectedCallback", "disconnectedCallback", "attributeChangedCallback"}


@pytest.fixture(scope="module")
def document():
    return create_app(make_settings()).openapi()


def members_of(interface):
    """Return the members of an interface with their types; the name of an optional one ends in `?`."""
    body = re.search(rf"^export interface {interface}\b[^{{]*{{\n(.*?)^}}", TYPES, re.DOTALL | re.MULTILINE)[1]
    return {name.replace('"', ""): type for name, type in re.findall(r"^  ([\w\":-]+\??): (.+);$", body, re.MULTILINE)}


def typescript_of(schema, document):
    """Return the TypeScript type of a JSON Schema."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return typescript_of(document["components"]["schemas"][name], document)
    if "anyOf" in schema:
        return " | ".join(typescript_of(option, document) for option in schema["anyOf"])
    if "const" in schema:
        return json.dumps(schema["const"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " | ".join({"integer": "number"}.get(type, type) for type in types)


def response_of(document, path, method, status):
    """Return the properties of a response's JSON Schema."""
    schema = document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]


@pytest.mark.parametrize(
    ("interface", "path", "status"),
    [("CodeRequested", "/v1/request-code", "202"), ("CodeApproved", "/v1/verify-code", "200")],
)
def test_the_details_of_events_are_the_responses_of_the_api(document, interface, path, status):
    """Every property, with its type; the service always sends all of them."""
    properties = response_of(document, path, "post", status)

    assert members_of(interface) == {name: typescript_of(schema, document) for name, schema in properties.items()}


def test_a_human_check_is_the_response_of_the_api_for_a_widget(document):
    """ALTCHA needs no widget, so its `challenge` never reaches the page."""
    properties = response_of(document, "/v1/human-check", "get", "200")
    members = members_of("HumanCheck")

    assert {name.rstrip("?") for name in members} == set(properties) - {"challenge"}
    assert set(re.findall(r'"(\w+)"', members["provider"])) == set(properties["provider"]["enum"]) - {"off", "altcha"}


def test_the_problem_codes_are_those_that_the_form_can_show():
    """An error that the form never causes has no text of its own, and is left out."""
    declared = set(re.findall(r'^  \| "(\w+)"', TYPES, re.MULTILINE))
    mapped = set(re.findall(r"^(\w+): ", re.search(r"const WORD_OF = \{(.*?)\}", SCRIPT, re.DOTALL)[1], re.MULTILINE))
    with_text = mapped | set(WORDS) | {"incorrect_code", "internal_error"}

    assert declared == ({error.code for error in STATUS_OF} & with_text) | FORM_CODES
    assert all(f'"{code}"' in SCRIPT for code in FORM_CODES)


def test_the_attributes_are_those_that_the_element_observes():
    observed = json.loads(re.search(r"observedAttributes = (\[.*?\])", SCRIPT)[1])
    members = members_of("OtpFormAttributes")

    assert [name.rstrip("?") for name in members] == observed
    assert [name for name in members if not name.endswith("?")] == ["publishable-key"]


def test_the_events_are_those_that_the_element_fires():
    assert set(members_of("OtpFormEventMap")) == set(re.findall(r'"(otp:\w+)"', SCRIPT))


def test_the_members_are_those_of_the_element():
    """Its public methods, and the property that it reads of itself."""
    source = (HERE / "otp-form.js").read_text()
    methods = set(re.findall(r"^  (\w+)\([^)]*\) \{$", source, re.MULTILINE)) - LIFECYCLE
    declared = re.search(r"interface OtpFormElement.*?^}", TYPES, re.DOTALL | re.MULTILINE)[0]

    assert set(re.findall(r"^  (\w+)\(", declared, re.MULTILINE)) == methods
    assert {name.rstrip("?") for name in members_of("OtpFormElement")} == {"humanCheck"}
    assert "humanCheck(" in SCRIPT


def test_the_declaration_imports_nothing():
    """A page without React or Vue has no types of theirs; each mention of them is marked as optional."""
    lines = TYPES.splitlines()
    mentions = [number for number, line in enumerate(lines) if re.search(r'"(react|vue)"', line)]

    assert not re.search(r"^import\b", TYPES, re.MULTILINE)
    assert mentions
    assert [lines[number] for number in mentions if lines[number - 1].strip() != "// @ts-ignore"] == []
