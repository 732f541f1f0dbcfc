"""What the SMS says."""

import pytest

from app.domain.text import Wording, write_text

_GSM_7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"  # the alphabet of GSM 03.38
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
WORDING = Wording("Acme", "login.acme.example")


def bound_code(text):
    """Read host and code by the steps of the WICG's sms-one-time-codes, §3.1: from the last line only."""
    line = text.split("\n")[-1]
    host, separator, code = line.partition(" #")
    if not (line.startswith("@") and separator and len(host) > 1 and code) or " " in code:
        return None
    return host[1:], code


def test_the_code_comes_first():
    """Phones show the beginning of an SMS in their notice."""
    text = write_text("042137", wording=WORDING, valid_for=300)

    assert text == "042137 is your Acme code. It works for 5 min. Never share it.\n\n@login.acme.example #042137"


@pytest.mark.parametrize("code", ["0000", "042137", "1234567890"])
def test_browsers_find_code_and_host_in_the_last_line(code):
    assert bound_code(write_text(code, wording=WORDING, valid_for=300)) == ("login.acme.example", code)


def test_no_newline_stands_behind_the_last_line():
    """Or browsers find an empty line and no code."""
    assert write_text("042137", wording=WORDING, valid_for=300)[-1] == "7"
    assert bound_code(write_text("042137", wording=WORDING, valid_for=300) + "\n") is None


@pytest.mark.parametrize(
    ("valid_for", "minutes"),
    [(600, "10 min"), (300, "5 min"), (299, "5 min"), (100, "2 min"), (29, "1 min"), (0, "1 min")],
)
def test_the_life_of_the_code_is_told_in_minutes_at_least_one(valid_for, minutes):
    assert f"works for {minutes}." in write_text("042137", wording=WORDING, valid_for=valid_for)


def test_the_longest_brand_and_code_fit_one_segment():
    """Two segments cost twice."""
    text = write_text("1234567890", wording=Wording("B" * 30, f"{'h' * 40}.example"), valid_for=600)

    assert len(text) <= 160
    assert set(text) <= set(_GSM_7)
