"""The failure watch: it detects wrong codes spread over many numbers and addresses, in an app or over all."""

from functools import partial

import pytest

from tests.support.actions import (
    attempts_of,
    check,
    raise_failure_watch,
    send_wrong_codes,
    start_verification,
    start_with_code,
)
from tests.support.builders import OTHER_PHONE, TWO_APPS
from tests.support.stores import ENGINE

STORE = ENGINE  # many calls: four times as fast as the embedded store

FREE = {"limit_sends_per_number": "off"}


async def attempts_of_a_stranger(container, number="+31611111111", **changes):
    """Return the attempts of a new verification that a browser requests."""
    return (await start_verification(container, number, is_backend=False, **changes)).attempts_left


async def send_checks(container, wrong, right):
    """Send that many wrong and right codes, of many numbers."""
    for number in range(right):
        id, code = await start_with_code(container, f"+3163000{number:04d}")
        await check(container, code, id=id)
    for number in range(0, wrong, 5):
        id, code = await start_with_code(container, f"+3163000{number:04d}")
        await send_wrong_codes(container, min(5, wrong - number), code, id=id)


async def test_new_verifications_of_strangers_get_three_attempts_while_the_watch_is_raised(container):
    """An attacker who spreads guesses over many numbers gets fewer; pending verifications keep theirs."""
    earlier = await start_verification(container, OTHER_PHONE, is_backend=False)

    await raise_failure_watch(container)

    assert await attempts_of_a_stranger(container) == 3
    assert await attempts_of(container, earlier.id) == [5]


async def test_backends_and_known_devices_keep_five_attempts(container):
    id, code = await start_with_code(container)
    token = (await check(container, code, id=id)).device_token
    await raise_failure_watch(container)

    assert (await start_verification(container)).attempts_left == 5
    assert (await start_verification(container, device_token=token, is_backend=False)).attempts_left == 5


async def test_a_backend_that_relays_browsers_gets_three_attempts(make_container):
    async with make_container(apps='{"dev": {"relays": true}, "bank": {}}') as container:
        await raise_failure_watch(container)

        assert (await start_verification(container)).attempts_left == 3


@pytest.mark.parametrize(("wrong", "right", "attempts"), [(199, 0, 5), (200, 0, 3), (70, 130, 5), (71, 130, 3)])
async def test_the_watch_is_raised_above_35_percent_of_200_checks(make_container, wrong, right, attempts):
    """71 of 201 are 35.3 %; 70 of 200 are 35 %."""
    async with make_container(**FREE) as container:
        await send_checks(container, wrong, right)

        assert await attempts_of_a_stranger(container) == attempts


async def test_the_watch_of_an_app_sees_what_the_checks_of_others_hide(make_container):
    """An app with many right codes does not hide an attack on another."""
    async with make_container(apps=TWO_APPS, **FREE) as container:
        for number in range(400):
            id, code = await start_with_code(container, f"+3164000{number:04d}")
            await check(container, code, id=id)
        for number in range(41):
            bank = await start_verification(container, f"+3163000{number:04d}", app="bank")
            await send_wrong_codes(container, 5, "000000", id=bank.id, app="bank")

        assert await attempts_of_a_stranger(container, app="bank") == 3
        assert await attempts_of_a_stranger(container) == 5


async def test_the_watch_over_all_apps_sees_what_each_is_too_small_for(make_container):
    async with make_container(apps='{"bank": {}, "shop": {}}', **FREE) as container:
        for app in ("bank", "shop"):
            for number in range(21):
                one = await start_verification(container, f"+3163000{number:04d}", app=app)
                await send_wrong_codes(container, 5, "000000", id=one.id, app=app)

        assert await attempts_of_a_stranger(container) == 3


async def test_each_raised_watch_is_logged(container, logged_lines):
    await raise_failure_watch(container)

    lines = [line for line in logged_lines.getvalue().splitlines() if b"failure_watch_raised" in line]
    assert [b'"app":"dev"' in line for line in lines] == [False, True]


async def test_test_numbers_do_not_count_in_the_watch(make_container):
    """Its code is no secret: anyone who knows it could raise a false alarm, or hide an attack."""
    numbers = [f"+3163000{number:04d}" for number in range(41)]
    async with make_container(test_numbers=",".join(f"{number}=042137@2099-12-31" for number in numbers)) as container:
        for number in numbers:
            verification = await start_verification(container, number)
            await send_wrong_codes(container, 5, "042137", id=verification.id)

        assert await attempts_of_a_stranger(container) == 5


async def test_the_alarm_ends_ten_minutes_after_the_last_check(container, clock):
    """By the time that is stored, not by a TTL."""
    await raise_failure_watch(container)

    clock.tick(seconds=599)
    assert await attempts_of_a_stranger(container) == 3
    clock.tick(seconds=1)
    assert await attempts_of_a_stranger(container) == 5


async def test_a_check_after_a_quiet_window_clears_the_alarm(container, clock):
    await raise_failure_watch(container)
    id, code = await start_with_code(container)
    clock.tick(seconds=299)
    await check(container, code, id=id)
    stranger = partial(attempts_of_a_stranger, container, OTHER_PHONE)
    assert await stranger() == 3

    clock.tick(seconds=320)
    id, code = await start_with_code(container)
    await check(container, code, id=id)
    assert await stranger() == 5


async def test_no_address_is_refused_a_guess_while_the_watch_is_raised(container):
    """Else a neighbour behind the same NAT could block right codes."""
    await raise_failure_watch(container)
    id, code = await start_with_code(container, OTHER_PHONE)
    await send_wrong_codes(container, 4, code, id=id)

    assert await check(container, code, id=id)


async def test_a_disabled_watch_keeps_five_attempts(make_container):
    async with make_container(failure_watch=False) as container:
        await raise_failure_watch(container)
        assert await attempts_of_a_stranger(container) == 5
