"""The texts of the form in every language: complete, consistent, short."""

import json
import re
import unicodedata
from pathlib import Path

import pytest

import app
from tests.support.scripts import RIGHT_TO_LEFT

APP = Path(app.__file__).parent
WORDS = APP / "web" / "form" / "words"
ENGLISH = json.loads((WORDS / "en.json").read_text())
LANGUAGES = sorted({path.stem for path in WORDS.glob("*.json")} - {"en"})
BUTTONS = ("send", "sending", "check", "checking", "resend", "no_more")


def placeholders(word):
    return sorted(re.findall(r"\{.*?\}|[{}]", word))


@pytest.fixture(params=LANGUAGES)
def tag(request):
    return request.param


@pytest.fixture
def file_text(tag):
    return (WORDS / f"{tag}.json").read_text()


@pytest.fixture
def words(file_text):
    return json.loads(file_text)


def test_form_has_the_languages_of_the_sms():
    """The SMS and the form use the same language."""
    assert sorted(path.stem for path in (APP / "locale").glob("*.po")) == LANGUAGES


def test_language_has_the_keys_of_english_once_in_order(file_text):
    """An extra key is never shown; a duplicate key hides one of its texts."""
    pairs = json.loads(file_text, object_pairs_hook=list)

    assert [key for key, _ in pairs] == list(ENGLISH)
    assert file_text == json.dumps(dict(pairs), ensure_ascii=False, indent=2) + "\n"


def test_text_has_the_placeholders_of_english(words):
    """A misspelt placeholder breaks the form, a missing one hides a value such as the wait."""
    assert {key: placeholders(word) for key, word in words.items()} == {
        key: placeholders(word) for key, word in ENGLISH.items()
    }


def test_no_text_is_empty_or_untranslated(words):
    assert [key for key, word in words.items() if not word.strip() or word == ENGLISH[key]] == []


def test_text_has_correct_spacing_and_punctuation(words):
    """An ellipsis is one character, spaces separate words only, and the form isolates text of the other direction."""
    untidy = re.compile(r"\.\.|\s\s|^\s|\s$|[\"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]")

    assert [key for key, word in words.items() if untidy.search(word)] == []
    assert [key for key, word in words.items() if ("…" in word) != ("…" in ENGLISH[key])] == []


def test_button_text_fits_a_narrow_screen(words):
    assert {key: words[key] for key in BUTTONS if len(words[key]) > 22} == {}


def test_text_starts_in_the_direction_of_its_language(tag, words):
    """A sentence that starts with a Latin word is laid out in the wrong direction where no direction is set."""
    strong = {"R": True, "AL": True, "L": False}

    def is_right_to_left(word):
        directions = (strong.get(unicodedata.bidirectional(letter)) for letter in re.sub(r"\{\w+\}", "", word))
        return next(direction for direction in directions if direction is not None)

    assert {is_right_to_left(word) for word in words.values()} == {(tag in RIGHT_TO_LEFT)}
