"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): syntax, scope and replays."""

from tests.support.api_calls import CODE, assert_problem, bearer, new_verification_id
from tests.support.builders import OTHER_PHONE, PHONE

BARE = "8e03978e-40d5-43e8-bc93-6894a57f9324"
LONGEST = "k" * 255


def key_header(key, **more):
    return {"Idempotency-Key": key, **more}


async def request_code(client, key, number=PHONE, *, bearer_key=None, **more):
    body = {"phone_number": number, **more}
    return await client.post("/v1/request-code", json=body, headers=key_header(key, **bearer(bearer_key)))


async def test_retry_returns_the_first_response_byte_for_byte(client, clock):
    first = await request_code(client, BARE)
    clock.tick(seconds=7)

    again = await request_code(client, BARE)

    assert (again.status_code, again.content) == (202, first.content)


async def test_quoted_and_bare_values_are_the_same_key(client, subtests):
    """The draft requires a quoted string, but most clients send it bare."""
    for first, second in [(f'"{BARE}"', BARE), ('"a\\"b"', '"a\\"b"'), ('"a b"', "a b")]:
        with subtests.test(f"{first!r} {second!r}"):
            assert (await request_code(client, first)).content == (await request_code(client, second)).content


async def test_invalid_key_is_refused_and_nothing_is_stored(service, subtests):
    for key in ["", '""', '"', '"a', f"{LONGEST}k", f'"{LONGEST}k"', "k\tk", 'a"b', '"a\\b"']:
        with subtests.test(repr(key)):
            refused = await request_code(service.client, key)

            assert "Idempotency-Key" in assert_problem(refused, 422, "invalid_request")["detail"]
            assert not [name for name in await service.dump() if b":verification:" in name]


async def test_two_idempotency_keys_are_refused(service):
    """With either of them, a client that meant the other would send twice or not at all."""
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    assert_problem(
        await service.client.post("/v1/request-code", json={"phone_number": PHONE}, headers=headers),
        422,
        "invalid_request",
    )


async def test_printable_keys_up_to_255_characters_are_accepted(client, subtests):
    for key in ["k", LONGEST, f'"{LONGEST}"', "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"]:
        with subtests.test(repr(key)):
            assert (await request_code(client, key)).status_code == 202


async def test_key_with_another_body_is_refused(client):
    await request_code(client, BARE)

    assert_problem(await request_code(client, BARE, OTHER_PHONE), 422, "idempotency_key_reused")
    assert_problem(await request_code(client, BARE, purpose="signup"), 422, "idempotency_key_reused")


async def test_field_order_does_not_change_the_body(client):
    """JSON objects are unordered; a client may serialize the body again for each retry."""
    first = {"phone_number": PHONE, "purpose": "login"}
    responses = [
        await client.post("/v1/request-code", json=dict(items), headers=key_header(BARE))
        for items in (first.items(), reversed(first.items()))
    ]

    assert responses[0].content == responses[1].content


async def test_keys_are_scoped_to_app_and_route(client):
    first = (await request_code(client, BARE)).json()["verification_id"]

    assert (await request_code(client, BARE, bearer_key="sk_shop")).json()["verification_id"] != first
    body = {"verification_id": first, "code": CODE}
    assert (await client.post("/v1/verify-code", json=body, headers=key_header(BARE))).status_code == 200


async def test_api_keys_of_one_app_share_idempotency_keys(client):
    """An API key rotated between retries must not send a second SMS, so its digest is not in the scope."""
    first = await request_code(client, BARE, bearer_key="sk_shop")

    assert (await request_code(client, BARE, bearer_key="sk_shop_2")).content == first.content


async def test_retry_of_a_right_code_returns_the_same_proof(client):
    id = await new_verification_id(client)
    body = {"verification_id": id, "code": CODE}
    first, again, without = [
        await client.post("/v1/verify-code", json=body, headers=headers)
        for headers in (key_header(BARE), key_header(BARE), {})
    ]

    assert (first.status_code, again.content) == (200, first.content)
    assert_problem(without, 404, "no_pending_verification")


async def test_stored_responses_contain_no_key_number_or_code(service):
    id = (await request_code(service.client, BARE, reference="cart-77")).json()["verification_id"]
    body = {"verification_id": id, "code": CODE}
    await service.client.post("/v1/verify-code", json=body, headers=key_header(BARE))

    stored = repr({name: value for name, value in (await service.dump()).items() if b":idempotency:" in name})

    assert stored.count(":idempotency:") == 2
    assert not any(secret in stored for secret in (BARE, PHONE, PHONE[1:], CODE, 'cart-77\\"'))
