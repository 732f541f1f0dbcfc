"""Transliteration of SMS texts to GSM-7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.gsm7 import fits_gsm7
from app.domain.transliteration import Transliteration, transliterate


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It\u2019s \u201cyours\u201d", 'It\'s "yours"'),
        ("5\u00a0min \u2013 no more\u2026", "5 min - no more..."),
        ("caf\u00e9", "caf\u00e9"),  # é is in GSM-7
        ("\u00e7a", "\u00e7a"),  # ç is a letter, not punctuation
    ],
    ids=ascii,
)
def test_punctuation_becomes_ascii(text, plain):
    assert transliterate(text, Transliteration.PUNCTUATION) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tw\u00f3j kod: za\u017c\u00f3\u0142\u0107", "Twoj kod: zazolc"),
        ("\u0130stanbul \u015fifre \u0131", "Istanbul sifre i"),
        ("\u0110\u1eebng n\u00f3i m\u00e3 \u1edf \u0111\u00e2u", "D\u00f9ng noi ma o dau".replace("\u00f9", "u")),
        ("\u00e7a co\u00fbte \u20ac5", "ca coute \u20ac5"),
        ("\u00c0 l\u2019\u0153uvre", "A l'oeuvre"),
        ("gr\u00fc\u00dfe", "gr\u00fc\u00dfe"),
        ("\u00deetta \u0141\u00f3d\u017a STRA\u1e9eE", "Thetta Lodz STRASSE"),
        ("10\u2075", "10\u2075"),  # removing the superscript would change the number
    ],
    ids=ascii,
)
def test_accents_are_removed_if_the_text_then_fits_gsm7(text, plain):
    """Letters of GSM-7 keep their accents: ü and ß cost nothing."""
    assert transliterate(text, Transliteration.LETTERS) == plain


def test_text_that_cannot_be_gsm7_is_unchanged():
    """A partial transliteration reads badly and costs the same."""
    assert transliterate("\u041a\u043e\u0434 za\u017c\u00f3\u0142\u0107", Transliteration.LETTERS).endswith(
        "za\u017c\u00f3\u0142\u0107"
    )


@given(st.text(max_size=80))
def test_off_changes_nothing(text):
    assert transliterate(text, Transliteration.OFF) == text


@given(st.text(max_size=80), st.sampled_from([Transliteration.PUNCTUATION, Transliteration.LETTERS]))
def test_gsm7_text_is_unchanged_and_no_other_gets_worse(text, spelling):
    plain = transliterate(text, spelling)

    assert plain == text if fits_gsm7(text) else sum(map(fits_gsm7, plain)) >= sum(map(fits_gsm7, text))
    assert transliterate(plain, spelling) == plain
