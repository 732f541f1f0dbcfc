"""Each preset: the sender's own body, signed as it signs, becomes an SMS, once; any other call is refused."""

import asyncio
import json

import pytest

from app.settings.hook_presets import PRESETS
from tests.support.hooks import (
    APPS,
    CODE,
    HOOKS,
    NUMBER,
    OTHER_SECRET,
    OTHER_WEBHOOK_SECRET,
    SENDERS,
    call,
    with_code,
)
from tests.support.stores import on_both_stores, on_the_engine
from tests.support.waiting import until

ALL = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
LATE = [sender for sender in SENDERS.values() if sender.late]
SIGNED = [SENDERS[name] for name in ("supabase", "zitadel", "authgear")]


def assert_unauthorized(response):
    assert (response.status_code, response.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    assert response.text == "The signature or secret of this call is missing, wrong or too old."


def test_every_preset_has_an_example():
    assert set(SENDERS) == set(PRESETS)


@ALL
async def test_the_sms_has_our_text_with_a_code_or_the_text_of_the_sender(service, inbox, sender):
    response = await call(service, sender)

    assert (response.status_code, response.content) == (200, b"{}")
    assert response.headers["content-type"] == "application/json"
    await until(lambda: inbox.texts_to(NUMBER))
    (text,) = inbox.texts_to(NUMBER)
    if sender.text is None:
        assert CODE in text
        assert text not in str(sender.body)
    else:
        assert text == sender.text


@ALL
async def test_a_repeated_call_is_answered_alike_and_sends_nothing(service, inbox, sender):
    """Most senders repeat a call without an id of it; each try is signed anew."""
    now = service.container.clock()
    responses = await asyncio.gather(*(call(service, sender, now=now + later) for later in (0, 0, 2)))
    other = await call(service, sender, with_code(sender, "735519"))

    assert [response.status_code for response in [*responses, other]] == [200] * 4
    await until(lambda: len(inbox.texts_to(NUMBER)) >= 2)
    first, second = inbox.texts_to(NUMBER)
    assert sorted([CODE in first, CODE in second]) == [False, True]


@on_the_engine
async def test_a_repetition_is_known_for_a_minute(run_hooks):
    """By Redis' own clock, as for every Idempotency-Key."""
    async with run_hooks(workers=False) as service:
        await call(service, SENDERS["logto"])
        (key,) = [key async for key in service.redis.scan_iter(match=f"*{service.tag[1:-1]}*idempotency:*")]
        left = await service.redis.pttl(key)

    assert 30_000 < left <= 60_000


@on_both_stores
async def test_of_simultaneous_repetitions_one_is_sent(run_hooks, inbox):
    async with run_hooks() as service:
        responses = await asyncio.gather(*(call(service, SENDERS["supabase"]) for _ in range(20)))
        await call(service, SENDERS["logto"])  # another hook: its call is no repetition
        await until(lambda: len(inbox.messages) >= 2)

    assert {response.text for response in responses} == {"{}"}
    assert len(inbox.messages) == 2


@ALL
async def test_a_call_without_a_credential_or_with_another_secret_is_unauthorized(service, sender):
    before = await service.dump()
    body = json.dumps(sender.body).encode()
    wrong = OTHER_WEBHOOK_SECRET if sender.name == "supabase" else OTHER_SECRET
    signed = sender.sign(body, service.container.clock(), (wrong,))

    for headers in ({}, signed, {"Authorization": "Bearer sk_dev"}, {"Authorization": "Basic"}):
        types = {"Content-Type": "application/json"}
        assert_unauthorized(await service.client.post(sender.path, content=body, headers=types | headers))
    assert_unauthorized(await call(service, sender, path=f"{sender.path}/{OTHER_SECRET}"))
    assert await service.dump() == before


@pytest.mark.parametrize("sender", SIGNED, ids=lambda sender: sender.name)
async def test_a_changed_body_is_unauthorized(service, sender):
    signed = sender.headers(json.dumps(sender.body).encode(), service.container.clock())
    changed = json.dumps(with_code(sender, "735519")).encode()

    assert_unauthorized(await service.client.post(sender.path, content=changed, headers=signed))
    assert_unauthorized(await service.client.post(sender.path, content=b"", headers=signed))


@pytest.mark.parametrize("sender", LATE, ids=lambda sender: sender.name)
async def test_a_call_that_was_signed_over_five_minutes_ago_is_unauthorized(service, sender):
    now = service.container.clock()

    for then in (now - 302, now + 302):
        assert_unauthorized(await call(service, sender, now=then))
    assert (await call(service, sender, now=now - 298)).status_code == 200


@ALL
async def test_during_a_rotation_each_secret_is_accepted(run_hooks, sender):
    """A sender signs with one secret, or with both."""
    both = [OTHER_WEBHOOK_SECRET if sender.name == "supabase" else OTHER_SECRET]
    old = HOOKS[sender.name]["secrets"]
    new = [f"otp:{both[0]}"] if old[0].startswith("otp:") else both
    hook = HOOKS[sender.name] | {"secrets": [*new, *old]}
    async with run_hooks(hooks=json.dumps({sender.name: hook})) as service:
        body = json.dumps(sender.body).encode()
        signed = sender.sign(body, service.container.clock(), both)
        responses = [
            await call(service, sender),
            await service.client.post(sender.path, content=body, headers=signed),
        ]

    assert [response.status_code for response in responses] == [200, 200]


async def test_supabase_joins_its_secrets_and_its_signatures(run_hooks):
    """`v1,whsec_…|v1,whsec_…` as its settings have them; signatures by a comma and a space."""
    sender = SENDERS["supabase"]
    joined = f"v1,{OTHER_WEBHOOK_SECRET}|{HOOKS['supabase']['secrets'][0]}"
    async with run_hooks(hooks=json.dumps({"supabase": HOOKS["supabase"] | {"secrets": [joined]}})) as service:
        body, now = json.dumps(sender.body).encode(), service.container.clock()
        for secrets in ((OTHER_WEBHOOK_SECRET,), (f"whsec_{'A' * 32}", OTHER_WEBHOOK_SECRET)):
            headers = {"Content-Type": "application/json"} | sender.sign(body, now, secrets)
            assert (await service.client.post(sender.path, content=body, headers=headers)).status_code == 200


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"aud": None}, {"sub": "other"}, {"sub": 5}, {"iat": None}])
async def test_a_token_for_another_audience_or_subject_or_without_a_time_is_unauthorized(service, claims):
    sender = SENDERS["auth0"]
    body = json.dumps(sender.body).encode()
    token = sender.sign(body, service.container.clock(), **claims)

    assert_unauthorized(await service.client.post(sender.path, content=body, headers=token))


