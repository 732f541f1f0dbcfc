"""The parameters of a start and of a check: what is used, what passes, what is refused; nothing is sent or counted."""

import json

import pytest

from tests.support.api_calls import CODE, PROBLEM
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.service_fixture import PRODUCTION
from tests.support.twilio_facade import (
    API_KEY,
    LANDLINE,
    SERVICE,
    SERVICES,
    apps_json,
    assert_error,
    basic,
    check,
    fetch,
    start,
)

REFUSED_STARTS = {
    "no number": ({"To": ""}, 400, 60200),
    "no phone number": ({"To": "somebody@example.com"}, 400, 60200),
    "a number that does not exist": ({"To": "+31000"}, 400, 60200),
    "a national number": ({"To": "0612345678"}, 400, 60200),
    "no channel": ({"Channel": ""}, 400, 60200),
    "an unknown channel": ({"Channel": "pigeon"}, 400, 60200),
    "voice": ({"Channel": "call"}, 400, 60223),
    "email": ({"Channel": "email"}, 400, 60223),
    "WhatsApp": ({"Channel": "whatsapp"}, 400, 60223),
    "silent network authentication": ({"Channel": "sna"}, 400, 60223),
    "its own code": ({"CustomCode": "123456"}, 403, 60204),
    "a template": ({"TemplateSid": "HJ" + "0" * 32}, 403, 60204),
    "values of a template": ({"TemplateCustomSubstitutions": "{}"}, 403, 60204),
    "templates": ({"Templates": '[{"sid": "HJ00000000000000000000000000000000"}]'}, 403, 60204),
    "a payment": ({"Amount": "€39.99", "Payee": "Acme"}, 403, 60204),
    "digits of a call": ({"SendDigits": "1234"}, 403, 60204),
    "a token of the network": ({"EnableSnaClientToken": "true"}, 403, 60204),
    "a language that is none": ({"Locale": "no such language"}, 400, 60200),
    "an address that is none": ({"DeviceIp": "somewhere"}, 400, 60200),
    "limits that are no JSON": ({"RateLimits": "session"}, 400, 60200),
    "limits that are a list": ({"RateLimits": '["session"]'}, 400, 60200),
    "nested limits": ({"RateLimits": '{"session": {"id": 1}}'}, 400, 60200),
    "too many limits": ({"RateLimits": json.dumps({f"key{number}": 1 for number in range(11)})}, 400, 60200),
    "long limits": ({"RateLimits": json.dumps({"session": "x" * 1025})}, 400, 60200),
    "a hash of another form": ({"AppHash": "short"}, 400, 60200),
    "a name of blanks": ({"CustomFriendlyName": " "}, 400, 60200),
    "a long name": ({"CustomFriendlyName": "Acme " * 6 + "X"}, 400, 60200),
    "a name of two lines": ({"CustomFriendlyName": "Acme\nInc"}, 400, 60200),
    "a name that turns the text around": ({"CustomFriendlyName": "Acme\u202e"}, 400, 60200),
    "a name with a variable": ({"CustomFriendlyName": "{code}"}, 400, 60200),
    "a name that is a link": ({"CustomFriendlyName": "acme.example/a"}, 400, 60200),
    "a link with what is invisible": ({"CustomFriendlyName": "acme.\u00adexample"}, 400, 60200),
    "a link with another full stop": ({"CustomFriendlyName": "acme\uff0eexample"}, 400, 60200),
    "a name that is an address": ({"CustomFriendlyName": "https://acme"}, 400, 60200),
    "a name that looks like a code": ({"CustomFriendlyName": "Acme 424242"}, 400, 60200),
    "a landline": ({"To": LANDLINE}, 403, 60205),
    "a landline abroad": ({"To": "+49301234567"}, 403, 60205),
    "a premium number": ({"To": "+319061234"}, 400, 60200),
}


@pytest.mark.parametrize("why", REFUSED_STARTS)
async def test_a_refused_start_sends_and_counts_nothing(service, why):
    changes, status, code = REFUSED_STARTS[why]
    before = await service.dump()

    response = await start(service.client, **{"to": OTHER_PHONE, **changes})

    body = assert_error(response, status, code)
    assert not [value for value in changes.values() if len(value) > 5 and value in body["message"]]
    assert await service.dump() == before


