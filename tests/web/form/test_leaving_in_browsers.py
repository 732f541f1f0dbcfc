"""Calls in progress when the user or the page leaves a step: they are aborted or ignored."""

import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS, wrong_code

pytestmark = pytest.mark.long  # the suite has the steps of a verification and what people see

REQUEST_CODE = "**/v1/request-code"
LEAVE = {
    "reset": "document.querySelector('otp-form').reset()",
    "removed": "window.away = document.querySelector('otp-form'); away.remove()",
    "rekeyed": "document.querySelector('otp-form').setAttribute('purpose', 'signup')",
}


@pytest.fixture
def sending(form, number):
    """A form that has requested a code; the response arrives when `answer` is called."""
    form.open()
    held = form.hold(REQUEST_CODE)
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    expect(form.part("#status")).to_have_text("Sending…")
    held.wait()
    form.answer = held.answer
    return form


@pytest.mark.parametrize("action", LEAVE)
def test_aborted_request_does_not_show_the_code_step(sending, number, action):
    sending.page.evaluate(LEAVE[action])
    sending.wait_for("posts.length === 1 && posts[0].isAborted")
    sending.page.evaluate("window.away && document.body.append(away)")

    expect(sending.part("#number")).to_be_visible()
    expect(sending.part("#number")).to_have_value("" if action == "reset" else number)
    expect(sending.part("#status")).to_be_empty()
    expect(sending.part("#send")).to_have_attribute("aria-busy", "false")
    expect(sending.part("#send")).to_have_text("Send code")
    assert sending.logged_lines("otp:sent") == sending.logged_lines("otp:problem") == []


@pytest.mark.parametrize("action", ["reset", "removed"])
def test_new_request_is_possible_right_after_an_abort(sending, number, action):
    """A call in progress does not block a new one."""
    sending.page.evaluate(LEAVE[action])
    sending.page.evaluate("window.away && document.body.append(away)")

    sending.request_code(number)

    assert sending.code(number)
    assert len(sending.logged_lines("otp:sent")) == 1


def test_form_moved_while_sending_shows_the_code_step(sending):
    """Frameworks move elements, which the user must not notice."""
    sending.page.evaluate("document.body.append(document.querySelector('otp-form'))")

    sending.answer()

    expect(sending.part("#code")).to_be_visible()


def require_human_check(form, challenge):
    """Answer that a human check is required, with this challenge."""
    cors = {"access-control-allow-origin": "*"}
    refusal = {"status": 403, "json": {"code": "human_check_required", "status": 403}}
    form.page.route(REQUEST_CODE, lambda route: route.fulfill(**refusal, headers=cors))
    form.page.route("**/v1/human-check?work=1", lambda route: route.fulfill(json=challenge, headers=cors))


@pytest.mark.parametrize("action", ["reset", "removed"])
def test_proof_of_work_stops_after_an_abort(form, number, action):
    """An unsolvable challenge would use the CPU until the page is closed."""
    form.page.add_init_script(
        """window.tries = 0;
        const derive = crypto.subtle.deriveBits;
        crypto.subtle.deriveBits = function (...how) { window.tries += 1; return derive.apply(this, how); }"""
    )
    parameters = {"nonce": "00", "salt": "00", "cost": 1, "keyLength": 32, "keyPrefix": "never"}
    require_human_check(form, {"provider": "altcha", "challenge": {"parameters": parameters}})
    form.open().part("#number").fill(number)
    form.keyboard.press("Enter")
    form.wait_for("window.tries > 100")

    form.page.evaluate(LEAVE[action])

    form.wait_for(
        "() => { const before = window.before; window.before = window.tries; return before === window.tries; }"
    )


def test_late_human_check_sends_no_request(form, number):
    """The check of the page may be slow; the form is reset meanwhile."""
    require_human_check(form, {"provider": "turnstile", "site_key": "k"})
    form.open()
    form.page.evaluate(
        "() => { document.querySelector('otp-form').humanCheck = () => new Promise((pass) => (window.pass = pass)); }"
    )
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    form.wait_for("'pass' in window")

    form.page.evaluate(LEAVE["reset"])
    form.page.evaluate("pass('token')")

    another = next(UNUSED_NUMBERS)
    form.part("#number").fill(another)
    form.keyboard.press("Enter")
    expect(form.part("#status")).to_have_text("Checking that you are a person…")
    assert [post["phone_number"] for post in form.posts()] == [number, another]


def test_storage_does_not_contain_the_number(form, number):
    """The storage suffices to resume the code step after a refresh; a reader learns two digits."""
    form.open().request_code(number)

    stored = form.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")

    assert f"+31*******{number[-2:]}" in stored
    assert number[3:] not in stored


def test_whole_number_is_shown_until_a_reload(form, number):
    """The person who typed it can see a typo; the page may be reloaded by another person."""
    form.open().request_code(f"0{number[3:]}")
    expect(form.part("#sent")).to_contain_text(number)

    form.page.reload()

    expect(form.part("#sent")).to_contain_text(f"+31*******{number[-2:]}")
    expect(form.part("#sent")).not_to_contain_text(number[3:-2])


def test_human_check_after_a_refresh_returns_to_the_number(form, number):
    """A check is bound to the whole number, which is not stored."""
    form.page.clock.install()
    form.open().request_code(number)
    form.page.reload()
    expect(form.part("#code")).to_be_visible()
    form.page.clock.fast_forward(31_000)
    require_human_check(form, {"provider": "turnstile", "site_key": "k"})

    form.part("#resend").click()

    form.expect_error("We could not confirm that you are a person. Try again.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == ["human_check_required"]


@pytest.mark.parametrize("attribute", ["purpose", "publishable-key"])
def test_proof_survives_a_change_of_attributes(form, number, attribute):
    """The service has approved; the proof cannot be requested again."""
    form.open().request_code(number)
    held = form.hold("**/v1/verify-code")
    with form.page.expect_request("**/v1/verify-code"):
        form.part("#code").fill(form.code(number))
    form.page.evaluate("name => document.querySelector('otp-form').setAttribute(name, 'other')", attribute)

    held.answer()

    expect(form.part("#done")).to_be_visible()
    assert [event["detail"]["purpose"] for event in form.logged_lines("otp:approved")] == ["login"]
    stored = form.page.evaluate("[sessionStorage['otp-form:pk_dev:login'], 'otp-device:pk_dev' in localStorage]")
    assert stored == ["null", True]


def test_wrong_code_after_a_change_of_purpose_returns_to_the_number(form, number):
    form.open().request_code(number)
    held = form.hold("**/v1/verify-code")
    with form.page.expect_request("**/v1/verify-code"):
        form.part("#code").fill(wrong_code(form.code(number)))
    form.page.evaluate(LEAVE["rekeyed"])

    held.answer()

    expect(form.part("#number")).to_be_visible()
    expect(form.part("#error")).to_be_empty()


@pytest.mark.parametrize("action", ["reset", "rekeyed"])
def test_focus_stays_in_the_form(form, number, action):
    """Otherwise keyboard and screen reader users would start at the top of the page."""
    form.open().request_code(number)
    expect(form.part("#code")).to_be_focused()

    form.page.evaluate(LEAVE[action])

    expect(form.part("#number")).to_be_focused()
