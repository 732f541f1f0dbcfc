"""SMS texts: choice of template and language, rendering, and size."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.gsm7 import not_in_gsm7
from app.domain.locale import match_locale
from app.domain.sms_segments import Encoding, measure
from app.domain.template import fill
from app.domain.transliteration import Transliteration, transliterate

ANY = "*"
ENGLISH = "en"
MAX_REFERENCE_LENGTH = 20
"""Characters of a reference that an SMS may show."""

_SAFE_REFERENCE = re.compile(
    rf"(?!\d{{4,10}}$)[A-Za-z0-9](?:[A-Za-z0-9 _-]{{0,{MAX_REFERENCE_LENGTH - 2}}}[A-Za-z0-9])?"
)
_ANDROID_BYTES = 140  # what Google's SMS Retriever reads, in UTF-8
_LIKE_AUTOFILL = re.compile(r"(?:^|\s)@\S+ +#\S")  # Chromium takes the first match, in any line
_MAX_NAMED = 5
_GRACE = 15  # seconds that the stated lifetime may exceed the real one

Texts = Mapping[str, Mapping[str, str]]
"""Validated templates by purpose and by locale; `*` matches every other."""


@dataclass(frozen=True, slots=True, eq=False)  # a cache key, compared by identity
class SmsTemplates:
    """The SMS texts of an app.

    The first of its `own` texts that matches purpose and language is used, then the `shipped` one of the language.
    `sender` is the sender that the phone shows, "" for the gateway's default; `android_hash` identifies the Android app
    that reads the SMS automatically, "" for none.
    """

    brand: str
    host: str
    own: Sequence[Texts]
    shipped: Mapping[str, str]
    sender: str = ""
    android_hash: str = ""
    spelling: Transliteration = Transliteration.PUNCTUATION

    def choose_locale(self, wanted: Sequence[str], *, purpose: str) -> str:
        """Return the first wanted language that has a text, or ""."""
        return _choose(self, tuple(wanted), purpose)

    def template(self, purpose: str, locale: str, *, reference: str = "") -> str:
        """Return the text for a purpose in a language; if there is none, the one for `*`, or the English one.

        A text that shows the reference is skipped if the reference is not safe in an SMS: it may have been stored
        before the text was configured.
        """
        for language in (locale, ENGLISH):
            for table in self.tables(purpose):
                text = table.get(_nearest(language, table), "")
                if text and ("{reference}" not in text or is_safe_reference(reference)):
                    return text
        raise AssertionError("the shipped texts include English")

    def shows_reference(self, purpose: str) -> bool:
        """Return whether any text for a purpose shows the caller's reference."""
        return _shows_reference(self, purpose)

    def write(self, template: str, *, code: str, valid_for: int, reference: str = "") -> str:
        """Render an SMS; `valid_for` is seconds, shown in minutes: at least 1, and at most a quarter too much."""
        text = fill(
            template,
            brand=self.brand,
            code=code,
            minutes=str(max(1, (valid_for + _GRACE) // 60)),
            reference=reference,
            host=self.host,
            hash=self.android_hash,
        )
        return transliterate(text, self.spelling)

    def longest(self, template: str, *, code_length: int, code_lifetime: int) -> str:
        """Render the longest SMS that a template can produce."""
        reference = "W" * MAX_REFERENCE_LENGTH
        return self.write(template, code="0" * code_length, valid_for=code_lifetime, reference=reference)

    def tables(self, purpose: str) -> list[Mapping[str, str]]:
        """Return the tables of texts for a purpose, the most specific first."""
        own = list(self.own_tables(purpose))
        return own if own and _is_last(own[-1]) else [*own, self.shipped]

    def own_tables(self, purpose: str) -> Iterator[Mapping[str, str]]:
        """Yield the app's own tables, up to the first that covers every language."""
        for texts in self.own:
            for table in (texts[key] for key in dict.fromkeys((purpose, ANY)) if key in texts):
                yield table
                if _is_last(table):
                    return


@lru_cache(maxsize=2048)  # browsers send few different lists, and send them with each request
def _choose(templates: SmsTemplates, wanted: tuple[str, ...], purpose: str) -> str:
    offered = dict.fromkeys(tag for table in templates.tables(purpose) for tag in table if tag != ANY)
    return next((found for tag in wanted if (found := match_locale(tag, offered))), "")


@lru_cache(maxsize=2048)
def _shows_reference(templates: SmsTemplates, purpose: str) -> bool:
    return any("{reference}" in text for table in templates.own_tables(purpose) for text in table.values())


def is_safe_reference(reference: str) -> bool:
    """Return whether a reference is safe in an SMS: phones can read it neither as a link nor as a second code."""
    return _SAFE_REFERENCE.fullmatch(reference) is not None


def exceeds_segments(text: str, *, gsm7: int, ucs2: int) -> str:
    """Return why a text exceeds the segments allowed for its encoding, with the characters to blame, or ""."""
    size = measure(text)
    limit = gsm7 if size.encoding is Encoding.GSM7 else ucs2
    return f"takes {size}; the limit is {limit}{_segments_reason(text)}" if size.segments > limit else ""


def too_long_for_android(text: str) -> str:
    """Return why a text is too long for Google's SMS Retriever, or "" if it fits."""
    size = len(text.encode())
    message = f"takes {size} bytes; Android's SMS Retriever reads {_ANDROID_BYTES}{_segments_reason(text)}"
    return message if size > _ANDROID_BYTES else ""


def is_misleading(text: str) -> bool:
    """Return whether a browser could take text above the last line for the autofill line."""
    return _LIKE_AUTOFILL.search(text.rpartition("\n")[0]) is not None


def _is_last(table: Mapping[str, str]) -> bool:
    """Return whether a table has a text for every language that can always be sent."""
    return "{reference}" not in table.get(ANY, "{reference}")


def _nearest(language: str, table: Mapping[str, str]) -> str:
    """Return the closest language of a table; `nl` also matches `nl-NL` if there is no other."""
    own = table.keys() - {ANY}
    return match_locale(language, own) or next((tag for tag in table if match_locale(tag, [language])), ANY)


def _segments_reason(text: str) -> str:
    """Return the first characters that force a text to UCS-2; "" for a GSM-7 text."""
    characters = not_in_gsm7(text)
    named = [f"{char} (U+{ord(char):04X})" for char in characters[:_MAX_NAMED]]
    more = ["others"] if len(characters) > _MAX_NAMED else []
    return f"; not in GSM-7: {', '.join(named + more)}" if characters else ""
