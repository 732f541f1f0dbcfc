"""The code's field: what may be typed and pasted into it, and what it says when a code is not the one."""

import pytest
from playwright.sync_api import expect

from tests.support.form import other


@pytest.fixture
def asked(form, number):
    """A form that waits for the code of a number."""
    form.page.clock.install()
    form.open().ask(number)
    form.answer = form.code(number)
    return form


def guesses(form):
    """Count the calls that the page makes from now on."""
    made = []
    form.page.on("request", lambda call: call.method == "POST" and "verify-code" in call.url and made.append(call))
    return made


def test_a_phone_knows_that_a_code_goes_here(asked):
    code = asked.part("#code")

    assert {name: code.get_attribute(name) for name in ("autocomplete", "inputmode", "dir")} == {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "dir": "ltr",
    }
    assert asked.part("#number").get_attribute("autocomplete") == "tel"


@pytest.mark.parametrize(
    "write",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"{code[:3]}-{code[3:]}",
        " ".join,
        lambda code: f"{code} is your code for Shop 24. It is valid for 5 minutes.\n\n@shop.example #{code}",
        lambda code: f"Shop 24: 12:30\n{code[:3]} {code[3:]}",
    ],
    ids=["grouped", "dashed", "spaced", "sms", "sms_grouped"],
)
def test_what_is_pasted_is_read_as_a_person_would(asked, write):
    """Whatever was typed before is replaced."""
    asked.type("99")

    asked.paste(write(asked.answer))

    expect(asked.part("#done")).to_be_visible()


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\uff10", "\u0966"], ids=["arabic", "persian", "wide", "hindi"])
def test_all_the_worlds_digits_are_digits(asked, zero):
    asked.part("#code").fill("".join(chr(ord(zero) + int(digit)) for digit in asked.answer))

    expect(asked.part("#done")).to_be_visible()


def test_a_whole_sms_filled_in_at_once_is_read_too(asked):
    """Keyboards that offer the SMS put it in without a paste."""
    asked.part("#code").fill(f"Your code: {asked.answer}.")

    expect(asked.part("#done")).to_be_visible()


def test_a_wrong_code_is_sent_once_and_says_what_is_left(asked):
    """To press Enter again out of habit costs no attempt; the next digit typed replaces the wrong code."""
    made, wrong = guesses(asked), other(asked.answer)

    asked.type(wrong)
    asked.says("That is not the code. Attempts left: 4.")
    asked.clock.fast_forward(1_000)
    asked.keyboard.press("Enter")
    asked.keyboard.press("Enter")

    asked.says("That is not the code. Attempts left: 4.")
    assert len(made) == 1
    expect(asked.part("#code")).to_have_attribute("aria-invalid", "true")
    asked.keyboard.type(asked.answer)
    expect(asked.part("#done")).to_be_visible()


def test_a_code_that_is_too_short_is_not_sent(asked):
    made = guesses(asked)

    asked.type(asked.answer[:3])
    asked.clock.fast_forward(1_000)
    asked.keyboard.press("Enter")

    asked.says("Please type the 6 digits from the SMS.")
    assert made == []


def guess_wrong(form, times):
    """Guess, each time another one."""
    wrong = form.answer
    for left in reversed(range(5 - times, 5)):
        wrong = other(wrong)
        form.part("#code").fill(wrong)
        expect(form.part("#wrong")).to_contain_text(f"left: {left}." if left else "the last attempt")


def test_the_last_wrong_code_leads_back_to_the_number(asked, number):
    guess_wrong(asked, 5)

    asked.says("That is not the code, and it was the last attempt. Please ask for a new code.")
    expect(asked.part("#number")).to_be_focused()
    expect(asked.part("#number")).to_have_value(number)
    assert asked.problems() == ["incorrect_code"] * 5


def test_a_number_that_failed_too_often_waits(asked, number):
    guess_wrong(asked, 5)
    asked.clock.fast_forward(1_000)
    asked.keyboard.press("Enter")
    expect(asked.part("#code")).to_be_visible()
    asked.answer = asked.code(number, count=2)
    guess_wrong(asked, 5)
    asked.clock.fast_forward(1_000)

    asked.keyboard.press("Enter")

    expect(asked.part("#wrong")).to_contain_text("Too many wrong codes. You can ask for a new one in ")
    assert asked.problems()[-1] == "too_many_attempts"


def test_a_code_expires_before_the_persons_eyes(form, number):
    form.page.clock.install()
    form.open().ask(number)
    form.page.clock.run_for(1_000)
    expect(form.part("#expiry")).to_have_text("Expires in 4:59.")

    form.page.clock.fast_forward(299_000)

    form.says("The code has expired. Please ask for a new one.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == ["expired"]


def test_the_countdown_is_not_read_aloud(asked):
    """What ticks stands in no live region, and nothing that is described by it."""
    for part in ("#expiry", "#resend", "#left"):
        assert asked.part(f"[role] {part}, [aria-live] {part}").count() == 0
    assert asked.part("#code").get_attribute("aria-describedby") == "sent wrong"


def test_the_phone_may_hand_over_the_sms_by_itself(new_form, number):
    """WebOTP, where a browser has it: played here, for no desktop browser gets SMS."""
    form = new_form()
    form.page.add_init_script(
        """window.OTPCredential = class {};
        navigator.credentials.get = ({otp, signal}) => new Promise((resolve, reject) => {
            window.transport = otp.transport;
            window.handOver = (code) => resolve({code});
            signal.addEventListener("abort", () => reject(signal.reason));
        })"""
    )
    form.open().ask(number)

    form.page.evaluate("code => handOver(code)", form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert form.page.evaluate("transport") == ["sms"]
