"""docs/using/hooks.md: its settings are valid, its commands run, its tables are those of the code."""

import json
import re
import subprocess

import pytest
import yaml

from app.compat.hooks.messages import SAME_MESSAGE_S
from app.domain.hook import HookFields, Scheme
from app.settings.hook_presets import PRESETS
from app.settings.hooks import AnswerSettings, HookSettings, VerifySettings
from tests.support.builders import make_settings
from tests.support.docs import PAGES, blocks
from tests.support.hooks import OTHER_WEBHOOK_SECRET, SECRET, SENDERS, call
from tests.support.processes import ROOT, clean_environment
from tests.support.service import code_on_the_phone, otp_dev

PAGE = PAGES["docs/using/hooks.md"]
FIELDS = {"<secret>": SECRET, "<password>": SECRET, "<signingKey>": SECRET}
FIELDS |= {"v1,whsec_<base64>": f"v1,{OTHER_WEBHOOK_SECRET}", "whsec_<base64>": OTHER_WEBHOOK_SECRET}
APPS, *HOOKS = blocks("json", PAGE)
FREE_TEXT = '{"shop": {"free_text": true}}'


def filled(text):
    """Put secrets into an example."""
    for placeholder, value in FIELDS.items():
        text = text.replace(placeholder, value)
    return text


def test_the_commands_lead_to_an_sms():
    """Verbatim, but for the port and the secret."""
    command = next(block for block in blocks("sh", PAGE) if "/v1/hooks/logto" in block)

    with otp_dev(OTP_APPS=APPS, OTP_HOOKS=filled(HOOKS[0])) as url:
        environment = clean_environment(SECRET=SECRET)
        script = command.replace("http://127.0.0.1:8000", url)
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        code = code_on_the_phone(url, "+31612345678")

    assert (done.stdout, code) == ("{}", "042137")


@pytest.mark.parametrize("example", HOOKS, ids=[next(iter(json.loads(example))) for example in HOOKS])
async def test_each_example_of_a_setting_is_valid(run_service, example):
    """That of a preset takes the call of its sender."""
    ((name, hook),) = json.loads(filled(example)).items()
    preset = hook.get("preset")
    assert make_settings(apps=FREE_TEXT, hooks=filled(example)).hooks
    if preset is None or preset == "auth0":
        return
    sender, path = SENDERS[preset], f"/v1/hooks/{name}"
    async with run_service(apps=FREE_TEXT, hooks=filled(example)) as service:
        if preset == "supabase":
            body, now = json.dumps(sender.body).encode(), service.container.clock()
            headers = sender.sign(body, now, (OTHER_WEBHOOK_SECRET,))
            response = await service.client.post(path, content=body, headers=headers)
        elif "verify" in hook:
            response = await service.client.post(f"{path}/{SECRET}", json=sender.body)
        else:
            response = await call(service, sender, path=path)

    assert (response.status_code, response.text) == (200, "{}")


def test_every_preset_has_a_row_and_a_section():
    table = PAGE.partition("| sender | `preset` |")[2].partition("\n\n")[0]
    rows = re.findall(r"\| `(\w+)` \|", table)
    examples = [json.loads(example).popitem()[1].get("preset") for example in HOOKS]

    assert sorted(rows) == sorted(PRESETS)
    assert set(PRESETS) <= set(examples)


def test_the_table_says_who_brings_a_code():
    for name, preset in PRESETS.items():
        (row,) = re.findall(rf"^\| .*\| `{name}` \|.*$", PAGE, re.MULTILINE)
        assert ("our text with its code" in row) is bool(preset.fields.code)


def test_the_fields_and_the_schemes_are_listed():
    table = PAGE.partition("| field of a hook |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", table))

    assert set(HookSettings.model_fields) | set(VerifySettings.model_fields) <= named
    assert set(AnswerSettings.model_fields) | set(HookFields.__slots__) <= named
    schemes = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.partition("| `verify.scheme` |")[2], re.MULTILINE)
    assert set(schemes) == set(Scheme)


def test_the_configuration_of_kratos_calls_the_hook():
    (text,) = blocks("yaml", PAGE)
    (channel,) = yaml.safe_load(text)["courier"]["channels"]
    request = channel["request_config"]

    assert (channel["id"], channel["type"], request["method"]) == ("sms", "http", "POST")
    assert request["url"].endswith("/v1/hooks/kratos")
    (jsonnet,) = blocks("jsonnet", PAGE)
    places = {
        place for pointers in (PRESETS["kratos"].fields.code, PRESETS["kratos"].fields.text) for place in pointers
    }
    written = {f"/{name}" for name in re.findall(r"^    (\w+): ", jsonnet, re.MULTILINE)}
    assert written - {"/recipient", "/template_type"} <= places


def test_the_window_of_repetitions_and_of_signatures_is_stated():
    assert SAME_MESSAGE_S == 60
    assert "within 60 s is sent once" in PAGE
