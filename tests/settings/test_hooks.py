"""`OTP_HOOKS`: an error names the hook and the fix, and never a secret."""

import json

import pytest

from app.domain.hook import HookVerification, RefusalForm, Scheme
from app.settings.hook_presets import PRESETS
from app.settings.load import BadSettings, load_settings
from tests.support.hooks import APPS, CUSTOM, HOOKS, SECRET, WEBHOOK_SECRET

SUPABASE = HOOKS["supabase"]


def load(hooks, apps=APPS):
    text = hooks if isinstance(hooks, str) else json.dumps(hooks)
    return load_settings({"OTP_ENV": "development", "OTP_APPS": json.dumps(apps), "OTP_HOOKS": text})


def error_of(hooks):
    with pytest.raises(BadSettings) as refusal:
        load(hooks)
    assert SECRET not in str(refusal.value)
    assert WEBHOOK_SECRET not in str(refusal.value)
    return refusal.value.sentences[0]


def test_each_preset_needs_its_app_and_its_secrets_only():
    """Of Auth0, the audience of its tokens too."""
    settings = load(HOOKS)

    assert set(settings.hooks) == set(PRESETS)
    assert SECRET not in repr(settings)
    assert WEBHOOK_SECRET not in repr(settings)
    assert settings.hooks["supabase"].fields == PRESETS["supabase"].fields


def test_the_setting_may_be_a_file(tmp_path):
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps(HOOKS))

    assert load(str(path)) == load(HOOKS)
    environ = {"OTP_ENV": "development", "OTP_APPS": json.dumps(APPS), "OTP_HOOKS_FILE": str(path)}
    assert load_settings(environ) == load(HOOKS)


@pytest.mark.parametrize("hooks", ["", "[]", "auth", "/nowhere.json"])
def test_text_that_is_neither_json_nor_a_file_is_reported(hooks):
    assert error_of(hooks).startswith("OTP_HOOKS: it is neither JSON like {")


@pytest.mark.parametrize(
    ("hook", "place", "words"),
    [
        ([], "auth", "write an object"),
        ({"preset": "supabase", "secrets": [SECRET]}, "auth.app", "it is missing"),
        (SUPABASE | {"preset": "Supabase"}, "auth.preset", "there is no such preset; write one of supabase, kratos"),
        (SUPABASE | {"preset": None}, "auth", "preset is missing; write one of supabase, kratos"),
        (SUPABASE | {"more": 1}, "auth.more", "there is no such field"),
        (SUPABASE | {"secrets": []}, "auth.secrets", "list at least one"),
        (SUPABASE | {"secrets": ["v1,whsec_MfKQ"]}, "auth", "a secret is not like v1,whsec_"),
        (SUPABASE | {"secrets": [SECRET]}, "auth", "a secret is not like v1,whsec_"),
        (HOOKS["logto"] | {"secrets": ["short"]}, "auth", "a secret is too weak"),
        (HOOKS["logto"] | {"secrets": ["a" * 40]}, "auth", "a secret is too weak"),
        (HOOKS["logto"] | {"secrets": [f"{SECRET} {SECRET}"]}, "auth", "a secret is too weak"),
        (HOOKS["kratos"] | {"secrets": [SECRET]}, "auth", "a secret is not like user:password"),
        (HOOKS["kratos"] | {"secrets": ["otp:short"]}, "auth", "a secret is too weak"),
        (HOOKS["auth0"] | {"secrets": [SECRET[:30]]}, "auth", "a secret of a JWT has at least 32 characters"),
        (HOOKS["auth0"] | {"verify": {}}, "auth", "verify.audience is missing"),
        (SUPABASE | {"ttl": 29}, "auth.ttl", "give at least 30"),
        (SUPABASE | {"ttl": 601}, "auth.ttl", "give at most 600"),
        (SUPABASE | {"purpose": "Log in"}, "auth.purpose", "write a purpose like login"),
        (SUPABASE | {"purpose": "/a~2"}, "auth.purpose", "write a JSON Pointer"),
        (SUPABASE | {"code": "sms.otp"}, "auth.code.0", "write a JSON Pointer, like /sms/phone"),
        (SUPABASE | {"code": []}, "auth.code", "list at least one"),
        (SUPABASE | {"answer": {"ok": 302}}, "auth.answer.ok", "give at most 299"),
        (SUPABASE | {"answer": {"away": 99}}, "auth.answer.away", "give at least 200"),
        (CUSTOM | {"verify": {"scheme": "rsa"}}, "auth.verify.scheme", "write 'standard-webhooks', 'bearer'"),
        (CUSTOM | {"verify": {}}, "auth", "verify.scheme is missing"),
        (CUSTOM | {"verify": {"scheme": "hmac"}}, "auth", "verify.header is missing"),
        (
            CUSTOM | {"verify": {"scheme": "bearer", "header": "a b"}},
            "auth.verify.header",
            "write the name of a header",
        ),
        (CUSTOM | {"secrets": [f"{SECRET}/"]}, "auth", "a secret of an address has letters, digits, - and _ only"),
        (CUSTOM | {"phone_number": None}, "auth", "phone_number is missing"),
        (CUSTOM | {"code": None}, "auth", "code or text is missing"),
        (SUPABASE | {"app": "none"}, "auth.app", "names an app that OTP_APPS does not list"),
        (HOOKS["authgear"] | {"app": "codes"}, "auth", "has texts and no codes, which its app may not send"),
        (HOOKS["authentik"] | {"text": "/Message"}, "auth", "has texts and no codes, which its app may not send"),
    ],
)
def test_a_wrong_hook_is_reported_with_its_place(hook, place, words):
    sentence = error_of({"auth": hook})

    assert sentence.startswith(f"OTP_HOOKS ({place})")
    assert words in sentence


