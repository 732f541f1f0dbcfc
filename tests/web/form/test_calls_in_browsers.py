"""Failures between the page and the service: the form shows a text of its language."""

import json

from playwright.sync_api import expect

REQUEST_CODE = "**/v1/request-code"


def answer_with_problem(form, status, headers=None, **problem):
    """Answer the next request for a code with this problem, and later ones by the service."""
    form.page.route(
        REQUEST_CODE,
        lambda route: route.fulfill(
            status=status,
            headers={"access-control-allow-origin": "*", "access-control-expose-headers": "*"} | (headers or {}),
            content_type="application/problem+json",
            body=json.dumps(problem | {"status": status, "detail": "A sentence for developers."}),
        ),
        times=1,
    )


def test_offline_form_shows_it_and_recovers(form, number):
    form.open()
    form.page.context.set_offline(True)
    form.send(number)
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")
    assert form.problems() == ["offline"]

    form.page.context.set_offline(False)

    form.request_code(number)


def test_unavailable_service_shows_when_to_retry(form, number):
    form.open()
    answer_with_problem(form, 503, {"retry-after": "7"}, code="temporarily_unavailable")

    form.send(number)

    form.expect_error("The service is busy. Try again in 7 seconds.")


REFUSALS = [
    (403, "destination_not_allowed", "We cannot send text messages to this country or kind of number."),
    (403, "destination_blocked", "We cannot send text messages to this number."),
    (403, "forbidden", "This page does not have access to the service."),
    (422, "invalid_request", "Check what you entered."),
    (500, "internal_error", "There is a problem with the service. Try again later."),
    (418, "a_future_code", "There is a problem with the service. Try again later."),
]


def test_user_sees_a_text_and_page_gets_the_code(form, number):
    for status, code, text in REFUSALS:
        form.open()
        answer_with_problem(form, status, code=code)

        form.send(number)

        expect(form.part("#error"), code).to_have_text(text)
        assert form.problems() == [code]


def test_html_response_of_a_proxy_shows_an_error(form, number):
    """A proxy may answer in HTML."""
    form.open()
    answer = {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"}
    form.page.route(
        REQUEST_CODE, lambda route: route.fulfill(headers={"access-control-allow-origin": "*"}, **answer), times=1
    )

    form.send(number)

    form.expect_error("There is a problem with the service. Try again later.")


def test_lost_response_is_repeated_without_a_second_sms(form, number):
    """The call succeeded, but the response was lost: the same idempotency key returns the same response."""
    form.open()
    keys = []
    form.page.on("request", lambda call: keys.append(call.headers.get("idempotency-key")))
    form.lose_answer()
    form.send(number)
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")

    form.request_code(number)

    sent = [key for key in keys if key]
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert form.code(number)
    assert len(form.texts(number)) == 1


def test_second_submit_is_ignored_while_the_first_runs(form, number):
    form.open()
    sent, held = [], form.hold(REQUEST_CODE)
    form.page.on("request", lambda call: call.method == "POST" and sent.append(call))
    form.send(number)
    expect(form.part("#send")).to_have_text("Sending…")
    expect(form.part("#send")).to_have_attribute("aria-busy", "true")

    form.keyboard.press("Enter")
    form.part("#send").click()
    held.answer()

    expect(form.part("#code")).to_be_visible()
    assert len(sent) == 1


def test_busy_button_shows_what_is_in_progress(form, number):
    """It is announced too, in the status that only screen readers find meanwhile."""
    form.page.clock.install()
    form.open().request_code(number)
    form.clock.fast_forward(31_000)
    held = form.hold(REQUEST_CODE)
    form.part("#resend").click()
    held.wait()
    expect(form.part("#resend")).to_have_text("Sending…")
    form.clock.run_for(2_000)
    expect(form.part("#resend")).to_have_attribute("aria-busy", "true")
    expect(form.part("#resend")).to_have_text("Sending…")
    expect(form.part("#check")).to_have_text("Confirm")
    held.answer()
    expect(form.part("#resend")).to_have_attribute("aria-busy", "false")

    held = form.hold("**/v1/verify-code")
    form.type(form.code(number))
    held.wait()
    expect(form.part("#check")).to_have_text("Checking…")
    expect(form.part("#status")).to_have_text("Checking…")
    assert form.part("#status").bounding_box()["height"] <= 1
    held.answer()
    expect(form.part("#done")).to_be_visible()


def test_hanging_network_is_reported_and_the_call_repeated(form, number):
    """After 15 seconds; the same idempotency key, so the late first call sends no second SMS."""
    form.page.clock.install()
    form.open()
    form.hold(REQUEST_CODE)
    keys = []
    form.page.on("request", lambda call: call.method == "POST" and keys.append(call.headers["idempotency-key"]))
    form.send(number)
    expect(form.part("#send")).to_have_text("Sending…")

    form.clock.fast_forward(15_000)

    form.expect_error("We cannot reach the service. Check your internet connection and try again.")
    form.request_code(number)
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_lost_proof_is_returned_after_a_resend_was_refused(form, number):
    """Each kind of call keeps its idempotency key, so an approval whose answer was lost can still be repeated."""
    form.page.clock.install()
    form.open().request_code(number)
    code = form.code(number)
    form.lose_answer()
    form.type(code)
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")
    form.clock.fast_forward(31_000)
    form.page.route(REQUEST_CODE, lambda route: route.abort(), times=1)
    form.part("#resend").click()
    expect(form.part("#resend")).to_have_attribute("aria-busy", "false")

    form.part("#check").click()

    expect(form.part("#done")).to_be_visible()


def test_resend_shows_a_confirmation(form, number):
    form.page.clock.install()
    form.open().request_code(number)
    answer = form.logged_lines("otp:sent")[0]["detail"]
    form.page.clock.fast_forward(31_000)
    form.page.route(
        REQUEST_CODE,
        lambda route: route.fulfill(status=202, headers={"access-control-allow-origin": "*"}, json=answer),
        times=1,
    )

    form.part("#resend").click()

    expect(form.part("#status")).to_have_text("We sent the code again.")
    expect(form.part("#code")).to_be_focused()
    expect(form.part("#resend")).to_have_text("Send again in 0:30")
    assert len(form.logged_lines("otp:sent")) == 2
