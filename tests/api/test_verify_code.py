"""`POST /v1/verify-code`: by verification id and by number."""

from tests.support.api_calls import (
    CODE,
    TIMESTAMP,
    WRONG_CODE,
    assert_problem,
    bearer,
    error_pointers,
    new_verification_id,
    post_request_code,
    post_verify_code,
)
from tests.support.builders import PHONE

FIELDS = [
    "verification_id",
    "status",
    "phone_number",
    "purpose",
    "reference",
    "approved_at",
    "proof",
    "proof_expires_at",
    "device_token",
]


async def verify_by_number(client, *, key=None, code=CODE, **more):
    return await client.post("/v1/verify-code", json={"phone_number": PHONE, "code": code, **more}, headers=bearer(key))


async def test_response_has_exactly_the_documented_fields(client):
    id = await new_verification_id(client, reference="cart-77")

    response = await post_verify_code(client, id)

    body = response.json()
    assert response.status_code == 200
    assert list(body) == FIELDS
    assert body | {"approved_at": 0, "proof": 0, "proof_expires_at": 0, "device_token": 0} == {
        "verification_id": id,
        "status": "approved",
        "phone_number": PHONE,
        "purpose": "login",
        "reference": "cart-77",
        "approved_at": 0,
        "proof": 0,
        "proof_expires_at": 0,
        "device_token": 0,
    }
    assert TIMESTAMP.match(body["approved_at"])
    assert TIMESTAMP.match(body["proof_expires_at"])
    assert response.headers["cache-control"] == "no-store"


async def test_publishable_key_gets_a_masked_number(client):
    id = await new_verification_id(client, key="pk_dev")

    body = (await post_verify_code(client, id, key="pk_dev")).json()

    assert body["phone_number"] == "+31*******78"
    assert body["reference"] is None


async def test_code_formatting_is_ignored(client, subtests):
    for code in [
        CODE,
        " 042-137 ",
        "0 4 2 1 3 7",
        "".join(chr(0x660 + int(digit)) for digit in CODE),  # Arabic-Indic
        "".join(chr(0xFF10 + int(digit)) for digit in CODE),  # full-width
        "042\N{NO-BREAK SPACE}137",
        "042\N{EN DASH}137",
    ]:
        with subtests.test(repr(code)):
            id = await new_verification_id(client)

            assert (await post_verify_code(client, id, code)).status_code == 200


async def test_malformed_code_takes_no_attempt(client, subtests):
    for code in ["42137", "0421370", "04213x", "", " ", "-" * 6, "\x00", "42137.", "x" * 65]:
        with subtests.test(repr(code)):
            id = await new_verification_id(client)

            assert error_pointers(await post_verify_code(client, id, code)) == ["/code"]
            assert (
                assert_problem(await post_verify_code(client, id, WRONG_CODE), 400, "incorrect_code")["attempts_left"]
                == 4
            )


async def test_code_must_be_a_string(client):
    assert error_pointers(await post_verify_code(client, await new_verification_id(client), 42137)) == ["/code"]


async def test_wrong_codes_use_up_the_attempts(client, clock):
    id = await new_verification_id(client)

    attempts_left = [
        assert_problem(await post_verify_code(client, id, WRONG_CODE), 400, "incorrect_code")["attempts_left"]
        for _ in range(5)
    ]
    spent = assert_problem(await post_verify_code(client, id), 429, "too_many_attempts")

    assert attempts_left == [4, 3, 2, 1, 0]
    assert set(spent) == {"type", "title", "status", "detail", "instance", "code", "retry_after"}


async def test_code_works_once(client):
    id = await new_verification_id(client)
    assert (await post_verify_code(client, id)).status_code == 200

    assert_problem(await post_verify_code(client, id), 404, "no_pending_verification")


async def test_code_expires_to_the_millisecond(client, clock):
    first, second = await new_verification_id(client), await new_verification_id(client, purpose="other")
    clock.tick(seconds=300, ms=-1)
    assert (await post_verify_code(client, first)).status_code == 200
    clock.tick(ms=1)

    assert_problem(await post_verify_code(client, second), 404, "no_pending_verification")


async def test_every_ended_or_foreign_verification_is_answered_alike(client, clock):
    used, canceled, foreign, other_purpose, expired = [
        await new_verification_id(client, purpose=f"p{n}") for n in range(5)
    ]
    await post_verify_code(client, used)
    await client.delete(f"/v1/verifications/{canceled}")
    responses = [await post_verify_code(client, id) for id in (used, canceled, "vf_unknown")]
    responses.append(await post_verify_code(client, foreign, key="sk_shop"))
    responses.append(await post_verify_code(client, other_purpose, purpose="else"))
    responses.append(await post_verify_code(client, other_purpose, key="pk_dev"))
    clock.tick(seconds=300)
    responses.append(await post_verify_code(client, expired))

    problems = [assert_problem(response, 404, "no_pending_verification") | {"instance": ""} for response in responses]
    assert all(body == problems[0] for body in problems)


async def test_wrong_purpose_takes_no_attempt(client):
    id = await new_verification_id(client)
    await post_verify_code(client, id, WRONG_CODE, purpose="else")

    assert (await post_verify_code(client, id, purpose="login")).status_code == 200


async def test_backend_may_verify_by_number(client):
    id = await new_verification_id(client, purpose="pay")

    assert_problem(await verify_by_number(client), 404, "no_pending_verification")
    body = (await verify_by_number(client, purpose="pay")).json()

    assert (body["verification_id"], body["phone_number"]) == (id, PHONE)


async def test_national_number_is_verified_with_its_country(client):
    await post_request_code(client)
    body = {"phone_number": "0612345678", "country": "NL", "code": CODE}

    assert (await client.post("/v1/verify-code", json=body)).status_code == 200


async def test_publishable_key_may_not_verify_by_number(client):
    """Otherwise anyone who knows a number could use up its owner's attempts."""
    await post_request_code(client, key="pk_dev")

    assert_problem(await verify_by_number(client, key="pk_dev"), 403, "forbidden")


async def test_publishable_key_may_not_verify_for_another_purpose(client):
    id = await new_verification_id(client, key="pk_dev")

    assert_problem(await post_verify_code(client, id, key="pk_dev", purpose="pay"), 403, "forbidden")


async def test_number_of_another_app_is_not_pending(client):
    await post_request_code(client, key="sk_shop")

    assert_problem(await verify_by_number(client), 404, "no_pending_verification")


async def test_invalid_body_is_refused_with_pointers(client, subtests):
    for body, pointers in [
        ({}, ["/code", "/phone_number"]),
        ({"verification_id": "vf_x"}, ["/code"]),
        ({"verification_id": "", "code": CODE}, ["/verification_id"]),
        ({"verification_id": "x" * 65, "code": CODE}, ["/verification_id"]),
        ({"verification_id": "vf_x", "code": CODE, "phone_number": PHONE}, ["/phone_number"]),
        ({"phone_number": PHONE, "code": CODE, "by_number": 1}, ["/by_number"]),
        ({"phone_number": PHONE}, ["/code"]),
    ]:
        with subtests.test(f"{body!r} {pointers!r}"):
            assert sorted(error_pointers(await client.post("/v1/verify-code", json=body))) == pointers


async def test_invalid_number_is_refused(client):
    response = await client.post("/v1/verify-code", json={"phone_number": "hello", "code": CODE})

    assert error_pointers(response, "invalid_phone_number") == ["/phone_number"]
