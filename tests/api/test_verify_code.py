"""Checking a code on the wire."""

from tests.support.api_calls import CODE, MOMENT, WRONG, ask, bearer, check, new_id, pointers, problem_of
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


async def check_by_number(client, *, key=None, code=CODE, **more):
    return await client.post("/v1/verify-code", json={"phone_number": PHONE, "code": code, **more}, headers=bearer(key))


async def test_a_right_code_is_answered_by_these_fields_and_no_other(client):
    id = await new_id(client, reference="cart-77")

    answer = await check(client, id)

    body = answer.json()
    assert answer.status_code == 200
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
    assert MOMENT.match(body["approved_at"])
    assert MOMENT.match(body["proof_expires_at"])
    assert answer.headers["cache-control"] == "no-store"


async def test_a_publishable_key_sees_the_number_masked(client):
    id = await new_id(client, key="pk_dev")

    body = (await check(client, id, key="pk_dev")).json()

    assert body["phone_number"] == "+31*******78"
    assert body["reference"] is None


async def test_a_code_may_be_typed_as_people_do(client, subtests):
    for typed in [
        CODE,
        " 042-137 ",
        "0 4 2 1 3 7",
        "".join(chr(0x660 + int(digit)) for digit in CODE),  # Arabic-Indic
        "".join(chr(0xFF10 + int(digit)) for digit in CODE),  # full-width
        "042\N{NO-BREAK SPACE}137",
        "042\N{EN DASH}137",
    ]:
        with subtests.test(repr(typed)):
            id = await new_id(client)

            assert (await check(client, id, typed)).status_code == 200


async def test_what_is_no_code_costs_no_attempt(client, subtests):
    for typed in ["42137", "0421370", "04213x", "", " ", "-" * 6, "\x00", "42137.", "x" * 65]:
        with subtests.test(repr(typed)):
            id = await new_id(client)

            assert pointers(await check(client, id, typed)) == ["/code"]
            assert problem_of(await check(client, id, WRONG), 400, "incorrect_code")["attempts_left"] == 4


async def test_a_code_is_a_string_or_its_leading_zero_would_be_lost(client):
    assert pointers(await check(client, await new_id(client), 42137)) == ["/code"]


async def test_wrong_codes_count_down_and_then_wait(client, clock):
    id = await new_id(client)

    left = [problem_of(await check(client, id, WRONG), 400, "incorrect_code")["attempts_left"] for _ in range(5)]
    spent = problem_of(await check(client, id), 429, "too_many_attempts")

    assert left == [4, 3, 2, 1, 0]
    assert set(spent) == {"type", "title", "status", "detail", "instance", "code", "retry_after"}


async def test_a_code_works_once(client):
    id = await new_id(client)
    assert (await check(client, id)).status_code == 200

    problem_of(await check(client, id), 404, "no_pending_verification")


async def test_at_the_millisecond_of_expiry_it_is_over(client, clock):
    first, second = await new_id(client), await new_id(client, purpose="other")
    clock.tick(seconds=300, ms=-1)
    assert (await check(client, first)).status_code == 200
    clock.tick(ms=1)

    problem_of(await check(client, second), 404, "no_pending_verification")


async def test_it_never_says_why_a_verification_is_not_there(client, clock):
    used, canceled, others, purposed, expired = [await new_id(client, purpose=f"p{n}") for n in range(5)]
    await check(client, used)
    await client.delete(f"/v1/verifications/{canceled}")
    answers = [await check(client, id) for id in (used, canceled, "vf_unknown")]
    answers.append(await check(client, others, key="sk_shop"))
    answers.append(await check(client, purposed, purpose="else"))
    answers.append(await check(client, purposed, key="pk_dev"))
    clock.tick(seconds=300)
    answers.append(await check(client, expired))

    said = [problem_of(answer, 404, "no_pending_verification") | {"instance": ""} for answer in answers]
    assert all(body == said[0] for body in said)


async def test_a_wrong_purpose_costs_nothing(client):
    id = await new_id(client)
    await check(client, id, WRONG, purpose="else")

    assert (await check(client, id, purpose="login")).status_code == 200


async def test_a_backend_may_check_by_number(client):
    id = await new_id(client, purpose="pay")

    problem_of(await check_by_number(client), 404, "no_pending_verification")
    body = (await check_by_number(client, purpose="pay")).json()

    assert (body["verification_id"], body["phone_number"]) == (id, PHONE)


async def test_a_national_number_is_checked_with_its_country(client):
    await ask(client)
    body = {"phone_number": "0612345678", "country": "NL", "code": CODE}

    assert (await client.post("/v1/verify-code", json=body)).status_code == 200


async def test_a_publishable_key_may_not_check_by_number(client):
    """Or whoever knows a number could spend its owner's attempts."""
    await ask(client, key="pk_dev")

    problem_of(await check_by_number(client, key="pk_dev"), 403, "forbidden")


async def test_a_publishable_key_may_not_check_for_a_purpose_that_is_not_open(client):
    id = await new_id(client, key="pk_dev")

    problem_of(await check(client, id, key="pk_dev", purpose="pay"), 403, "forbidden")


async def test_another_apps_number_is_not_pending_here(client):
    await ask(client, key="sk_shop")

    problem_of(await check_by_number(client), 404, "no_pending_verification")


async def test_a_body_that_cannot_be_read_says_where(client, subtests):
    for body, where in [
        ({}, ["/code", "/phone_number"]),
        ({"verification_id": "vf_x"}, ["/code"]),
        ({"verification_id": "", "code": CODE}, ["/verification_id"]),
        ({"verification_id": "x" * 65, "code": CODE}, ["/verification_id"]),
        ({"verification_id": "vf_x", "code": CODE, "phone_number": PHONE}, ["/phone_number"]),
        ({"phone_number": PHONE, "code": CODE, "by_number": 1}, ["/by_number"]),
        ({"phone_number": PHONE}, ["/code"]),
    ]:
        with subtests.test(f"{body!r} {where!r}"):
            assert sorted(pointers(await client.post("/v1/verify-code", json=body))) == where


async def test_what_is_no_number_cannot_be_checked(client):
    answer = await client.post("/v1/verify-code", json={"phone_number": "hello", "code": CODE})

    assert pointers(answer, "invalid_phone_number") == ["/phone_number"]
