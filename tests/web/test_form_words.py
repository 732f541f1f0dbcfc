"""The form says the same things in every language."""

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
BUTTONS = ("send", "sending", "check", "checking", "resend", "change", "no_more")


def placeholders(word):
    return sorted(re.findall(r"\{.*?\}|[{}]", word))


@pytest.fixture(params=LANGUAGES)
def tag(request):
    return request.param


@pytest.fixture
def written(tag):
    return (WORDS / f"{tag}.json").read_text()


@pytest.fixture
def words(written):
    return json.loads(written)


def test_the_form_speaks_the_languages_of_the_sms():
    """Who reads one of them in the SMS has just read the form."""
    assert sorted(path.stem for path in (APP / "locale").glob("*.po")) == LANGUAGES


def test_a_language_has_each_word_of_the_english_once_and_in_its_order(written):
    """A word more is never shown; one that stands there twice hides one of two."""
    pairs = json.loads(written, object_pairs_hook=list)

    assert [key for key, _ in pairs] == list(ENGLISH)
    assert written == json.dumps(dict(pairs), ensure_ascii=False, indent=2) + "\n"


def test_a_word_has_the_placeholders_of_the_english(words):
    """A misspelt one would break the form, a missing one hide how long to wait."""
    assert {key: placeholders(word) for key, word in words.items()} == {
        key: placeholders(word) for key, word in ENGLISH.items()
    }


def test_no_word_is_empty_or_still_english(words):
    assert [key for key, word in words.items() if not word.strip() or word == ENGLISH[key]] == []


def test_a_word_is_set_as_print_is(words):
    """Dots are one sign, spaces stand between words only, and the form itself isolates what runs the other way."""
    untidy = re.compile(r"\.\.|\s\s|^\s|\s$|[\"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]")

    assert [key for key, word in words.items() if untidy.search(word)] == []
    assert [key for key, word in words.items() if ("…" in word) != ("…" in ENGLISH[key])] == []


def test_a_button_fits_on_a_narrow_phone(words):
    assert {key: words[key] for key in BUTTONS if len(words[key]) > 22} == {}


def test_a_word_begins_in_the_direction_of_its_language(tag, words):
    """A sentence that begins with a Latin word would be laid out from the wrong side where nobody says a direction."""
    strong = {"R": True, "AL": True, "L": False}

    def runs_left(word):
        sides = (strong.get(unicodedata.bidirectional(letter)) for letter in re.sub(r"\{\w+\}", "", word))
        return next(side for side in sides if side is not None)

    assert {runs_left(word) for word in words.values()} == {(tag in RIGHT_TO_LEFT)}
