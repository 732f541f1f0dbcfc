"""docs/texts.md shows what is so."""

import json
import re
from pathlib import Path

from app.domain.template import VARIABLES
from app.locale import shipped_texts
from tests.support.builders import make_settings

PAGE = (Path(__file__).parents[2] / "docs" / "texts.md").read_text()


def test_its_texts_are_good_settings():
    shown = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)[1]

    assert make_settings(texts=shown, brand="Acme").texts.keys() == json.loads(shown).keys()


def test_every_variable_stands_in_its_table_and_no_other():
    assert set(re.findall(r"^\| `\{(\w+)\}`", PAGE, re.MULTILINE)) == set(VARIABLES)


def test_it_counts_the_languages():
    assert f"[{len(shipped_texts())} languages]" in PAGE


def test_the_sms_that_it_shows_is_the_one_that_is_written():
    shown = re.search(r"```\n(.+?)\n```", PAGE, re.DOTALL)[1]
    values = {"code": "042137", "brand": "Acme", "minutes": "5", "host": "login.example.com", "hash": ""}

    assert shown == shipped_texts()["en"][0].format(**values).rstrip()
