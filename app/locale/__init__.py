"""The shipped texts in all their languages: one catalogue a language, `<tag>.po` for people and `<tag>.mo` for us."""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from app.domain.template import read_template

LADDER = (
    "{code} is your {brand} code. It works for {minutes} min. Never share it.",
    "{code} is your code. It works for {minutes} min. Never share it.",
    "{code} is your code.",
)
"""In English, and the names of the messages in every catalogue; the next is used where one is too long."""

_HERE = Path(__file__).parent


@cache
def shipped_texts() -> dict[str, tuple[str, ...]]:
    """Read all catalogues: by language, the same texts in the same order, ready to be filled."""
    texts = {"en": tuple(map(read_template, LADDER))}
    for path in sorted(_HERE.glob("*.mo")):
        with path.open("rb") as file:
            catalogue = GNUTranslations(file)
        texts[path.stem] = tuple(read_template(catalogue.gettext(text)) for text in LADDER)
    return texts
