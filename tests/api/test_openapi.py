"""The OpenAPI document: operations, problems, examples, links and security, and its copy in `docs/`."""

import json
import re

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema_specifications import REGISTRY as SPECIFICATIONS
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.openapi.examples import CLAIMS
from app.http.problems import STATUS_OF
from app.main import create_app
from tests.support.api_calls import PROBLEM
from tests.support.builders import make_settings
from tests.support.openapi_file import OPENAPI_FILE, current_text

AUTHENTICATED = {"unauthorized", "forbidden", "rate_limited", "temporarily_unavailable"}
JSON_BODY = {"invalid_request", "body_too_large", "unsupported_media_type"}
CODES = AUTHENTICATED | JSON_BODY | {"invalid_phone_number", "no_pending_verification", "too_many_attempts"}
SINGLE_VERIFICATION = AUTHENTICATED | {"invalid_request", "no_pending_verification"}
SINGLE_MESSAGE = AUTHENTICATED | {"invalid_request", "no_such_message"}
REPORT = {"bad_report", "not_found", "forbidden", "rate_limited"} | {
    "body_too_large",
    "invalid_request",
    "temporarily_unavailable",
}
VERBS = "request|verify|search|get|cancel|receive|redeem|introspect|check|send|report"
ANYWHERE = {"internal_error", "method_not_allowed"}
PROBLEMS = {
    "post /v1/request-code": CODES
    | {
        "destination_not_allowed",
        "destination_blocked",
        "human_check_required",
        "human_check_failed",
        "idempotency_key_reused",
    },
    "post /v1/verify-code": CODES | {"incorrect_code", "idempotency_key_reused"},
    "post /v1/verifications/search": AUTHENTICATED | JSON_BODY | {"invalid_phone_number"},
    "get /v1/verifications/{id}": SINGLE_VERIFICATION,
    "delete /v1/verifications/{id}": SINGLE_VERIFICATION,
    "post /v1/messages": AUTHENTICATED
    | JSON_BODY
    | {
        "invalid_phone_number",
        "destination_not_allowed",
        "destination_blocked",
        "opted_out",
        "idempotency_key_reused",
    },
    "get /v1/messages/{id}": SINGLE_MESSAGE,
    "delete /v1/messages/{id}": SINGLE_MESSAGE,
    "post /v1/messages/{id}/outcome": SINGLE_MESSAGE | JSON_BODY,
    "get /v1/human-check": {"forbidden", "invalid_request", "invalid_phone_number", "rate_limited"},
    "get /v1/reports/{gateway}": REPORT,
    "post /v1/reports/{gateway}": REPORT,
    "get /v1/reports/{gateway}/{token}": REPORT,
    "post /v1/reports/{gateway}/{token}": REPORT,
    "post /v1/proofs/redeem": AUTHENTICATED | JSON_BODY | {"idempotency_key_reused"},
    "post /v1/proofs/introspect": AUTHENTICATED | JSON_BODY,
    "get /.well-known/jwks.json": set(),
    "get /livez": set(),
    "get /readyz": {"temporarily_unavailable"},
}
LINKS = {
    ("post /v1/request-code", "202"): {
        "post /v1/verify-code",
        "post /v1/request-code",
        "get /v1/verifications/{id}",
        "delete /v1/verifications/{id}",
    },
    ("post /v1/verify-code", "200"): {
        "post /v1/proofs/redeem",
        "post /v1/proofs/introspect",
        "get /v1/verifications/{id}",
    },
}


@pytest.fixture(scope="module")
def document():
    return create_app(make_settings()).openapi()


@pytest.fixture(scope="module")
def operations(document):
    return {
        f"{method} {path}": operation for path, item in document["paths"].items() for method, operation in item.items()
    }


def test_every_api_route_is_documented_and_no_page(operations):
    assert set(operations) == set(PROBLEMS)


def test_every_operation_has_a_summary_and_a_unique_id_that_names_an_action(operations):
    """Client generators name a method after the id, so it never changes."""
    ids = [operation["operationId"] for operation in operations.values()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(rf"({VERBS})([A-Z][a-z]+)+", id) for id in ids), f"{ids}: add a new one to VERBS"
    assert all(operation["summary"] and operation["description"] for operation in operations.values())


def test_every_tag_is_described(document, operations):
    used = {tag for operation in operations.values() for tag in operation["tags"]}

    assert {tag["name"] for tag in document["tags"] if tag["description"]} == used


def test_server_is_the_public_url():
    document = create_app(make_settings(public_url="https://otp.example.com")).openapi()

    assert document["servers"] == [{"url": "https://otp.example.com"}]


