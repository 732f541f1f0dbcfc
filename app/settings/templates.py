"""How each app words its SMS: in texts of its own, the service's, or the shipped ones; and which are too long."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from app.domain.text import ANY, ENGLISH, SmsTemplates, exceeds_segments, is_misleading, too_long_for_android
from app.domain.transliteration import Transliteration
from app.locale import shipped_texts
from app.settings.apps import DEFAULT_PURPOSES, AppSettings
from app.settings.model import Settings

DEV_APP = "dev"


def listed_apps(settings: Settings) -> Mapping[str, AppSettings]:
    """List all apps; development has one more."""
    return settings.apps if settings.is_production else {DEV_APP: AppSettings(), **settings.apps}


def templates_of(own: AppSettings, settings: Settings) -> SmsTemplates:
    """Gather an app's texts; of the shipped ones the fullest that has room, in each language that has one."""
    bare = SmsTemplates(
        brand=own.brand or settings.brand or "",
        host=own.autofill_host or settings.autofill_host or urlsplit(settings.public_url).hostname or "",
        own=(own.texts, settings.texts),
        shipped={},
        sender=own.sender or "",
        android_hash=own.android_hash,
        spelling=Transliteration(settings.transliterate),
    )
    fitting = {
        locale: next((text for text in ladder if not text_error(text, bare, settings)), "")
        for locale, ladder in shipped_texts().items()
    }
    shipped = {ENGLISH: shipped_texts()[ENGLISH][-1], **{locale: text for locale, text in fitting.items() if text}}
    return replace(bare, shipped=shipped)


def text_errors(settings: Settings) -> list[str]:
    """Say which texts cannot be sent with their longest values, and which a stranger could write into."""
    wrong: dict[str, str] = {}
    for name, own in listed_apps(settings).items():
        for place, said in _app_text_errors(name, own, settings):
            wrong.setdefault(place, said)  # a text of all apps is told once
    return [f"{place} {said}" for place, said in wrong.items()]


def text_error(text: str, templates: SmsTemplates, settings: Settings) -> str:
    """Say why the longest SMS that a text can become cannot be sent, and what to do; "" where it can."""
    longest = longest_text(text, templates, settings)
    if not templates.brand and "{brand}" in text:
        return "shows {brand}, and there is none. Set OTP_BRAND."
    if said := exceeds_segments(longest, gsm7=settings.max_segments, ucs2=settings.max_segments_ucs2):
        return f"{said}. Shorten it, or raise OTP_MAX_SEGMENTS or OTP_MAX_SEGMENTS_UCS2."
    if templates.android_hash and (said := too_long_for_android(longest)):
        return f"{said}. Shorten it."
    if is_misleading(longest):
        return "says something like @host #123 above its last line, which browsers take for it. Change text or brand."
    return ""


def longest_text(text: str, templates: SmsTemplates, settings: Settings) -> str:
    """Write the longest SMS that a text can become."""
    return templates.longest(text, code_length=settings.code_length, code_lifetime=settings.code_lifetime)


def _app_text_errors(name: str, own: AppSettings, settings: Settings) -> Iterator[tuple[str, str]]:
    """Give what is wrong with the texts that an app may send: where it stands, and what."""
    templates = templates_of(own, settings)
    for setting, texts in ((f"OTP_APPS ({name}.texts.", own.texts), ("OTP_TEXTS (", settings.texts)):
        for purpose, locale, text in ((purpose, *one) for purpose, of in texts.items() for one in of.items()):
            sent = templates.template(purpose, "" if locale == ANY else locale, reference="a")
            if sent is text and (fault := text_error(text, templates, settings)):
                yield f"{setting}{purpose}.{locale}):", f"as the app {name} sends it, the text {fault}"
    shortest = templates.shipped[ENGLISH]
    if fault := text_error(shortest, templates, settings):
        said = f"OTP_AUTOFILL_HOST, or autofill_host of the app {name}, is too long: the shortest text"
        yield said, f"{fault} Take a shorter host."
    opened = {purpose for purposes in own.publishable_keys.values() for purpose in purposes or DEFAULT_PURPOSES}
    for purpose in sorted(opened | (DEFAULT_PURPOSES if name == DEV_APP else set())):
        if templates.shows_reference(purpose):
            said = "could write there what they like. Take it out, or open the purpose to secret keys alone."
            place = f"OTP_TEXTS or OTP_APPS ({name}.texts) shows {{reference}} for {purpose},"
            yield place, f"and whoever has a publishable key of {name} {said}"
