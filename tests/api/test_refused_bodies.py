"""The answer to a body that is refused: short, never without an entry, and quick whatever was sent."""

import json

import pytest

from tests.support.api_calls import error_pointers, post_request_code
from tests.support.builders import PHONE

MAX_BYTES = 4096
HEAD = {"Content-Type": "application/json"}


async def post(client, raw, path="/v1/request-code"):
    return await client.post(path, content=raw, headers=HEAD)


def unknown_fields(count, name="field"):
    return json.dumps({"phone_number": PHONE} | {f"{name}{n}": 1 for n in range(count)}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        (unknown_fields(9), [f"/field{n}" for n in range(9)]),
        (unknown_fields(60), [f"/field{n}" for n in range(10)]),
        (unknown_fields(1000), [""]),
        (unknown_fields(1, "x" * 5000), ["/" + "x" * 199]),
        (b"[" * 8000 + b"]" * 8000, [""]),
        (b'{"phone_number": ' + b"1" * 5000 + b"}", [""]),
        (b'{"phone_number": {"a": [{"b": 1}]}}', ["/phone_number"]),
        (b"", [""]),
        (b"null", [""]),
        (b"[]", [""]),
        (b'"text"', [""]),
        (b"\xff\xfe{\x00}\x00", [""]),
        (json.dumps({"phone_number": PHONE}).encode("utf-16"), [""]),
        (b'{"phone_number": "1", "phone_number": "2"}', [""]),
        (b'{"phone_number": NaN}', [""]),
    ],
    ids=range(15),
)
async def test_a_refused_body_has_one_to_ten_entries(client, raw, places):
    response = await post(client, raw)

    assert error_pointers(response) == places
    assert len(response.content) <= MAX_BYTES


@pytest.mark.parametrize("letter", ["a", "é", "号", "😀", "\u0001", '"', "\\", "/", "~"])
@pytest.mark.parametrize("length", [1, 199, 250])
async def test_an_answer_never_grows_with_the_names_in_a_body(client, letter, length):
    response = await post(client, unknown_fields(10, letter * (length if letter.isascii() else length // 4)))

    assert 1 <= len(error_pointers(response)) <= 10
    assert len(response.content) <= MAX_BYTES


@pytest.mark.parametrize("path", ["/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem", "/v1/proofs/introspect"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-unknown", "gzip, identity"])
async def test_a_content_encoding_is_refused_whatever_the_body_is(client, path, encoding):
    response = await client.post(path, content=b"{}", headers=HEAD | {"Content-Encoding": encoding})

    assert response.status_code == 415


@pytest.mark.parametrize("field", ["reference", "subject"])
@pytest.mark.parametrize(
    "value", ["a\u0000b\r\nX: y", "a\nb", "\t", "\x7f", "\x9b31m", "a\u2028b", "a\u2029b", "\x1b[0m"]
)
async def test_control_characters_are_refused_in_what_comes_back(client, field, value):
    """They would end a line, or change a terminal, wherever the value is shown."""
    assert error_pointers(await post_request_code(client, **{field: value})) == [f"/{field}"]


@pytest.mark.parametrize("value", ["cart-77", "Ünïcødé 号 😀", "a b", "\u200f", "👩\u200d👩"])
async def test_printable_references_of_any_script_are_taken(client, value):
    assert (await post_request_code(client, reference=value)).json()["reference"] == value


@pytest.mark.parametrize("key", ["", "\x7f", "x" * 256, '"open'])
async def test_a_mistake_in_a_header_names_the_header(client, key):
    response = await client.post("/v1/request-code", json={"phone_number": PHONE}, headers={"Idempotency-Key": key})

    assert error_pointers(response) == ["header:Idempotency-Key"]


async def test_two_idempotency_keys_are_one_mistake_in_the_header(client):
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    response = await client.post("/v1/request-code", json={"phone_number": PHONE}, headers=headers)

    assert error_pointers(response) == ["header:Idempotency-Key"]
