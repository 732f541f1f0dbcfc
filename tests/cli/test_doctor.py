"""`otp doctor` looks at everything that can be wrong."""

import asyncio

from app.wiring import open_tools
from tests.support.makers import make_settings
from tests.support.ports import free_port


def test_with_all_in_order_it_says_so(otp, settings, engine_url, tag):
    async def show_life():
        async with open_tools(make_settings(engine_url, tag)) as tools:
            await tools.queue.show_life("worker-1")

    asyncio.run(show_life())
    answer = otp("doctor", **settings, COUNTRIES="NL")

    assert answer.exit_code == 0, answer.output
    assert "answers; 0 jobs wait" in answer.stdout
    assert "✗" not in answer.stdout


def test_without_a_worker_it_says_what_to_start(otp, settings):
    answer = otp("doctor", **settings)

    assert answer.exit_code == 1
    assert "Start `otp worker`" in answer.stdout


def test_a_redis_that_does_not_answer_is_found(otp, settings):
    answer = otp("doctor", **settings | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"})

    assert answer.exit_code == 1
    assert "does not answer" in answer.stdout
    assert "hunter2" not in answer.output


def test_the_embedded_store_is_a_warning(otp):
    answer = otp("doctor", ENV="development")

    assert answer.exit_code == 0
    assert "embedded store" in answer.stdout


def test_test_numbers_and_weak_codes_are_warnings_without_their_codes(otp):
    answer = otp(
        "doctor",
        ENV="development",
        TEST_NUMBERS="+31612345678=4821@2026-12-31",
        CODE_LENGTH="4",
        ALLOW_WEAK_CODES="true",
    )

    assert answer.exit_code == 0
    assert "the last until 2026-12-31" in answer.stdout
    assert "fewer than six digits" in answer.stdout
    assert "4821" not in answer.output
    assert "612345678" not in answer.output


def test_wrong_settings_end_it_with_a_sentence_each(otp):
    answer = otp("doctor")

    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) == 7
    assert all(line.startswith("✗ OTP_") for line in answer.stderr.splitlines())


def test_a_gateways_wrong_setting_is_named(otp, settings):
    answer = otp("doctor", **settings, GATEWAYS__SMSTOOLS__SENDERR="Acme")

    assert answer.exit_code == 2
    assert "OTP_GATEWAYS__SMSTOOLS__SENDERR: " in answer.stderr


def test_it_fits_on_80_columns(otp, settings):
    answer = otp("doctor", **settings)

    assert not [line for line in answer.stdout.splitlines() if len(line) > 80]
