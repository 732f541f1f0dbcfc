"""`/v1/messages`: send to one number or many, get and cancel."""

import json

import pytest

from tests.support.api_calls import TIMESTAMP, assert_problem, bearer, error_pointers
from tests.support.builders import OTHER_PHONE, PHONE, PUBLIC_URL
from tests.support.outgoing import TEXT, get_message, new_message_id, post_message
from tests.support.stores import ENGINE

STORE = ENGINE  # without a worker, so that what is queued can be counted
GERMAN = "+4915112345678"
APPS = json.dumps(
    {
        "dev": {
            "free_text": True,
            "message_texts": {
                "order_sent": {"en": "Your order {order} has left.", "nl": "Je bestelling {order} is onderweg."},
                "bill": {"en": "Pay {amount}.", "*": "Amount: {amount}"},
            },
        },
        "shop": {"secret_keys": ["f" * 64]},
    }
)
FIELDS = [
    "message_id",
    "verification_id",
    "status",
    "phone_number",
    "purpose",
    "reference",
    "created_at",
    "send_at",
    "expires_at",
    "messages",
]


@pytest.fixture
async def messages(run_service):
    """A service whose app `dev` has texts and may send free text; it has no worker."""
    async with run_service(apps=APPS, test_numbers="") as service:
        yield service


async def test_message_is_accepted_and_read(messages):
    response = await post_message(messages.client, purpose="alert", reference="order-9", ttl=60)

    assert response.status_code == 202
    ((masked, id),) = [(one["phone_number"], one["message_id"]) for one in response.json()["messages"]]
    assert masked == "+31*******78"
    found = await get_message(messages.client, id)
    assert list(found) == FIELDS
    assert (found["message_id"], found["verification_id"], found["status"]) == (id, None, "queued")
    assert (found["phone_number"], found["purpose"], found["reference"]) == (PHONE, "alert", "order-9")
    assert TIMESTAMP.match(found["created_at"])
    assert (found["send_at"], found["messages"]) == (None, [])


async def test_each_recipient_is_judged_by_itself_in_the_order_of_the_request(messages):
    to = [PHONE, "0612", OTHER_PHONE, "+31 6 12345678", "+12025550123", GERMAN]
    response = await post_message(messages.client, None, to=to)

    answers = response.json()["messages"]
    assert response.status_code == 202
    assert [one.get("code", "sent") for one in answers] == [
        "sent",
        "invalid_phone_number",
        "sent",
        "invalid_request",
        "sent",
        "sent",
    ]
    assert answers[1]["phone_number"] == "0612"
    assert set(answers[1]) == {"phone_number", "code", "detail"}
    assert set(answers[0]) == {"phone_number", "message_id"}


async def test_closed_country_and_blocked_number_are_refused_alone(run_service):
    async with run_service(apps=APPS, test_numbers="", countries="NL") as service:
        await service.container.numbers.block(service.container.store.encryption.name_number(OTHER_PHONE))

        answers = (await post_message(service.client, None, to=[PHONE, GERMAN, OTHER_PHONE])).json()["messages"]

        assert [one.get("code") for one in answers] == [None, "destination_not_allowed", "destination_blocked"]


async def test_a_single_number_that_is_refused_is_answered_as_an_error(messages):
    assert_problem(await post_message(messages.client, "0612"), 422, "invalid_phone_number")


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"text": TEXT, "code": "1234"}, [""]),
        ({"text": " "}, ["/text"]),
        ({"text": "a\u0007"}, ["/text"]),
        ({"text": "a" * 2001}, ["/text"]),
        ({"text": "ÿ" * 500}, ["/text"]),
        ({"values": {"a": "b"}}, [""]),
        ({"template": "unknown"}, ["/template"]),
        ({"template": "order_sent"}, ["/values/order"]),
        ({"template": "order_sent", "values": {"order": "9", "b": "c"}}, ["/values/b"]),
        ({"template": "order_sent", "values": {"order": "\u202e"}}, ["/values/order"]),
        ({"template": "order_sent", "values": {"order": 9}}, ["/values/order"]),
        ({"code": "12"}, ["/code"]),
        ({"code": "12a4"}, ["/code"]),
        ({"ttl": 29}, ["/ttl"]),
        ({"ttl": 259_201}, ["/ttl"]),
        ({"code": "1234", "ttl": 601}, ["/ttl"]),
        ({"send_at": "tomorrow"}, ["/send_at"]),
        ({"send_at": "2026-12-01"}, ["/send_at"]),
        ({"send_at": "2026-12-01T08:00:00"}, ["/send_at"]),
        ({"send_at": "2999-12-01T08:00:00Z"}, ["/send_at"]),
        ({"to": [PHONE]}, [""]),
        ({"unknown": 1}, ["/unknown"]),
        ({"reference": "a\nb"}, ["/reference"]),
        ({"purpose": "Login"}, ["/purpose"]),
    ],
)
async def test_wrong_field_is_named_and_nothing_is_stored(messages, fields, pointers):
    refused = await post_message(messages.client, **fields)

    assert error_pointers(refused) == pointers
    assert not [name for name in await messages.dump() if b":outgoing:" in name]


