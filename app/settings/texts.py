"""What the SMS says, where an operator has words of their own, and what it may cost."""

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from app.domain.template import read_template
from app.domain.verification import PURPOSE
from app.settings.base import SettingsGroup
from app.settings.json_files import read_document
from app.settings.parsers import pattern

_LIKE = '{"login": {"nl": "{code} is je code voor {brand}."}}'

_Purpose = Annotated[
    str, pattern(rf"\*|{PURPOSE}", "a purpose is written as in a request, like login; * is every other")
]
_Locale = Annotated[
    str, pattern(r"\*|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "a language is a tag like nl or pt-BR; * is every other")
]
_Template = Annotated[str, AfterValidator(read_template)]


def _of_one_spelling(texts: dict[str, str]) -> dict[str, str]:
    """Refuse a language that is given twice, as nl and NL; which of them counts would be anybody's guess."""
    if len({locale.lower() for locale in texts}) < len(texts):
        raise ValueError("a language is given twice, in large and in small letters; keep one of them")
    return texts


OwnTexts = dict[_Purpose, Annotated[dict[_Locale, _Template], AfterValidator(_of_one_spelling)]]
"""Texts by purpose and language."""


def read_texts(given: object) -> object:
    """Read the texts from JSON, or from the file that is named."""
    return read_document(given, example=_LIKE, repeats="a purpose or a language") if isinstance(given, str) else given


class TextSettings(SettingsGroup):
    """The words of an SMS, beside those that are shipped."""

    texts: Annotated[OwnTexts, NoDecode, BeforeValidator(read_texts)] = Field(default={})
    """Your own texts by purpose and language, `*` for every other, in JSON or as the path of a JSON file:
    `{"login": {"nl": "{code} is je code voor {brand}."}}`. Where there is none, the shipped one is sent."""

    transliterate: Literal["off", "punctuation", "letters"] = "punctuation"
    """What is changed where the whole text is GSM-7 then: curly quotes and long dashes, or `letters` too, ł to l. One
    letter outside GSM-7 leaves 70 characters to an SMS instead of 160."""

    max_segments: Annotated[int, Ge(1), Le(10)] = 1
    """SMS that a text in GSM-7 may take, each of them paid for. A longer text of yours stops the start; a shipped one
    leaves the brand away."""

    max_segments_ucs2: Annotated[int, Ge(1), Le(10)] = 2
    """The same for a text in UCS-2, which most alphabets but the Latin need: 70 characters, or 67 of several."""
