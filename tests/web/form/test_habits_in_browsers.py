"""Habits of users that must cost no attempt and no SMS: double clicks, held keys, wrong pastes."""

import pytest
from playwright.sync_api import expect

from tests.support.form import wrong_code

pytestmark = pytest.mark.long  # the suite has the steps of a verification and what people see


def calls(form, path):
    """Collect the calls to a path that the page makes from now on."""
    made = []
    form.page.on("request", lambda call: call.method == "POST" and path in call.url and made.append(call))
    return made


def test_enter_after_the_last_wrong_code_requests_no_new_code(form, number):
    """The code is submitted automatically; many users press Enter anyway and would miss the message."""
    form.open().request_code(number)
    requests, wrong = calls(form, "request-code"), form.code(number)
    for _ in range(5):
        before, wrong = form.part("#error").inner_text(), wrong_code(wrong)
        form.part("#code").fill(wrong)
        expect(form.part("#error")).not_to_have_text(before or "-")
        expect(form.part("#error")).not_to_be_empty()

    expect(form.part("#number")).to_be_visible()
    form.keyboard.press("Enter")

    form.expect_error("That is not the code we sent, and you have no attempts left. Ask for a new code.")
    assert requests == []


def test_double_click_counts_once(form, number):
    form.page.clock.install()
    form.open()
    form.pause_clock()
    form.part("#number").fill(number)
    button = form.part("#number-step button").bounding_box()
    middle = button["x"] + button["width"] / 2, button["y"] + button["height"] / 2

    form.page.mouse.click(*middle)
    expect(form.part("#code")).to_be_visible()
    form.part("#code-step button:not([type])").click()

    expect(form.part("#error")).to_be_empty()


def test_held_enter_counts_once(form, number):
    form.page.clock.install()
    form.open()
    form.part("#number").fill(number)

    form.keyboard.down("Enter")
    expect(form.part("#code")).to_be_focused()
    form.clock.fast_forward(1_000)
    form.keyboard.down("Enter")

    expect(form.part("#error")).to_be_empty()
    form.keyboard.up("Enter")
    form.keyboard.press("Enter")
    form.expect_error("Enter the 6 digits from the text message.")


@pytest.mark.parametrize("pasted", ["0612345678", "+31 6 123 456 78", "1234"], ids=["run", "groups", "short"])
def test_paste_without_a_code_costs_no_attempt(form, number, pasted):
    """Most often it is the phone number from the previous field."""
    form.open().request_code(number)
    made = calls(form, "verify-code")

    form.paste(pasted)
    expect(form.part("#code")).not_to_have_value("")
    form.part("#code").fill(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert len(made) == 1


def test_tel_link_is_accepted_as_number(form, number):
    """Users copy it from a page, and some browsers fill it in."""
    form.open()

    form.request_code(f"tel:{number}")

    assert form.code(number)


def test_repeated_error_is_read_aloud_again(form):
    """A live region is read on a change; an unchanged text would not be read again."""
    form.open()
    form.keyboard.press("Tab")
    form.part("#number").press("Enter")
    form.expect_error("Enter your mobile number.")
    form.part("#error").evaluate(
        "wrong => new MutationObserver((put) => (window.put = put.length)).observe(wrong, {childList: true})"
    )

    form.keyboard.press("Enter")

    assert form.page.evaluate("window.put") > 0
    form.expect_error("Enter your mobile number.")
