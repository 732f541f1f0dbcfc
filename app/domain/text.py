"""What the SMS says: in whose words, in which language, and what that costs."""

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
LONGEST_REFERENCE = 20
"""Characters of a reference that an SMS may show."""

_SAFE_REFERENCE = re.compile(rf"(?!\d{{4,10}}$)[A-Za-z0-9](?:[A-Za-z0-9 _-]{{0,{LONGEST_REFERENCE - 2}}}[A-Za-z0-9])?")
_ANDROID_BYTES = 140  # what Google's SMS Retriever reads, in UTF-8
_LIKE_AUTOFILL = re.compile(r"(?:^|\s)@\S+ +#\S")  # Chromium takes the first such words, wherever they stand
_MAX_NAMED = 5
_GRACE = 15  # seconds that a person may be told too many of

Texts = Mapping[str, Mapping[str, str]]
"""Checked templates by purpose and by locale; `*` is every other one."""


@dataclass(frozen=True, slots=True, eq=False)  # one is as good as itself alone, so that what it speaks is remembered
class SmsTemplates:
    """In whose name an app's SMS are written, and in which words.

    Of its `own` texts the first that knows purpose and language counts, then the `shipped` one of the language.
    `sender` is what the phone shows it to be from, "" for the gateway's own; `android_hash` is that of the app on the
    phone which reads the SMS by itself, "" for none.
    """

    brand: str
    host: str
    own: Sequence[Texts]
    shipped: Mapping[str, str]
    sender: str = ""
    android_hash: str = ""
    spelling: Transliteration = Transliteration.PUNCTUATION

    def speaks(self, wanted: Sequence[str], *, purpose: str) -> str:
        """Choose the first wanted language that there is a text in; "" for none of them."""
        return _choose(self, tuple(wanted), purpose)

    def template(self, purpose: str, locale: str, *, reference: str = "") -> str:
        """Find the text for a purpose in a language; where there is none, the one for every other, or the English.

        A text that shows the reference is passed over where that cannot stand in an SMS: it was kept before the
        text was there.
        """
        for language in (locale, ENGLISH):
            for table in self.tables(purpose):
                text = table.get(_nearest(language, table), "")
                if text and ("{reference}" not in text or is_safe_reference(reference)):
                    return text
        raise AssertionError("the shipped texts have an English one")

    def shows_reference(self, purpose: str) -> bool:
        """Tell whether any text for a purpose shows the caller's reference."""
        return _shows_reference(self, purpose)

    def write(self, template: str, *, code: str, valid_for: int, reference: str = "") -> str:
        """Write an SMS; `valid_for` is seconds, told in minutes, at least one and at most a quarter too much."""
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
        """Write the longest SMS that a template can become."""
        reference = "W" * LONGEST_REFERENCE
        return self.write(template, code="0" * code_length, valid_for=code_lifetime, reference=reference)

    def tables(self, purpose: str) -> list[Mapping[str, str]]:
        """List the texts for a purpose by language, the nearest first."""
        own = list(self.own_tables(purpose))
        return own if own and _is_last(own[-1]) else [*own, self.shipped]

    def own_tables(self, purpose: str) -> Iterator[Mapping[str, str]]:
        """Give the own ones, up to those that leave nobody to the next."""
        for texts in self.own:
            for table in (texts[key] for key in dict.fromkeys((purpose, ANY)) if key in texts):
                yield table
                if _is_last(table):
                    return


@lru_cache(maxsize=2048)  # browsers wish for few things, and say them with each call
def _choose(templates: SmsTemplates, wanted: tuple[str, ...], purpose: str) -> str:
    offered = dict.fromkeys(tag for table in templates.tables(purpose) for tag in table if tag != ANY)
    return next((found for tag in wanted if (found := match_locale(tag, offered))), "")


@lru_cache(maxsize=2048)
def _shows_reference(templates: SmsTemplates, purpose: str) -> bool:
    return any("{reference}" in text for table in templates.own_tables(purpose) for text in table.values())


def is_safe_reference(reference: str) -> bool:
    """Tell whether a reference may stand in an SMS: no link can be made of it, and no second code."""
    return _SAFE_REFERENCE.fullmatch(reference) is not None


def exceeds_segments(text: str, *, gsm7: int, ucs2: int) -> str:
    """Say that a text takes more segments than its encoding may, and for which letters; "" where it does not."""
    size = measure(text)
    most = gsm7 if size.encoding is Encoding.GSM7 else ucs2
    return f"takes {size}, and may take {most}{_segments_reason(text)}" if size.segments > most else ""


def too_long_for_android(text: str) -> str:
    """Say that Google's SMS Retriever does not read all of a text; "" where it does."""
    spent = len(text.encode())
    said = f"takes {spent} bytes, and Android's SMS Retriever reads {_ANDROID_BYTES}{_segments_reason(text)}"
    return said if spent > _ANDROID_BYTES else ""


def is_misleading(text: str) -> bool:
    """Tell whether a browser could take something above the last line for the autofill line."""
    return _LIKE_AUTOFILL.search(text.rpartition("\n")[0]) is not None


def _is_last(table: Mapping[str, str]) -> bool:
    """Tell whether a table has a text for every other language, which can always be sent."""
    return "{reference}" not in table.get(ANY, "{reference}")


def _nearest(language: str, table: Mapping[str, str]) -> str:
    """Find the language of a table that comes next to a wanted one; of `nl`, `nl-NL` too where there is no other."""
    own = table.keys() - {ANY}
    return match_locale(language, own) or next((tag for tag in table if match_locale(tag, [language])), ANY)


def _segments_reason(text: str) -> str:
    """Name the first characters that make a text UCS-2; nothing for one that is GSM-7."""
    letters = not_in_gsm7(text)
    named = [f"{letter} (U+{ord(letter):04X})" for letter in letters[:_MAX_NAMED]]
    more = ["others"] if len(letters) > _MAX_NAMED else []
    return f"; not in GSM-7: {', '.join(named + more)}" if letters else ""
