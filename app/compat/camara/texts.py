"""The text that a caller sends: it must be one of its app's own, unless the app may send any."""

from collections.abc import Iterator

from app.domain.app import App
from app.domain.errors import InvalidRequest
from app.domain.sms_templates import ANY
from app.domain.transliteration import transliterate

LABEL = "{{code}}"


def registered_locale(message: str, app: App, purpose: str) -> str | None:
    """Return the language of the registered text that a message equals, "" for one of every language, or None."""
    wanted = transliterate(message.strip(), app.templates.spelling)
    return next((locale for locale, text in registered_texts(app, purpose) if text == wanted), None)


def require_registered(message: str, app: App, purpose: str) -> str:
    """Return the language of the registered text that a message equals; raises `InvalidRequest` for any other."""
    locale = registered_locale(message, app, purpose)
    if locale is None:
        raise InvalidRequest("message: it is none of the texts that are registered for this client.")
    return locale


def registered_texts(app: App, purpose: str) -> Iterator[tuple[str, str]]:
    """Yield the texts that the app may send for a purpose, as a caller writes them: with their language.

    The autofill line is left out, and brand, minutes and host are filled in. A text that shows the reference is none:
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
