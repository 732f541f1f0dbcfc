"""Write the text of an outgoing message: the caller's own, one of the app's, or our text around a code."""

from collections.abc import Callable

from app.domain.app import App
from app.domain.errors import Forbidden, InvalidRequest
from app.domain.message_texts import MAX_VALUE, check_text, fill_message_text, variables_of
from app.domain.outgoing_message import FreeText, MessageRequest, OwnCode, TemplateText
from app.domain.phone_number import PhoneNumber
from app.domain.transliteration import transliterate
from app.services.parts.choose_language import language_at

MessageWriter = Callable[[PhoneNumber], str]
"""Writes the text for one number, in its language; raises `InvalidRequest` for a text that is too long."""


def message_writer(request: MessageRequest, *, lifetime: int) -> MessageWriter:
    """Check the content, which is the same for all recipients, and return what writes it; `lifetime` is seconds.

    Raises `Forbidden` for free text of an app that may send none, and `InvalidRequest` for a content that is wrong.
    """
    match request.content:
        case FreeText(text):
            return _free_text(request.call.app, text)
        case TemplateText():
            return _template(request, request.content)
        case OwnCode():
            return _code(request, request.content, lifetime)


def _free_text(app: App, text: str) -> MessageWriter:
    if not app.messages.free_text:
        raise Forbidden("This app may not send free text: use a template, or a code.")
    _check(text, "/text")
    finished = _finish(app, text, "/text")
    return lambda _: finished


def _template(request: MessageRequest, template: TemplateText) -> MessageWriter:
    app, values = request.call.app, template.values
    texts = app.messages.texts.get(template.name)
    if texts is None:
        detail = "There is no such text: add it to the app's message_texts."
        raise InvalidRequest(detail, [("/template", detail)])
    wanted = frozenset[str]().union(*(variables_of(text) for text in texts.values()))
    missing = [(f"/values/{name}", "The text needs this value.") for name in sorted(wanted - values.keys())]
    unknown = [(f"/values/{name}", "The text has no such variable.") for name in sorted(values.keys() - wanted)]
    if missing or unknown:
        raise InvalidRequest("The values do not fit the text.", missing + unknown)
    for name, value in values.items():
        _check(value, f"/values/{name}", most=MAX_VALUE)

    def write(phone: PhoneNumber) -> str:
        text = app.messages.text(template.name, (*request.languages, language_at(phone.country))) or ""
        return _finish(app, fill_message_text(text, values), "/values")

    return write


def _code(request: MessageRequest, content: OwnCode, lifetime: int) -> MessageWriter:
    templates = request.call.app.templates
    chosen = templates.choose_locale(request.languages, purpose=request.purpose) if request.languages else ""

    def write(phone: PhoneNumber) -> str:
        locale, reference = chosen or language_at(phone.country), request.reference or ""
        template = templates.template(request.purpose, locale, reference=reference)
        return templates.write(template, code=content.code, valid_for=lifetime, reference=reference)

    return write


def _check(text: str, pointer: str, *, most: int | None = None) -> None:
    try:
        check_text(text, most=most)
    except ValueError as error:
        raise InvalidRequest(str(error), [(pointer, str(error))]) from None


def _finish(app: App, text: str, pointer: str) -> str:
    """Transliterate a text as the app's texts are; raises `InvalidRequest` for one of too many segments."""
    finished = transliterate(text, app.templates.spelling)
    if excess := app.messages.excess(finished):
        raise InvalidRequest(excess, [(pointer, excess)])
    return finished
