"""The shipped texts: one catalogue per language, `<tag>.po` for translators and `<tag>.mo` for the service."""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from app.domain.template import read_template

ENGLISH_TEXTS = (
    "{code} is your {brand} code. It works for {minutes} min. Never share it.",
    "{code} is your code. It works for {minutes} min. Never share it.",
    "{code} is your code.",
)
"""The English texts, which are also the message ids of every catalogue; if one is too long, the next is used."""

_HERE = Path(__file__).parent


@cache
def shipped_texts() -> dict[str, tuple[str, ...]]:
    """Load all catalogues: by language, the same texts in the same order, as validated templates."""
    texts = {"en": tuple(map(read_template, ENGLISH_TEXTS))}
    for path in sorted(_HERE.glob("*.mo")):
        with path.open("rb") as file:
            catalogue = GNUTranslations(file)
        texts[path.stem] = tuple(read_template(catalogue.gettext(text)) for text in ENGLISH_TEXTS)
    return texts
