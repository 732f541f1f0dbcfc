"""Human checks in the form: ALTCHA built in, other providers through the page."""

import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS, Form
from tests.support.form_page import foreign_page
from tests.support.service import UNLIMITED, otp_dev


@pytest.fixture(scope="module")
def checked_service():
    """A service that requires a human check for each request, at the lowest cost."""
    with (
        otp_dev(**UNLIMITED, OTP_HUMAN_CHECK="altcha", OTP_HUMAN_CHECK_COST="1000") as service,
        foreign_page(service) as shop,
    ):
        yield service, shop


@pytest.fixture
def form(browser, checked_service):
    context = browser.new_context(locale="en-GB")
    yield Form(context.new_page(), *checked_service)
    context.close()


def test_form_solves_altcha(form):
    """The first request has no token, because most services require none; the second has one."""
    number = next(UNUSED_NUMBERS)

    form.open().request_code(f"0{number[3:]}")
    form.type(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert ["human_check" in body for body in form.posts()] == [False, True, False]


def test_another_check_is_solved_where_the_first_took_too_little_work(form):
    number = next(UNUSED_NUMBERS)
    works = []
    cors = {"access-control-allow-origin": "*"}

    def require_more_work(route):
        if len(works) == 1:
            route.fulfill(status=403, json={"code": "human_check_required", "work": 2}, headers=cors)
        else:
            route.continue_()

    form.open()
    form.page.on("request", lambda request: works.extend(request.url.split("human-check?work=")[1:]))
    form.page.route("**/v1/request-code", require_more_work)
    form.request_code(number)

    assert form.code(number)
    assert works == ["1", "2"]


def test_lost_response_is_repeated_with_the_same_token(form):
    """The lost call used up the token; with another idempotency key it would be refused."""
    number = next(UNUSED_NUMBERS)
    form.open()
    # The first answer requires the check; the next one is that of the request with a token.
    form.page.route("**/v1/human-check?work=1", lambda route: (form.lose_answer(), route.continue_()), times=1)
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    form.expect_error("We cannot reach the service. Check your internet connection and try again.")

    form.request_code(number)

    assert form.code(number)
    assert len(form.texts(number)) == 1


def use_provider(form, challenge, check):
    """Answer with a challenge of another provider, whose widget the page has."""
    form.page.route(
        "**/v1/human-check?work=1",
        lambda route: route.fulfill(json=challenge, headers={"access-control-allow-origin": "*"}),
    )
    form.page.evaluate(f"() => {{ document.querySelector('otp-form').humanCheck = {check} }}")


def test_other_provider_uses_the_check_of_the_page(form):
    form.open()
    challenge = {"provider": "turnstile", "site_key": "0xkey", "action": "request_code"}
    use_provider(form, challenge, "async ({provider, site_key, action}) => [provider, site_key, action].join()")

    form.part("#number").fill(next(UNUSED_NUMBERS))
    form.keyboard.press("Enter")

    # The service itself is set to ALTCHA, so it refuses the token.
    form.expect_error("We could not confirm that you are a person. Try again.")
    assert form.posts()[-1]["human_check"] == "turnstile,0xkey,request_code"
    assert form.problems() == ["human_check_failed"]


def test_failed_check_shows_an_error(form):
    for check in ("undefined", "async () => { throw new Error('closed') }", "async () => null"):
        form.open()
        use_provider(form, {"provider": "hcaptcha", "site_key": "k"}, check)

        form.send(next(UNUSED_NUMBERS))

        text = "We could not confirm that you are a person. Try again."
        expect(form.part("#error"), check).to_have_text(text)
