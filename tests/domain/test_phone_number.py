"""Phone numbers: parsing, validation and masking."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber, InvalidRequest
from app.domain.numbering_plan import split_e164
from app.domain.phone_number import (
    NumberRules,
    PhoneNumber,
    parse_phone_number,
    possible_phone_number,
    stored_phone_number,
)
from app.domain.plan_changes import plan_change

MOBILE = "+31612345678"
MOBILE_ONLY = NumberRules(types={"mobile"})


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
        pytest.param("tel:+31612345678;ext=5", id="uri with an extension"),
        pytest.param("+31" + "-" * 40 + "612345678", id="absurd length"),
        pytest.param("+31\x00612345678", id="control character"),
        pytest.param("", id="nothing"),
        pytest.param("+", id="plus"),
        pytest.param("00", id="zeros"),
    ],
)
def test_number_that_cannot_receive_sms_is_refused(typed):
    with pytest.raises(InvalidPhoneNumber):
        parse_phone_number(typed, rules=MOBILE_ONLY)


def test_national_number_requires_a_country():
    with pytest.raises(InvalidPhoneNumber, match="country"):
        parse_phone_number("0612345678")


@pytest.mark.parametrize(
    ("country", "meant"), [("UK", "GB"), ("EL", "GR"), ("ZZ", "3166"), ("XX", "3166"), ("AN", "CW")]
)
@pytest.mark.parametrize("typed", ["0612345678", MOBILE])
def test_unknown_country_is_refused_with_the_one_that_is_meant(typed, country, meant):
    with pytest.raises(InvalidRequest, match=meant) as refused:
        parse_phone_number(typed, country)

    assert [error["pointer"] for error in refused.value.errors] == ["/country"]


def test_number_that_may_be_mobile_is_accepted():
    """North American mobile numbers cannot be recognized by their digits."""
    assert parse_phone_number("+12015550123", rules=MOBILE_ONLY).e164 == "+12015550123"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("+31851234567", "voip"), ("+447012345678", "personal_number"), ("+15005550006", "personal_number")],
)
def test_other_types_are_accepted_if_configured(typed, kind):
    """Personal numbers forward to any phone, and cost many times as much as a mobile number."""
    with pytest.raises(InvalidPhoneNumber, match="type"):
        parse_phone_number(typed, rules=MOBILE_ONLY)

    assert parse_phone_number(typed, rules=NumberRules(types={"mobile", kind})).e164 == typed


MARKS = [*"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad\u200b\u200c\u200d\u2060"]


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_invisible_marks_are_dropped_wherever_they_stand(mark):
    """Contact cards and right-to-left pages put them around numbers."""
    for typed in (f"{mark}{MOBILE}{mark}", f"+31{mark}612345678", f"+{mark}31 6{mark}12345678"):
        assert parse_phone_number(typed).e164 == MOBILE
    assert parse_phone_number(f"{mark}06{mark}12345678{mark}", "NL").e164 == MOBILE


@pytest.mark.parametrize(
    "typed",
    [
        "tel:+31612345678",
        "TEL:+31-6-1234-5678",
        "\u202atel:+31612345678\u202c",
        "(+31)612345678",
        "(+31) 6 12345678",
        "+31(0)612345678",
        "+31\u00a06\u202f12345678",
        "+31\u20116\u201312345678",
        "+31\t612345678",
        "\ufe6231612345678",
        "\u207a31612345678",
        "\uff0b\uff13\uff11\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "(0031) 612345678",
        "\uff08+31\uff09612345678",
    ],
    ids=ascii,
)
def test_contact_card_notations_are_one_number(typed):
    assert parse_phone_number(typed).e164 == MOBILE


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("+5215541637145", None, "+525541637145"),
        ("+52 1 55 4163 7145", None, "+525541637145"),
        ("+525541637145", None, "+525541637145"),
        ("044 55 4163 7145", "MX", "+525541637145"),
        ("045 55 4163 7145", "MX", "+525541637145"),
        ("01 55 4163 7145", "MX", "+525541637145"),
        ("1 55 4163 7145", "MX", "+525541637145"),
        ("55 4163 7145", "MX", "+525541637145"),
        ("+521 81 8358 4000", None, "+528183584000"),
        ("+541166773399", None, "+5491166773399"),
        ("+5491166773399", None, "+5491166773399"),
        ("11 6677 3399", "AR", "+5491166773399"),
        ("011 15 6677 3399", "AR", "+5491166773399"),
        ("+54 11 15 6677 3399", None, "+5491166773399"),
        ("0351 15 512 3456", "AR", "+5493515123456"),
        ("351 512 3456", "AR", "+5493515123456"),
    ],
)
def test_former_and_shortened_forms_become_todays_number(typed, country, e164):
    assert parse_phone_number(typed, country, MOBILE_ONLY).e164 == e164


@pytest.mark.parametrize(
    ("typed", "country", "word"),
    [
        ("+551187654321", None, "Brazil"),
        ("11 8765-4321", "BR", "Brazil"),
        ("+552181234567", None, "Brazil"),
        ("+22507123456", None, "Ivory Coast"),
        ("07 12 34 56", "CI", "Ivory Coast"),
        ("+22545123456", None, "Ivory Coast"),
        ("+22997123456", None, "Benin"),
        ("97 12 34 56", "BJ", "Benin"),
        ("+841234567890", None, "Vietnam"),
    ],
)
def test_number_of_before_a_change_of_plan_is_refused_with_the_change(typed, country, word):
    with pytest.raises(InvalidPhoneNumber, match=word):
        parse_phone_number(typed, country, MOBILE_ONLY)


@pytest.mark.parametrize(
    "typed", ["+551132345678", "+2250712345678", "+2290197123456", "+5511987654321", "+84701234567"]
)
def test_numbers_of_todays_plans_are_told_nothing_of_a_change(typed):
    assert plan_change(*split_e164(typed)) is None


def test_operators_ranges_are_accepted_as_mobile_numbers():
    newer = NumberRules(types={"mobile"}, mobile_ranges=re.compile("[+]3199[0-9]{7}"))

    with pytest.raises(InvalidPhoneNumber):
        parse_phone_number("+31991234567", rules=MOBILE_ONLY)
    phone = parse_phone_number("+31 99 1234567", rules=newer)
    assert (phone.e164, phone.country) == ("+31991234567", "NL")
    with pytest.raises(InvalidPhoneNumber):
        parse_phone_number("+319912345678", rules=newer)


@pytest.mark.parametrize("e164", ["+447700900123", "+33639980001", "+19998887777", "+31612345678", "+3197"])
def test_test_numbers_need_not_exist(e164):
    assert parse_phone_number(e164, rules=MOBILE_ONLY, is_test_number={e164}.__contains__).e164 == e164


def test_test_number_of_a_closed_country_is_refused():
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number(MOBILE, rules=NumberRules(countries={"BE"}), is_test_number={MOBILE}.__contains__)


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+447700900123", "+447700900123"),
        ("+31 6 12345678", "+31612345678"),
        ("\u202a+31612345678\u202c", "+31612345678"),
        ("+19998887777", "+19998887777"),
        ("+316", None),
        ("0612345678", None),
        ("x", None),
        ("", None),
    ],
    ids=ascii,
)
def test_possible_numbers_are_those_of_a_possible_length(text, e164):
    phone = possible_phone_number(text)

    assert (phone and phone.e164) == e164


def test_closed_country_is_refused():
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number(MOBILE, rules=NumberRules(countries={"DE", "BE"}))


def test_countries_that_share_a_calling_code_are_distinguished():
    """Canada and much of the Caribbean share +1 with the United States, at other prices."""
    assert parse_phone_number("+12015550123", rules=NumberRules(countries={"US"})).country == "US"
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number("+18765550123", rules=NumberRules(countries={"US"}))


def test_closed_country_is_refused_before_validation():
    """A country's patterns take milliseconds to compile: requests must not trigger that for closed countries."""
    with pytest.raises(DestinationNotAllowed):
        parse_phone_number("+31612", rules=NumberRules(countries={"DE"}))


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
        phone = parse_phone_number(typed, country, NumberRules(countries=open_to))
    except (InvalidRequest, DestinationNotAllowed):
        return
    assert phone.e164[0] == "+"
    assert phone.digits.isascii()
    assert phone.digits.isdigit()
    assert parse_phone_number(phone.e164) == phone


@pytest.mark.parametrize("zeros", ["00", 2 * "\N{FULLWIDTH DIGIT ZERO}", 2 * "\N{ARABIC-INDIC DIGIT ZERO}"])
def test_two_leading_zeros_of_any_script_equal_a_plus(zeros):
    assert parse_phone_number(f"{zeros}31612345678").e164 == "+31612345678"