@pytest.mark.parametrize("why", REFUSED_STARTS)
async def test_a_refused_resend_sends_and_counts_nothing(service, clock, why):
    changes, status, code = REFUSED_STARTS[why]
    assert (await start(service.client)).status_code == 201
    clock.tick(seconds=31)
    before = await service.dump()

    response = await start(service.client, **changes)

    assert_error(response, status, code)
    assert await service.dump() == before


REFUSED_CHECKS = {
    "no code": ({"code": ""}, 400, 60200),
    "three digits": ({"code": "042"}, 400, 60200),
    "eleven digits": ({"code": "04213700000"}, 400, 60200),
    "no number": ({"code": CODE, "To": ""}, 400, 60200),
    "no phone number": ({"code": CODE, "To": "nobody"}, 400, 60200),
    "a payment": ({"code": CODE, "Amount": "1", "Payee": "Acme"}, 403, 60204),
    "a landline": ({"code": CODE, "To": LANDLINE}, 403, 60205),
    "another number": ({"code": CODE, "To": OTHER_PHONE}, 404, 20404),
    "an unknown sid": ({"code": CODE, "VerificationSid": "VE" + "0" * 32}, 404, 20404),
    "a sid of another form": ({"code": CODE, "VerificationSid": "VE123"}, 400, 60200),
    "a number as sid": ({"code": CODE, "VerificationSid": PHONE}, 400, 60200),
}


@pytest.mark.parametrize("why", REFUSED_CHECKS)
async def test_a_refused_check_counts_nothing(service, why):
    changes, status, code = REFUSED_CHECKS[why]
    await start(service.client)
    before = await service.dump()

    response = await check(service.client, **changes)

    assert_error(response, status, code)
    assert await service.dump() == before


async def test_messages_name_the_parameter_as_clients_expect_it(client):
    """Clients compare these beginnings, since Twilio has one code for all parameters."""
    to = await start(client, "nobody")
    code = await check(client, "1")

    assert to.json()["message"].startswith("Invalid parameter `To`: ")
    assert code.json()["message"] == "Invalid parameter: Code"


MESSAGES = {
    "a national number": ({"To": "0612345678"}, "Invalid parameter `To`: start it with + and its country code"),
    "another channel": ({"Channel": "whatsapp"}, "Delivery channel disabled: WHATSAPP"),
    "its own code": ({"CustomCode": "123456"}, "Custom code not allowed"),
}


@pytest.mark.parametrize("why", MESSAGES)
async def test_a_message_says_what_was_wrong(client, why):
    """Clients search the last two for the channel and for the feature; the first names no parameter of our own API."""
    changes, message = MESSAGES[why]

    response = await start(client, **{"to": OTHER_PHONE, **changes})

    assert response.json()["message"] == message


async def test_a_malformed_sid_is_named_in_the_message(client):
    response = await check(client, CODE, VerificationSid="VE123")

    assert response.json()["message"] == "Invalid parameter `VerificationSid`"


async def test_a_form_that_cannot_be_read_says_why(client):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await client.post(f"{SERVICES}/{SERVICE}/Verifications", content=b"To=%ff", headers=headers)

    assert response.json()["message"] == "Invalid parameter: The form is not UTF-8, or has too many fields."


@pytest.mark.parametrize("channel", ["sms", "SMS", "auto"])
async def test_auto_is_sms(client, channel):
    assert (await start(client, Channel=channel)).json()["channel"] == "sms"


async def test_unknown_parameters_pass(client):
    """SDKs add some each month."""
    more = {"RiskCheck": "disable", "Tags": '{"a": "b"}', "DeviceId": "7", "Next": "1", "EnableSnaClientToken": "false"}

    assert (await start(client, **more)).status_code == 201


async def test_the_first_of_a_repeated_parameter_counts(client):
    response = await client.post(
        f"{SERVICES}/{SERVICE}/Verifications",
        content=f"To=%2B{PHONE[1:]}&Channel=sms&To=%2B{OTHER_PHONE[1:]}",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )

    assert response.json()["to"] == PHONE


async def test_a_locale_chooses_the_text(run_service):
    async with run_service(apps=apps_json(), workers=True) as service:
        service.client.headers.update(basic())

        await start(service.client, OTHER_PHONE, Locale="pt-BR")

        (key,) = [key async for key in service.redis.scan_iter(f"*{service.tag[1:-1]}*:verification:*")]
        assert await service.redis.hget(key, "locale") == b"pt-BR"


