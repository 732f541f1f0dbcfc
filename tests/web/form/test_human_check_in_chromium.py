"""The form shows that a person asks: by itself with ALTCHA, by the page's own check with another provider."""

import pytest
from playwright.sync_api import expect

from tests.support.form import FRESH, Form
from tests.support.form_page import foreign_page
from tests.support.service import UNLIMITED, otp_dev


@pytest.fixture(scope="module")
def strict():
    """A service that wants to see a person each time; the work is the least that it can ask for."""
    with (
        otp_dev(**UNLIMITED, OTP_HUMAN_CHECK="altcha", OTP_HUMAN_CHECK_COST="1000") as service,
        foreign_page(service) as shop,
    ):
        yield service, shop


@pytest.fixture
def form(browser, strict):
    context = browser.new_context(locale="en-GB")
    yield Form(context.new_page(), *strict)
    context.close()


def asked(form):
    """Collect what the page asks the service from now on."""
    calls = []
    form.page.on("request", lambda call: call.method == "POST" and calls.append(call))
    return calls


def test_altcha_is_solved_by_the_form_itself(form):
    """First without, for most services ask nobody; then with the work done, once."""
    calls, number = asked(form), next(FRESH)

    form.open().ask(f"0{number[3:]}")
    form.type(form.code(number))

    expect(form.part("#done")).to_be_visible()
    assert ["human_check" in call.post_data_json for call in calls] == [False, True, False]


def test_an_answer_that_got_lost_is_asked_for_with_the_same_work(form):
    """The token was used up by the call that was lost; under another key it would buy nothing."""
    number = next(FRESH)
    form.open()
    lost = []

    def lose(route):
        answer = route.fetch()
        if answer.status == 202 and not lost:
            lost.append(answer)
            route.abort()
        else:
            route.fulfill(response=answer)

    form.page.route("**/v1/request-code", lose)
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    form.says("We cannot reach the service. Check your connection and try again.")

    form.ask(number)

    assert form.code(number)
    assert len(form.texts(number)) == 1


def play(form, challenge, check):
    """Let the service name another provider, whose widget the page brings."""
    form.page.route(
        "**/v1/human-check",
        lambda route: route.fulfill(json=challenge, headers={"access-control-allow-origin": "*"}),
    )
    form.page.evaluate(f"() => {{ document.querySelector('otp-form').humanCheck = {check} }}")


def test_another_providers_check_is_the_pages(form):
    calls = asked(form)
    form.open()
    challenge = {"provider": "turnstile", "site_key": "0xkey", "action": "request_code"}
    play(form, challenge, "async ({provider, site_key, action}) => [provider, site_key, action].join()")

    form.part("#number").fill(next(FRESH))
    form.keyboard.press("Enter")

    form.says("We could not see that a person asks. Please try again.")  # this service asks for ALTCHA, after all
    assert calls[-1].post_data_json["human_check"] == "turnstile,0xkey,request_code"
    assert form.problems() == ["human_check_failed"]


def test_a_check_that_shows_nobody_is_explained(form):
    for check in ("undefined", "async () => { throw new Error('closed') }", "async () => null"):
        form.open()
        play(form, {"provider": "hcaptcha", "site_key": "k"}, check)

        form.send(next(FRESH))

        explained = "We could not see that a person asks. Please try again."
        expect(form.part("#wrong"), check).to_have_text(explained)
