"""What can go wrong between the page and the service; a person always reads our words, in their language."""

import json

from playwright.sync_api import expect

ASK = "**/v1/request-code"


def refuse(form, status, headers=None, **problem):
    """Let the service answer the next asking like this, and then as it does."""
    form.page.route(
        ASK,
        lambda route: route.fulfill(
            status=status,
            headers={"access-control-allow-origin": "*", "access-control-expose-headers": "*"} | (headers or {}),
            content_type="application/problem+json",
            body=json.dumps(problem | {"status": status, "detail": "A sentence for developers."}),
        ),
        times=1,
    )


def test_without_a_network_the_form_says_so_and_then_goes_on(form, number):
    form.open()
    form.page.context.set_offline(True)
    form.send(number)
    form.says("We cannot reach the service. Check your connection and try again.")
    assert form.problems() == ["offline"]

    form.page.context.set_offline(False)

    form.ask(number)


def test_a_busy_service_says_when_to_try_again(form, number):
    form.open()
    refuse(form, 503, {"retry-after": "7"}, code="temporarily_unavailable")

    form.send(number)

    form.says("The service is busy. Please try again in 7 seconds.")


REFUSALS = [
    (403, "destination_not_allowed", "We do not send SMS to this country or kind of number."),
    (403, "destination_blocked", "We do not send SMS to this number."),
    (403, "forbidden", "This page may not use the service."),
    (422, "invalid_request", "Please check what you typed."),
    (500, "internal_error", "Something went wrong on our side. Please try again."),
    (418, "a_word_of_tomorrow", "Something went wrong on our side. Please try again."),
]


def test_a_person_reads_our_words_and_the_page_the_code(form, number):
    for status, code, words in REFUSALS:
        form.open()
        refuse(form, status, code=code)

        form.send(number)

        expect(form.part("#wrong"), code).to_have_text(words)
        assert form.problems() == [code]


def test_an_answer_of_somebody_in_between_is_no_riddle(form, number):
    """A proxy answers in HTML."""
    form.open()
    answer = {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"}
    form.page.route(ASK, lambda route: route.fulfill(headers={"access-control-allow-origin": "*"}, **answer), times=1)

    form.send(number)

    form.says("Something went wrong on our side. Please try again.")


def test_a_lost_answer_is_asked_for_again_and_no_second_sms_is_sent(form, number):
    """The service did it, but the answer never came: under the same key it answers the same."""
    form.open()
    keys = []
    form.page.on("request", lambda call: keys.append(call.headers.get("idempotency-key")))
    form.page.route(ASK, lambda route: (route.fetch(), route.abort()), times=1)
    form.send(number)
    form.says("We cannot reach the service. Check your connection and try again.")

    form.ask(number)

    asked = [key for key in keys if key]
    assert len(asked) == 2
    assert len(set(asked)) == 1
    assert form.code(number)
    assert len(form.texts(number)) == 1


def test_a_second_press_does_nothing_while_the_first_is_on_its_way(form, number):
    form.open()
    asked, held = [], form.hold(ASK)
    form.page.on("request", lambda call: call.method == "POST" and asked.append(call))
    form.send(number)
    expect(form.part("#said")).to_have_text("Sending …")

    form.keyboard.press("Enter")
    form.part("#number-step button").click()
    held.answer()

    expect(form.part("#code")).to_be_visible()
    assert len(asked) == 1


def test_what_the_service_sent_again_is_said(form, number):
    form.page.clock.install()
    form.open().ask(number)
    answer = form.logged_lines("otp:sent")[0]["detail"]
    form.page.clock.fast_forward(31_000)
    form.page.route(
        ASK,
        lambda route: route.fulfill(status=202, headers={"access-control-allow-origin": "*"}, json=answer),
        times=1,
    )

    form.part("#resend").click()

    expect(form.part("#said")).to_have_text("We sent the code again.")
    expect(form.part("#code")).to_be_focused()
    expect(form.part("#resend")).to_have_text("Send again in 0:30")
    assert len(form.logged_lines("otp:sent")) == 2