@pytest.mark.parametrize("to", [[], [PHONE] * 1001, PHONE, [1]])
async def test_list_has_one_to_a_thousand_numbers(messages, to):
    refused = await post_message(messages.client, None, to=to)

    assert all(pointer.startswith("/to") for pointer in error_pointers(refused))


async def test_a_thousand_numbers_are_accepted_in_one_call(messages):
    to = [f"+316123{number:05d}" for number in range(1000)]

    answers = (await post_message(messages.client, None, to=to)).json()["messages"]

    assert len({one["message_id"] for one in answers}) == 1000


async def test_free_text_needs_a_permission(run_service):
    async with run_service(apps='{"dev": {"free_text": false}}') as service:
        assert_problem(await post_message(service.client), 403, "forbidden")


async def test_publishable_key_may_not_send(messages):
    assert_problem(await post_message(messages.client, key="pk_dev"), 403, "forbidden")
    assert_problem(await messages.client.get("/v1/messages/ms_x", headers=bearer("pk_dev")), 403, "forbidden")


async def test_other_apps_messages_do_not_exist(run_service):
    async with run_service(test_numbers="") as service:
        id = await new_message_id(service.client)

        for call in (service.client.get, service.client.delete):
            assert_problem(await call(f"/v1/messages/{id}", headers=bearer("sk_shop")), 404, "no_such_message")


async def test_message_that_waits_can_be_canceled_once(messages):
    id = await new_message_id(messages.client, ttl=60)

    assert (await messages.client.delete(f"/v1/messages/{id}")).status_code == 204
    assert_problem(await messages.client.delete(f"/v1/messages/{id}"), 404, "no_such_message")
    assert (await get_message(messages.client, id))["status"] == "canceled"
    assert not [name for name in await messages.dump() if b":text:" in name]


async def test_unknown_message_is_not_found(messages):
    for method in ("GET", "DELETE"):
        for id in ("ms_unknown", "vf_unknown", "x" * 64):
            assert_problem(await messages.client.request(method, f"/v1/messages/{id}"), 404, "no_such_message")


async def test_repeat_of_a_key_sends_nothing_again(messages):
    to = [f"+316123456{number:02d}" for number in range(75)]
    headers = {"Idempotency-Key": "list-1"}

    first = await post_message(messages.client, None, to=to, headers=headers)
    again = await post_message(messages.client, None, to=to, headers=headers)

    assert again.content == first.content
    assert await _queued(messages) == 75


async def test_repeat_finishes_what_a_lost_call_left(messages):
    """Recipients are stored in lists of 50, each with its own answer: here the second list was lost."""
    to = [f"+316123456{number:02d}" for number in range(75)]
    headers = {"Idempotency-Key": "list-1"}
    first = (await post_message(messages.client, None, to=to, headers=headers)).json()["messages"]
    await _forget_answers(messages, but=50)

    again = (await post_message(messages.client, None, to=to, headers=headers)).json()["messages"]

    assert again[:50] == first[:50]
    assert await _queued(messages) == 75 + 25


async def _forget_answers(service, *, but):
    """Delete the answers with another number of recipients."""
    for name, value in (await service.dump()).items():
        if b":idempotency:" in name and len(json.loads(value[1])) != but:
            await service.redis.delete(name)


async def test_key_with_another_list_is_refused(messages):
    headers = {"Idempotency-Key": "list-1"}
    await post_message(messages.client, None, to=[PHONE, GERMAN], headers=headers)

    refused = await post_message(messages.client, None, to=[OTHER_PHONE, GERMAN], headers=headers)

    assert_problem(refused, 422, "idempotency_key_reused")
    assert await _queued(messages) == 2


async def test_refused_call_may_be_repeated_with_its_key(messages, clock):
    headers = {"Idempotency-Key": "k"}
    for _ in range(10):
        await post_message(messages.client)
    assert_problem(await post_message(messages.client, headers=headers), 429, "rate_limited")
    clock.tick(seconds=3600)

    assert (await post_message(messages.client, headers=headers)).status_code == 202


async def _queued(service):
    return await service.redis.xlen(f"{service.tag}:messages_queue")


async def test_body_may_have_a_mebibyte(messages):
    body = json.dumps({"to": [f"+316{number:08d}" for number in range(1000)], "text": TEXT})
    padded = body[:-1] + " " * (1024 * 1024 - len(body)) + "}"
    headers = {"Content-Type": "application/json"}

    accepted = await messages.client.post("/v1/messages", content=padded, headers=headers)
    refused = await messages.client.post("/v1/messages", content=padded + " ", headers=headers)

    assert accepted.status_code == 202
    assert_problem(refused, 413, "body_too_large")


async def test_only_this_path_takes_a_large_body(messages):
    body = json.dumps({"phone_number": PHONE}) + " " * 20_000

    refused = await messages.client.post(
        f"{PUBLIC_URL}/v1/request-code", content=body, headers={"Content-Type": "application/json"}
    )

    assert_problem(refused, 413, "body_too_large")
