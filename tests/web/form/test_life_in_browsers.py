"""The form on a page of another origin, from the number to the proof."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS, wrong_code


@pytest.fixture
def number():
    """An unused number."""
    return next(UNUSED_NUMBERS)


def test_approved_number_gives_the_page_a_proof(form, service, number):
    """Under the strictest policy, without a console error; a backend redeems the proof."""
    form.open('country="NL" reference="cart-77"').request_code(number)
    expect(form.part("#code")).to_be_focused()

    form.type(form.code(number))

    expect(form.part("#done")).to_be_focused()
    (sent,), (approved,) = form.logged_lines("otp:sent"), form.logged_lines("otp:approved")
    assert sent["detail"]["reference"] == "cart-77"
    assert approved["detail"]["phone_number"] == f"+31*******{number[-2:]}"
    proof = {"proof": approved["detail"]["proof"]}
    redeemed = httpx.post(f"{service}/v1/proofs/redeem", json=proof, headers={"Authorization": "Bearer sk_dev"})
    assert redeemed.json()["sub"] == number
    assert form.complaints == []


def test_national_number_uses_the_selected_country(form, number):
    form.open('country="nl"')

    form.request_code(f"0{number[3:]}")

    expect(form.part("#sent")).to_contain_text(number)


def test_form_works_by_keyboard(form, number):
    """Tab moves between fields, Enter submits, Shift+Tab moves back."""
    form.open()
    for key in ("Tab", "Tab"):
        form.keyboard.press(key)
    form.keyboard.type(number)
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    expect(form.part("#code")).to_be_focused()
    code = form.code(number)

    form.keyboard.press("Tab")
    expect(form.part("#check")).to_be_focused()
    for _ in ("code", "change"):
        form.keyboard.press("Shift+Tab")
    expect(form.part("#change")).to_be_focused()
    form.keyboard.press("Tab")
    form.keyboard.type(code)

    expect(form.part("#done")).to_be_focused()


def test_refresh_keeps_the_code_step(form, number):
    form.open().request_code(number)
    code = form.code(number)
    form.type(wrong_code(code))
    expect(form.part("#error")).to_contain_text("Attempts left: 4.")

    form.page.reload()

    expect(form.part("#code")).to_be_visible()
    expect(form.part("#left")).to_have_text("Attempts left: 4.")
    form.type(code)
    expect(form.part("#done")).to_be_visible()


def test_change_number_starts_again(form, number):
    form.page.clock.install()
    form.open().request_code(number)
    form.clock.fast_forward(1_000)

    form.part("#change").click()

    expect(form.part("#number")).to_be_focused()
    expect(form.part("#number")).to_have_value(number)
    form.page.reload()
    expect(form.part("#number")).to_be_visible()


def test_resend_is_enabled_after_the_cooldown(form, number):
    """The form enables resend by its clock; the service refuses a browser whose clock is ahead."""
    form.page.clock.install()
    form.open().request_code(number)
    expect(form.part("#resend")).to_be_disabled()
    form.page.clock.fast_forward(31_000)
    expect(form.part("#resend")).to_have_text("Send again")

    form.part("#resend").click()

    form.expect_error("Too many requests in a short time. Try again in 30 seconds.")
    expect(form.part("#resend")).to_be_disabled()
    assert form.problems() == ["rate_limited"]


def test_two_forms_on_a_page_are_independent(form, number):
    form.open('id="one" country="NL"', 'id="two" country="BE" purpose="login"')
    one, two = (form.page.locator(f"#{id}") for id in ("one", "two"))

    one.locator("#number").fill(number)
    form.keyboard.press("Enter")

    expect(one.locator("#code")).to_be_visible()
    expect(two.locator("#number")).to_be_visible()
    assert [event["id"] for event in form.logged_lines("otp:sent")] == ["one"]


def test_moved_form_continues_and_removed_form_stops(form, number):
    """Frameworks move elements; the timer of a removed form must stop."""
    form.page.clock.install()
    form.open().request_code(number)
    form.page.evaluate("document.body.append(document.querySelector('otp-form'))")
    form.page.clock.run_for(10_000)
    expect(form.part("#resend")).to_have_text("Send again in 0:20")

    form.page.evaluate("window.away = document.querySelector('otp-form'); away.remove()")
    form.page.clock.run_for(10 * 60_000)
    assert form.problems() == []
    form.page.evaluate("document.body.append(away)")

    form.expect_error("The code has expired. Ask for a new one.")


def test_reset_and_changed_attributes_take_effect(form, number):
    form.open().request_code(number)
    form.page.evaluate("document.querySelector('otp-form').reset()")
    expect(form.part("#number")).to_have_value("")

    form.page.evaluate("document.querySelector('otp-form').setAttribute('locale', 'nl')")
    form.page.evaluate("document.querySelector('otp-form').setAttribute('countries', 'NL,BE')")

    expect(form.part("[for=number]")).not_to_have_text("Mobile number")
    expect(form.part("#country option")).to_have_count(2)


def test_form_works_without_storage(form, number):
    """With cookies blocked, even reading the storage throws."""
    form.page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("no", "SecurityError") }})"""
    )
    form.open().request_code(number)

    form.type(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert form.complaints == []
