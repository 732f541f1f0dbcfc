"""docs/using/languages.md matches the catalogues."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from phonenumbers import SUPPORTED_REGIONS

from app.domain.locale import language_of
from app.domain.sms_segments import measure
from app.locale import ENGLISH_TEXTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "using" / "languages.md"
SOURCES = sorted((ROOT / "app" / "locale").glob("*.po"), key=lambda path: path.stem)
FILLED = {"code": "123456", "brand": "Acmeacme", "minutes": 10}
REVIEWER = re.compile(r"^# X-Native-Review: (.+)$", re.MULTILINE)
UNREVIEWED = "not yet"


def table_row(name, tag, text, reviewer):
    """Return a language's table row: the SMS size with the autofill line, and the countries of the language."""
    size = measure(text.format(**FILLED) + "\n\n@login.example.com #123456")
    countries = " ".join(sorted(country for country in SUPPORTED_REGIONS if language_of(country) == tag))
    return f"| {name} | `{tag}` | {size} | {countries} | {reviewer} |"


def table_rows():
    """Yield all table rows; a language's name is the first comment of its catalogue."""
    yield table_row("English", "en", ENGLISH_TEXTS[0], "its authors")
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        reviewer = REVIEWER.findall(source)[0]
        with path.open("rb") as file:
            text = read_po(file)[ENGLISH_TEXTS[0]].string
        yield table_row(
            source.partition("\n")[0].removeprefix("# ").removesuffix("."),
            path.stem,
            text,
            UNREVIEWED if reviewer == "none" else reviewer,
        )


def test_table_matches_the_catalogues():
    """The table has exactly the expected rows."""
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [^|]+ \| `", line)]

    assert table == list(table_rows())


@pytest.mark.parametrize("text", ENGLISH_TEXTS)
def test_page_shows_the_three_texts(text):
    assert f"\n{text}\n" in PAGE.read_text(encoding="utf-8")


def test_page_states_how_many_languages_are_unreviewed():
    """Operators should know which texts are unreviewed."""
    page = PAGE.read_text(encoding="utf-8")

    assert f"{len(SOURCES) + 1} languages" in page
    assert f"**No native speaker has reviewed {page.count(f'| {UNREVIEWED} |')} of them**" in page
