"""The code step: typing, pasting, wrong codes, expiry, WebOTP."""

import pytest
from playwright.sync_api import expect

from tests.support.form import wrong_code


@pytest.fixture
def code_form(form, number):
    """A form at the code step."""
    form.page.clock.install()
    form.open().request_code(number)
    form.answer = form.code(number)
    return form


def verify_calls(form):
    """Collect the verify-code calls that the page makes from now on."""
    made = []
    form.page.on("request", lambda call: call.method == "POST" and "verify-code" in call.url and made.append(call))
    return made


def test_code_field_has_autofill_attributes(code_form):
    code = code_form.part("#code")

    assert {name: code.get_attribute(name) for name in ("autocomplete", "inputmode", "dir")} == {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "dir": "ltr",
    }
    assert code_form.part("#number").get_attribute("autocomplete") == "tel"


@pytest.mark.parametrize(
    "notation",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"{code[:3]}-{code[3:]}",
        " ".join,
        lambda code: f"{code} is your code for Shop 24. It is valid for 5 minutes.\n\n@shop.example #{code}",
        lambda code: f"Shop 24: 12:30\n{code[:3]} {code[3:]}",
    ],
    ids=["grouped", "dashed", "spaced", "sms", "sms_grouped"],
)
def test_pasted_code_is_found_in_any_notation(code_form, notation):
    """A paste replaces the typed text."""
    code_form.type("99")

    code_form.paste(notation(code_form.answer))

    expect(code_form.part("#done")).to_be_visible()


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0", "\uff10", "\u0966"], ids=["arabic", "persian", "wide", "hindi"])
def test_code_accepts_digits_of_any_script(code_form, zero):
    code_form.part("#code").fill("".join(chr(ord(zero) + int(digit)) for digit in code_form.answer))

    expect(code_form.part("#done")).to_be_visible()


def test_code_is_found_in_a_filled_in_sms(code_form):
    """Keyboards that suggest the SMS insert it without a paste event."""
    code_form.part("#code").fill(f"Your code: {code_form.answer}.")

    expect(code_form.part("#done")).to_be_visible()


def test_wrong_code_is_sent_once_and_shows_attempts_left(code_form):
    """Pressing Enter again costs no attempt; the next typed digit replaces the wrong code."""
    made, wrong = verify_calls(code_form), wrong_code(code_form.answer)

    code_form.type(wrong)
    code_form.expect_error("That is not the code we sent. Attempts left: 4.")
    code_form.clock.fast_forward(1_000)
    code_form.keyboard.press("Enter")
    code_form.keyboard.press("Enter")

    code_form.expect_error("That is not the code we sent. Attempts left: 4.")
    assert len(made) == 1
    expect(code_form.part("#code")).to_have_attribute("aria-invalid", "true")
    code_form.keyboard.type(code_form.answer)
    expect(code_form.part("#done")).to_be_visible()


def test_attempts_left_are_stated_once(code_form):
    """Not before the first wrong code, and not beside the error that states them."""
    form, text = code_form, "Attempts left"
    counts = [form.part("#whole").inner_text().count(text)]

    form.type(wrong_code(form.answer))
    form.expect_error("That is not the code we sent. Attempts left: 4.")
    form.clock.run_for(1_000)
    counts.append(form.part("#whole").inner_text().count(text))
    form.page.reload()
    expect(form.part("#left")).to_have_text("Attempts left: 4.")
    counts.append(form.part("#whole").inner_text().count(text))

    assert counts == [0, 1, 1]


def next_boxes(form):
    """Return the indexes of the boxes that are marked."""
    return form.part("#boxes").evaluate(
        "boxes => [...boxes.children].flatMap((box, index) => (box.className === 'next' ? [index] : []))"
    )


def test_box_of_the_next_digit_is_marked(code_form):
    """It has an outline while the field has the focus; after a wrong code all digits will be replaced."""
    form = code_form
    marked = [next_boxes(form)]
    form.type("12")
    marked.append(next_boxes(form))
    form.keyboard.press("ArrowLeft")
    marked.append(next_boxes(form))
    outlines = [form.part(f"#boxes i:nth-child({n})").evaluate("i => getComputedStyle(i).outlineStyle") for n in (1, 2)]
    form.part("#code").fill(wrong_code(form.answer))
    expect(form.part("#error")).not_to_be_empty()
    marked.append(next_boxes(form))

    assert marked == [[0], [2], [1], [0, 1, 2, 3, 4, 5]]
    assert outlines == ["none", "solid"]


def test_short_code_is_not_sent(code_form):
    made = verify_calls(code_form)

    code_form.type(code_form.answer[:3])
    code_form.clock.fast_forward(1_000)
    code_form.keyboard.press("Enter")

    code_form.expect_error("Enter the 6 digits from the text message.")
    assert made == []


def enter_wrong_codes(form, times):
    """Enter a different wrong code each time."""
    wrong = form.answer
    for left in reversed(range(5 - times, 5)):
        wrong = wrong_code(wrong)
        form.part("#code").fill(wrong)
        expect(form.part("#error")).to_contain_text(f"left: {left}." if left else "no attempts left")


def test_last_wrong_code_returns_to_the_number(code_form, number):
    enter_wrong_codes(code_form, 5)

    code_form.expect_error("That is not the code we sent, and you have no attempts left. Ask for a new code.")
    expect(code_form.part("#number")).to_be_focused()
    expect(code_form.part("#number")).to_have_value(number)
    assert code_form.problems() == ["incorrect_code"] * 5


def test_number_with_too_many_failures_is_locked(code_form, number):
    enter_wrong_codes(code_form, 5)
    code_form.clock.fast_forward(1_000)
    code_form.keyboard.press("Enter")
    expect(code_form.part("#code")).to_be_visible()
    code_form.answer = code_form.code(number, count=2)
    enter_wrong_codes(code_form, 5)
    code_form.clock.fast_forward(1_000)

    code_form.keyboard.press("Enter")

    expect(code_form.part("#error")).to_contain_text("Too many wrong codes. You can ask for a new one in ")
    assert code_form.problems()[-1] == "too_many_attempts"


def test_code_expires_with_a_countdown(form, number):
    form.page.clock.install()
    form.open().request_code(number)
    form.page.clock.run_for(1_000)
    expect(form.part("#expiry")).to_have_text("Expires in 4:59.")

    form.page.clock.fast_forward(299_000)

    form.expect_error("The code has expired. Ask for a new one.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == ["expired"]


def test_countdown_is_not_read_aloud(code_form):
    """The countdown is in no live region and describes no field."""
    for part in ("#expiry", "#resend", "#left"):
        assert code_form.part(f"[role] {part}, [aria-live] {part}").count() == 0
    assert code_form.part("#code").get_attribute("aria-describedby") == "sent error"


def test_webotp_fills_in_the_code(new_form, number):
    """WebOTP is simulated here, because a desktop browser gets no SMS."""
    form = new_form()
    form.page.add_init_script(
        """window.OTPCredential = class {};
        navigator.credentials.get = ({otp, signal}) => new Promise((resolve, reject) => {
            window.transport = otp.transport;
            window.receiveSms = (code) => resolve({code});
            signal.addEventListener("abort", () => reject(signal.reason));
        })"""
    )
    form.open().request_code(number)

    form.page.evaluate("code => receiveSms(code)", form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert form.page.evaluate("transport") == ["sms"]
