"""Numbers as people wrote them before a change of their country's numbering plan.

Sources: the national plans that the ITU publishes (ITU-T E.129), and the announcements of the regulators.
"""

import re

# Calling code -> a former national form, whose group is today's national number.
_FORMER = {
    # Until 2019 mobile numbers in Mexico were dialled with 044 or 045, and with a 1 from abroad; others with 01.
    "52": re.compile(r"(?:04[45]|01|1)1?(\d{10})"),
}
# Argentina has a 9 in front of a mobile number from abroad only, and people leave it out.
_WITHOUT_NINE = {"54": re.compile(r"\d{10}")}

# Calling code -> a former national form that cannot be converted for certain, and what changed.
_CHANGED = {
    "55": (
        re.compile(r"[1-9]\d[6-9]\d{7}"),
        "Mobile numbers in Brazil have nine digits after the area code since 2016: put a 9 in front of the last eight.",
    ),
    "225": (
        re.compile(r"\d{8}"),
        "Numbers in Ivory Coast have ten digits since January 2021: put 01 (Moov), 05 (MTN) or 07 (Orange) in front.",
    ),
    "229": (
        re.compile(r"\d{8}"),
        "Numbers in Benin have ten digits since November 2024: put 01 in front.",
    ),
    "84": (
        re.compile(r"1[2689]\d{8}"),
        "Mobile numbers in Vietnam that began with 01 have a new prefix since September 2018, and one digit less.",
    ),
}


def todays_number(calling_code: str, national: str) -> str | None:
    """Return the national number by today's plan for a former form of it; None for any other."""
    former = _FORMER.get(calling_code)
    if former and (match := former.fullmatch(national)):
        return match[1]
    missing = _WITHOUT_NINE.get(calling_code)
    return f"9{national}" if missing and missing.fullmatch(national) else None


def plan_change(calling_code: str, national: str) -> str | None:
    """Return the sentence that says what changed, for a number of before the change."""
    pattern, sentence = _CHANGED.get(calling_code, (None, None))
    return sentence if pattern and pattern.fullmatch(national) else None
