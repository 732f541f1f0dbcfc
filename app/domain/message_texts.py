"""The texts of outgoing messages: which an app may send, its own by name and language, and their variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.locale import match_locale
from app.domain.sms_segments import measure
from app.domain.sms_templates import ANY, ENGLISH
from app.domain.template import FORBIDDEN_CHARACTERS

MAX_TEXT = 2000
"""Characters of a text, before its segments are counted."""

MAX_VALUE = 200
"""Characters of the value of a variable."""

_FORBIDDEN = re.compile(f"[{FORBIDDEN_CHARACTERS}]")
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


def check_text(text: str, *, most: int | None = None) -> None:
    """Raise `ValueError`, which says what to fix, for a text or a value that no SMS may contain."""
    if not text.strip():
        raise ValueError("It is empty.")
    if len(text) > (most or MAX_TEXT):
        raise ValueError(f"It has {len(text)} characters; at most {most or MAX_TEXT} are possible.")
    if _FORBIDDEN.search(text):
        raise ValueError("Send it without control characters other than the line break, and without bidi controls.")


def read_message_text(text: str) -> str:
    """Validate a text with variables; raises `ValueError` that says what to fix."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"a text has at most {MAX_TEXT} characters")
    if not text.strip() or _FORBIDDEN.search(text):
        raise ValueError("a text is not empty, and has no control character except the newline")
    if set("{}").intersection(_VARIABLE.sub("", text)):
        raise ValueError("braces are only allowed around a variable, like {order}: small letters, digits and _")
    return text


def variables_of(text: str) -> frozenset[str]:
    """Return the names of the variables of a text."""
    return frozenset(_VARIABLE.findall(text))


def fill_message_text(text: str, values: Mapping[str, str]) -> str:
    """Fill a validated text, whose variables all have a value."""
    return _VARIABLE.sub(lambda found: values[found[1]], text)


@dataclass(frozen=True, slots=True)
class MessagePolicy:
    """What an app may send by `/v1/messages`: any text, or only its own by name and language; of how many segments."""

    free_text: bool = False
    segments: int = 4
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    transactional: frozenset[str] = frozenset()
    """The purposes of messages that a recipient's opt-out does not refuse here; the vendor may refuse them."""

    def text(self, name: str, languages: tuple[str, ...]) -> str | None:
        """Return the text of a name in the first language that has one, else in `*`, in English, or in any."""
        texts = self.texts.get(name)
        if not texts:
            return None
        offered = dict.fromkeys(tag for tag in texts if tag != ANY)
        chosen = next((found for tag in languages if (found := match_locale(tag, offered))), None)
        return texts[chosen] if chosen else texts.get(ANY) or texts.get(ENGLISH) or next(iter(texts.values()))

    def excess(self, text: str) -> str:
        """Return why a text has too many segments, or ""."""
        size = measure(text)
        return f"The text takes {size}; the limit is {self.segments}." if size.segments > self.segments else ""


NO_FREE_TEXT = MessagePolicy()
