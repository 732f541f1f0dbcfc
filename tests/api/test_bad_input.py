"""Malformed input gets a problem document with a known code, never a 500, and changes nothing in the store."""

import json
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.gateways.registry import inbox_token
from tests.support.api_calls import CODE, PROBLEM, WRONG_CODE, assert_problem, new_verification_id, post_verify_code
from tests.support.builders import PHONE

JSON = {"Content-Type": "application/json"}
ROUTES = ["/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem", "/v1/proofs/introspect"]
VALID_VALUES = {"phone_number": PHONE, "code": CODE, "verification_id": "vf_x", "proof": "x", "purpose": "login"}

# One service for all examples of a test, so that the store is compared after all of them.
HYPOTHESIS_SETTINGS = settings(
    deadline=None,  # the machine may be busy
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@asynccontextmanager
async def assert_store_unchanged(service):
    """Assert that the store, with one pending verification, does not change."""
    id = await new_verification_id(service.client, reference="before")
    before = await service.dump()
    assert before
    yield
    assert await service.dump() == before
    assert (await post_verify_code(service.client, id)).status_code == 200


def is_problem(response):
    """Return whether a response is a problem document below 500; fail for a 5xx."""
    if response.status_code < 400:
        return False
    body = assert_problem(response, response.status_code, response.json()["code"])
    assert response.status_code < 500, body
    return True


def nested(opening, depth):
    return {"[": b"[" * depth, "{": b'{"a":' * depth}[opening]


BODIES = {
    "nothing": b"",
    "spaces": b" " * 100,
    "no json": b"phone_number=%2B31612345678",
    "half": b'{"phone_number": "+316',
    "null": b"null",
    "number": b"42",
    "string": b'"+31612345678"',
    "list": b'[{"phone_number": "+31612345678"}]',
    "lists": nested("[", 16 * 1024),
    "objects": nested("{", 3000),
    "closed lists": b"[" * 8000 + b"]" * 8000,
    "a field of lists": b'{"phone_number": ' + b"[" * 8000 + b"]" * 8000 + b"}",
    "huge integer": b'{"phone_number": ' + b"9" * 16000 + b"}",
    "long integer": b'{"verification_id": "vf_x", "code": ' + b"9" * 400 + b"}",
    "huge exponent": b'{"phone_number": 1e999999}',
    "nan": b'{"phone_number": NaN}',
    "infinity": b'{"phone_number": -Infinity, "proof": Infinity}',
    "lone surrogate": b'{"phone_number": "\\ud800", "reference": "\\udfff", "code": "\\ud800", "proof": "\\ud800"}',
    "surrogate name": b'{"phone_number": "+31612345678", "\\ud800": 1}',
    "raw surrogate": b'{"phone_number": "+31612345678", "reference": "\xed\xa0\x80"}',
    "nul": b'{"phone_number": "\\u0000", "code": "\\u0000", "verification_id": "\\u0000"}',
    "raw nul": b'{"phone_number": "\x00"}',
    "twice": b'{"phone_number": "hello", "phone_number": "x", "code": "1", "code": "2"}',
    "latin-1": b'{"phone_number": "+31612345678", "reference": "caf\xe9"}',
    "no utf-8": b"\xff\xfe\xfd",
    "utf-16": '{"phone_number": "x"}'.encode("utf-16"),
    "utf-32": '{"phone_number": "x"}'.encode("utf-32"),
    "bom": b'\xef\xbb\xbf{"phone_number": "x"}',
    "comment": b'{/* hello */ "phone_number": "x"}',
    "comma": b'{"phone_number": "x",}',
    "long name": b'{"' + b"x" * 16000 + b'": 1}',
    "many names": json.dumps({f"n{n}": n for n in range(1000)}).encode(),
    "prototype": b'{"__proto__": {"a": 1}, "__class__": "x", "phone_number": "x"}',
}


@pytest.mark.parametrize("route", ROUTES)
async def test_malformed_body_is_refused_and_changes_nothing(service, route):
    async with assert_store_unchanged(service):
        for name, body in BODIES.items():
            response = await service.client.post(route, content=body, headers=JSON)
            assert is_problem(response), name
            assert response.status_code == 422, name


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-16", "application/json;" + "x" * 3000])
async def test_content_type_parameters_are_harmless(service, content_type):
    async with assert_store_unchanged(service):
        response = await service.client.post(ROUTES[0], content=b"{}", headers={"Content-Type": content_type})
        assert is_problem(response)


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(sorted(VALID_VALUES.values())),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*VALID_VALUES, "country", "reference", "ask"]) | st.text(), inner, max_size=6
        )
    ),
    max_leaves=10,
)


