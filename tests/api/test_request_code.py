"""Asking for a code, and for the same one again, on the wire."""

from datetime import UTC, datetime

from tests.support.api_calls import MOMENT, ask, ask_again, check, new_id, pointers, problem_of
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


def moment(milliseconds):
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def test_an_asked_for_code_is_answered_by_these_fields_and_no_other(client, clock):
    answer = await ask(client)

    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")
    assert list(body) == FIELDS
    assert body | {"verification_id": ""} == {
        "verification_id": "",
        "status": "pending",
        "phone_number": "+31*******78",
        "purpose": "login",
        "reference": None,
        "code_length": 6,
        "expires_at": moment(clock() + 300_000),
        "expires_in": 300,
        "resend_at": moment(clock() + 30_999),
        "resend_in": 30,
        "attempts_left": 5,
        "sends_left": 2,
    }


async def test_an_id_has_128_random_bits(client):
    ids = {await new_id(client) for _ in range(5)}

    assert len(ids) == 5
    assert all(id.startswith("vf_") and len(id) == 3 + 22 for id in ids)


async def test_times_are_rfc_3339_in_utc_and_whole_seconds(client, clock):
    clock.now = clock.now // 1000 * 1000 + 1
    body = (await ask(client)).json()

    assert MOMENT.match(body["expires_at"])
    assert MOMENT.match(body["resend_at"])
    assert (body["expires_in"], body["resend_in"]) == (300, 30)


async def test_no_answer_is_kept_by_caches(client):
    answer = await ask(client)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"].startswith("rq_")


async def test_a_reference_comes_back(client, subtests):
    for reference in ["cart-77", "ünïcode ✓", "x" * 128, 'a\nb\\"']:
        with subtests.test(repr(reference)):
            assert (await ask(client, reference=reference)).json()["reference"] == reference


async def test_a_reference_has_at_most_128_characters(client):
    assert pointers(await ask(client, reference="x" * 129)) == ["/reference"]


async def test_a_number_may_be_written_as_people_do(client, subtests):
    for number, country in [
        ("0612345678", "NL"),
        ("06 1234 5678", "nl"),
        ("0031612345678", None),
        ("+31 (0)6-12.34.56.78", None),
        ("  +31612345678 ", "BE"),
        ("\N{FULLWIDTH PLUS SIGN}31612345678", None),
    ]:
        with subtests.test(f"{number!r} {country!r}"):
            body = (await ask(client, number, country=country)).json()

            assert body["phone_number"] == "+31*******78"


async def test_a_number_that_takes_no_sms_is_refused(service, subtests):
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

            answer = await ask(service.client, number)

            assert pointers(answer, "invalid_phone_number") == ["/phone_number"]
            assert await service.dump() == before


async def test_a_country_that_is_not_open_is_refused(run_service):
    async with run_service(countries="BE") as service:
        body = problem_of(await ask(service.client), 403, "destination_not_allowed")

    assert set(body) == {"type", "title", "status", "detail", "instance", "code"}


async def test_a_blocked_number_is_refused(service):
    name = service.container.keyring.name("number", OTHER_PHONE)
    await service.container.numbers.block(name)

    problem_of(await ask(service.client, OTHER_PHONE), 403, "destination_blocked")


async def test_a_purpose_is_a_short_word(client, subtests):
    for purpose in ["", "Login", "1st", "a-b", "x" * 33, "lo gin", "login\n"]:
        with subtests.test(repr(purpose)):
            assert pointers(await ask(client, purpose=purpose)) == ["/purpose"]


async def test_a_country_has_two_letters(client, subtests):
    for country in ["", "NLD", "N", "31", "N1"]:
        with subtests.test(repr(country)):
            assert pointers(await ask(client, "0612345678", country=country)) == ["/country"]


async def test_a_country_that_does_not_exist_helps_no_number(client):
    problem_of(await ask(client, "0612345678", country="ZZ"), 422, "invalid_phone_number")


async def test_an_unknown_field_is_refused_and_pointed_at(client, subtests):
    """A misspelt field that is ignored would be a wish that nobody hears."""
    for name in ["phone", "ask", "resend", "by_id", "code", "subject_", "body"]:
        with subtests.test(repr(name)):
            assert pointers(await ask(client, **{name: "x"})) == [f"/{name}"]


async def test_a_pointer_is_escaped_as_rfc_6901_wants_it(client):
    assert pointers(await ask(client, **{"a/b~c": "x"})) == ["/a~1b~0c"]


