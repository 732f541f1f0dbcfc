"""What is on its way when the person or the page turns back: nobody waits for its answer any more."""

import pytest
from playwright.sync_api import expect

from tests.support.form import FRESH, other

ASK = "**/v1/request-code"
LEAVE = {
    "reset": "document.querySelector('otp-form').reset()",
    "removed": "window.away = document.querySelector('otp-form'); away.remove()",
    "rekeyed": "document.querySelector('otp-form').setAttribute('purpose', 'signup')",
}


@pytest.fixture
def sending(form, number):
    """A form that has asked for a code; the answer comes when `answer` is called."""
    form.open()
    held = form.hold(ASK)
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    expect(form.part("#said")).to_have_text("Sending …")
    held.wait()
    form.answer = held.answer
    return form


@pytest.mark.parametrize("how", LEAVE)
def test_who_turned_back_is_not_led_to_the_code(sending, number, how):
    with sending.page.expect_event("requestfailed"):
        sending.page.evaluate(LEAVE[how])
    sending.page.evaluate("window.away && document.body.append(away)")

    expect(sending.part("#number")).to_be_visible()
    expect(sending.part("#number")).to_have_value("" if how == "reset" else number)
    expect(sending.part("#said")).to_be_empty()
    expect(sending.part("#number-step")).to_have_attribute("aria-busy", "false")
    assert sending.logged_lines("otp:sent") == sending.logged_lines("otp:problem") == []


@pytest.mark.parametrize("how", ["reset", "removed"])
def test_who_turned_back_may_ask_again_at_once(sending, number, how):
    """As if it were the first time: what was on its way holds up nothing."""
    sending.page.evaluate(LEAVE[how])
    sending.page.evaluate("window.away && document.body.append(away)")

    sending.ask(number)

    assert sending.code(number)
    assert len(sending.logged_lines("otp:sent")) == 1


def test_a_form_that_is_moved_while_it_sends_comes_to_the_code(sending):
    """Frameworks move elements about, and the person sees nothing of it."""
    sending.page.evaluate("document.body.append(document.querySelector('otp-form'))")

    sending.answer()

    expect(sending.part("#code")).to_be_visible()


def until(form, holds):
    """Look again and again whether it holds; Playwright's own way needs `eval`, which the page's policy forbids."""
    for _ in range(100):
        if form.page.evaluate(holds):
            return
        form.page.wait_for_timeout(50)
    raise TimeoutError


def want_a_person(form, challenge):
    """Let the service want to see a person, and set this challenge."""
    cors = {"access-control-allow-origin": "*"}
    refusal = {"status": 403, "json": {"code": "human_check_required", "status": 403}}
    form.page.route(ASK, lambda route: route.fulfill(**refusal, headers=cors))
    form.page.route("**/v1/human-check", lambda route: route.fulfill(json=challenge, headers=cors))


@pytest.mark.parametrize("how", ["reset", "removed"])
def test_work_that_nobody_waits_for_ends(form, number, how):
    """A challenge that cannot be solved; it would keep a phone busy, and warm, until its page is closed."""
    form.page.add_init_script(
        """window.tries = 0;
        const derive = crypto.subtle.deriveBits;
        crypto.subtle.deriveBits = function (...how) { window.tries += 1; return derive.apply(this, how); }"""
    )
    parameters = {"nonce": "00", "salt": "00", "cost": 1, "keyLength": 32, "keyPrefix": "never"}
    want_a_person(form, {"provider": "altcha", "challenge": {"parameters": parameters}})
    form.open().part("#number").fill(number)
    form.keyboard.press("Enter")
    until(form, "window.tries > 100")

    form.page.evaluate(LEAVE[how])

    until(form, "() => { const before = window.before; window.before = window.tries; return before === window.tries; }")


def test_a_person_who_is_seen_too_late_asks_for_nothing(form, number):
    """The page's own check may take its time; meanwhile the form was reset."""
    asked = []
    form.page.on("request", lambda call: call.method == "POST" and asked.append(call.post_data_json["phone_number"]))
    want_a_person(form, {"provider": "turnstile", "site_key": "k"})
    form.open()
    form.page.evaluate(
        "() => { document.querySelector('otp-form').humanCheck = () => new Promise((seen) => (window.seen = seen)); }"
    )
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    until(form, "'seen' in window")

    form.page.evaluate(LEAVE["reset"])
    form.page.evaluate("seen('token')")

    another = next(FRESH)
    form.part("#number").fill(another)
    form.keyboard.press("Enter")
    expect(form.part("#said")).to_contain_text("One moment")
    assert asked == [number, another]


def test_what_is_kept_does_not_name_the_number(form, number):
    """Enough to come back to the code after a refresh; whoever reads it learns two digits."""
    form.open().ask(number)

    kept = form.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")

    assert f"+31*******{number[-2:]}" in kept
    assert number[3:] not in kept


def test_after_a_refresh_a_person_is_shown_for_a_number_that_is_typed_again(form, number):
    """A check is bound to the whole number, which is not kept for it."""
    form.page.clock.install()
    form.open().ask(number)
    form.page.reload()
    expect(form.part("#code")).to_be_visible()
    form.page.clock.fast_forward(31_000)
    want_a_person(form, {"provider": "turnstile", "site_key": "k"})

    form.part("#resend").click()

    form.says("We could not see that a person asks. Please try again.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == ["human_check_required"]


@pytest.mark.parametrize("attribute", ["purpose", "publishable-key"])
def test_a_proof_is_not_lost_because_the_page_wants_something_else_by_now(form, number, attribute):
    """The service has approved; nobody could ever ask for this proof again."""
    form.open().ask(number)
    held = form.hold("**/v1/verify-code")
    with form.page.expect_request("**/v1/verify-code"):
        form.part("#code").fill(form.code(number))
    form.page.evaluate("name => document.querySelector('otp-form').setAttribute(name, 'other')", attribute)

    held.answer()

    expect(form.part("#done")).to_be_visible()
    assert [event["detail"]["purpose"] for event in form.logged_lines("otp:approved")] == ["login"]
    kept = form.page.evaluate("[sessionStorage['otp-form:pk_dev:login'], 'otp-device:pk_dev' in localStorage]")
    assert kept == ["null", True]


def test_a_wrong_code_for_what_nobody_wants_any_more_makes_way(form, number):
    form.open().ask(number)
    held = form.hold("**/v1/verify-code")
    with form.page.expect_request("**/v1/verify-code"):
        form.part("#code").fill(other(form.code(number)))
    form.page.evaluate(LEAVE["rekeyed"])

    held.answer()

    expect(form.part("#number")).to_be_visible()
    expect(form.part("#wrong")).to_be_empty()


@pytest.mark.parametrize("how", ["reset", "rekeyed"])
def test_the_focus_stays_in_the_form(form, number, how):
    """Who uses a keyboard or a screen reader would otherwise begin at the top of the page."""
    form.open().ask(number)
    expect(form.part("#code")).to_be_focused()

    form.page.evaluate(LEAVE[how])

    expect(form.part("#number")).to_be_focused()
