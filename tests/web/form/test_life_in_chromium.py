"""The form on a page of another origin: from the number to the proof, clicked and typed."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.form import FRESH, other


@pytest.fixture
def number():
    """A number that nobody asked for before."""
    return next(FRESH)


def test_a_person_confirms_a_number_and_the_page_gets_a_proof(form, service, number):
    """Under the strictest policy, without one complaint of the browser's; and a backend finds the proof genuine."""
    form.open('country="NL" reference="cart-77"').ask(number)
    expect(form.part("#code")).to_be_focused()

    form.type(form.code(number))

    expect(form.part("#done")).to_be_focused()
    (sent,), (approved,) = form.logged_lines("otp:sent"), form.logged_lines("otp:approved")
    assert sent["detail"]["reference"] == "cart-77"
    assert approved["detail"]["phone_number"] == f"+31*******{number[-2:]}"
    proof = {"proof": approved["detail"]["proof"]}
    asked = httpx.post(f"{service}/v1/proofs/redeem", json=proof, headers={"Authorization": "Bearer sk_dev"})
    assert asked.json()["sub"] == number
    assert form.complaints == []


def test_a_national_number_is_the_chosen_countrys(form, number):
    form.open('country="nl"')

    form.ask(f"0{number[3:]}")

    expect(form.part("#sent")).to_contain_text(f"+31*******{number[-2:]}")


def test_the_keyboard_is_enough(form, number):
    """From field to field by Tab, sent by Enter; a wrong turn is taken back by Shift and Tab."""
    form.open()
    for word in ("Tab", "Tab"):
        form.keyboard.press(word)
    form.keyboard.type(number)
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    expect(form.part("#code")).to_be_focused()
    code = form.code(number)

    for _ in ("check", "change"):  # to ask again is not possible yet, and is passed over
        form.keyboard.press("Tab")
    expect(form.part("#change")).to_be_focused()
    for _ in ("check", "code"):
        form.keyboard.press("Shift+Tab")
    form.keyboard.type(code)

    expect(form.part("#done")).to_be_focused()


def test_a_refresh_loses_nothing(form, number):
    form.open().ask(number)
    code = form.code(number)
    form.type(other(code))
    expect(form.part("#left")).to_have_text("Attempts left: 4.")

    form.page.reload()

    expect(form.part("#code")).to_be_visible()
    expect(form.part("#left")).to_have_text("Attempts left: 4.")
    form.type(code)
    expect(form.part("#done")).to_be_visible()


def test_another_number_begins_anew(form, number):
    form.page.clock.install()
    form.open().ask(number)
    form.clock.fast_forward(1_000)

    form.part("#change").click()

    expect(form.part("#number")).to_be_focused()
    expect(form.part("#number")).to_have_value(number)
    form.page.reload()
    expect(form.part("#number")).to_be_visible()


def test_the_code_is_sent_again_when_it_may_be(form, number):
    """The cooldown is the form's own clock's; the real service agrees, asked by a browser that is ahead of it."""
    form.page.clock.install()
    form.open().ask(number)
    expect(form.part("#resend")).to_be_disabled()
    form.page.clock.fast_forward(31_000)
    expect(form.part("#resend")).to_have_text("Send again")

    form.part("#resend").click()

    form.says("That was often in a short time. Please try again in 30 seconds.")
    expect(form.part("#resend")).to_be_disabled()
    assert form.problems() == ["rate_limited"]


def test_two_forms_on_a_page_do_not_disturb_each_other(form, number):
    form.open('id="one" country="NL"', 'id="two" country="BE" purpose="login"')
    one, two = (form.page.locator(f"#{id}") for id in ("one", "two"))

    one.locator("#number").fill(number)
    form.keyboard.press("Enter")

    expect(one.locator("#code")).to_be_visible()
    expect(two.locator("#number")).to_be_visible()
    assert [event["id"] for event in form.logged_lines("otp:sent")] == ["one"]


def test_a_form_that_is_moved_goes_on_and_one_that_is_taken_away_is_quiet(form, number):
    """Frameworks move elements about; a clock that went on without one would never end."""
    form.page.clock.install()
    form.open().ask(number)
    form.page.evaluate("document.body.append(document.querySelector('otp-form'))")
    form.page.clock.run_for(10_000)
    expect(form.part("#resend")).to_have_text("Send again in 0:20")

    form.page.evaluate("window.away = document.querySelector('otp-form'); away.remove()")
    form.page.clock.run_for(10 * 60_000)
    assert form.problems() == []
    form.page.evaluate("document.body.append(away)")

    form.says("The code has expired. Please ask for a new one.")


def test_reset_and_new_attributes_are_followed(form, number):
    form.open().ask(number)
    form.page.evaluate("document.querySelector('otp-form').reset()")
    expect(form.part("#number")).to_have_value("")

    form.page.evaluate("document.querySelector('otp-form').setAttribute('locale', 'nl')")
    form.page.evaluate("document.querySelector('otp-form').setAttribute('countries', 'NL,BE')")

    expect(form.part("[for=number]")).not_to_have_text("Mobile number")
    expect(form.part("#country option")).to_have_count(2)


def test_a_browser_that_keeps_nothing_is_enough(form, number):
    """With cookies blocked, even to look at the storage is an error."""
    form.page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("no", "SecurityError") }})"""
    )
    form.open().ask(number)

    form.type(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert form.complaints == []
