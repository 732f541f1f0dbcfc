"""What each app's SMS cost at most, for `otp doctor`."""

from collections import Counter
from collections.abc import Iterator

from app.cli.output import Finding
from app.domain.gsm7 import not_in_gsm7
from app.domain.sms_segments import SmsSize, measure
from app.domain.text import SmsTemplates
from app.domain.transliteration import Transliteration, transliterate
from app.locale import shipped_texts
from app.settings.model import Settings
from app.settings.templates import listed_apps, longest_text, templates_of


def find_costs(settings: Settings) -> list[Finding]:
    """Say what the texts of each app cost with their longest values, and which could cost less."""
    found: list[Finding] = []
    for name, own in listed_apps(settings).items():
        templates = templates_of(own, settings)
        found.append(("ok", f"texts of {name}", _sum_up(templates, settings)))
        found += [("warn", f"texts of {name}", said) for said in _find_expensive(templates, settings)]
    return found


def _sum_up(templates: SmsTemplates, settings: Settings) -> str:
    """Count the shipped languages by their price, and say what was left out to keep it."""
    shipped, whole = templates.shipped, shipped_texts()
    prices = Counter(measure(longest_text(text, templates, settings)).segments for text in shipped.values())
    told = [f"{count} at {segments} SMS" for segments, count in sorted(prices.items())]
    if bare := sorted(locale for locale, text in shipped.items() if templates.brand and "{brand}" not in text):
        told.append(f"without the brand, for room: {', '.join(bare)}")
    if silent := sorted(whole.keys() - shipped.keys()):
        told.append(f"in English, for room: {', '.join(silent)}")
    return f"{len(shipped)} languages: {'; '.join(told)}"


def _find_expensive(templates: SmsTemplates, settings: Settings) -> Iterator[str]:
    """Find texts that would cost less in plainer letters: an operator's each, the shipped ones for a brand's sake."""
    for texts in templates.own:
        for purpose, by_locale in texts.items():
            for locale, text in by_locale.items():
                size, plain = _costs(longest_text(text, templates, settings))
                if plain.segments < size.segments:
                    yield f"{purpose}.{locale} takes {size}, and {plain} with OTP_TRANSLITERATE=letters"
    shipped = [_costs(longest_text(text, templates, settings)) for text in templates.shipped.values()]
    if dear := sum(plain.segments < size.segments for size, plain in shipped if not_in_gsm7(templates.brand)):
        letters = ", ".join(not_in_gsm7(templates.brand))
        yield f"{dear} languages cost an SMS more for {letters} in the brand, and less with OTP_TRANSLITERATE=letters"


def _costs(text: str) -> tuple[SmsSize, SmsSize]:
    """Measure a text as it is, and in plain letters."""
    return measure(text), measure(transliterate(text, Transliteration.LETTERS))
