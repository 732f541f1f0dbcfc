"""The text of a call that names another brand, or another Android app, than the settings of its app."""

from collections.abc import Sequence

from app.compat.twilio.errors import NOT_SUPPORTED, TwilioError, invalid_parameter
from app.compat.twilio.parameters import Names
from app.domain.app import App
from app.domain.locale import language_of
from app.domain.sms_templates import ENGLISH
from app.domain.template import fill
from app.settings.model import Settings
from app.settings.templates import TextBounds, templates_of, text_error


def write_text(
    names: Names, app: App, settings: Settings, *, purpose: str, languages: Sequence[str], country: str
) -> str:
    """Return the template with these names filled in; "" where they are the app's own.

    It is the text that an app with such settings sends, so one that they make too long is refused, as at the start of
    the service. A text of the app without `{brand}` may have a brand in its own words, so it is
    refused for another brand.
    """
    brand, android_hash = names.brand or app.templates.brand, names.android_hash or app.templates.android_hash
    if (brand, android_hash) == (app.templates.brand, app.templates.android_hash):
        return ""
    own = settings.apps[app.name].model_copy(update={"brand": brand or None, "android_hash": android_hash})
    templates = templates_of(own, settings)
    # By the app's own templates, which cache their choice; those of one call would fill a cache that nothing reads.
    locale = app.templates.choose_locale(languages, purpose=purpose) or language_of(country) or ENGLISH
    template = templates.template(purpose, locale)
    if brand != app.templates.brand and "{brand}" not in template and template not in templates.shipped.values():
        raise TwilioError(NOT_SUPPORTED)
    if reason := text_error(template, templates, TextBounds.of(settings)):
        raise invalid_parameter("CustomFriendlyName" if names.brand else "AppHash", f"the text {reason}")
    later = {name: f"{{{name}}}" for name in ("code", "minutes", "host", "reference")}
    return fill(template, brand=brand, hash=android_hash, **later)
