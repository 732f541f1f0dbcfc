"""Settings of the SMS texts: custom texts, transliteration and segments."""

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from app.domain.message_texts import read_message_text
from app.domain.template import read_template
from app.domain.verification import PURPOSE
from app.settings.base import SettingsGroup
from app.settings.json_files import read_document
from app.settings.parsers import pattern

_EXAMPLE = '{"login": {"nl": "{code} is je code voor {brand}."}}'

_Purpose = Annotated[str, pattern(rf"\*|{PURPOSE}", "write a purpose as in a request, like login; * is every other")]
_Locale = Annotated[
    str,
    pattern(r"\*|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "write a language tag like nl or pt-BR; * is every other"),
]
_Template = Annotated[str, AfterValidator(read_template)]


def _refuse_duplicate_locales(texts: dict[str, str]) -> dict[str, str]:
    """Refuse a language that is set twice, as nl and NL; which of them wins would be undefined."""
    if len({locale.lower() for locale in texts}) < len(texts):
        raise ValueError("a language is set twice, in upper case and in lower case; keep one of them")
    return texts


CustomTexts = dict[_Purpose, Annotated[dict[_Locale, _Template], AfterValidator(_refuse_duplicate_locales)]]
"""Custom texts by purpose and language."""


_TextName = Annotated[
    str, pattern(PURPOSE, "a text's name is 1 to 32 lower-case letters, digits or _, and begins with a letter")
]
MessageTexts = dict[
    _TextName,
    Annotated[
        dict[_Locale, Annotated[str, AfterValidator(read_message_text)]], AfterValidator(_refuse_duplicate_locales)
    ],
]
"""Texts of messages by name and language."""


def read_texts(value: object) -> object:
    """Parse the texts from JSON or from a JSON file."""
    return (
        read_document(value, example=_EXAMPLE, repeats="a purpose or a language") if isinstance(value, str) else value
    )


class TextSettings(SettingsGroup):
    """Custom SMS texts, transliteration and segment limits."""

    texts: Annotated[CustomTexts, NoDecode, BeforeValidator(read_texts)] = Field(default={})
    """Custom texts by purpose and language, `*` for every other, in JSON or as the path of a JSON file: `{"login":
    {"nl": "{code} is je code voor {brand}."}}`. Without one, the shipped text is sent."""

    transliterate: Literal["off", "punctuation", "letters"] = "punctuation"
    """What is replaced if that makes the whole text GSM-7: curly quotes and long dashes, with `letters` also letters,
    like ł by l. One character outside GSM-7 reduces an SMS from 160 characters to 70."""

    max_segments: Annotated[int, Ge(1), Le(10)] = 1
    """Segments that a text in GSM-7 may have; each is billed as one SMS. A longer custom text stops the start; a
    shipped text omits the brand."""

    message_segments: Annotated[int, Ge(1), Le(10)] = 4
    """Segments that a message of `/v1/messages` may have; a longer one is refused. One with a code has the limits
    above."""

    max_segments_ucs2: Annotated[int, Ge(1), Le(10)] = 2
    """The same for a text in UCS-2, which most non-Latin alphabets need: 70 characters, or 67 per segment of
    several."""
