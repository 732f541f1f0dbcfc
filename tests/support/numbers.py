"""Numbers of the whole world, right and wrong, written as people write them; the same ones in each run."""

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WIDE = str.maketrans("+0123456789", "\uff0b\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
_GAPS = "      ----....(())/+;,#~*\u00a0\u2013"
_REGIONS = sorted((str(code), region) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions)


def numbers_of_the_world(rng, *, examples, strangers):
    """Write what each region and type looks like in `examples` ways, and `strangers` of mere digits for each code.

    Yields what was typed and the country that was given with it.
    """
    for code, region in _REGIONS:
        for example in _examples(region, code):
            for _ in range(examples):
                yield _written(_mutated(example, _home_prefix(code, region), rng), code, region, rng)
        for _ in range(strangers):
            digits = "".join(rng.choices("0123456789", k=rng.randint(2, 16)))
            yield _written(digits, code, region, rng)


def near_examples(rng, *, tries):
    """Change the last digits of each region's examples, `tries` times each; yields calling code and national number.

    Such numbers fall on either side of a type's borders.
    """
    for code, region in _REGIONS:
        for example in _examples(region, code):
            for _ in range(tries):
                at = rng.randint(1, len(example))
                yield code, example[:at] + "".join(rng.choices("0123456789", k=len(example) - at))


def mobiles_of_the_world():
    """Give one mobile number in E.164 of each region that has any."""
    found = (phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) for _, region in _REGIONS)
    return [phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in found if number]


def _examples(region, code):
    if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        found = [phonenumbers.example_number_for_non_geo_entity(int(code))]
    else:
        found = [phonenumbers.example_number_for_type(region, kind) for kind in PhoneNumberType.values()]
    return sorted({phonenumbers.national_significant_number(number) for number in found if number})


def _home_prefix(code, region):
    return PhoneMetadata.metadata_for_region_or_calling_code(int(code), region).national_prefix or "0"


def _mutated(digits, prefix, rng):
    """Leave half of them alone; harm the others as a thumb does."""
    at = rng.randrange(len(digits))
    some = str(rng.randrange(10))
    return rng.choice(
        [
            *[digits] * 6,
            digits[:at] + some + digits[at + 1 :],
            digits[:at] + digits[at + 1 :],
            digits[:at] + some + digits[at:],
            digits[:at] + "".join(rng.choices("0123456789", k=len(digits) - at)),
            prefix + digits,
            "0" * rng.randint(1, 3) + digits,
        ]
    )


def _written(digits, code, region, rng):
    """Write it for the world or for home, in one of many hands."""
    text = rng.choice(["+"] * 9 + ["00", "", "++", " +", "011", "+0"]) + code + digits
    if rng.random() < 0.2:
        text = rng.choice(["", "", "0", "00", "+"]) + digits
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(_GAPS) + text[at:]
    script = rng.choice([None] * 8 + [_ARABIC, _WIDE])
    country = rng.choice([None, None, region, region, region.lower(), "US", "001", "XX"])
    return text.translate(script) if script else text, country
