"""Phone numbers: parsing, validation and masking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.phone_number import PhoneNumber, parse_phone_number, stored_phone_number

MOBILE = "+31612345678"


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        (MOBILE, None),
        ("06 12 34 56 78", "NL"),
        ("0031612345678", None),
        ("+31 (0)6-1234.5678", None),
        ("06-12345678", "NL"),
        ("\N{FULLWIDTH PLUS SIGN}31 612345678", None),
        ("+٣١٦١٢٣٤٥٦٧٨", None),
        ("٠٦١٢٣٤٥٦٧٨", "NL"),
        ("\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "NL"),
        (f"  {MOBILE}\n", "US"),
    ],
)
def test_all_notations_parse_to_one_number(typed, country):
    """They share one limit, so the notation must not matter."""
    assert parse_phone_number(typed, country) == PhoneNumber(MOBILE, "31", "NL")


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("+31101234567", id="fixed line"),
        pytest.param("+319061234", id="premium rate"),
        pytest.param("+318001234", id="toll free"),
        pytest.param("+4918012345", id="shared cost"),
        pytest.param("+31662345678", id="pager"),
        pytest.param("+3114020", id="universal access number"),
        pytest.param("+49177991234567", id="voicemail"),
        pytest.param("+31851234567", id="voip"),
        pytest.param("+31612", id="too short"),
        pytest.param("+316123456789012", id="too long"),
        pytest.param("+31012345678", id="impossible"),
        pytest.param("+999123456789", id="no such country"),
        pytest.param("+31612345678#5", id="extension"),
        pytest.param("+31612345678 ext. 5", id="extension in words"),
        pytest.param("+31612345678;5", id="dialled behind"),
        pytest.param("1-800-FLOWERS", id="letters"),
        pytest.param("tel:+31612345678", id="uri"),
        pytest.param("+31" + " " * 40 + "612345678", id="absurd length"),
        pytest.param("", id="nothing"),
        pytest.param("+", id="plus"),
        pytest.param("00", id="zeros"),
    ],
)
def test_number_that_cannot_receive_sms_is_refused(typed):
    with pytest.raises(InvalidPhoneNumber):
        parse_phone_number(typed)


def test_national_number_requires_a_country():
    with pytest.raises(InvalidPhoneNumber, match="country"):
        parse_phone_number("0612345678")


def test_unknown_country_is_refused():
    with pytest.raises(InvalidPhoneNumber):
        parse_phone_number("0612345678", "XX")


@pytest.mark.parametrize("typed", ["+12015550123", "+447012345678"])
def test_number_that_may_be_mobile_is_accepted(typed):
    """North American mobile numbers cannot be recognized by their digits; personal numbers may be mobile."""
    assert parse_phone_number(typed).e164 == typed


def test_voip_numbers_are_accepted_if_configured():
    assert parse_phone_number("+31851234567", voip=True).e164 == "+31851234567"


def test_closed_country_is_refused():
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number(MOBILE, open_to={"DE", "BE"})


def test_countries_that_share_a_calling_code_are_distinguished():
    """Canada and much of the Caribbean share +1 with the United States, at other prices."""
    assert parse_phone_number("+12015550123", open_to={"US"}).country == "US"
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number("+18765550123", open_to={"US"})


def test_closed_country_is_refused_before_validation():
    """A country's patterns take milliseconds to compile: requests must not trigger that for closed countries."""
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number("+31612", open_to={"DE"})


@pytest.mark.parametrize(
    ("e164", "calling_code", "masked"),
    [
        (MOBILE, "31", "+31*******78"),
        ("+12015550123", "1", "+1********23"),
        ("+3584512345", "358", "+358*****45"),
        ("+6834002", "683", "+683**02"),
    ],
)
def test_masked_number_shows_calling_code_and_two_digits(e164, calling_code, masked):
    phone = PhoneNumber(e164, calling_code)

    assert (str(phone), repr(phone), f"{phone}", f"{[phone]}") == (masked, masked, masked, f"[{masked}]")


def test_digits_are_the_number_without_plus():
    assert PhoneNumber(MOBILE, "31").digits == "31612345678"


def test_stored_number_is_not_validated_again():
    """Its type may have changed since, and its code must still be checkable."""
    assert stored_phone_number("+31101234567") == PhoneNumber("+31101234567", "31")


@settings(deadline=None)
@given(
    typed=st.text(max_size=45) | st.text(alphabet="+0123456789 -()#;*.\uff10٣", max_size=20),
    country=st.none() | st.sampled_from(["NL", "US", "", "xx", "001"]) | st.text(max_size=3),
    open_to=st.none() | st.just({"NL"}),
)
def test_any_text_is_a_number_or_refused(typed, country, open_to):
    try:
        phone = parse_phone_number(typed, country, open_to=open_to)
    except (InvalidPhoneNumber, DestinationNotAllowed):
        return
    assert phone.e164[0] == "+"
    assert phone.digits.isascii()
    assert phone.digits.isdigit()
    assert parse_phone_number(phone.e164) == phone


@pytest.mark.parametrize("zeros", ["00", 2 * "\N{FULLWIDTH DIGIT ZERO}", 2 * "\N{ARABIC-INDIC DIGIT ZERO}"])
def test_two_leading_zeros_of_any_script_equal_a_plus(zeros):
    assert parse_phone_number(f"{zeros}31612345678").e164 == "+31612345678"
