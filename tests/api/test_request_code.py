"""`POST /v1/request-code`: code requests and resends."""

from datetime import UTC, datetime

from tests.support.api_calls import (
    TIMESTAMP,
    assert_problem,
    error_pointers,
    new_verification_id,
    post_request_code,
    post_resend_code,
    post_verify_code,
)
from tests.support.builders import OTHER_PHONE, PHONE

FIELDS = [
    "verification_id",
    "status",
    "phone_number",
    "purpose",
    "reference",
    "code_length",
    "expires_at",
    "expires_in",
    "resend_at",
    "resend_in",
    "attempts_left",
    "sends_left",
]


def timestamp(milliseconds):
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def test_response_has_exactly_the_documented_fields(client, clock):
    response = await post_request_code(client)

    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (202, "application/json")
    assert list(body) == FIELDS
    assert body | {"verification_id": ""} == {
        "verification_id": "",
        "status": "pending",
        "phone_number": "+31*******78",
        "purpose": "login",
        "reference": None,
        "code_length": 6,
        "expires_at": timestamp(clock() + 300_000),
        "expires_in": 300,
        "resend_at": timestamp(clock() + 30_999),
        "resend_in": 30,
        "attempts_left": 5,
        "sends_left": 2,
    }


async def test_ids_have_128_random_bits(client):
    ids = {await new_verification_id(client) for _ in range(5)}

    assert len(ids) == 5
    assert all(id.startswith("vf_") and len(id) == 3 + 22 for id in ids)


async def test_times_are_rfc_3339_in_utc_and_whole_seconds(client, clock):
    clock.now = clock.now // 1000 * 1000 + 1
    body = (await post_request_code(client)).json()

    assert TIMESTAMP.match(body["expires_at"])
    assert TIMESTAMP.match(body["resend_at"])
    assert (body["expires_in"], body["resend_in"]) == (300, 30)


async def test_response_is_not_cacheable_and_has_a_request_id(client):
    response = await post_request_code(client)

    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-request-id"].startswith("rq_")


async def test_reference_is_returned(client, subtests):
    for reference in ["cart-77", "ünïcode ✓", "x" * 128, 'a b\\"']:
        with subtests.test(repr(reference)):
            assert (await post_request_code(client, reference=reference)).json()["reference"] == reference


async def test_reference_over_128_characters_is_refused(client):
    assert error_pointers(await post_request_code(client, reference="x" * 129)) == ["/reference"]


async def test_common_number_formats_are_accepted(client, subtests):
    for number, country in [
        ("0612345678", "NL"),
        ("06 1234 5678", "nl"),
        ("0031612345678", None),
        ("+31 (0)6-12.34.56.78", None),
        ("  +31612345678 ", "BE"),
        ("\N{FULLWIDTH PLUS SIGN}31612345678", None),
    ]:
        with subtests.test(f"{number!r} {country!r}"):
            body = (await post_request_code(client, number, country=country)).json()

            assert body["phone_number"] == "+31*******78"


async def test_number_that_cannot_receive_sms_is_refused(service, subtests):
    for number in [
        "0612345678",
        "+3161234567",
        "+31201234567",
        "+319001234",
        "+31800123456",
        "hello",
        "+",
        "1" * 64,
        "+31612345678x5",
    ]:
        with subtests.test(repr(number)):
            before = await service.dump()

            response = await post_request_code(service.client, number)

            assert error_pointers(response, "invalid_phone_number") == ["/phone_number"]
            assert await service.dump() == before


async def test_country_that_is_not_enabled_is_refused(run_service):
    async with run_service(countries="BE") as service:
        body = assert_problem(await post_request_code(service.client), 403, "destination_not_allowed")

    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}


async def test_blocked_number_is_refused(service):
    name = service.container.keyring.name("number", OTHER_PHONE)
    await service.container.numbers.block(name)

    assert_problem(await post_request_code(service.client, OTHER_PHONE), 403, "destination_blocked")


