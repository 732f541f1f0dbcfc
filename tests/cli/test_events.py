"""`otp events list`, `replay`, `endpoints` and `secrets`, and what `otp doctor` says of events."""

import asyncio
import re

import pytest
from standardwebhooks import Webhook

from app.container import open_container
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.event_receiver import event_apps, secrets_of, state_of, take
from tests.support.secrets import make_secret

URL = "http://127.0.0.1:1/events?token=t0ken"
APPS = event_apps(URL, types=["verification.requested"])


@pytest.fixture
def settings(settings):
    return settings | {"APPS": APPS}


@pytest.fixture
def on_container(engine_url, tag):
    """Run an act on a container of the same service."""

    def run(act):
        async def opened():
            async with open_container(make_settings(engine_url, tag, apps=APPS)) as container:
                return await act(container)

        return asyncio.run(opened())

    return run


@pytest.fixture
def bury_events(on_container):
    """Request codes, and let the endpoint fail for good; return the ids of the dead events."""

    def run(count, **how):
        async def act(container):
            for number in range(count):
                await start_verification(container, f"+3161234{number:04}")
            for event in await take(container):
                await container.deliver_event.deliveries.settle(event, "failed", why="http_500", **how)
            return [dead.id for dead in await container.event_dead_letters.oldest()]

        return on_container(act)

    return run


def test_empty_list_prints_nothing_to_stdout(otp, settings):
    result = otp("events", "list", **settings)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "None.\n")


def test_dead_event_is_listed_with_its_reason(otp, settings, bury_events):
    (dead_id,) = bury_events(1)

    (line,) = otp("events", "list", **settings).stdout.splitlines()

    id, at, app, endpoint, type, why, tries, subject = line.split("\t")
    assert id == dead_id
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert (app, type, why, tries) == ("dev", "verification.requested", "http_500", "1")
    assert re.fullmatch("[0-9a-f]{8}", endpoint)
    assert re.fullmatch(r"vf_[\w-]{22}", subject)


def test_full_list_has_a_hint_that_there_may_be_more(otp, settings, bury_events):
    bury_events(100)

    assert "There may be more" in otp("events", "list", **settings).stderr


def test_event_is_replayed_once(otp, settings, bury_events, on_container):
    (id,) = bury_events(1)

    assert otp("events", "replay", id, **settings).stdout == "1 replayed.\n"

    assert otp("events", "list", **settings).stdout == ""
    assert len(on_container(take)) == 1
    again = otp("events", "replay", id, **settings)
    assert (again.exit_code, again.stdout) == (1, "0 replayed.\n")
    assert again.stderr == f"✗ There is no dead event {id}. See `otp events list`.\n"


def test_all_events_of_an_endpoint_are_replayed_and_it_is_switched_on(otp, settings, bury_events, on_container):
    bury_events(3, is_gone=True)
    assert on_container(state_of).off == "gone"

    result = otp("events", "replay", "--endpoint", URL, **settings)

    assert (result.exit_code, result.stdout) == (0, "3 replayed.\n")
    state = on_container(state_of)
    assert (state.off, state.waiting) == ("", 3)


def test_an_endpoint_without_dead_events_can_be_switched_on(otp, settings):
    assert otp("events", "replay", "--endpoint", URL, **settings).stdout == "0 replayed.\n"


def test_unknown_endpoint_is_an_error(otp, settings):
    result = otp("events", "replay", "--endpoint", "https://other.example.com", **settings)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "✗ No app has an endpoint with this URL. See `otp events endpoints`.\n"


@pytest.mark.parametrize("args", [[], ["1-1", "--endpoint", URL]])
def test_replay_needs_ids_or_an_endpoint(otp, settings, args):
    result = otp("events", "replay", *args, **settings)

    assert (result.exit_code, result.stdout) == (2, "")


def test_endpoints_are_listed_with_their_state(otp, settings, bury_events):
    (line,) = otp("events", "endpoints", **settings).stdout.splitlines()
    app, endpoint, state, waiting, since, why, url = line.split("\t")
    assert (app, state, waiting, since, why, url) == ("dev", "on", "0", "-", "-", URL)
    assert re.fullmatch("[0-9a-f]{8}", endpoint)

    bury_events(1, is_gone=True)
    _, _, state, waiting, since, why, _ = otp("events", "endpoints", **settings).stdout.strip().split("\t")

    assert (state, waiting, why) == ("off (gone)", "0", "http_500")
    assert since.endswith("Z")


@pytest.mark.parametrize("command", ["endpoints", "secrets"])
def test_without_endpoints_there_is_a_hint(otp, settings, command):
    result = otp("events", command, **settings | {"APPS": "{}"})

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No app has `events` in OTP_APPS.\n")


def test_secrets_are_those_that_receivers_verify_by(otp, settings, engine_url, tag):
    secrets = f"{make_secret('new')},{make_secret('old')}"
    lines = otp("events", "secrets", **settings | {"SECRETS": secrets}).stdout.splitlines()

    async def expected():
        changes = {"apps": APPS, "secrets": secrets}
        async with open_container(make_settings(engine_url, tag, **changes)) as container:
            return secrets_of(container, URL)

    new, old = asyncio.run(expected())
    assert [line.split("\t") for line in lines] == [["dev", URL, "new", new], ["dev", URL, "old", old]]
    assert Webhook(new)


def test_secrets_need_no_redis(otp):
    result = otp("events", "secrets", ENV="development", APPS=APPS)

    assert (result.exit_code, result.stdout.count("whsec_")) == (0, 1)


def test_doctor_says_that_an_endpoint_is_off_and_how_to_switch_it_on(otp, settings, bury_events):
    bury_events(1, is_gone=True)

    (line,) = [line for line in otp("doctor", **settings).stdout.splitlines() if "\tevents\t" in line]

    assert re.fullmatch(
        r"bad\tevents\tdev, endpoint [0-9a-f]{8}: switched off at \S+Z because it answered 410; .*", line
    )
    assert "otp events replay --endpoint" in line
    assert "t0ken" not in line


def test_doctor_warns_of_an_endpoint_that_fails_and_of_dropped_events(otp, settings, bury_events, on_container):
    bury_events(1, wait_ms=5000)

    async def drop(container):
        await container.store.redis.hincrby(container.store.key("event_counts"), "dev", 7)

    on_container(drop)
    failing, dropped = [line for line in otp("doctor", **settings).stdout.splitlines() if "\tevents\t" in line]

    assert re.fullmatch(r"warn\tevents\tdev, endpoint [0-9a-f]{8}: fails since \S+Z \(http_500\); 1 wait", failing)
    assert dropped == "warn\tevents\tdev: 7 were dropped because 100,000 waited; see `otp events endpoints`"


def test_doctor_says_nothing_of_events_where_no_app_wants_any(otp, settings):
    assert "\tevents\t" not in otp("doctor", **settings | {"APPS": "{}"}).stdout
