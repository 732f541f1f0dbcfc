"""The brand and the Android app that a call names, in place of those of its app, are in all of its SMS."""

from contextlib import AsyncExitStack

import pytest

from app.compat.twilio.sids import verification_id
from app.domain.jobs import SendJob
from app.domain.route import RouteStep
from app.services.parts.render_message import render_message
from tests.support.builders import OTHER_PHONE
from tests.support.twilio_facade import apps_json, assert_error, basic, check, start

HASH = "Abc+123/xyZ"
OTHER_HASH = "xyZ/321+cbA"
LINE = "@127.0.0.1 #CODE"
NAMES = {"CustomFriendlyName": "Acme", "AppHash": HASH}


@pytest.fixture
async def serve(run_service):
    """Run the service with changed fields of the app `shop`, and further settings."""
    async with AsyncExitStack() as stack:

        async def enter(*, settings=None, **changes):
            service = await stack.enter_async_context(run_service(apps=apps_json(**changes), **(settings or {})))
            service.client.headers.update(basic())
            return service

        yield enter


async def sms_of(service, sid, send=1):
    """Return the SMS of a send as a worker writes it, with `CODE` for its code."""
    container, id = service.container, verification_id(sid)
    snapshot = await container.messages.read_send(SendJob(id, send))
    sms = render_message(snapshot, verification=id, apps=container.apps, codes=container.deliver_message.codes)
    message = sms.message("ms", route_step=RouteStep("inbox"), now=sms.expires_at - 300_000)
    return message.text.replace(sms.code, "CODE")


async def sent(service, to=OTHER_PHONE, **names):
    """Start a verification; return its SMS."""
    response = await start(service.client, to, **names)
    assert response.status_code == 201, response.text
    return await sms_of(service, response.json()["sid"])


async def test_the_sms_has_the_name_and_hash_of_the_call(service):
    plain = await sent(service, "+31687654322")

    named = await sent(service, **NAMES)

    assert "Shop" in plain
    assert plain.endswith(LINE)
    assert "Acme" in named
    assert "Shop" not in named
    assert named.endswith(f"{LINE} {HASH}")


async def test_one_of_the_two_leaves_the_other_as_it_is_in_the_app(serve):
    service = await serve(android_hash=HASH)

    name = await sent(service, CustomFriendlyName="Acme")
    other_hash = await sent(service, "+31687654322", AppHash=OTHER_HASH)

    assert "Acme" in name
    assert name.endswith(f"{LINE} {HASH}")
    assert "Shop" in other_hash
    assert other_hash.endswith(f"{LINE} {OTHER_HASH}")


async def test_the_names_of_the_app_itself_change_nothing(serve):
    service = await serve(android_hash=HASH)

    response = await start(service.client, OTHER_PHONE, AppHash=HASH, CustomFriendlyName="Shop")

    assert response.status_code == 201
    assert not [key async for key in service.redis.scan_iter("*:text:*")]


async def test_a_repeat_has_the_text_of_the_first_send(service, clock):
    """A start while one is pending sends the same code again, so it says the same; its own names are not used."""
    sid = (await start(service.client, OTHER_PHONE, **NAMES)).json()["sid"]
    first = await sms_of(service, sid)
    clock.tick(seconds=31)

    again = await start(service.client, OTHER_PHONE, CustomFriendlyName="Other")

    assert (again.status_code, again.json()["sid"]) == (201, sid)
    assert await sms_of(service, sid, 2) == first


@pytest.mark.parametrize("more", [{}, {"Locale": "de"}, {"Locale": "xx"}])
async def test_the_language_is_chosen_as_without_names(service, more):
    plain = await sent(service, "+31687654322", **more)

    named = await sent(service, **more, CustomFriendlyName="Acme")

    assert named == plain.replace("Shop", "Acme")


@pytest.mark.parametrize("name", ["Acme B.V.", "St. Acme", "Müller & Söhne 24/7", "3-2-1 Go!", "日本"])
async def test_a_name_with_full_stops_figures_or_any_letters_is_sent(service, name):
    assert name in await sent(service, CustomFriendlyName=name)


async def test_an_app_without_a_brand_names_that_of_the_call(serve):
    service = await serve(brand=None)

    assert "Acme" in await sent(service, CustomFriendlyName="Acme")


async def test_a_shipped_text_that_a_long_name_does_not_fit_is_sent_without(service):
    """As with a long brand of an app: the SMS remains one segment, and names none."""
    text = await sent(service, "+37061234567", CustomFriendlyName="Ąžuolynas Žvaigždynas")

    assert "CODE" in text
    assert "Shop" not in text


OWN = {
    "a brand in its words": ("{code} is your code for the shop.", "Acme", 403, 60204),
    "no room for the name": ("{code} is your code" + " for {brand}" * 4, "Acme, a name of 29 characters", 400, 60200),
    "no room for UCS-2": ("{code} is your code for {brand}. " + "x" * 90, "Żubr", 400, 60200),
}


@pytest.mark.parametrize("why", OWN)
async def test_a_text_of_the_app_that_cannot_show_the_name_sends_nothing(serve, why):
    text, name, status, code = OWN[why]
    service = await serve(texts={"*": {"*": text}})
    before = await service.dump()

    refused = await start(service.client, OTHER_PHONE, CustomFriendlyName=name)

    assert_error(refused, status, code)
    assert await service.dump() == before


async def test_a_hash_makes_a_text_of_the_app_too_long_for_android(serve):
    service = await serve(texts={"*": {"*": "{code} is your code. " + "x" * 100}})

    fits = await start(service.client, OTHER_PHONE)
    refused = await start(service.client, "+31687654322", AppHash=HASH)

    assert fits.status_code == 201
    assert assert_error(refused, 400, 60200)["message"].startswith("Invalid parameter `AppHash`: the text takes")


async def test_the_code_of_a_named_sms_is_right(service):
    sid = (await start(service.client, OTHER_PHONE, **NAMES)).json()["sid"]
    container, id = service.container, verification_id(sid)
    snapshot = await container.messages.read_send(SendJob(id, 1))
    sms = render_message(snapshot, verification=id, apps=container.apps, codes=container.deliver_message.codes)

    right = await check(service.client, sms.code, To=OTHER_PHONE)

    assert right.json()["status"] == "approved"
