"""The Idempotency-Key on the wire (draft-ietf-httpapi-idempotency-key-header-07): quoted or bare, and whose it is."""

from tests.support.api_calls import CODE, bearer, new_id, problem_of
from tests.support.builders import OTHER_PHONE, PHONE

BARE = "8e03978e-40d5-43e8-bc93-6894a57f9324"
LONGEST = "k" * 255


def keyed(key, **more):
    return {"Idempotency-Key": key, **more}


async def ask(client, key, number=PHONE, *, bearing=None, **more):
    body = {"phone_number": number, **more}
    return await client.post("/v1/request-code", json=body, headers=keyed(key, **bearer(bearing)))


async def test_the_first_answer_comes_again_word_for_word(client, clock):
    first = await ask(client, BARE)
    clock.tick(seconds=7)

    again = await ask(client, BARE)

    assert (again.status_code, again.content) == (202, first.content)


async def test_quoted_and_bare_are_the_same_key(client, subtests):
    """The draft wants a quoted string, and most clients send it bare."""
    for one, other in [(f'"{BARE}"', BARE), ('"a\\"b"', '"a\\"b"'), ('"a b"', "a b")]:
        with subtests.test(f"{one!r} {other!r}"):
            assert (await ask(client, one)).content == (await ask(client, other)).content


async def test_a_key_that_cannot_be_read_is_refused_and_nothing_is_done(service, subtests):
    for key in ["", '""', '"', '"a', f"{LONGEST}k", f'"{LONGEST}k"', "k\tk", 'a"b', '"a\\b"']:
        with subtests.test(repr(key)):
            refused = await ask(service.client, key)

            assert "Idempotency-Key" in problem_of(refused, 422, "invalid_request")["detail"]
            assert not [name for name in await service.dump() if b":verification:" in name]


async def test_two_keys_are_none(service):
    """Whichever counted, a client that meant the other would send twice, or not at all."""
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    problem_of(
        await service.client.post("/v1/request-code", json={"phone_number": PHONE}, headers=headers),
        422,
        "invalid_request",
    )


async def test_any_printable_key_up_to_255_characters_is_taken(client, subtests):
    for key in ["k", LONGEST, f'"{LONGEST}"', "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"]:
        with subtests.test(repr(key)):
            assert (await ask(client, key)).status_code == 202


async def test_another_body_is_told_apart(client):
    await ask(client, BARE)

    problem_of(await ask(client, BARE, OTHER_PHONE), 422, "idempotency_key_reused")
    problem_of(await ask(client, BARE, purpose="signup"), 422, "idempotency_key_reused")


async def test_a_field_in_another_place_is_the_same_body(client):
    """JSON objects have no order; a client may write them anew for each try."""
    one = {"phone_number": PHONE, "purpose": "login"}
    answers = [
        await client.post("/v1/request-code", json=dict(pairs), headers=keyed(BARE))
        for pairs in (one.items(), reversed(one.items()))
    ]

    assert answers[0].content == answers[1].content


async def test_two_apps_and_two_routes_share_no_key(client):
    first = (await ask(client, BARE)).json()["verification_id"]

    assert (await ask(client, BARE, bearing="sk_shop")).json()["verification_id"] != first
    body = {"verification_id": first, "code": CODE}
    assert (await client.post("/v1/verify-code", json=body, headers=keyed(BARE))).status_code == 200


async def test_two_keys_of_one_backend_share_theirs(client):
    """A key that is rotated between two tries must not send a second SMS; so its digest is not in the scope."""
    first = await ask(client, BARE, bearing="sk_shop")

    assert (await ask(client, BARE, bearing="sk_shop_2")).content == first.content


async def test_a_lost_answer_to_a_right_code_comes_again(client):
    id = await new_id(client)
    body = {"verification_id": id, "code": CODE}
    first, again, without = [
        await client.post("/v1/verify-code", json=body, headers=headers) for headers in (keyed(BARE), keyed(BARE), {})
    ]

    assert (first.status_code, again.content) == (200, first.content)
    problem_of(without, 404, "no_pending_verification")


async def test_what_is_remembered_tells_no_key_no_number_and_no_code(service):
    id = (await ask(service.client, BARE, reference="cart-77")).json()["verification_id"]
    body = {"verification_id": id, "code": CODE}
    await service.client.post("/v1/verify-code", json=body, headers=keyed(BARE))

    kept = repr({name: value for name, value in (await service.dump()).items() if b":repeat:" in name})

    assert kept.count(":repeat:") == 2
    assert not any(secret in kept for secret in (BARE, PHONE, PHONE[1:], CODE, 'cart-77\\"'))
