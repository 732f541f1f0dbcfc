"""Whatever arrives gets a problem document with a code of the table, never a 500, and changes nothing."""

import json
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.gateways.registry import inbox_token
from tests.support.api_calls import CODE, PROBLEM, WRONG, check, new_id, problem_of
from tests.support.builders import PHONE

JSON = {"Content-Type": "application/json"}
ROUTES = ["/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem", "/v1/proofs/introspect"]
GOOD = {"phone_number": PHONE, "code": CODE, "verification_id": "vf_x", "proof": "x", "purpose": "login"}

# One service for all examples of a test: that nothing changes is then seen over all of them.
OFTEN = settings(
    deadline=None,  # the machine may be busy
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@asynccontextmanager
async def unchanged(service):
    """Hold what is kept before and after, a pending verification among it."""
    id = await new_id(service.client, reference="before")
    before = await service.dump()
    assert before
    yield
    assert await service.dump() == before
    assert (await check(service.client, id)).status_code == 200


def foreseen(answer):
    """Tell whether it is a problem of ours, and no bug."""
    if answer.status_code < 400:
        return False
    body = problem_of(answer, answer.status_code, answer.json()["code"])
    assert answer.status_code < 500, body
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
async def test_a_malformed_body_is_refused_and_changes_nothing(service, route):
    async with unchanged(service):
        for name, body in BODIES.items():
            answer = await service.client.post(route, content=body, headers=JSON)
            assert foreseen(answer), name
            assert answer.status_code == 422, name


@pytest.mark.parametrize("kind", ["application/json; charset=utf-16", "application/json;" + "x" * 3000])
async def test_a_charset_changes_nothing(service, kind):
    async with unchanged(service):
        answer = await service.client.post(ROUTES[0], content=b"{}", headers={"Content-Type": kind})
        assert foreseen(answer)


json_of_all_shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(sorted(GOOD.values())),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*GOOD, "country", "reference", "ask"]) | st.text(), inner, max_size=6)
    ),
    max_leaves=10,
)


async def test_json_of_any_shape_is_answered_and_never_a_bug(service):
    """What happens to be well-formed may be answered; nothing else may."""

    async def post(route, body):
        answer = await service.client.post(route, content=json.dumps(body), headers=JSON)
        if answer.status_code >= 400:
            assert foreseen(answer)
            assert answer.status_code != 413

    for route in ROUTES:
        for body in _some(json_of_all_shapes):
            await post(route, body)


async def test_bytes_of_any_kind_are_answered_and_never_a_bug(service):
    report = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    async with unchanged(service):
        for body in _some(st.binary(max_size=300)):
            for route in (*ROUTES, report):
                assert foreseen(await service.client.post(route, content=body, headers=JSON))


async def test_reports_of_any_shape_are_answered_and_never_a_bug(service):
    report = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    for body in _some(json_of_all_shapes):
        answer = await service.client.post(report, content=json.dumps(body))
        assert answer.status_code == 200 or foreseen(answer)


def _some(strategy):
    """Draw examples once, and then use them on a service that runs: hypothesis itself knows no loops."""
    drawn = []

    @OFTEN
    @given(strategy)
    def draw(example):
        drawn.append(example)

    draw()
    return drawn


async def test_ids_of_any_bytes_name_nothing(service):
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
    async with unchanged(service):
        for id in ids:
            for method in ("GET", "DELETE"):
                answer = await service.client.request(method, f"/v1/verifications/{id}")
                assert foreseen(answer)
                assert answer.status_code in {404, 422}
                assert "x-evil" not in answer.headers


async def test_an_id_that_is_part_of_a_key_opens_nothing(service):
    """Ids stand in the names of keys; one that holds a colon must not reach a neighbour."""
    id = await new_id(service.client)
    for odd in (f"{id}:", f":{id}", f"{id}\x00", f"{id} ", f"../{id}", id.upper(), f"{id}\n"):
        problem_of(await check(service.client, odd, WRONG), 404, "no_pending_verification")
        problem_of(await check(service.client, odd), 404, "no_pending_verification")
    assert (await check(service.client, id)).status_code == 200


async def test_junk_in_headers_is_no_bug(service, subtests):
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
            async with unchanged(service):
                for path in ("/livez", "/v1/verifications/vf_x", "/static/style.css", "/problems/x"):
                    answer = await service.client.get(path, headers=junk)
                    assert answer.status_code < 500
                    if answer.headers.get("content-type") == PROBLEM:
                        assert foreseen(answer)
                    assert "evil" not in str(answer.headers)


async def test_a_query_is_ignored_by_our_own_routes(service):
    async with unchanged(service):
        for query in ("?id=x&id=y", "?%ff=%00", "?" + "a=b&" * 2000, "?=", "?;"):
            assert (await service.client.get(f"/livez{query}")).status_code == 200
            assert foreseen(await service.client.get(f"/v1/verifications/vf_x{query}"))
            assert foreseen(await service.client.get(f"/v1/reports/inbox/wrong{query}"))


async def test_a_report_by_query_of_any_kind_is_no_bug(service):
    address = f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"
    async with unchanged(service):
        for query in ("", "?%ff=%00", "?id=%ff&status=%00", "?" + "id=x&" * 3000):
            assert foreseen(await service.client.get(address + query))