async def test_invalid_purpose_is_refused(client, subtests):
    for purpose in ["", "Login", "1st", "a-b", "x" * 33, "lo gin", "login\n"]:
        with subtests.test(repr(purpose)):
            assert error_pointers(await post_request_code(client, purpose=purpose)) == ["/purpose"]


async def test_country_without_two_letters_is_refused(client, subtests):
    for country in ["", "NLD", "N", "31", "N1"]:
        with subtests.test(repr(country)):
            assert error_pointers(await post_request_code(client, "0612345678", country=country)) == ["/country"]


async def test_unknown_country_is_refused(client):
    assert error_pointers(await post_request_code(client, "0612345678", country="ZZ")) == ["/country"]


async def test_unknown_field_is_refused_with_its_pointer(client, subtests):
    """An ignored misspelt field would silently lose the caller's setting."""
    for name in ["phone", "ask", "resend", "by_id", "code", "subject_", "body"]:
        with subtests.test(repr(name)):
            assert error_pointers(await post_request_code(client, **{name: "x"})) == [f"/{name}"]


async def test_pointers_are_escaped_by_rfc_6901(client):
    assert error_pointers(await post_request_code(client, **{"a/b~c": "x"})) == ["/a~1b~0c"]


async def test_errors_do_not_repeat_the_input(client):
    """The invalid value may be a secret in the wrong field."""
    response = await post_request_code(client, "+31612345678", country="hunter2", purpose="S3cret!", reference=["p4ss"])

    assert sorted(error_pointers(response)) == ["/country", "/purpose", "/reference"]
    assert not [secret for secret in ("hunter2", "S3cret!", "p4ss", "612345678") if secret in response.text]


async def test_number_must_be_a_string(client, subtests):
    for value in [31612345678, None, True, ["+31612345678"], {"number": "+31612345678"}]:
        with subtests.test(repr(value)):
            assert error_pointers(await post_request_code(client, value)) == ["/phone_number"]


async def test_fourth_sms_to_a_number_in_ten_minutes_is_limited(run_service, clock):
    async with run_service() as service:
        for _ in range(3):
            await new_verification_id(service.client, OTHER_PHONE)

        body = assert_problem(await post_request_code(service.client, OTHER_PHONE), 429, "rate_limited")

        assert (body["limit"], body["retry_after"]) == ("sends_per_number", 600)
        clock.tick(seconds=600)
        assert await new_verification_id(service.client, OTHER_PHONE)


async def test_publishable_key_is_not_shown_the_limit(service):
    """Otherwise it could probe the limits of other users' numbers."""
    for _ in range(3):
        await new_verification_id(service.client, OTHER_PHONE)

    body = assert_problem(await post_request_code(service.client, OTHER_PHONE, key="pk_dev"), 429, "rate_limited")

    assert "limit" not in body


async def test_publishable_key_is_restricted_to_its_purposes(client):
    assert (await post_request_code(client, key="pk_dev")).status_code == 202
    assert (await post_request_code(client, key="pk_shop", purpose="signup")).status_code == 202
    assert_problem(await post_request_code(client, key="pk_dev", purpose="signup"), 403, "forbidden")


async def test_publishable_key_resends_for_its_purposes_only(client, clock):
    mine, other = await new_verification_id(client, key="pk_dev"), await new_verification_id(client, purpose="pay")
    clock.tick(seconds=30)

    assert (await post_resend_code(client, mine, key="pk_dev")).status_code == 202
    assert_problem(await post_resend_code(client, other, key="pk_dev"), 404, "no_pending_verification")


async def test_resend_keeps_the_verification_and_takes_one_send(client, clock):
    first = (await post_request_code(client, reference="cart-77")).json()
    clock.tick(seconds=30)

    again = await post_resend_code(client, first["verification_id"])

    assert again.status_code == 202
    assert list(again.json()) == FIELDS
    assert again.json() == first | {
        "expires_in": 270,
        "resend_at": timestamp(clock() + 60_999),
        "resend_in": 60,
        "sends_left": 1,
    }


