"""Generates phone numbers of all regions, valid and invalid, in many notations; deterministic for a seed."""

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WIDE = str.maketrans("+0123456789", "\uff0b\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
_GAPS = "      ----....(())/+;,#~*\u00a0\u2013"
_REGIONS = sorted((str(code), region) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions)


def numbers_of_the_world(rng, *, examples, random_numbers):
    """Write the example of each region and type in `examples` variants, and random digits for each calling code.

    `random_numbers` is their number per calling code. Yields the typed text and the country that goes with it.
    """
    for code, region in _REGIONS:
        for example in _examples(region, code):
            for _ in range(examples):
                yield _write(_mutate(example, _home_prefix(code, region), rng), code, region, rng)
        for _ in range(random_numbers):
            digits = "".join(rng.choices("0123456789", k=rng.randint(2, 16)))
            yield _write(digits, code, region, rng)


def near_examples(rng, *, tries):
    """Change the last digits of each region's examples, `tries` times each; yields calling code and national number.

    Such numbers fall on both sides of the boundaries between types.
    """
    for code, region in _REGIONS:
        for example in _examples(region, code):
            for _ in range(tries):
                at = rng.randint(1, len(example))
                yield code, example[:at] + "".join(rng.choices("0123456789", k=len(example) - at))


def mobiles_of_the_world():
    """Return one mobile number in E.164 for each region that has one."""
    found = (phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) for _, region in _REGIONS)
    return [phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in found if number]


def _examples(region, code):
    if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        found = [phonenumbers.example_number_for_non_geo_entity(int(code))]
    else:
        found = [phonenumbers.example_number_for_type(region, number_type) for number_type in PhoneNumberType.values()]
    return sorted({phonenumbers.national_significant_number(number) for number in found if number})


def _home_prefix(code, region):
    return PhoneMetadata.metadata_for_region_or_calling_code(int(code), region).national_prefix or "0"


def _mutate(digits, prefix, rng):
    """Keep half of them; add a typing mistake to the others."""
    at = rng.randrange(len(digits))
    digit = str(rng.randrange(10))
    return rng.choice(
        [
            *[digits] * 6,
            digits[:at] + digit + digits[at + 1 :],
            digits[:at] + digits[at + 1 :],
            digits[:at] + digit + digits[at:],
            digits[:at] + "".join(rng.choices("0123456789", k=len(digits) - at)),
            prefix + digits,
            "0" * rng.randint(1, 3) + digits,
        ]
    )


def _write(digits, code, region, rng):
    """Write it in international or national format, in one of many notations."""
    text = rng.choice(["+"] * 9 + ["00", "", "++", " +", "011", "+0"]) + code + digits
    if rng.random() < 0.2:
        text = rng.choice(["", "", "0", "00", "+"]) + digits
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(_GAPS) + text[at:]
    script = rng.choice([None] * 8 + [_ARABIC, _WIDE])
    country = rng.choice([None, None, region, region, region.lower(), "US", "001", "XX"])
    return text.translate(script) if script else text, country
