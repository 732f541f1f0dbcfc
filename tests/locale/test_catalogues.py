"""The SMS catalogues of every language: content, encoding, length and compiled files."""

import re
import unicodedata
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.domain.sms_segments import Encoding, measure
from app.locale import ENGLISH_TEXTS, shipped_texts
from tests.support.scripts import RIGHT_TO_LEFT

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "app" / "locale"
# Languages whose full text is GSM-7; UCS-2 in one segment; UCS-2 in two segments.
GSM7, UCS2_ONE_SEGMENT, UCS2_TWO_SEGMENTS = map(
    str.split,
    [
        "en nl de fr es pt pt-BR it pl ro tr id ms fil sv da nb fi",
        "zh-Hans zh-Hant ja ko",
        "cs hu el ru uk ar he fa ur hi bn vi th",
    ],
)
LANGUAGES = GSM7 + UCS2_ONE_SEGMENT + UCS2_TWO_SEGMENTS
TRANSLATED = LANGUAGES[1:]  # English is in the code
FORBIDDEN = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0\u202f\u200b\u200c\u200d\u200e\u200f\ufeff"
VARIABLE = re.compile(r"\{\w+\}")
AUTOFILL = "\n\n@login.example.com #123456"


def read_source(tag):
    """Read the source that translators write."""
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        return read_po(file)


def compiled(tag):
    """Read the compiled catalogue that the service loads."""
    with (CATALOGUES / f"{tag}.mo").open("rb") as file:
        return GNUTranslations(file)


def texts(tag):
    return list(ENGLISH_TEXTS) if tag == "en" else [read_source(tag)[message].string for message in ENGLISH_TEXTS]


def filled(text):
    """Fill in a code of six digits, a brand of eight letters, and the maximum lifetime."""
    return text.format(code="123456", brand="Acmeacme", minutes=10) + AUTOFILL


def test_every_language_has_a_catalogue():
    assert sorted(path.stem for path in CATALOGUES.glob("*.po")) == sorted(TRANSLATED)
    assert sorted(path.stem for path in CATALOGUES.glob("*.mo")) == sorted(TRANSLATED)


def test_form_has_the_same_languages():
    """English included, as in the service."""
    words = ROOT / "app" / "web" / "form" / "words"
    assert sorted(path.stem for path in words.glob("*.json")) == sorted([*TRANSLATED, "en"])


def test_service_offers_every_language():
    assert sorted(shipped_texts()) == sorted(LANGUAGES)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_catalogue_has_exactly_the_three_texts(tag):
    catalogue = read_source(tag)

    assert {message.id for message in catalogue if message.id} == set(ENGLISH_TEXTS)
    assert all(message.string and not message.fuzzy for message in catalogue if message.id)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_compiled_catalogue_matches_its_source(tag):
    """A change of a .po takes effect only after `make catalogues`."""
    assert [compiled(tag).gettext(message) for message in ENGLISH_TEXTS] == texts(tag)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_headers_of_both_files_have_language_and_utf_8(tag):
    assert f'"Language: {tag}\\n"\n' in (CATALOGUES / f"{tag}.po").read_text(encoding="utf-8")
    assert read_source(tag).charset == "utf-8"
    assert compiled(tag).info()["content-type"] == "text/plain; charset=utf-8"
    assert compiled(tag).info()["language"] == tag.replace("-", "_")


@pytest.mark.parametrize("tag", TRANSLATED)
def test_catalogue_has_one_native_review_header(tag):
    assert len(re.findall(r"^# X-Native-Review: \S", (CATALOGUES / f"{tag}.po").read_text(), re.MULTILINE)) == 1


@pytest.mark.parametrize("tag", LANGUAGES)
def test_text_has_the_variables_of_the_english_text(tag):
    for text, english in zip(texts(tag), ENGLISH_TEXTS, strict=True):
        assert sorted(VARIABLE.findall(text)) == sorted(VARIABLE.findall(english))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_code_comes_first_and_is_separated(tag):
    """A lock screen shows the beginning, and phones detect a code only without adjacent letters."""
    for text in texts(tag):
        assert re.match(r"\{code\}[ ,]", text)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_first_letter_after_the_code_sets_the_direction(tag):
    """Without a direction mark a phone uses the first letter, which must be the language's, not the brand's."""
    for text in texts(tag):
        directions = [unicodedata.bidirectional(letter) for letter in VARIABLE.sub("A", text.removeprefix("{code}"))]
        first = next(direction for direction in directions if direction in {"L", "R", "AL"})

        assert (first in {"R", "AL"}) is (tag in RIGHT_TO_LEFT)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_fallback_text_is_shorter(tag):
    """Otherwise it would not help if the previous text is too long, even with a brand of eight letters."""
    full, brandless, bare = (len(filled(text)) for text in texts(tag))

    assert bare < brandless < full


@pytest.mark.parametrize("tag", LANGUAGES)
def test_text_has_only_printable_normalized_characters(tag):
    """No typographic punctuation, no invisible characters, Unicode NFC."""
    for text in texts(tag):
        assert not set(FORBIDDEN) & set(text)
        assert unicodedata.is_normalized("NFC", text)
        assert text == " ".join(text.split())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_text_is_gsm7_where_possible(tag):
    """An SMS holds 160 characters instead of 70."""
    for text in texts(tag):
        assert (measure(filled(text)).encoding is Encoding.GSM7) is (tag in GSM7)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_full_text_fits_its_number_of_segments(tag):
    assert measure(filled(texts(tag)[0])).segments == (2 if tag in UCS2_TWO_SEGMENTS else 1)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_shortest_text_fits_one_segment_with_a_long_host(tag):
    """The shortest text fits one segment in every alphabet, with a host of thirty letters."""
    text = texts(tag)[2].format(code="123456") + f"\n\n@{'h' * 30} #123456"

    assert measure(text).segments == 1
