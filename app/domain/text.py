"""What the SMS says: in whose words, in which language, and what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.gsm7 import costly
from app.domain.locale import match_locale
from app.domain.plain import Spelling, spell_plainly
from app.domain.segments import Encoding, measure
from app.domain.template import fill

ANY = "*"
ENGLISH = "en"
LONGEST_REFERENCE = 20
"""Characters of a reference that an SMS may show."""

_ANDROID_BYTES = 140  # what Google's SMS Retriever reads, in UTF-8
_MOST_NAMED = 5
_GRACE = 15  # seconds that a person may be told too many of

Texts = Mapping[str, Mapping[str, str]]
"""Checked templates by purpose and by locale; `*` is every other one."""


@dataclass(frozen=True, slots=True)
class Wording:
    """In whose name an app's SMS are written; of several `texts` the first that knows the purpose and language counts.

    `sender` is what the phone shows it to be from, "" for the gateway's own; `android_hash` is that of the app on the
    phone which reads the SMS by itself, "" for none.
    """

    brand: str
    host: str
    texts: Sequence[Texts]
    sender: str = ""
    android_hash: str = ""
    spelling: Spelling = Spelling.PUNCTUATION

    def speaks(self, wanted: Sequence[str], *, purpose: str) -> str:
        """Choose the first wanted language that there is a text in; "" for none of them."""
        offered = {locale for table in self._tables(purpose) for locale in table if locale != ANY}
        return next((found for tag in wanted if (found := match_locale(tag, offered))), "")

    def template(self, purpose: str, locale: str) -> str:
        """Find the text for a purpose in a language; where there is none, the one for every other, or the English."""
        for language in (locale, ENGLISH):
            for table in self._tables(purpose):
                if found := match_locale(language, table.keys() - {ANY}) or (ANY if ANY in table else None):
                    return table[found]
        raise AssertionError("the shipped texts have an English one")

    def shows_reference(self, purpose: str) -> bool:
        """Tell whether any text for a purpose shows the caller's reference."""
        return any("{reference}" in text for table in self._tables(purpose) for text in table.values())

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
        return spell_plainly(text, self.spelling)

    def longest(self, template: str, *, code_length: int, code_lifetime: int) -> str:
        """Write the longest SMS that a template can become."""
        reference = "W" * LONGEST_REFERENCE
        return self.write(template, code="0" * code_length, valid_for=code_lifetime, reference=reference)

    def _tables(self, purpose: str) -> list[Mapping[str, str]]:
        return [texts[key] for texts in self.texts for key in (purpose, ANY) if key in texts]


@dataclass(frozen=True, slots=True)
class Room:
    """What a text may take: segments in GSM-7, segments in UCS-2, and an Android app's 140 bytes."""

    gsm7: int
    ucs2: int
    for_android: bool = False

    def fault_of(self, text: str) -> str:
        """Say why a text is too long, and which characters make it so; "" where it is not."""
        size = measure(text)
        most = self.gsm7 if size.encoding is Encoding.GSM7 else self.ucs2
        if size.segments > most:
            return f"takes {size}, and may take {most}{_because(text)}"
        spent = len(text.encode())
        if self.for_android and spent > _ANDROID_BYTES:
            return f"takes {spent} bytes, and Android's SMS Retriever reads {_ANDROID_BYTES}{_because(text)}"
        return ""


def _because(text: str) -> str:
    """Name the first characters that make a text UCS-2; nothing for one that is GSM-7."""
    letters = costly(text)
    named = [f"{letter} (U+{ord(letter):04X})" for letter in letters[:_MOST_NAMED]]
    more = ["others"] if len(letters) > _MOST_NAMED else []
    return f"; not in GSM-7: {', '.join(named + more)}" if letters else ""
