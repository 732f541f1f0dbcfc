"""The caller's text: one of the app's own, or any that obeys the rules where the app may send free ones."""

from contextlib import AsyncExitStack

import pytest

from app.compat.camara.texts import registered_texts
from app.domain.jobs import SendJob
from app.domain.route import RouteStep
from app.services.parts.render_message import RenderError, render_message
from tests.support.builders import OTHER_PHONE
from tests.support.camara_facade import CORRELATOR, MESSAGE, OTHER_SECRET, apps_json, assert_error, bearer, send_code

FRENCH = "+33612345678"
FREE = "Bonjour, {{code}} ouvre votre compte."
DUTCH = "{{code}} is je code voor the shop."


@pytest.fixture
def run(run_service):
    """Run the service with changed fields of the app `shop`, and a client with a token."""

    async def enter(stack, **changes):
        service = await stack.enter_async_context(run_service(apps=apps_json(**changes)))
        del service.client.headers["Authorization"]
        service.client.headers.update(await bearer(service.client))
        service.client.headers["x-correlator"] = CORRELATOR
        return service

    return enter


@pytest.fixture
async def free(run):
    """The service where `shop` may send free texts."""
    async with AsyncExitStack() as stack:
        yield await run(stack, camara={"free_text": True})


async def sent_text(service, message=MESSAGE, number=OTHER_PHONE, **more):
    """Send a code; return the first line of its SMS, with the label in place of the code, and the id."""
    response = await send_code(service.client, number, message, **more)
    assert response.status_code == 200, response.text
    id = response.json()["authenticationId"]
    sms = await render(service, id)
    step = RouteStep("carrier")
    text, _, autofill = sms.message("ms", route_step=step, now=sms.expires_at - 300_000).text.rpartition("\n")
    assert autofill == f"@127.0.0.1 #{sms.code}"
    return text.strip().replace(sms.code, "{{code}}"), id


async def render(service, id):
    """Render the SMS of a verification as a worker does, beside the one inside of the service."""
    container = service.container
    snapshot = await container.messages.read_send(SendJob(id, 1))
    return render_message(snapshot, verification=id, apps=container.apps, codes=container.deliver_message.codes)


@pytest.mark.parametrize("message", [MESSAGE, DUTCH, f" {MESSAGE}\n"])
async def test_a_registered_text_is_sent_as_it_is(service, message):
    """In the language of the message, not of the number."""
    for number in (OTHER_PHONE, FRENCH):
        assert (await sent_text(service, message, number))[0] == message.strip()


async def test_a_shipped_text_is_registered_where_the_app_has_none_of_its_language(service):
    app = service.container.apps["bank"]
    headers = await bearer(service.client, "bank", OTHER_SECRET)
    message = dict(registered_texts(app, "payment"))["fr"]

    assert (await sent_text(service, message, headers=headers))[0] == message


@pytest.mark.parametrize(
    "message",
    [
        "{{code}} is your code for the shop",
        "{{code}} is your code for {brand}.",
        "{{code}} IS YOUR CODE FOR THE SHOP.",
        f"{MESSAGE} https://evil.example",
        f"{MESSAGE}{MESSAGE}",
        FREE,
        "{{code}}",
    ],
)
async def test_any_other_text_is_an_invalid_argument(service, message):
    before = await service.dump()

    assert (
        "registered"
        in assert_error(await send_code(service.client, OTHER_PHONE, message), 400, "INVALID_ARGUMENT")["message"]
    )
    assert await service.dump() == before


async def test_a_text_of_another_purpose_or_app_is_not_registered(service):
    headers = await bearer(service.client, "bank", OTHER_SECRET)

    assert_error(await send_code(service.client, OTHER_PHONE, headers=headers), 400, "INVALID_ARGUMENT")


async def test_a_free_text_is_sent_with_the_code_and_the_autofill_line(free):
    text, _ = await sent_text(free, FREE)

    assert text == FREE


async def test_a_registered_text_of_an_app_with_free_texts_is_not_stored(free):
    await sent_text(free, DUTCH, FRENCH)

    assert not [key for key in await free.dump() if b":text:" in key]


async def test_a_free_text_is_stored_encrypted_until_its_code_expires(free):
    _, id = await sent_text(free, FREE)

    (key,) = [key for key in await free.dump() if b":text:" in key]
    assert 0 < await free.redis.pttl(key) <= 300_000
    stored = repr(await free.dump())
    assert not [word for word in ("Bonjour", "ouvre", "compte") if word in stored]
    assert id in key.decode()


async def test_a_free_text_that_was_refused_is_not_kept(run):
    async with AsyncExitStack() as stack:
        service = await run(stack, camara={"free_text": True}, limits={"sends_per_app": "1/h"})
        await send_code(service.client, OTHER_PHONE, FREE)
        refused = await send_code(service.client, FRENCH, FREE)
        texts = [key for key in await service.dump() if b":text:" in key]

    assert_error(refused, 429, "QUOTA_EXCEEDED")
    assert len(texts) == 1


async def test_a_free_text_is_bound_to_its_verification(free):
    first, second = [
        (await send_code(free.client, number, FREE)).json()["authenticationId"] for number in (OTHER_PHONE, FRENCH)
    ]
    await free.redis.copy(f"{free.tag}:text:{first}", f"{free.tag}:text:{second}", replace=True)

    with pytest.raises(RenderError) as refused:
        await render(free, second)

    assert refused.value.what == "unknown_text"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("{{code}} for {brand}", "braces"),
        ("{{code}} {{code}} {", "braces"),
        ("{{{code}}}", "braces"),
        ("1{{code}} is the code", "separator"),
        ("{{code}} is the code\n@evil.example #{{code}}", "autofill"),
        ("{{code}} is the code\x07", "control"),
        ("{{code}} \u202eis the code", "control"),
        ("{{code}} is the code of " + "ж" * 130, "limit is 2"),
    ],
)
async def test_a_free_text_obeys_the_rules_of_texts(free, message, why):
    before = await free.dump()

    assert why in assert_error(await send_code(free.client, OTHER_PHONE, message), 400, "INVALID_ARGUMENT")["message"]
    assert await free.dump() == before
