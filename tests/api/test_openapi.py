"""The OpenAPI document: operations, problems, examples, links and security."""

import pytest
from jsonschema import Draft202012Validator

from app.http.problems import STATUS_OF
from app.main import create_app
from tests.support.api_calls import PROBLEM
from tests.support.builders import make_settings

AUTHENTICATED = {"unauthorized", "forbidden", "rate_limited", "temporarily_unavailable"}
JSON_BODY = {"invalid_request", "body_too_large", "unsupported_media_type"}
CODES = AUTHENTICATED | JSON_BODY | {"invalid_phone_number", "no_pending_verification", "too_many_attempts"}
SINGLE_VERIFICATION = AUTHENTICATED | {"invalid_request", "no_pending_verification"}
REPORT = {"bad_report", "not_found", "forbidden", "rate_limited"} | {
    "body_too_large",
    "invalid_request",
    "temporarily_unavailable",
}
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
    "get /v1/verifications/{id}": SINGLE_VERIFICATION,
    "delete /v1/verifications/{id}": SINGLE_VERIFICATION,
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


def test_every_operation_has_a_unique_id_and_a_summary(operations):
    ids = [operation["operationId"] for operation in operations.values()]

    assert len(set(ids)) == len(ids)
    assert all(operation["summary"] and operation["description"] for operation in operations.values())


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_of_a_route_has_an_example(operations, name):
    examples = {}
    for status, response in operations[name]["responses"].items():
        if int(status) < 400:
            continue
        assert list(response["content"]) == [PROBLEM], status
        assert response["content"][PROBLEM]["schema"]
        for code, example in response["content"][PROBLEM]["examples"].items():
            examples[code] = example["value"]
            assert (example["value"]["code"], example["value"]["status"]) == (code, int(status))

    assert set(examples) == PROBLEMS[name]


def test_every_error_is_documented_on_a_route(operations):
    """Except those that any path may return."""
    generic = {"internal_error", "method_not_allowed", "not_found"}

    assert {error.code for error in STATUS_OF} - generic <= set().union(*PROBLEMS.values())


def test_every_body_has_examples_valid_by_its_schema(document, operations):
    for name, operation in operations.items():
        bodies = [operation.get("requestBody", {}).get("content", {}).get("application/json")]
        bodies += [response.get("content", {}).get("application/json") for response in operation["responses"].values()]
        for body in filter(None, bodies):
            for schema in _choices(document, body["schema"]):
                assert schema.get("examples"), (name, schema.get("title"))
                for example in schema["examples"]:
                    validator = Draft202012Validator(schema | {"components": document["components"]})
                    # FastAPI omits null from examples, so a nullable field may be missing.
                    errors = [error for error in validator.iter_errors(example) if error.validator != "required"]
                    assert not errors, (name, example)


def test_response_examples_show_every_field(document):
    for name, schema in document["components"]["schemas"].items():
        if "verification_id" in schema.get("required", ()) and "examples" in schema and name != "CheckById":
            assert set(schema["required"]) <= set(schema["examples"][0]), name


@pytest.mark.parametrize(("name", "status"), LINKS)
def test_responses_link_to_the_following_operations(document, operations, name, status):
    """Tools and readers can follow a verification from call to call."""
    links = operations[name]["responses"][status]["links"].values()

    assert {_operation_at(document, link["operationRef"]) for link in links} == LINKS[name, status]
    assert all(link["description"] for link in links)
    for link in links:
        (value,) = (link.get("requestBody") or link["parameters"]).values()
        assert value.removeprefix("$response.body#/") in {"verification_id", "proof"}


def _operation_at(document, reference):
    """Follow a reference to an operation (RFC 6901)."""
    _, paths, path, method = (part.replace("~1", "/").replace("~0", "~") for part in reference.split("/"))
    assert document[paths][path][method]
    return f"{method} {path}"


def test_document_is_valid_openapi_3_1(document):
    """Check the version, info, schemas and references; no OpenAPI validator is installed."""
    schemas = document["components"]["schemas"]
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"]
    assert document["info"]["version"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


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


def _references(node):
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _references(part)