@pytest.mark.parametrize(
    "changed",
    [
        lambda header: header.replace("t=", "t=1"),
        lambda header: header.replace("t=", "T="),
        lambda header: f"{header},t=5",
        lambda header: header.replace("v1=", "v0="),
        lambda header: header.upper(),
        lambda header: header.partition(",")[0],
        lambda header: "v1=" + "," * 5000,
    ],
)
async def test_a_malformed_signature_of_zitadel_is_unauthorized(service, changed):
    sender = SENDERS["zitadel"]
    body = json.dumps(sender.body).encode()
    (name, header), *_ = sender.sign(body, service.container.clock()).items()

    assert_unauthorized(await service.client.post(sender.path, content=body, headers={name: changed(header)}))


async def test_purpose_and_language_of_the_sender_choose_our_text(run_hooks, inbox):
    texts = {"signup": {"nl": "Welkom: {code}", "*": "Welcome: {code}"}, "login": {"*": "Login: {code}"}}
    apps = APPS | {"codes": {"texts": texts}}
    sender = SENDERS["logto"]
    async with run_hooks(apps=json.dumps(apps)) as service:
        for type, code in (("Register", "111111"), ("SignIn", "222222"), ("Other", "333333")):
            body = sender.body | {"type": type, "payload": {"code": code, "locale": "nl-NL"}}
            assert (await call(service, sender, body)).status_code == 200
        await until(lambda: len(inbox.texts_to(NUMBER)) == 3)

    first_lines = sorted(text.splitlines()[0] for text in inbox.texts_to(NUMBER))
    assert first_lines == ["Login: 222222", "Login: 333333", "Welkom: 111111"]


async def test_kratos_may_send_a_code_in_place_of_its_text(run_hooks, inbox):
    """By a jsonnet of the operator's own, or of verification and recovery by its default one."""
    sender = SENDERS["kratos"]
    async with run_hooks(hooks=json.dumps({"kratos": HOOKS["kratos"] | {"app": "codes"}})) as service:
        for field in ("code", "recovery_code"):
            body = sender.body | {field: f"51{len(field):04}", "template_type": "recovery_code_valid"}
            assert (await call(service, sender, body)).status_code == 200
        await until(lambda: len(inbox.texts_to(NUMBER)) == 2)

    assert sender.text not in inbox.texts_to(NUMBER)


async def test_keycloak_may_send_a_form(service, inbox):
    sender = SENDERS["keycloak"]
    headers = sender.sign(b"", 0)

    response = await service.client.post(sender.path, data=sender.body, headers=headers)

    assert response.status_code == 200
    await until(lambda: inbox.texts_to(NUMBER) == [sender.text])


async def test_a_code_that_our_texts_cannot_show_is_sent_in_the_text_of_the_sender(run_hooks, inbox):
    """Where the app may send any text; ZITADEL's codes may have letters."""
    sender = SENDERS["zitadel"]
    async with run_hooks(hooks=json.dumps({"zitadel": HOOKS["zitadel"] | {"app": "shop"}})) as service:
        body = sender.body | {"args": {"code": "AB12CD"}, "templateData": {"text": "Your code is AB12CD"}}
        assert (await call(service, sender, body)).status_code == 200
        await until(lambda: inbox.texts_to(NUMBER) == ["Your code is AB12CD"])
