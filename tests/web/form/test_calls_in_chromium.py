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
    form.expect_error("We cannot reach the service. Check your connection and try again.")
    assert form.problems() == ["offline"]

    form.page.context.set_offline(False)

    form.request_code(number)


def test_unavailable_service_shows_when_to_retry(form, number):
    form.open()
    answer_with_problem(form, 503, {"retry-after": "7"}, code="temporarily_unavailable")

    form.send(number)

    form.expect_error("The service is busy. Please try again in 7 seconds.")


REFUSALS = [
    (403, "destination_not_allowed", "We do not send SMS to this country or kind of number."),
    (403, "destination_blocked", "We do not send SMS to this number."),
    (403, "forbidden", "This page may not use the service."),
    (422, "invalid_request", "Please check what you typed."),
    (500, "internal_error", "Something went wrong on our side. Please try again."),
    (418, "a_future_code", "Something went wrong on our side. Please try again."),
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

    form.expect_error("Something went wrong on our side. Please try again.")


def test_lost_response_is_repeated_without_a_second_sms(form, number):
    """The call succeeded, but the response was lost: the same idempotency key returns the same response."""
    form.open()
    keys = []
    form.page.on("request", lambda call: keys.append(call.headers.get("idempotency-key")))
    form.page.route(REQUEST_CODE, lambda route: (route.fetch(), route.abort()), times=1)
    form.send(number)
    form.expect_error("We cannot reach the service. Check your connection and try again.")

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
    expect(form.part("#status")).to_have_text("Sending …")

    form.keyboard.press("Enter")
    form.part("#number-step button").click()
    held.answer()

    expect(form.part("#code")).to_be_visible()
    assert len(sent) == 1


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
