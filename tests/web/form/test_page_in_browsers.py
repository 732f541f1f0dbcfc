"""What the page around the form decides and reads: heading, content without the script, hints in the console."""

import re

import pytest
from playwright.sync_api import expect

REQUEST_CODE = "**/v1/request-code"
CORS = {"access-control-allow-origin": "*"}
INSIDE = '<h2 slot="heading">Log in</h2><p class="missing">The form did not load.</p>'


def test_default_heading_names_the_step(form, number):
    form.open()
    expect(form.part("#heading")).to_have_text("Confirm your number")

    form.request_code(number)
    expect(form.part("#heading")).to_have_text("Check your phone")

    form.type(form.code(number))
    expect(form.part("#done")).to_be_visible()
    expect(form.part("#heading")).not_to_be_visible()


def test_heading_of_the_page_replaces_the_default(form, number):
    form.open(inside=INSIDE)
    heading = form.page.locator("otp-form > h2")
    expect(heading).to_be_visible()
    expect(form.part("#heading")).not_to_be_visible()

    form.request_code(number)

    expect(heading).to_be_visible()


def test_children_are_shown_where_the_script_does_not_load(form):
    form.page.route("**/otp-form.js", lambda route: route.abort())

    form.open(step=None, inside=INSIDE)

    expect(form.page.locator(".missing")).to_be_visible()
    expect(form.page.locator("otp-form > h2")).to_be_visible()


def test_form_takes_the_place_of_the_children(form):
    form.open(inside=INSIDE)

    expect(form.page.locator(".missing")).not_to_be_visible()


def hints(form):
    """Return what the form has written to the console."""
    form.page.wait_for_timeout(50)  # a line arrives shortly after the page wrote it
    return [text for text in form.complaints if text.startswith("<otp-form>")]


def test_console_names_a_wrong_key(form, number):
    form.open(key="pk_wrong")

    form.send(number)

    form.expect_error("This page does not have access to the service.")
    (hint,) = hints(form)
    assert hint.startswith("<otp-form> 401 unauthorized Send 'Authorization: Bearer <key>'")


def test_console_names_a_missing_key(form, number):
    """As soon as the form is shown; no call is made without a key."""
    form.open(key="")
    assert hints(form) == ["<otp-form> misconfigured The attribute publishable-key is missing."]

    form.send(number)

    form.expect_error("This page does not have access to the service.")
    assert form.problems() == ["misconfigured"]
    assert form.posts() == []


def test_console_names_an_invalid_attribute(form, number):
    form.open('purpose="No purpose" country="NL"')

    form.send(number)

    form.expect_error("Check what you entered.")
    (hint,) = hints(form)
    assert "422 invalid_request" in hint
    assert '"pointer":"/purpose"' in hint


REFUSED = {"status": 403, "code": "forbidden", "detail": "List this origin in the app's `origins`."}


def test_console_names_an_origin_that_is_not_listed(form, number):
    """The service refuses the call, or, if no app lists the origin, the browser does after the preflight."""
    form.open()
    form.page.route(REQUEST_CODE, lambda route: route.fulfill(status=403, json=REFUSED, headers=CORS), times=1)
    form.send(number)
    form.expect_error("This page does not have access to the service.")
    form.page.route(REQUEST_CODE, lambda route: route.abort(), times=1)
    form.send(number)
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")

    refused, unreadable = hints(form)
    assert refused == "<otp-form> 403 forbidden List this origin in the app's `origins`."
    assert "Check the origins of the app" in unreadable


@pytest.mark.parametrize("repeated", ["+31612345678", "06 1234 5678", "(06) 12.34-56.78", "042137", "0421"])
def test_console_hides_numbers_that_an_answer_repeats(form, repeated):
    """The service never repeats what was typed, but a proxy in front of it may."""
    problem = {"status": 400, "code": "bad_request", "detail": f"no {repeated}", "errors": [{"detail": repeated}]}
    form.open()
    form.page.route(REQUEST_CODE, lambda route: route.fulfill(status=400, json=problem, headers=CORS), times=1)

    form.send("0612345678")

    form.expect_error("There is a problem with the service. Try again later.")
    (hint,) = hints(form)
    assert hint.startswith("<otp-form> 400 bad_request no ")
    assert re.findall(r"\d\d", hint) == ["40"]


def test_console_is_empty_where_the_page_is_correct(form, number):
    """A wrong code, a landline and a lost connection are no mistakes of the page."""
    form.open()
    form.send("+31101234567")
    expect(form.part("#error")).not_to_be_empty()
    form.request_code(number)
    form.type("000000")
    expect(form.part("#error")).not_to_be_empty()
    form.page.context.set_offline(True)
    form.part("#code").fill("000001")
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")

    assert hints(form) == []