async def test_a_mistake_is_not_repeated(client):
    """What is wrong may be a secret in the wrong field."""
    answer = await ask(client, "+31612345678", country="hunter2", purpose="S3cret!", reference=["p4ss"])

    assert sorted(pointers(answer)) == ["/country", "/purpose", "/reference"]
    assert not [hidden for hidden in ("hunter2", "S3cret!", "p4ss", "612345678") if hidden in answer.text]


async def test_a_number_is_a_string(client, subtests):
    for value in [31612345678, None, True, ["+31612345678"], {"number": "+31612345678"}]:
        with subtests.test(repr(value)):
            assert pointers(await ask(client, value)) == ["/phone_number"]


async def test_the_fourth_sms_of_a_number_in_ten_minutes_waits(run_service, clock):
    async with run_service() as service:
        for _ in range(3):
            await new_id(service.client, OTHER_PHONE)

        body = problem_of(await ask(service.client, OTHER_PHONE), 429, "rate_limited")

        assert (body["limit"], body["retry_after"]) == ("sends_per_number", 600)
        clock.tick(seconds=600)
        assert await new_id(service.client, OTHER_PHONE)


async def test_a_publishable_key_does_not_learn_which_limit_it_met(service):
    """Or it could map the limits of a number that is not its own."""
    for _ in range(3):
        await new_id(service.client, OTHER_PHONE)

    body = problem_of(await ask(service.client, OTHER_PHONE, key="pk_dev"), 429, "rate_limited")

    assert "limit" not in body


async def test_a_publishable_key_may_ask_for_the_purposes_of_its_app(client):
    assert (await ask(client, key="pk_dev")).status_code == 202
    assert (await ask(client, key="pk_shop", purpose="signup")).status_code == 202
    problem_of(await ask(client, key="pk_dev", purpose="signup"), 403, "forbidden")


async def test_a_publishable_key_asks_again_for_its_own_purposes_only(client, clock):
    mine, other = await new_id(client, key="pk_dev"), await new_id(client, purpose="pay")
    clock.tick(seconds=30)

    assert (await ask_again(client, mine, key="pk_dev")).status_code == 202
    problem_of(await ask_again(client, other, key="pk_dev"), 404, "no_pending_verification")


async def test_a_resend_is_the_same_verification_with_one_send_less(client, clock):
    first = (await ask(client, reference="cart-77")).json()
    clock.tick(seconds=30)

    again = await ask_again(client, first["verification_id"])

    assert again.status_code == 202
    assert list(again.json()) == FIELDS
    assert again.json() == first | {
        "expires_in": 270,
        "resend_at": moment(clock() + 60_999),
        "resend_in": 60,
        "sends_left": 1,
    }


async def test_a_resend_before_its_moment_is_told_when(client, clock):
    id = await new_id(client)
    clock.tick(seconds=10)

    body = problem_of(await ask_again(client, id), 429, "rate_limited")
    public = problem_of(await ask_again(client, id, key="pk_dev"), 429, "rate_limited")

    assert (body["limit"], body["retry_after"]) == ("resend_cooldown", 20)
    assert "limit" not in public


async def test_after_the_last_send_no_resend_is_promised(run_service, clock):
    async with run_service(limit_sends_per_verification=1) as service:
        body = (await ask(service.client)).json()
        clock.tick(seconds=60)
        refused = problem_of(await ask_again(service.client, body["verification_id"]), 429, "rate_limited")

    assert (body["sends_left"], body["resend_at"], body["resend_in"]) == (0, None, None)
    assert refused["limit"] == "sends_per_verification"


async def test_a_resend_takes_nothing_but_the_id(client, subtests):
    for more in [{"phone_number": PHONE}, {"purpose": "login"}, {"reference": "r"}, {"country": "NL"}]:
        with subtests.test(repr(more)):
            id = await new_id(client)

            assert pointers(await ask_again(client, id, **more)) == [f"/{next(iter(more))}"]


async def test_a_resend_never_says_why_there_is_nothing_to_send(client, clock):
    used, canceled, others, expired = [await new_id(client) for _ in range(4)]
    await check(client, used)
    await client.delete(f"/v1/verifications/{canceled}")
    answers = [await ask_again(client, id) for id in (used, canceled, "vf_unknown")]
    answers.append(await ask_again(client, others, key="sk_shop"))
    clock.tick(seconds=300)
    answers.append(await ask_again(client, expired))

    said = [problem_of(answer, 404, "no_pending_verification") | {"instance": ""} for answer in answers]
    assert all(body == said[0] for body in said)


async def test_a_new_request_says_nothing_of_one_that_is_pending(client):
    """Whoever knows a number could else learn that its owner is logging in."""
    first, second = (await ask(client)).json(), (await ask(client)).json()

    assert first["verification_id"] != second["verification_id"]
    assert first | {"verification_id": ""} == second | {"verification_id": ""}