async def test_early_resend_returns_retry_after(client, clock):
    id = await new_verification_id(client)
    clock.tick(seconds=10)

    body = assert_problem(await post_resend_code(client, id), 429, "rate_limited")
    public = assert_problem(await post_resend_code(client, id, key="pk_dev"), 429, "rate_limited")

    assert (body["limit"], body["retry_after"]) == ("resend_cooldown", 20)
    assert "limit" not in public


async def test_resend_at_is_null_after_the_last_send(run_service, clock):
    async with run_service(limit_sends_per_verification=1) as service:
        body = (await post_request_code(service.client)).json()
        clock.tick(seconds=60)
        refused = assert_problem(await post_resend_code(service.client, body["verification_id"]), 429, "rate_limited")

    assert (body["sends_left"], body["resend_at"], body["resend_in"]) == (0, None, None)
    assert refused["limit"] == "sends_per_verification"


async def test_resend_refuses_other_fields(client, subtests):
    for more in [{"phone_number": PHONE}, {"purpose": "login"}, {"reference": "r"}, {"country": "NL"}]:
        with subtests.test(repr(more)):
            id = await new_verification_id(client)

            assert error_pointers(await post_resend_code(client, id, **more)) == [f"/{next(iter(more))}"]


async def test_resend_answers_every_ended_or_foreign_verification_alike(client, clock):
    used, canceled, others, expired = [await new_verification_id(client) for _ in range(4)]
    await post_verify_code(client, used)
    await client.delete(f"/v1/verifications/{canceled}")
    responses = [await post_resend_code(client, id) for id in (used, canceled, "vf_unknown")]
    responses.append(await post_resend_code(client, others, key="sk_shop"))
    clock.tick(seconds=300)
    responses.append(await post_resend_code(client, expired))

    problems = [assert_problem(response, 404, "no_pending_verification") | {"instance": ""} for response in responses]
    assert all(body == problems[0] for body in problems)


async def test_new_request_does_not_reveal_a_pending_verification(client):
    """Otherwise anyone who knows a number could learn that its owner is logging in."""
    first, second = (await post_request_code(client)).json(), (await post_request_code(client)).json()

    assert first["verification_id"] != second["verification_id"]
    assert first | {"verification_id": ""} == second | {"verification_id": ""}


async def test_fictional_test_numbers_are_taken_in_any_notation(run_service):
    """Reserved ranges are what documentation and stores use; they do not exist in any numbering plan."""
    tests = "+447700900123=123456@2999-01-01,+33639980001=123456@2999-01-01,+31 6 12345678=123456@2999-01-01"
    async with run_service(test_numbers=tests, limit_sends_per_number="off") as service:
        for typed in ["+447700900123", "+44 7700 900123", "+33639980001", "+31612345678", "\u202a+31 6 12345678\u202c"]:
            body = (await post_request_code(service.client, typed)).json()
            right = {"verification_id": body["verification_id"], "code": "\u20661 2-3\u00a0456\u2069"}
            assert (await service.client.post("/v1/verify-code", json=right)).json()["status"] == "approved"


async def test_personal_numbers_need_a_setting(run_service):
    async with run_service() as service:
        assert error_pointers(await post_request_code(service.client, "+447012345678"), "invalid_phone_number") == [
            "/phone_number"
        ]
    async with run_service(personal_numbers="true") as service:
        assert (await post_request_code(service.client, "+447012345678")).status_code == 202


async def test_operators_ranges_extend_the_numbering_plans(run_service):
    async with run_service(mobile_ranges="+3199xxxxxxx, +22999xxxxxxxx") as service:
        assert (await post_request_code(service.client, "+31 99 123 4567")).status_code == 202
        assert (await post_request_code(service.client, "+31 99 123 456")).status_code == 422