@pytest.mark.parametrize("name", ["", "Auth", "a b", "-a", "x" * 33, "a/b"])
def test_a_name_is_a_part_of_an_address(name):
    assert "a hook's name is 1 to 32 lower-case letters" in error_of({name: SUPABASE})


def test_a_field_takes_the_place_of_what_the_preset_says():
    hook = HOOKS["keycloak"] | {"phone_number": "/mobile", "text": ["/message", "/sms"], "purpose": "mfa"}
    own = load({"own": hook}).hooks["own"]

    assert (own.fields.phone_number, own.fields.text) == (("/mobile",), ("/message", "/sms"))
    assert own.verification == PRESETS["keycloak"].verification


def test_naming_a_code_or_a_text_drops_the_other_of_the_preset():
    apps = APPS | {"codes": {"free_text": True}}
    hooks = {"text": HOOKS["authentik"] | {"text": "/Message"}, "code": HOOKS["authentik"] | {"code": "/Body"}}
    own = load(hooks, apps).hooks

    assert (own["text"].fields.code, own["text"].fields.text) == ((), ("/Message",))
    assert (own["code"].fields.code, own["code"].fields.text) == (("/Body",), ())


def test_another_scheme_takes_nothing_of_the_preset():
    hook = HOOKS["zitadel"] | {"verify": {"scheme": "path"}}

    assert load({"own": hook}).hooks["own"].verification == HookVerification(Scheme.PATH)


def test_a_refusal_of_a_hook_of_ones_own_has_words_where_its_status_is_an_error():
    forms = {}
    for status in (None, 200, 400):
        hook = CUSTOM | {"answer": {"refused": status} if status else {}}
        forms[status] = load({"own": hook}).hooks["own"].answers.form

    assert forms == {None: RefusalForm.NOTHING, 200: RefusalForm.NOTHING, 400: RefusalForm.TEXT}


def test_secrets_of_standard_webhooks_are_read_as_supabase_writes_them():
    joined = f"v1,{WEBHOOK_SECRET}|v1,{WEBHOOK_SECRET}"

    assert load({"own": SUPABASE | {"secrets": [joined]}}).hooks["own"].plain_secrets == [WEBHOOK_SECRET] * 2
