"""How each app words its SMS: in texts of its own, the service's, or the shipped ones; and which are too long."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from app.domain.plain import Spelling
from app.domain.text import ANY, ENGLISH, Room, Wording
from app.locale import shipped_texts
from app.settings.apps import DEFAULT_PURPOSES, AppSettings
from app.settings.model import Settings

DEV_APP = "dev"
_MEND = "Shorten it, or raise OTP_MAX_SEGMENTS or OTP_MAX_SEGMENTS_UCS2."


def listed_apps(settings: Settings) -> Mapping[str, AppSettings]:
    """List all apps; development has one more."""
    return settings.apps if settings.is_production else {DEV_APP: AppSettings(), **settings.apps}


def wording_of(own: AppSettings, settings: Settings) -> Wording:
    """Gather an app's texts; of the shipped ones the fullest that has room, in each language that has one."""
    bare = Wording(
        brand=own.brand or settings.brand or "",
        host=own.autofill_host or settings.autofill_host or urlsplit(settings.public_url).hostname or "",
        texts=(),
        sender=own.sender or "",
        android_hash=own.android_hash,
        spelling=Spelling(settings.transliterate),
    )
    fitting = {
        locale: next((text for text in ladder if _has_brand(text, bare) and not fault_of(text, bare, settings)), "")
        for locale, ladder in shipped_texts().items()
    }
    shipped = {ENGLISH: shipped_texts()[ENGLISH][-1], **{locale: text for locale, text in fitting.items() if text}}
    return replace(bare, texts=(own.texts, settings.texts, {ANY: shipped}))


def wrong_texts(settings: Settings) -> list[str]:
    """Say which texts are too long with their longest values, and which a stranger could write into."""
    return [sentence for name, own in listed_apps(settings).items() for sentence in _wrong_of(name, own, settings)]


def fault_of(text: str, wording: Wording, settings: Settings) -> str:
    """Say why the longest SMS that a text can become is too long, or nothing."""
    room = Room(settings.max_segments, settings.max_segments_ucs2, for_android=bool(wording.android_hash))
    return room.fault_of(longest_of(text, wording, settings))


def longest_of(text: str, wording: Wording, settings: Settings) -> str:
    """Write the longest SMS that a text can become."""
    return wording.longest(text, code_length=settings.code_length, code_lifetime=settings.code_lifetime)


def _has_brand(text: str, wording: Wording) -> bool:
    """Tell whether a text has the brand that it wants to show."""
    return bool(wording.brand) or "{brand}" not in text


def _wrong_of(name: str, own: AppSettings, settings: Settings) -> Iterator[str]:
    wording = wording_of(own, settings)
    for place, texts in ((f"OTP_APPS ({name}.texts.", own.texts), ("OTP_TEXTS (", settings.texts)):
        for purpose, locale, text in ((purpose, *one) for purpose, of in texts.items() for one in of.items()):
            if not _has_brand(text, wording):
                yield f"{place}{purpose}.{locale}): it shows {{brand}}, and the app {name} has none. Set OTP_BRAND."
            elif fault := fault_of(text, wording, settings):
                yield f"{place}{purpose}.{locale}): the text of the app {name} {fault}. {_MEND}"
    if fault := fault_of(wording.texts[-1][ANY][ENGLISH], wording, settings):
        yield f"OTP_AUTOFILL_HOST is too long for the app {name}: the shortest text {fault}. Take a shorter one."
    opened = {purpose for purposes in own.publishable_keys.values() for purpose in purposes or DEFAULT_PURPOSES}
    for purpose in sorted(opened):
        if wording.shows_reference(purpose):
            yield (
                f"The text for {purpose} of the app {name} shows {{reference}}, and whoever has its publishable key "
                "could write there what they like. Take it out, or open the purpose to secret keys alone."
            )
