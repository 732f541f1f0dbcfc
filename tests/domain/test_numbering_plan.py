"""The quick reading of a number is the plain one: the same for every region, type and way of writing."""

import random
import re
from collections import Counter

import phonenumbers
import pytest

from app.domain.errors import DestinationNotAllowed, InvalidPhoneNumber
from app.domain.numbering_plan import classify_number
from app.domain.phone_number import PhoneNumber, country_of, parse_phone_number, stored_phone_number
from tests.support.call_counter import visits
from tests.support.numbers import mobiles_of_the_world, near_examples, numbers_of_the_world
from tests.support.reference_phone_numbers import plainly_known, plainly_placed, plainly_read


def outcome(read, typed, country, **rules):
    """Tell what came of a reading: every field of the number, or the error and its sentence."""
    try:
        phone = read(typed, country, **rules)
    except (InvalidPhoneNumber, DestinationNotAllowed) as error:
        return type(error).__name__, str(error)
    return phone.e164, phone.calling_code, phone.country


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 6))])
def test_a_number_reads_as_libphonenumber_alone_reads_it(part):
    """Class, sentence, number, calling code and country, whichever countries are open and with voip or not."""
    rng = random.Random(part)  # noqa: S311  the same numbers in each run, no secret
    different, seen = [], Counter()
    for typed, country in numbers_of_the_world(rng, examples=22, strangers=10):
        rules = {"open_to": rng.choice([None, None, None, {"US", "GB", "RU"}]), "voip": rng.random() < 0.5}
        plain = outcome(plainly_read, typed, country, **rules)
        seen[plain[0] if plain[0][0] != "+" else "read"] += 1
        if outcome(parse_phone_number, typed, country, **rules) != plain:
            different.append((typed, country, rules, plain))

    assert different[:5] == []
    assert seen.total() > 25_000
    assert min(seen["read"], seen["InvalidPhoneNumber"], seen["DestinationNotAllowed"]) > 2_000


def test_each_type_of_number_is_known_by_its_name():
    """The first type that fits is the type; what may be mobile is called so."""
    seen = Counter()
    for code, national in near_examples(random.Random(4), tries=8):  # noqa: S311  as above
        region, kind = plainly_placed(code, national)
        seen[kind] += 1
        assert (code, national, *classify_number(code, national)) == (code, national, region, kind)

    assert seen.total() > 8_000
    assert len(seen) == 11


def test_a_type_counts_only_within_its_country():
    """Twelve digits that a type of Germany's fits, and Germany's numbers as a whole do not."""
    assert classify_number("49", "497870482934") == plainly_placed("49", "497870482934") == ("DE", None)


def test_a_kept_number_has_the_country_that_libphonenumber_names():
    """Also one that is no longer valid, as kept numbers may become."""
    rng = random.Random(3)  # noqa: S311  as above
    kept = {
        phone[0]
        for typed, country in numbers_of_the_world(rng, examples=8, strangers=2)
        if (phone := outcome(plainly_read, typed, country, voip=True))[0][0] == "+"
    }
    kept |= {f"{e164[:-1]}" for e164 in kept}

    assert len(kept) > 1_000
    assert {e164: (stored_phone_number(e164).calling_code, country_of(stored_phone_number(e164))) for e164 in kept} == {
        e164: plainly_known(e164) for e164 in kept
    }


def test_a_kept_number_whose_calling_code_is_gone_stays_masked():
    """Codes are withdrawn, and a record may outlive the release that knew its own."""
    gone = stored_phone_number("+999123456")

    assert (gone, str(gone), country_of(gone)) == (PhoneNumber("+999123456", ""), "+*******56", "")


@pytest.mark.parametrize("write", [str, lambda e164: f"{e164[:3]}/{e164[3:]}"], ids=["clean", "with a slash"])
def test_no_pattern_is_compiled_twice(write):
    """Python keeps 512, the world needs more: a stranger's list of countries must not cost milliseconds a number."""
    compile_pattern = re._compiler.compile  # noqa: SLF001  only to count what misses Python's own cache
    mobiles = mobiles_of_the_world()

    def read_all():
        for e164 in mobiles:
            assert parse_phone_number(write(e164)).e164 == e164

    read_all()
    re.purge()

    assert len(mobiles) > 240
    assert visits(lambda: re.compile("never compiled before?"), compile_pattern) == 1
    assert visits(read_all, compile_pattern) == 0


@pytest.mark.parametrize("write", [str, lambda e164: f"{e164[:3]} ({e164[3:5]}) {e164[5:]}"], ids=["clean", "spaced"])
def test_an_international_number_is_never_parsed(write):
    """Parsing costs four times what all the rest does; only a number that it would change needs it."""
    mobiles = mobiles_of_the_world()

    assert visits(lambda: [parse_phone_number(write(e164)) for e164 in mobiles], phonenumbers.parse) == 0
    assert visits(lambda: parse_phone_number("+31 (0)612345678"), phonenumbers.parse) == 1


def test_numbers_of_closed_countries_stay_cheap():
    """All calling codes of the world in turn: each costs a look at a table, none its country's patterns."""

    def read_all():
        for e164 in mobiles_of_the_world():
            with pytest.raises(DestinationNotAllowed):
                parse_phone_number(e164, open_to=frozenset({"XX"}))

    assert visits(read_all, classify_number) == 0
