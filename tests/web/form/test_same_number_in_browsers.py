"""The same number entered again: the pending code is sent again, because a second one would make it a wrong code."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS, wrong_code

REQUEST_CODE = "**/v1/request-code"
AFTER_THE_COOLDOWN = 31_000  # milliseconds
SENT_BEFORE = re.compile(r"We have already sent a code to this number\. You can ask for it again in \d+ seconds\.")


@pytest.fixture
def code_form(form, number):
    """A form at the code step."""
    form.page.clock.install()
    form.open().request_code(number)
    form.pause_clock()
    return form


def change_number(form, typed):
    """Go back to the number, and enter this one."""
    form.clock.fast_forward(1_000)
    form.part("#change").click()
    expect(form.part("#number")).to_be_focused()
    form.clock.fast_forward(1_000)
    form.send(typed)


SPELLINGS = {
    "same": lambda number: number,
    "national": lambda number: f"0{number[3:]}",
    "without zero": lambda number: number[3:],
    "double zero": lambda number: f"00{number[1:]}",
    "without plus": lambda number: number[1:],
    "spaces": lambda number: f" +31 (0)6-{number[4:8]} {number[8:]}",
    "marks": lambda number: f"\u202a\uff0b{number[1:]}\u202c",
    "link": lambda number: f"tel:{number}",
}


def test_same_number_returns_to_its_code_in_any_spelling(code_form, number):
    """During the cooldown no call is made; the form states when the code can be sent again."""
    code = code_form.code(number)

    for name, spell in SPELLINGS.items():
        change_number(code_form, spell(number))
        expect(code_form.part("#status"), name).to_have_text(SENT_BEFORE)
        expect(code_form.part("#code"), name).to_be_focused()
        expect(code_form.part("#sent"), name).to_contain_text("31")

    assert len(code_form.posts()) == 1
    code_form.type(code)
    expect(code_form.part("#done")).to_be_visible()
    assert len(code_form.texts(number)) == 1


def test_first_spelling_may_be_national(form, number):
    form.page.clock.install()
    form.open().request_code(f"0{number[3:]}")

    change_number(form, number)

    expect(form.part("#status")).to_have_text(SENT_BEFORE)


SAME = [  # country, first spelling, second spelling, masked number
    ("US", "(201) 555-0123", "+1 201 555 0123", "+1********23"),
    ("US", "1 201 555 0123", "2015550123", "+1********23"),
    ("GB", "07400 123456", "+44 7400 123456", "+44********56"),
    ("US", "011 31 6 12345678", "+31612345678", "+31*******78"),
    ("MX", "044 55 1234 5678", "+52 1 55 1234 5678", "+52********78"),
    ("HU", "06 20 123 4567", "+36 20 123 4567", "+36*******67"),
    ("RU", "8 912 345-67-89", "+7 912 345 67 89", "+7********89"),
    ("IT", "312 345 6789", "+39 312 345 6789", "+39********89"),
]
DIFFERENT = [
    ("NL", "06 12345678", "06 12345677", "+31*******78"),
    ("NL", "06 12345678", "06 22345678", "+31*******78"),
    ("BE", "+31612345678", "0612345678", "+31*******78"),
    ("CN", "+1 555 123 4567", "1 555 123 4567", "+1********67"),
    ("AR", "011 15 2345-6789", "011 15 2345-6788", "+54*********89"),
]


@pytest.mark.parametrize(("cases", "requests"), [(SAME, 1), (DIFFERENT, 2)], ids=["same", "different"])
def test_spellings_of_a_number_are_compared_as_the_service_reads_them(form, cases, requests):
    """With the calling code and the length of the masked number in its answer."""
    form.page.clock.install()
    for country, first, second, masked in cases:
        answer_pending(form, phone_number=masked)
        form.open(f"country={country}").request_code(first)
        form.page.evaluate(
            "country => { const {shadowRoot} = document.querySelector('otp-form');"
            " shadowRoot.getElementById('country').value = country }",
            country,
        )

        change_number(form, second)

        expect(form.part("#code"), first).to_be_visible()
        assert len(form.posts()) == requests, (first, second)
        form.page.evaluate("sessionStorage.clear()")


def answer_pending(form, **values):
    """Answer requests for a code, instead of the service."""
    pending = {
        "verification_id": "vf_1",
        "expires_in": 300,
        "resend_at": "2026-11-22T12:00:30Z",
        "resend_in": 30,
        "code_length": 6,
        "attempts_left": 5,
    }
    headers = {"access-control-allow-origin": "*"}
    form.page.route(REQUEST_CODE, lambda route: route.fulfill(status=202, headers=headers, json=pending | values))


def test_same_number_is_sent_again_after_the_cooldown(code_form, number):
    sent = code_form.logged_lines("otp:sent")[0]["detail"]
    answer_pending(code_form, **sent)
    code_form.clock.fast_forward(AFTER_THE_COOLDOWN)

    change_number(code_form, f"0{number[3:]}")

    expect(code_form.part("#status")).to_have_text("We sent the code again.")
    assert code_form.posts()[1:] == [{"verification_id": sent["verification_id"]}]
    assert len(code_form.logged_lines("otp:sent")) == 2
    code_form.type(code_form.code(number))
    expect(code_form.part("#done")).to_be_visible()


def test_refused_resend_returns_to_the_code(code_form, number):
    """The service refuses a clock that is ahead; the code that was sent is still valid."""
    code_form.clock.fast_forward(AFTER_THE_COOLDOWN)

    change_number(code_form, number)

    code_form.expect_error(re.compile("Too many requests in a short time. Try again in "))
    expect(code_form.part("#resend")).to_be_disabled()
    code_form.type(code_form.code(number))
    expect(code_form.part("#done")).to_be_visible()


def test_code_that_cannot_be_sent_again_is_prompted_for(form):
    form.page.clock.install()
    values = {"phone_number": "+31*******78", "resend_at": None, "resend_in": None}
    answer_pending(form, **values)
    form.open().request_code("0612345678")

    change_number(form, "+31612345678")

    expect(form.part("#status")).to_have_text("We have already sent a code to this number.")
    expect(form.part("#resend")).to_have_text("No more text messages")
    assert len(form.posts()) == 1


def test_ended_verification_is_replaced_by_a_new_one(code_form, number, service):
    """It may have been approved in another tab, or canceled; the user wants a code."""
    code_form.clock.fast_forward(AFTER_THE_COOLDOWN)
    problem = {"status": 404, "code": "no_pending_verification", "detail": "For developers."}
    headers = {"access-control-allow-origin": "*"}
    code_form.page.route(REQUEST_CODE, lambda route: route.fulfill(status=404, json=problem, headers=headers), times=1)

    change_number(code_form, number)

    expect(code_form.part("#code")).to_be_visible()
    code_form.type(code_form.code(number, count=2))
    expect(code_form.part("#done")).to_be_visible()
    assert code_form.problems() == []


def test_each_number_keeps_its_code(code_form, number):
    """To another number, and back to the first one."""
    code, other = code_form.code(number), next(UNUSED_NUMBERS)
    change_number(code_form, other)
    expect(code_form.part("#sent")).to_contain_text(other)

    change_number(code_form, number)

    expect(code_form.part("#status")).to_have_text(SENT_BEFORE)
    expect(code_form.part("#sent")).to_contain_text(number)
    code_form.type(code)
    expect(code_form.part("#done")).to_be_visible()


KEEP_THE_CODE = {
    "reset": "document.querySelector('otp-form').reset()",
    "new element": "const old = document.querySelector('otp-form'); old.reset(); old.replaceWith(old.cloneNode())",
}


@pytest.mark.parametrize("action", KEEP_THE_CODE)
def test_page_remembers_the_number(code_form, number, action):
    """A page may close its dialog and open it again."""
    code_form.page.evaluate(f"() => {{ {KEEP_THE_CODE[action]} }}")
    expect(code_form.part("#number")).to_have_value("")
    code_form.clock.fast_forward(1_000)

    code_form.send(number)

    expect(code_form.part("#status")).to_have_text(SENT_BEFORE)


@pytest.mark.parametrize("attribute", ["reference", "purpose"])
def test_other_reference_or_purpose_gets_a_separate_code(code_form, number, attribute):
    """The proof of a pending verification has the reference and purpose of its request."""
    answer_pending(code_form, phone_number=f"+31*******{number[-2:]}")
    code_form.page.evaluate(
        "name => { const form = document.querySelector('otp-form'); form.reset(); form.setAttribute(name, 'other'); }",
        attribute,
    )
    code_form.clock.fast_forward(1_000)

    code_form.send(number)

    expect(code_form.part("#code")).to_be_visible()
    assert [post.get(attribute) for post in code_form.posts()] == [None, "other"]


def test_attempts_of_a_pending_code_stay_counted(code_form, number):
    code_form.type(wrong_code(code_form.code(number)))
    code_form.expect_error("That is not the code we sent. Attempts left: 4.")

    change_number(code_form, number)

    expect(code_form.part("#left")).to_have_text("Attempts left: 4.")


def test_approved_number_gets_a_new_code(code_form, number):
    code_form.type(code_form.code(number))
    expect(code_form.part("#done")).to_be_visible()
    code_form.page.evaluate("document.querySelector('otp-form').reset()")
    code_form.clock.fast_forward(1_000)

    code_form.send(number)

    expect(code_form.part("#code")).to_be_visible()
    assert code_form.code(number, count=2)
