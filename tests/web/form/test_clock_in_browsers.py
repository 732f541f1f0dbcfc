"""The clock of the device is set forward or back: no code that may be valid is discarded by the form."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.long  # the suite has the steps of a verification and what people see

HOUR = 3_600
JUMPS = {
    "minutes": 10 * 60,
    "day": 24 * HOUR,
    "year": 365 * 24 * HOUR,
    "back": -24 * HOUR,
    "back a little": -60,
}  # seconds


@pytest.fixture
def code_form(form, number):
    """A form at the code step."""
    form.page.clock.install()
    form.open().request_code(number)
    form.answer = form.code(number)
    return form


def set_clock(form, seconds):
    """Set the clock of the device; the time since the start of the page goes on."""
    form.clock.set_system_time(form.page.evaluate("Date.now()") / 1000 + seconds)


@pytest.mark.parametrize("jump", JUMPS)
def test_clock_that_is_set_changes_no_countdown(code_form, jump):
    form = code_form
    form.clock.run_for(5_000)

    set_clock(form, JUMPS[jump])
    form.clock.run_for(1_000)

    expect(form.part("#expiry")).to_have_text(re.compile(r"Expires in 4:\d\d\."))
    expect(form.part("#resend")).to_have_text(re.compile(r"Send again in 0:[12]\d"))
    form.type(form.answer)
    expect(form.part("#done")).to_be_visible()


@pytest.mark.parametrize("jump", JUMPS)
def test_clock_that_is_set_before_a_reload_discards_no_code(code_form, jump):
    """After the reload only the clock is left, so the service decides whether the code is valid."""
    form = code_form
    set_clock(form, JUMPS[jump])

    form.page.reload()

    expect(form.part("#code")).to_be_visible()
    form.clock.run_for(10 * 60_000)
    expect(form.part("#code")).to_be_visible()
    expect(form.part("#expiry")).to_be_empty()
    assert form.problems() == []
    form.type(form.answer)
    expect(form.part("#done")).to_be_visible()


def test_reload_continues_the_countdown(code_form):
    code_form.clock.run_for(60_000)

    code_form.page.reload()

    expect(code_form.part("#expiry")).to_have_text(re.compile(r"Expires in (4:0\d|3:5\d)\."))
    expect(code_form.part("#resend")).to_be_enabled()


def test_service_ends_a_code_that_was_kept_after_a_reload(code_form):
    """A tab that is restored on the next day."""
    problem = {"status": 404, "code": "no_pending_verification", "detail": "For developers."}
    headers = {"access-control-allow-origin": "*"}
    code_form.page.route("**/v1/*-code", lambda route: route.fulfill(status=404, json=problem, headers=headers))
    set_clock(code_form, 24 * HOUR)
    code_form.page.reload()
    code_form.clock.fast_forward(1_000)

    code_form.part("#resend").click()

    code_form.expect_error("This code no longer works. Ask for a new one.")
    expect(code_form.part("#number")).to_be_visible()


def test_sleeping_device_ends_the_code(code_form):
    """Where the time since the start of the page includes the sleep, the form knows that the code has expired."""
    code_form.clock.fast_forward(HOUR * 1000)

    code_form.expect_error("The code has expired. Ask for a new one.")
