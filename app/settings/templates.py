"""The SMS texts of each app: its own, the service's or the shipped ones; and checks of their length."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from app.domain.sms_templates import ANY, ENGLISH, SmsTemplates, exceeds_segments, is_misleading, too_long_for_android
from app.domain.transliteration import Transliteration
from app.locale import shipped_texts
from app.settings.apps import DEFAULT_PURPOSES, AppSettings
from app.settings.model import Settings

DEV_APP = "dev"


class TextBounds(NamedTuple):
    """The settings that decide whether a text fits: segments by encoding, and the length and seconds of a code."""

    max_segments: int
    max_segments_ucs2: int
    code_length: int
    code_lifetime: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them from the settings."""
        return cls(*(getattr(settings, field) for field in cls._fields))


def listed_apps(settings: Settings) -> Mapping[str, AppSettings]:
    """Return all apps; development adds the app `dev`."""
    return settings.apps if settings.is_production else {DEV_APP: AppSettings(free_text=True), **settings.apps}


def templates_of(own: AppSettings, settings: Settings) -> SmsTemplates:
    """Collect the texts of an app; of the shipped ones the longest that fits, in each language where one fits."""
    base = SmsTemplates(
        brand=own.brand or settings.brand or "",
        host=own.autofill_host or settings.autofill_host or urlsplit(settings.public_url).hostname or "",
        own=(own.texts, settings.texts),
        shipped={},
        sender=own.sender or "",
        android_hash=own.android_hash,
        spelling=Transliteration(settings.transliterate),
    )
    shipped = _fitting_texts(base.brand, base.host, base.android_hash, base.spelling, TextBounds.of(settings))
    return replace(base, shipped=shipped)


@lru_cache(maxsize=1024)  # apps share brand and host, and every component that reads the settings asks for all apps
def _fitting_texts(
    brand: str, host: str, android_hash: str, spelling: Transliteration, bounds: TextBounds
) -> Mapping[str, str]:
    """Return the shipped texts that fit, by language; English always has one."""
    templates = SmsTemplates(brand, host, own=(), shipped={}, android_hash=android_hash, spelling=spelling)
    fitted = {
        locale: next((text for text in candidates if not text_error(text, templates, bounds)), "")
        for locale, candidates in shipped_texts().items()
    }
    return {ENGLISH: shipped_texts()[ENGLISH][-1], **{locale: text for locale, text in fitted.items() if text}}


def text_errors(settings: Settings) -> list[str]:
    """List texts that are too long with their longest values, and texts that a publishable key can write into."""
    errors: dict[str, str] = {}
    for name, own in listed_apps(settings).items():
        for setting_name, message in _app_text_errors(name, own, settings):
            errors.setdefault(setting_name, message)  # report a text of all apps once
    return [f"{setting_name} {message}" for setting_name, message in errors.items()]


def text_error(text: str, templates: SmsTemplates, bounds: TextBounds) -> str:
    """Return why the longest SMS of a text cannot be sent, with the fix; "" if it can."""
    longest = longest_text(text, templates, bounds)
    if not templates.brand and "{brand}" in text:
        return "shows {brand}, and no brand is set. Set OTP_BRAND."
    if message := exceeds_segments(longest, gsm7=bounds.max_segments, ucs2=bounds.max_segments_ucs2):
        return f"{message}. Shorten it, or raise OTP_MAX_SEGMENTS or OTP_MAX_SEGMENTS_UCS2."
    if templates.android_hash and (message := too_long_for_android(longest)):
        return f"{message}. Shorten it."
    if is_misleading(longest):
        return "has a line like @host #123 above its last line, which browsers take for it. Change text or brand."
    return ""


def longest_text(text: str, templates: SmsTemplates, bounds: TextBounds) -> str:
    """Render the longest SMS that a text can become."""
    return templates.longest(text, code_length=bounds.code_length, code_lifetime=bounds.code_lifetime)


def _app_text_errors(name: str, own: AppSettings, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the errors of the texts that an app may send: the setting, and the error."""
    templates, bounds = templates_of(own, settings), TextBounds.of(settings)
    for setting, texts in ((f"OTP_APPS ({name}.texts.", own.texts), ("OTP_TEXTS (", settings.texts)):
        for purpose, locale, text in ((purpose, *one) for purpose, of in texts.items() for one in of.items()):
            sent = templates.template(purpose, "" if locale == ANY else locale, reference="a")
            if sent is text and (error := text_error(text, templates, bounds)):
                yield f"{setting}{purpose}.{locale}):", f"as the app {name} sends it, the text {error}"
    shortest = templates.shipped[ENGLISH]
    if error := text_error(shortest, templates, bounds):
        message = f"OTP_AUTOFILL_HOST, or autofill_host of the app {name}, is too long: the shortest text"
        yield message, f"{error} Use a shorter host."
    browser_purposes = {
        purpose for purposes in own.publishable_keys.values() for purpose in purposes or DEFAULT_PURPOSES
    }
    for purpose in sorted(browser_purposes | (DEFAULT_PURPOSES if name == DEV_APP else set())):
        if templates.shows_reference(purpose):
            message = "can write any text there. Remove it, or restrict the purpose to secret keys."
            setting_name = f"OTP_TEXTS or OTP_APPS ({name}.texts) shows {{reference}} for {purpose},"
            yield setting_name, f"and anyone with a publishable key of {name} {message}"
