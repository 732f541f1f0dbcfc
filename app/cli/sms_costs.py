"""Compute the highest price of each app's SMS, for `otp doctor`."""

from collections import Counter
from collections.abc import Iterator

from app.cli.output import Finding
from app.domain.gsm7 import not_in_gsm7
from app.domain.sms_segments import SmsSize, measure
from app.domain.sms_templates import SmsTemplates
from app.domain.transliteration import Transliteration, transliterate
from app.locale import shipped_texts
from app.settings.model import Settings
from app.settings.templates import TextBounds, listed_apps, longest_text, templates_of


def find_costs(settings: Settings) -> list[Finding]:
    """Return the price of each app's texts with their longest values, and the texts that could cost less."""
    found: list[Finding] = []
    for name, own in listed_apps(settings).items():
        templates, bounds = templates_of(own, settings), TextBounds.of(settings)
        found.append(("ok", f"texts of {name}", _summarize(templates, bounds)))
        found += [("warn", f"texts of {name}", message) for message in _find_expensive(templates, bounds)]
    return found


def _summarize(templates: SmsTemplates, bounds: TextBounds) -> str:
    """Count the shipped languages by price, and list what was omitted to save segments."""
    shipped, all_texts = templates.shipped, shipped_texts()
    prices = Counter(measure(longest_text(text, templates, bounds)).segments for text in shipped.values())
    parts = [f"{count} at {segments} SMS" for segments, count in sorted(prices.items())]
    if without_brand := sorted(locale for locale, text in shipped.items() if templates.brand and "{brand}" not in text):
        parts.append(f"without the brand, to save space: {', '.join(without_brand)}")
    if omitted := sorted(all_texts.keys() - shipped.keys()):
        parts.append(f"in English, to save space: {', '.join(omitted)}")
    return f"{len(shipped)} languages: {'; '.join(parts)}"


def _find_expensive(templates: SmsTemplates, bounds: TextBounds) -> Iterator[str]:
    """Find texts that transliteration makes cheaper: each custom one, and the shipped ones with this brand."""
    for texts in templates.own:
        for purpose, by_locale in texts.items():
            for locale, text in by_locale.items():
                size, plain = _measure_both(longest_text(text, templates, bounds))
                if plain.segments < size.segments:
                    yield f"{purpose}.{locale} takes {size}, and {plain} with OTP_TRANSLITERATE=letters"
    shipped = [_measure_both(longest_text(text, templates, bounds)) for text in templates.shipped.values()]
    if count := sum(plain.segments < size.segments for size, plain in shipped if not_in_gsm7(templates.brand)):
        letters = ", ".join(not_in_gsm7(templates.brand))
        yield f"{count} languages cost an SMS more for {letters} in the brand, and less with OTP_TRANSLITERATE=letters"


def _measure_both(text: str) -> tuple[SmsSize, SmsSize]:
    """Measure a text unchanged, and transliterated."""
    return measure(text), measure(transliterate(text, Transliteration.LETTERS))