async def test_any_json_body_never_causes_a_500(service):
    """A body that happens to be valid may succeed; any other is refused."""

    async def post(route, body):
        response = await service.client.post(route, content=json.dumps(body), headers=JSON)
        if response.status_code >= 400:
            assert is_problem(response)
            assert response.status_code != 413

    for route in ROUTES:
        for body in _draw_examples(any_json):
            await post(route, body)


async def test_any_bytes_never_cause_a_500(service):
    report = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    async with assert_store_unchanged(service):
        for body in _draw_examples(st.binary(max_size=300)):
            for route in (*ROUTES, report):
                assert is_problem(await service.client.post(route, content=body, headers=JSON))


async def test_any_json_report_never_causes_a_500(service):
    report = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    for body in _draw_examples(any_json):
        response = await service.client.post(report, content=json.dumps(body))
        assert response.status_code == 200 or is_problem(response)


def _draw_examples(strategy):
    """Draw the examples first, for use in a running event loop, which hypothesis does not support."""
    examples = []

    @HYPOTHESIS_SETTINGS
    @given(strategy)
    def draw(example):
        examples.append(example)

    draw()
    return examples


async def test_malformed_ids_are_refused(service):
    ids = [
        "%00",
        "%ff%fe",
        "%F0%9F%92%A9",
        "..%2f..%2fetc",
        "%20",
        "*",
        "%7Botp%7D",
        "vf_%0d%0aX-Evil:1",
        "x" * 64,
        "x" * 65,
        "x" * 8000,
        "%25s",
        "{id}",
        "vf_:messages",
    ]
    async with assert_store_unchanged(service):
        for id in ids:
            for method in ("GET", "DELETE"):
                response = await service.client.request(method, f"/v1/verifications/{id}")
                assert is_problem(response)
                assert response.status_code in {404, 422}
                assert "x-evil" not in response.headers


async def test_ids_with_key_separators_match_nothing(service):
    """Ids are part of Redis key names; an id with a colon must not reach another key."""
    id = await new_verification_id(service.client)
    for odd in (f"{id}:", f":{id}", f"{id}\x00", f"{id} ", f"../{id}", id.upper(), f"{id}\n"):
        assert_problem(await post_verify_code(service.client, odd, WRONG_CODE), 404, "no_pending_verification")
        assert_problem(await post_verify_code(service.client, odd), 404, "no_pending_verification")
    assert (await post_verify_code(service.client, id)).status_code == 200


async def test_malformed_headers_never_cause_a_500(service, subtests):
    for junk in [
        {"Authorization": "Bearer sk_dev" + "\t" * 50},
        {"Accept": "text/html;q=junk"},
        {"X-Forwarded-For": "not an address, ,,"},
        {"Host": "evil.example"},
        {"Cookie": "a=" + "b" * 4000},
        {"Accept-Encoding": "zstd, nonsense"},
        {"Expect": "100-continue"},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=-9,x"},
        {"Idempotency-Key": "\x01"},
        {"Traceparent": "00-zz"},
    ]:
        with subtests.test(next(iter(junk))):
            async with assert_store_unchanged(service):
                for path in ("/livez", "/v1/verifications/vf_x", "/static/style.css", "/problems/x"):
                    response = await service.client.get(path, headers=junk)
                    assert response.status_code < 500
                    if response.headers.get("content-type") == PROBLEM:
                        assert is_problem(response)
                    assert "evil" not in str(response.headers)


async def test_query_parameters_are_ignored(service):
    async with assert_store_unchanged(service):
        for query in ("?id=x&id=y", "?%ff=%00", "?" + "a=b&" * 2000, "?=", "?;"):
            assert (await service.client.get(f"/livez{query}")).status_code == 200
            assert is_problem(await service.client.get(f"/v1/verifications/vf_x{query}"))
            assert is_problem(await service.client.get(f"/v1/reports/inbox/wrong{query}"))


async def test_malformed_query_reports_are_refused(service):
    address = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    async with assert_store_unchanged(service):
        for query in ("", "?%ff=%00", "?id=%ff&status=%00", "?" + "id=x&" * 3000):
            assert is_problem(await service.client.get(address + query))
