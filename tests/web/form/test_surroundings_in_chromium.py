"""What a page, a browser or another version brings along: the form works, or says that the page is wrong."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.form import FRESH

WORDS = "**/otp-form/*.json"


def set_attribute(form, name, value):
    form.page.evaluate("how => document.querySelector('otp-form').setAttribute(...how)", [name, value])


def test_a_language_that_is_none_does_no_harm(form, number):
    """As some Linux systems name theirs."""
    form.page.add_init_script("Object.defineProperty(navigator, 'languages', {get: () => ['en-US@posix', 'de-DE']})")

    form.open("", lang="tlh").ask(number)

    expect(form.part("#whole")).to_have_attribute("lang", "de")


def test_a_service_that_is_no_address_is_the_pages_mistake(form, number):
    for address in ("https://", "javascript:alert(1)", "junk", "/x"):
        form.open(f"service='{address}' country=NL")

        form.send(number)

        expect(form.part("#wrong"), address).to_have_text("This page may not use the service.")
        expect(form.part("#said"), address).to_be_empty()


def test_an_empty_service_is_where_the_script_came_from(form, number):
    form.open("service='' country=NL").ask(number)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without", "with"])
def test_a_service_below_a_path_keeps_it(form, number, slash):
    """With or without a slash behind."""
    form.open(f"service='http://127.0.0.1:1/otp{slash}' country=NL")
    asked = []
    form.page.on("request", lambda call: asked.append(call.url))

    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    expect(form.part("#wrong")).not_to_be_empty()

    assert asked == []  # the page's policy lets no such call out
    refused = [text for text in form.complaints if "http://127.0.0.1:1/otp/v1/request-code" in text]
    assert refused


JUNK = ["null", "[]", '"x"', "{", '{"expires":9e15}', '{"at":9e15,"expires_in":9e15,"code_length":"6"}']


def test_what_another_version_kept_is_left_alone(form):
    form.open()
    for junk in JUNK:
        form.page.evaluate("junk => (sessionStorage['otp-form:pk_dev:login'] = junk)", junk)

        form.page.reload()

        expect(form.part("#number"), junk).to_be_visible()
        form.ask(next(FRESH))
        assert form.complaints == [], junk


def test_without_its_words_a_form_is_marked_as_the_english_that_it_is(form):
    form.page.route(WORDS, lambda route: route.abort())

    form.open(lang="ar")

    expect(form.part("#whole")).to_have_attribute("lang", "en")
    expect(form.part("#whole")).to_have_attribute("dir", "ltr")


def test_words_that_are_there_stay_when_others_do_not_come(form, number):
    form.open(lang="nl").ask(number)
    dutch = form.part("#sent").inner_text()
    asked = []
    form.page.route(WORDS, lambda route: (asked.append(route), route.abort()))

    set_attribute(form, "reference", "cart-2")
    assert asked == []
    with form.page.expect_event("requestfailed"):
        set_attribute(form, "locale", "ar")

    expect(form.part("#sent")).to_have_text(dutch)
    expect(form.part("#whole")).to_have_attribute("lang", "nl")


def test_words_that_are_slow_are_english_till_they_come(form):
    """Two seconds of nothing, and a person leaves."""
    held = form.hold(WORDS)
    form.page.clock.install()
    with form.page.expect_request(WORDS):
        form.open(lang="nl", step=None)
    expect(form.part("#number")).not_to_be_visible()

    form.clock.fast_forward(2_000)
    expect(form.part("[for=number]")).to_have_text("Mobile number")
    held.answer()

    expect(form.part("#whole")).to_have_attribute("lang", "nl")


def test_the_language_around_is_seen_from_inside_a_shadow_root(form):
    form.open()

    form.page.evaluate(
        """() => {
            const host = document.createElement("div");
            host.lang = "nl";
            host.attachShadow({mode: "open"}).append(document.querySelector("otp-form"));
            document.body.append(host);
        }"""
    )

    expect(form.part("#whole")).to_have_attribute("lang", "nl")


def test_a_clock_that_is_set_back_makes_nothing_longer(form, number):
    form.page.clock.install()
    form.open().ask(number)
    form.clock.run_for(5_000)
    day = 86_400

    form.clock.set_system_time(form.page.evaluate("Date.now()") / 1000 - day)
    form.clock.run_for(1_000)

    expect(form.part("#expiry")).to_have_text(re.compile(r"Expires in (5:00|4:59)\."))
    expect(form.part("#resend")).to_have_text(re.compile(r"Send again in 0:(30|29)"))
    form.clock.fast_forward(31_000)
    expect(form.part("#resend")).to_be_enabled()
