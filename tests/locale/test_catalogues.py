"""The SMS in every language: what each catalogue says, and that what is read at run time says the same."""

import re
import unicodedata
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.domain.sms_segments import Encoding, measure
from app.locale import LADDER, shipped_texts
from tests.support.scripts import RIGHT_TO_LEFT

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "app" / "locale"
# Written without a letter that doubles the price; terse enough for one segment all the same; or neither.
CHEAP, TERSE, DEAR = map(
    str.split,
    [
        "en nl de fr es pt pt-BR it pl ro tr id ms fil sv da nb fi",
        "zh-Hans zh-Hant ja ko",
        "cs hu el ru uk ar he fa ur hi bn vi th",
    ],
)
LANGUAGES = CHEAP + TERSE + DEAR
TRANSLATED = LANGUAGES[1:]  # English stands in the code
NO_LETTERS_OF_AN_SMS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0\u202f\u200b\u200c\u200d\u200e\u200f\ufeff"
PLACE = re.compile(r"\{\w+\}")
AUTOFILL = "\n\n@login.example.com #123456"


def read_source(tag):
    """Read what people write."""
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        return read_po(file)


def compiled(tag):
    """Read what the service reads, by the standard library."""
    with (CATALOGUES / f"{tag}.mo").open("rb") as file:
        return GNUTranslations(file)


def texts(tag):
    return list(LADDER) if tag == "en" else [read_source(tag)[message].string for message in LADDER]


def filled(text):
    """Fill in a code of six digits, a brand of eight letters, and the most minutes that a code works."""
    return text.format(code="123456", brand="Acmeacme", minutes=10) + AUTOFILL


def test_there_is_a_catalogue_for_every_language_and_no_other():
    assert sorted(path.stem for path in CATALOGUES.glob("*.po")) == sorted(TRANSLATED)
    assert sorted(path.stem for path in CATALOGUES.glob("*.mo")) == sorted(TRANSLATED)


def test_the_form_speaks_the_same_languages():
    """And English, as the service itself does."""
    words = ROOT / "app" / "web" / "form" / "words"
    assert sorted(path.stem for path in words.glob("*.json")) == sorted([*TRANSLATED, "en"])


def test_the_service_offers_them_all():
    assert sorted(shipped_texts()) == sorted(LANGUAGES)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_the_three_texts_and_nothing_else(tag):
    catalogue = read_source(tag)

    assert {message.id for message in catalogue if message.id} == set(LADDER)
    assert all(message.string and not message.fuzzy for message in catalogue if message.id)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_is_compiled_says_what_people_wrote(tag):
    """Somebody who corrects a .po runs `make catalogues`, or nothing changes."""
    assert [compiled(tag).gettext(message) for message in LADDER] == texts(tag)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_header_names_the_language_and_utf_8_in_both_files(tag):
    assert f'"Language: {tag}\\n"\n' in (CATALOGUES / f"{tag}.po").read_text(encoding="utf-8")
    assert read_source(tag).charset == "utf-8"
    assert compiled(tag).info()["content-type"] == "text/plain; charset=utf-8"
    assert compiled(tag).info()["language"] == tag.replace("-", "_")


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_says_who_has_read_it(tag):
    assert len(re.findall(r"^# X-Native-Review: \S", (CATALOGUES / f"{tag}.po").read_text(), re.MULTILINE)) == 1


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_text_has_the_places_of_the_english_one_each_once(tag):
    for text, english in zip(texts(tag), LADDER, strict=True):
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_code_comes_first_and_stands_alone(tag):
    """A lock screen shows the beginning, and a phone that looks for a code wants no letter beside it."""
    for text in texts(tag):
        assert re.match(r"\{code\}[ ,]", text)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_letter_behind_the_code_sets_the_direction(tag):
    """Of a line without one a phone goes by the first letter: the language's own, never the brand's."""
    for text in texts(tag):
        sides = [unicodedata.bidirectional(letter) for letter in PLACE.sub("A", text.removeprefix("{code}"))]
        first = next(side for side in sides if side in {"L", "R", "AL"})

        assert (first in {"R", "AL"}) is (tag in RIGHT_TO_LEFT)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_shorter_text_is_shorter(tag):
    """Or it would not help where the one before it is too long, be the brand as short as eight letters."""
    full, brandless, bare = (len(filled(text)) for text in texts(tag))

    assert bare < brandless < full


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_text_is_written_with_the_letters_of_a_phone(tag):
    """Nothing that a word processor put in, nothing that cannot be seen, every letter whole (Unicode's NFC)."""
    for text in texts(tag):
        assert not set(NO_LETTERS_OF_AN_SMS) & set(text)
        assert unicodedata.is_normalized("NFC", text)
        assert text == " ".join(text.split())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_it_is_written_in_gsm_7_where_it_can_be(tag):
    """160 letters to an SMS instead of 70."""
    for text in texts(tag):
        assert (measure(filled(text)).encoding is Encoding.GSM7) is (tag in CHEAP)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_full_text_fits_one_segment_or_in_a_dear_alphabet_two(tag):
    assert measure(filled(texts(tag)[0])).segments == (2 if tag in DEAR else 1)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_bare_text_leaves_room_for_a_long_host(tag):
    """The last step of the ladder: one segment, whatever the alphabet, with a host of thirty letters."""
    text = texts(tag)[2].format(code="123456") + f"\n\n@{'h' * 30} #123456"

    assert measure(text).segments == 1
