"""The page about languages says what is so."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from phonenumbers import SUPPORTED_REGIONS

from app.domain.locale import language_of
from app.domain.sms_segments import measure
from app.locale import LADDER

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "languages.md"
SOURCES = sorted((ROOT / "app" / "locale").glob("*.po"), key=lambda path: path.stem)
FILLED = {"code": "123456", "brand": "Acmeacme", "minutes": 10}
READER = re.compile(r"^# X-Native-Review: (.+)$", re.MULTILINE)
NOBODY = "nobody yet"


def row(name, tag, text, reader):
    """Write a language's line: what an SMS takes, with the autofill line, and where it is the country's language."""
    size = measure(text.format(**FILLED) + "\n\n@login.example.com #123456")
    countries = " ".join(sorted(country for country in SUPPORTED_REGIONS if language_of(country) == tag))
    return f"| {name} | `{tag}` | {size} | {countries} | {reader} |"


def rows():
    """Write the whole table; a language's name is the first comment of its catalogue."""
    yield row("English", "en", LADDER[0], "its authors")
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        reader = READER.findall(source)[0]
        with path.open("rb") as file:
            text = read_po(file)[LADDER[0]].string
        yield row(
            source.partition("\n")[0].removeprefix("# ").removesuffix("."),
            path.stem,
            text,
            NOBODY if reader == "none" else reader,
        )


def test_the_table_is_that_of_the_catalogues():
    """Each row, and no other."""
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [^|]+ \| `", line)]

    assert table == list(rows())


@pytest.mark.parametrize("text", LADDER)
def test_the_page_shows_the_three_texts(text):
    assert f"\n{text}\n" in PAGE.read_text(encoding="utf-8")


def test_the_page_says_how_many_nobody_has_read():
    """Who uses one should know."""
    page = PAGE.read_text(encoding="utf-8")

    assert f"{len(SOURCES) + 1} languages" in page
    assert f"**{page.count(f'| {NOBODY} |')} of them no native speaker has read**" in page