async def test_a_device_address_is_limited(run_service):
    """`DeviceIp` is the address of the user, as `client_ip` of our own API."""
    async with run_service(apps=apps_json(), limit_sends_per_address="1/h") as service:
        service.client.headers.update(basic())

        first = await start(service.client, PHONE, DeviceIp="203.0.113.7")
        # A test number is not counted.
        second = await start(service.client, OTHER_PHONE, DeviceIp="203.0.113.7")
        third = await start(service.client, "+31687654322", DeviceIp="203.0.113.7")
        other = await start(service.client, "+31687654322", DeviceIp="2001:db8::1")

    assert [one.status_code for one in (first, second, other)] == [201, 201, 201]
    assert_error(third, 429, 20429)
    assert third.headers["twilio-reached-rate-limit"] == "sends_per_address"


async def test_production_refuses_an_address_of_its_own_network(run_service, engine_url):
    async with run_service(**PRODUCTION, apps=apps_json(), redis_url=engine_url) as service:
        service.client.headers.update(basic(API_KEY))
        sids = [one["sid"] for one in (await service.client.get(SERVICES)).json()["services"]]

        response = await start(service.client, OTHER_PHONE, service=sids[0], DeviceIp="10.0.0.7")

    assert assert_error(response, 400, 60200)["message"].startswith("Invalid parameter `DeviceIp`")


async def test_each_key_of_rate_limits_counts_for_itself(run_service):
    """One that is spent refuses, whatever the others are; the same value of another key is another one."""
    limits = {"limits": {"sends_per_subject": "1/h"}}
    async with run_service(apps=apps_json(**limits)) as service:
        service.client.headers.update(basic())

        first = await start(service.client, OTHER_PHONE, RateLimits='{"session": "a", "user": "1", "device": 7}')
        refused = [
            await start(service.client, "+31687654322", RateLimits=keys)
            for keys in ('{"session": "a"}', '{"user":"1","session":"b"}', '{"device": 7, "user": "2"}')
        ]
        other = await start(service.client, "+31687654322", RateLimits='{"session": "1", "user": "a", "device": "7"}')

    assert [one.status_code for one in (first, other)] == [201, 201]
    for one in refused:
        assert_error(one, 429, 20429)
        assert one.headers["twilio-reached-rate-limit"] == "sends_per_subject"


async def test_a_closed_country_and_a_blocked_number_have_their_codes(run_service):
    async with run_service(apps=apps_json(countries=["NL"])) as service:
        service.client.headers.update(basic())
        store = service.container.store
        await service.redis.sadd(store.key("blocked"), store.encryption.name_number(OTHER_PHONE))

        closed = await start(service.client, "+491711234567")
        blocked = await start(service.client, OTHER_PHONE)

    assert_error(closed, 403, 60605)
    assert_error(blocked, 403, 60410)


BROKEN = {
    "no content type": ({}, b"To=x", 415),
    "JSON": ({"Content-Type": "application/json"}, b'{"To": "+31612345678", "Channel": "sms"}', 415),
    "multipart": ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415),
    "compressed": ({"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}, b"x", 415),
    "no UTF-8": ({"Content-Type": "application/x-www-form-urlencoded"}, b"To=%ff&Channel=sms", 400),
    "raw bytes": ({"Content-Type": "application/x-www-form-urlencoded"}, b"To=\xff", 400),
    "too many fields": ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&" * 100, 400),
    "nothing": ({}, b"", 400),
    "too large": ({"Content-Type": "application/x-www-form-urlencoded"}, b"To=" + b"x" * 20_000, 413),
    "NUL": ({"Content-Type": "application/x-www-form-urlencoded"}, b"To=%00&Channel=sms", 400),
}


@pytest.mark.parametrize("why", BROKEN)
async def test_a_broken_body_is_an_error_of_twilios_form(service, why):
    headers, body, status = BROKEN[why]
    before = await service.dump()

    response = await service.client.post(f"{SERVICES}/{SERVICE}/Verifications", content=body, headers=headers)

    assert_error(response, status, 60200)
    assert await service.dump() == before


async def test_a_refusal_is_no_problem_document(client):
    for response in (await start(client, "x"), await fetch(client, PHONE), await client.put(SERVICES)):
        assert response.headers["content-type"] != PROBLEM
