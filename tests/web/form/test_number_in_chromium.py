"""The number's step: the country that goes with it, and what is wrong with some numbers."""

import httpx
from playwright.sync_api import expect

COUNTRY_OF = {
    "+32 47": "BE",
    "0032 47": "BE",
    "+7701": "RU",  # a calling code that countries share is the first one's
    "+1 204": "US",
    "+3": "NL",  # of several calling codes the beginning: the country stays
    "0612": "NL",
}


def test_a_number_with_a_calling_code_chooses_its_country(form):
    for typed, country in COUNTRY_OF.items():
        form.open()

        form.part("#number").press_sequentially(typed)

        expect(form.part("#country"), typed).to_have_value(country)


def test_a_country_that_shares_the_calling_code_stays(form):
    form.open('country="CA"')

    form.part("#number").press_sequentially("+1 204")

    expect(form.part("#country")).to_have_value("CA")


LIKELIEST = {
    "": "GB",  # the browser's
    'country="de"': "DE",
    'country="XX"': "GB",
    'countries="NL,BE"': "BE",
    'countries="?"': "GB",
}


def test_the_likeliest_country_is_chosen_beforehand(form):
    for attributes, chosen in LIKELIEST.items():
        form.open(attributes)

        expect(form.part("#country"), attributes).to_have_value(chosen)


def test_of_one_country_nobody_is_asked(form, number):
    form.open('countries="NL"')
    expect(form.part("#country")).not_to_be_visible()

    form.ask(f"0{number[3:]}")


def test_marks_that_nobody_sees_do_no_harm(form, number):
    """Contacts wrap a number in marks for its direction, and some keyboards write wide digits."""
    form.open()

    wide = chr(ord("\uff10") + int(number[-1]))
    form.ask(f"\u202a\uff0b{number[1:-1]}\u2060{wide}\u202c")

    assert form.code(number)


def test_nothing_typed_is_not_sent(form):
    form.open()

    form.send(" ")

    form.says("Please type your mobile number.")
    expect(form.part("#number")).to_be_focused()
    assert form.problems() == []


def test_a_number_that_takes_no_sms_is_explained(form):
    form.open()

    form.send("+31101234567")

    form.says("This number cannot receive an SMS. Please check it.")
    expect(form.part("#number")).to_have_attribute("aria-invalid", "true")
    assert form.problems() == ["invalid_phone_number"]


def test_who_asks_too_often_is_told_when_to_come_back(form, service, number):
    """The service's own limit: three SMS to a number in ten minutes."""
    for _ in range(3):
        headers = {"Authorization": "Bearer pk_dev"}
        httpx.post(f"{service}/v1/request-code", json={"phone_number": number}, headers=headers).raise_for_status()
    form.open()

    form.send(number)

    form.says("That was often in a short time. Please try again in 10 minutes.")
