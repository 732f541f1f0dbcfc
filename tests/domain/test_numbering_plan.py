"""The fast parser agrees with libphonenumber for every region, type and notation."""

import random
import re
from collections import Counter

import phonenumbers
import pytest

from app.domain.errors import DestinationNotAllowed, InvalidRequest
from app.domain.numbering_plan import classify_number
from app.domain.phone_number import (
    ANY_COUNTRY,
    NumberRules,
    PhoneNumber,
    country_of,
    parse_phone_number,
    stored_phone_number,
)
from app.domain.typed_text import clean_typed
from tests.support.call_counter import count_calls
from tests.support.numbers import mobiles_of_the_world, near_examples, numbers_of_the_world
from tests.support.reference_phone_numbers import reference_classify, reference_parse, reference_stored

CHANGED_PLANS = {
    52,
    54,
    55,
    84,
    225,
    229,
}  # app/domain/plan_changes.py converts or explains what libphonenumber refuses


def outcome(read, typed, country, rules=ANY_COUNTRY):
    """Return the outcome of parsing: every field of the number, or the error and its detail."""
    try:
        phone = read(typed, country, rules)
    except (InvalidRequest, DestinationNotAllowed) as error:
        return type(error).__name__, str(error)
    return phone.e164, phone.calling_code, phone.country


def _calling_code(typed, country):
    """Return the calling code; `00` is read as `+`, as the service does for a number without a country."""
    try:
        return phonenumbers.parse(re.sub("^00", "+", clean_typed(typed)), country).country_code
    except phonenumbers.NumberParseException:
        return None


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 6))])
def test_numbers_are_parsed_as_by_libphonenumber(part):
    """Error class, detail, number, calling code and country, with any open countries and with or without voip."""
    rng = random.Random(part)  # noqa: S311  the same numbers in each run, no secret
    different, seen = [], Counter()
    for typed, country in numbers_of_the_world(rng, examples=22, random_numbers=10):
        countries, types = rng.choice([None, None, None, {"US", "GB", "RU"}]), ["mobile"]
        rules = NumberRules(countries, {*types, *rng.choice([["voip"], ["personal_number"], []])})
        expected = outcome(reference_parse, typed, country, rules)
        seen[expected[0] if expected[0][0] != "+" else "read"] += 1
        is_changed = expected[0] == "InvalidPhoneNumber" and _calling_code(typed, country) in CHANGED_PLANS
        if outcome(parse_phone_number, typed, country, rules) != expected and not is_changed:
            different.append((typed, country, rules, expected))

    assert different[:5] == []
    assert seen.total() > 25_000
    assert min(seen["read"], seen["InvalidPhoneNumber"], seen["DestinationNotAllowed"]) > 1_000


def test_each_type_is_classified_as_by_libphonenumber():
    """The first type that matches wins; a number that may be mobile is mobile."""
    seen = Counter()
    for code, national in near_examples(random.Random(4), tries=8):  # noqa: S311  no secret
        region, kind = reference_classify(code, national)
        seen[kind] += 1
        assert (code, national, *classify_number(code, national)) == (code, national, region, kind)

    assert seen.total() > 8_000
    assert len(seen) == 11


def test_type_counts_only_if_the_general_pattern_matches():
    """Twelve digits that match a German type, but not the general pattern of German numbers."""
    assert classify_number("49", "497870482934") == reference_classify("49", "497870482934") == ("DE", None)


def test_stored_number_has_the_country_of_libphonenumber():
    """Stored numbers may become invalid; these are included."""
    rng = random.Random(3)  # noqa: S311  no secret
    stored = {
        phone[0]
        for typed, country in numbers_of_the_world(rng, examples=8, random_numbers=2)
        if (phone := outcome(reference_parse, typed, country))[0][0] == "+"
    }
    stored |= {f"{e164[:-1]}" for e164 in stored}

    assert len(stored) > 950
    assert {
        e164: (stored_phone_number(e164).calling_code, country_of(stored_phone_number(e164))) for e164 in stored
    } == {e164: reference_stored(e164) for e164 in stored}


def test_stored_number_with_a_withdrawn_calling_code_stays_masked():
    """Calling codes are withdrawn, and a record may outlive the release that knew its code."""
    withdrawn = stored_phone_number("+999123456")

    assert (withdrawn, str(withdrawn), country_of(withdrawn)) == (PhoneNumber("+999123456", ""), "+*******56", "")


@pytest.mark.parametrize("write", [str, lambda e164: f"{e164[:3]}/{e164[3:]}"], ids=["clean", "with a slash"])
def test_no_pattern_is_compiled_twice(write):
    """Python caches 512 patterns, all regions need more: numbers of many countries must not cost milliseconds each."""
    compile_pattern = re._compiler.compile  # noqa: SLF001  only to count what misses Python's own cache
    mobiles = mobiles_of_the_world()

    def read_all():
        for e164 in mobiles:
            assert parse_phone_number(write(e164)).e164 == e164

    read_all()
    re.purge()

    assert len(mobiles) > 240
    assert count_calls(lambda: re.compile("never compiled before?"), compile_pattern) == 1
    assert count_calls(read_all, compile_pattern) == 0


@pytest.mark.parametrize("write", [str, lambda e164: f"{e164[:3]} ({e164[3:5]}) {e164[5:]}"], ids=["clean", "spaced"])
def test_clean_international_number_skips_libphonenumber_parsing(write):
    """Parsing costs four times as much as the rest; only a number that it would change needs it."""
    mobiles = mobiles_of_the_world()

    assert count_calls(lambda: [parse_phone_number(write(e164)) for e164 in mobiles], phonenumbers.parse) == 0
    assert count_calls(lambda: parse_phone_number("+31 (0)612345678"), phonenumbers.parse) == 1


def test_numbers_of_closed_countries_are_refused_without_patterns():
    """Each calling code costs one table lookup and compiles no patterns."""

    def read_all():
        for e164 in mobiles_of_the_world():
            with pytest.raises(DestinationNotAllowed):
                parse_phone_number(e164, rules=NumberRules(frozenset({"XX"})))

    assert count_calls(read_all, classify_number) == 0
