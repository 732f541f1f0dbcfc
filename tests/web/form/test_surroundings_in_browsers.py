"""Odd pages, browsers and stored values: the form works, or reports a misconfigured page."""

import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS

pytestmark = pytest.mark.long  # the suite has the steps of a verification and what people see

WORDS = "**/otp-form/*.json"


def set_attribute(form, name, value):
    form.page.evaluate("how => document.querySelector('otp-form').setAttribute(...how)", [name, value])


def test_invalid_browser_language_is_ignored(form, number):
    """Some Linux systems have such language names."""
    form.page.add_init_script("Object.defineProperty(navigator, 'languages', {get: () => ['en-US@posix', 'de-DE']})")

    form.open("", lang="tlh").request_code(number)

    expect(form.part("#whole")).to_have_attribute("lang", "de")


def test_invalid_service_url_is_reported_as_misconfigured(form, number):
    for address in ("https://", "javascript:alert(1)", "junk", "/x"):
        form.open(f"service='{address}' country=NL")

        form.send(number)

        expect(form.part("#error"), address).to_have_text("This page does not have access to the service.")
        expect(form.part("#status"), address).to_be_empty()


def test_empty_service_uses_the_origin_of_the_script(form, number):
    form.open("service='' country=NL").request_code(number)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without", "with"])
def test_service_url_keeps_its_path(form, number, slash):
    """With or without a trailing slash."""
    form.open(f"service='http://127.0.0.1:1/otp{slash}' country=NL")
    requests = []
    form.page.on("request", lambda call: requests.append(call.url))

    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    expect(form.part("#error")).not_to_be_empty()

    assert requests == []  # the policy of the page blocks the call
    refused = [text for text in form.complaints if "http://127.0.0.1:1/otp/v1/request-code" in text]
    assert refused


JUNK = ["null", "[]", '"x"', "{", '{"expires":9e15}', '{"at":9e15,"expires_in":9e15,"code_length":"6"}']


def test_stored_value_of_another_version_is_ignored(form):
    form.open()
    for junk in JUNK:
        form.page.evaluate("junk => (sessionStorage['otp-form:pk_dev:login'] = junk)", junk)

        form.page.reload()

        expect(form.part("#number"), junk).to_be_visible()
        form.request_code(next(UNUSED_NUMBERS))
        assert form.complaints == [], junk


def test_english_fallback_sets_lang_and_dir(form):
    form.page.route(WORDS, lambda route: route.abort())

    form.open(lang="ar")

    expect(form.part("#whole")).to_have_attribute("lang", "en")
    expect(form.part("#whole")).to_have_attribute("dir", "ltr")


def test_loaded_texts_stay_if_others_fail_to_load(form, number):
    form.open(lang="nl").request_code(number)
    dutch = form.part("#sent").inner_text()
    requests = []
    form.page.route(WORDS, lambda route: (requests.append(route), route.abort()))

    set_attribute(form, "reference", "cart-2")
    assert requests == []
    with form.page.expect_event("requestfailed"):
        set_attribute(form, "locale", "ar")

    expect(form.part("#sent")).to_have_text(dutch)
    expect(form.part("#whole")).to_have_attribute("lang", "nl")


def test_slow_texts_show_english_until_they_load(form):
    """After two seconds without text, the form shows English."""
    held = form.hold(WORDS)
    form.page.clock.install()
    with form.page.expect_request(WORDS):
        form.open(lang="nl", step=None)
    expect(form.part("#number")).not_to_be_visible()

    form.clock.fast_forward(2_000)
    expect(form.part("[for=number]")).to_have_text("Mobile number")
    held.answer()

    expect(form.part("#whole")).to_have_attribute("lang", "nl")


def test_page_language_is_found_across_shadow_roots(form):
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
