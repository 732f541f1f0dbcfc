"""The number step: country selection and invalid numbers."""

import re

import httpx
from playwright.sync_api import expect

COUNTRY_OF = {
    "+32 47": "BE",
    "0032 47": "BE",
    "+7701": "RU",  # a shared calling code selects its first country
    "+1 204": "US",
    "+3": "NL",  # the prefix of several calling codes keeps the country
    "0612": "NL",
}


def test_calling_code_selects_its_country(form):
    for typed, country in COUNTRY_OF.items():
        form.open()

        form.part("#number").press_sequentially(typed)

        expect(form.part("#country"), typed).to_have_value(country)


def test_selected_country_with_the_same_calling_code_stays(form):
    form.open('country="CA"')

    form.part("#number").press_sequentially("+1 204")

    expect(form.part("#country")).to_have_value("CA")


PRESELECTED = {
    "": "GB",  # of the browser
    'country="de"': "DE",
    'country="XX"': "GB",
    'countries="NL,BE"': "BE",
    'countries="?"': "GB",
}


def test_likely_country_is_preselected(form):
    for attributes, country in PRESELECTED.items():
        form.open(attributes)

        expect(form.part("#country"), attributes).to_have_value(country)


def test_single_country_hides_the_list(form, number):
    form.open('countries="NL"')
    expect(form.part("#country")).not_to_be_visible()

    form.request_code(f"0{number[3:]}")


def test_number_is_sent_as_it_was_typed(form, number):
    """The service cleans a number from any client in one way; a calling code needs no country beside it."""
    form.open('country="BE"')

    form.request_code(f" (+31)\N{NO-BREAK SPACE}{number[3:]}")

    assert [(body["phone_number"], body.get("country")) for body in form.posts()] == [
        (f"(+31)\N{NO-BREAK SPACE}{number[3:]}", None)
    ]


def test_invisible_characters_are_ignored(form, number):
    """Contact lists wrap a number in direction marks, and some keyboards write full-width digits."""
    form.open()

    wide = chr(ord("\uff10") + int(number[-1]))
    form.request_code(f"\u202a\uff0b{number[1:-1]}\u2060{wide}\u202c")

    assert form.code(number)


def test_empty_number_is_not_sent(form):
    form.open()

    form.send(" ")

    form.expect_error("Enter your mobile number.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == []


def test_landline_number_shows_an_error(form):
    form.open()

    form.send("+31101234567")

    form.expect_error("This number cannot receive text messages. Check it and try again.")
    expect(form.part("#number")).to_have_attribute("aria-invalid", "true")
    assert form.problems() == ["invalid_phone_number"]


def test_rate_limited_number_shows_when_to_retry(form, service, number):
    """The limit of the service: three SMS to a number in ten minutes; a browser is shown the next full five minutes."""
    for _ in range(3):
        headers = {"Authorization": "Bearer pk_dev"}
        httpx.post(f"{service}/v1/request-code", json={"phone_number": number}, headers=headers).raise_for_status()
    form.open()

    form.send(number)

    form.expect_error(re.compile(r"^Too many requests in a short time\. Try again in 1[0-5] minutes\.$"))
