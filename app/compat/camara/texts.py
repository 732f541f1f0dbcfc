"""The text that a caller sends: it must be one of its app's own, unless the app may send any."""

from collections.abc import Iterator

from app.domain.app import App
from app.domain.errors import InvalidRequest
from app.domain.sms_templates import ANY
from app.domain.template import read_template
from app.domain.transliteration import transliterate
from app.settings.model import Settings
from app.settings.templates import TextBounds, text_error

LABEL = "{{code}}"


def registered_locale(message: str, app: App, purpose: str) -> str | None:
    """Return the language of the registered text that a message equals, "" for one of every language, or None."""
    wanted = transliterate(message.strip(), app.templates.spelling)
    return next((locale for locale, text in registered_texts(app, purpose) if text == wanted), None)


def read_text(message: str, app: App, settings: Settings) -> str:
    """Return the template of a text that is the caller's own; it obeys the rules of texts in settings.

    Raises `InvalidRequest` with what to fix. Its only variable is the label.
    """
    parts = message.split(LABEL)
    if any("{" in part or "}" in part for part in parts):
        raise InvalidRequest(f"message: braces are only allowed in {LABEL}.")
    try:
        template = read_template("{code}".join(parts))
    except ValueError as error:
        raise InvalidRequest(f"message: {error}.") from None
    if reason := text_error(template, app.templates, TextBounds.of(settings)):
        raise InvalidRequest(f"message: the text {reason}")
    return template


def registered_texts(app: App, purpose: str) -> Iterator[tuple[str, str]]:
    """Yield the texts that the app may send for a purpose, as a caller writes them: with their language.

    The autofill line is left out, and brand, minutes and host are filled in. A text with `{reference}` is left out:
    a caller of this API has no reference.
    """
    templates = app.templates
    for table in templates.tables(purpose):
        for tag, template in table.items():
            locale = "" if tag == ANY else tag
            if "{reference}" not in template and templates.template(purpose, locale) is template:
                yield locale, _as_callers_write(template, app)


def _as_callers_write(template: str, app: App) -> str:
    above = template.rpartition("\n")[0]
    return app.templates.write(above, code=LABEL, valid_for=app.policy.code_lifetime).strip()