def test_committed_document_is_current():
    """Client generators read the file, so that they need no running service. `make openapi` writes it."""
    assert OPENAPI_FILE.read_text() == current_text(), "docs/openapi.json is not current: run make openapi"
    assert json.loads(current_text())["servers"] == [{"url": "http://127.0.0.1:8000"}]


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_of_a_route_has_an_example(operations, name):
    examples = {}
    for status, response in operations[name]["responses"].items():
        if status.startswith("2"):
            continue
        assert list(response["content"]) == [PROBLEM], status
        assert response["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in response["content"][PROBLEM]["examples"].items():
            examples[code] = example["value"]
            assert example["value"]["code"] == code
            assert status in {str(example["value"]["status"]), "default"}
            assert ("retry_after" not in example["value"]) or response["headers"]["Retry-After"]["required"]

    assert set(examples) == PROBLEMS[name] | ANYWHERE


def test_every_error_is_documented_on_a_route():
    assert {error.code for error in STATUS_OF} == set().union(*PROBLEMS.values()) | ANYWHERE


def test_problem_names_every_code_and_every_member_of_an_error(document):
    """`limit` is added for backends only, and `failures` where a service is not ready."""
    schemas = document["components"]["schemas"]
    members = {member for error in STATUS_OF for member in error.public_fields} | {"limit", "failures"}

    assert schemas["ProblemCode"]["enum"] == [error.code for error in STATUS_OF]
    assert set(schemas["Problem"]["properties"]) - set(schemas["Problem"]["required"]) == members


def test_proof_response_names_every_claim_of_a_proof(document):
    claims = set(document["components"]["schemas"]["ProofResponse"]["properties"]) - {"active"}

    assert claims == set(CLAIMS) - {"active"}


def test_answers_may_gain_members_and_requests_may_not(document, operations):
    """Clients of openapi-generator refuse a member that the document does not declare."""
    schemas = document["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if schema.get("type") == "object"}
    bodies = [operation["requestBody"] for operation in operations.values() if "requestBody" in operation]
    taken = {
        choice["title"]
        for body in bodies
        for choice in _choices(document, body["content"]["application/json"]["schema"])
    }

    assert {name for name in objects if not schemas[name]["additionalProperties"]} == taken
    assert len(taken) > 4


def test_constants_of_all_enums_have_different_names(document):
    """In a client in Go they share one namespace."""
    enums = [schema for schema in document["components"]["schemas"].values() if "enum" in schema]
    names = [
        name for schema in enums for name in schema.get("x-enum-varnames", [word.upper() for word in schema["enum"]])
    ]

    assert len(enums) > 3
    assert len(set(names)) == len(names)


def test_times_of_a_proof_have_64_bits(document):
    """Generated clients would take 32 by default, which ends in 2038."""
    claims = document["components"]["schemas"]["ProofResponse"]["properties"]

    assert {claims[name]["format"] for name in ("iat", "exp")} == {"int64"}


def test_no_field_of_a_request_has_a_default_in_the_schema(document):
    """openapi-typescript would require the field."""
    schemas = document["components"]["schemas"].items()
    assert not [
        (name, field)
        for name, schema in schemas
        for field, value in schema.get("properties", {}).items()
        if "default" in value and field not in schema.get("required", ())
    ]


def test_every_body_has_examples_and_all_are_valid(document, operations):
    """Of bodies and of problems, those beside the schema and those in it."""
    for name, operation in operations.items():
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for content in body.get("content", {}).values():
                examples = [example["value"] for example in content.get("examples", {}).values()]
                choices = _choices(document, content["schema"])
                examples += [example for schema in choices for example in schema.get("examples", ())]
                assert examples or "example" in content, name
                for example in examples:
                    assert _mistakes(document, content["schema"], example) == [], (name, example)


@pytest.mark.parametrize("name", ["post /v1/request-code", "post /v1/verify-code"])
def test_each_form_of_a_body_has_a_named_example(document, operations, name):
    content = operations[name]["requestBody"]["content"]["application/json"]
    examples = [example["value"] for example in content["examples"].values()]

    for choice in _choices(document, content["schema"]):
        assert [example for example in examples if not _mistakes(document, choice, example)], choice["title"]


def test_response_examples_show_every_field(document):
    for name, schema in document["components"]["schemas"].items():
        if "verification_id" in schema.get("required", ()) and "examples" in schema and name != "CheckById":
            assert set(schema["required"]) <= set(schema["examples"][0]), name


@pytest.mark.parametrize(("name", "status"), LINKS)
def test_responses_link_to_the_following_operations(operations, name, status):
    """Tools and readers can follow a verification from call to call."""
    links = operations[name]["responses"][status]["links"].values()
    targets = {operation["operationId"]: target for target, operation in operations.items()}

    assert {targets[link["operationId"]] for link in links} == LINKS[name, status]
    assert all(link["description"] for link in links)
    for link in links:
        assert isinstance(link.get("requestBody", ""), str), "openapi-generator refuses an object"
        (field, value), *more = (link.get("parameters") or json.loads(link["requestBody"])).items()
        assert not more
        assert value.strip("{}").removeprefix("$response.body#/") in {"verification_id", "proof"}
        assert field in {"id", "verification_id", "proof"}


def test_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_keyword_of_a_schema_exists(document):
    """JSON Schema ignores an unknown one, such as `ge` for `minimum`; linters of OpenAPI refuse it."""
    known = set(Draft202012Validator.META_SCHEMA["properties"])
    for part in Draft202012Validator.META_SCHEMA["allOf"]:
        known |= set(SPECIFICATIONS.contents(f"https://json-schema.org/draft/2020-12/{part['$ref']}")["properties"])

    for name, schema in document["components"]["schemas"].items():
        for keyword in _keywords(schema):
            assert keyword in known or keyword.startswith("x-"), (name, keyword)


def test_security_scheme_is_http_bearer(document, operations):
    (scheme,) = document["components"]["securitySchemes"].values()

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    authenticated = {name for name, operation in operations.items() if operation.get("security")}
    assert authenticated == {name for name, codes in PROBLEMS.items() if "unauthorized" in codes}


def _choices(document, schema):
    if "$ref" in schema:
        return [document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]]
    return [choice for part in schema.get("anyOf", schema.get("oneOf", ())) for choice in _choices(document, part)] or [
        schema
    ]


def _keywords(schema):
    yield from schema
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    parts += [schema["items"]] if "items" in schema else []
    for part in parts:
        yield from _keywords(part)


def _mistakes(document, schema, value):
    validator = Draft202012Validator(
        {**schema, "components": document["components"]}, format_checker=FormatChecker(["date-time"])
    )
    return [error.message for error in validator.iter_errors(value)]
