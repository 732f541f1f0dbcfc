"""What people do out of habit: press twice, hold a key, paste what they have; none of it may cost them anything."""

import pytest
from playwright.sync_api import expect

from tests.support.form import other


def calls(form, path):
    """Count the calls that the page makes from now on."""
    made = []
    form.page.on("request", lambda call: call.method == "POST" and path in call.url and made.append(call))
    return made


def test_enter_behind_the_last_wrong_code_does_not_ask_for_a_new_one(form, number):
    """The code sends itself; many press Enter all the same, and would never read what happened."""
    form.open().ask(number)
    asked, wrong = calls(form, "request-code"), form.code(number)
    for _ in range(5):
        before, wrong = form.part("#wrong").inner_text(), other(wrong)
        form.part("#code").fill(wrong)
        expect(form.part("#wrong")).not_to_have_text(before or "-")
        expect(form.part("#wrong")).not_to_be_empty()

    expect(form.part("#number")).to_be_visible()
    form.keyboard.press("Enter")

    form.says("That is not the code, and it was the last attempt. Please ask for a new code.")
    assert asked == []


def test_a_double_click_is_one_click(form, number):
    form.open()
    form.part("#number").fill(number)
    button = form.part("#number-step button").bounding_box()
    middle = button["x"] + button["width"] / 2, button["y"] + button["height"] / 2

    form.page.mouse.click(*middle)
    expect(form.part("#code")).to_be_visible()
    form.part("#code-step button:not([type])").click()

    expect(form.part("#wrong")).to_be_empty()


def test_enter_that_is_held_is_pressed_once(form, number):
    form.page.clock.install()
    form.open()
    form.part("#number").fill(number)

    form.keyboard.down("Enter")
    expect(form.part("#code")).to_be_focused()
    form.clock.fast_forward(1_000)
    form.keyboard.down("Enter")

    expect(form.part("#wrong")).to_be_empty()
    form.keyboard.up("Enter")
    form.keyboard.press("Enter")
    form.says("Please type the 6 digits from the SMS.")


@pytest.mark.parametrize("pasted", ["0612345678", "+31 6 123 456 78", "1234"], ids=["run", "groups", "short"])
def test_a_paste_that_is_no_code_costs_no_attempt(form, number, pasted):
    """Most often it is the phone number, from the field before."""
    form.open().ask(number)
    made = calls(form, "verify-code")

    form.paste(pasted)
    expect(form.part("#code")).not_to_have_value("")
    form.part("#code").fill(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert len(made) == 1


def test_a_number_that_is_a_link_is_read(form, number):
    """Copied from a page, and by some browsers filled in."""
    form.open()

    form.ask(f"tel:{number}")

    assert form.code(number)


def test_the_same_mistake_twice_is_read_aloud_twice(form):
    """A live region is read when something is put into it; left as it is, the second press would be silence."""
    form.open()
    form.keyboard.press("Tab")
    form.part("#number").press("Enter")
    form.says("Please type your mobile number.")
    form.part("#wrong").evaluate(
        "wrong => new MutationObserver((put) => (window.put = put.length)).observe(wrong, {childList: true})"
    )

    form.keyboard.press("Enter")

    assert form.page.evaluate("window.put") > 0
    form.says("Please type your mobile number.")
