"""docs/using/texts.md matches the code: its texts, variables, language count and sample SMS."""

import json
import re
from pathlib import Path

from app.domain.template import VARIABLES
from app.locale import shipped_texts
from tests.support.builders import make_settings

PAGE = (Path(__file__).parents[2] / "docs" / "using" / "texts.md").read_text()


def test_sample_texts_are_valid_settings():
    shown_text = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)[1]

    assert make_settings(texts=shown_text, brand="Acme").texts.keys() == json.loads(shown_text).keys()


def test_variable_table_lists_exactly_the_variables():
    assert set(re.findall(r"^\| `\{(\w+)\}`", PAGE, re.MULTILINE)) == set(VARIABLES)


def test_page_states_the_number_of_languages():
    assert f"[{len(shipped_texts())} languages]" in PAGE


def test_sample_sms_is_the_rendered_text():
    shown_text = re.search(r"```\n(.+?)\n```", PAGE, re.DOTALL)[1]
    values = {"code": "042137", "brand": "Acme", "minutes": "5", "host": "login.example.com", "hash": ""}

    assert shown_text == shipped_texts()["en"][0].format(**values).rstrip()
