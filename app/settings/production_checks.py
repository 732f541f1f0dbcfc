"""What production does not take, all of it at once, each with how to mend it."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta

from app.domain.api_key import digest_key
from app.domain.app import HumanCheckPolicy
from app.domain.human_check import TEST_KEYS
from app.settings.addresses import is_on_this_machine
from app.settings.model import Settings
from app.settings.parsers import EMBEDDED, decode_secret
from app.settings.sending import DEVELOPERS
from app.settings.service import SAMPLE_NAME_SECRET, SAMPLE_SECRETS
from app.settings.to_domain import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY, apps_of

_MAX_TEST_DAYS = timedelta(days=30)
_DEVELOPMENT_KEYS = {digest_key(key) for key in (DEV_SECRET_KEY, DEV_PUBLISHABLE_KEY)}
_FOR_TRYING = {key.lower() for key in TEST_KEYS}
_SAMPLES = {SAMPLE_SECRETS.partition(":")[2], SAMPLE_NAME_SECRET}


def production_errors(settings: Settings, today: date) -> list[str]:
    """List all that production does not take."""
    return [
        *_secret_errors(settings),
        *_key_errors(settings),
        *_page_errors(settings),
        *_environment_errors(settings),
        *_spending_errors(settings),
        *_account_errors(settings),
        *_test_number_errors(settings, today),
    ]


def _secret_errors(settings: Settings) -> list[str]:
    reasons = []
    secrets = {secret.id: _encoded(secret.value.get_secret_value()) for secret in settings.secrets}
    samples = [id for id, secret in secrets.items() if secret in _SAMPLES]
    name = _encoded(decode_secret(settings.name_secret))
    if len(samples) == len(secrets):
        reasons.append("OTP_SECRETS is missing or the sample. Run `otp init` and use what it writes.")
    elif samples:
        reasons.append(f"OTP_SECRETS has a sample among your own, {', '.join(samples)}. Take it out.")
    if name in _SAMPLES:
        reasons.append("OTP_NAME_SECRET is missing or the sample. Run `otp init` and use what it writes.")
    elif name in secrets.values():
        reasons.append("OTP_NAME_SECRET is one of OTP_SECRETS. Draw one of its own; `otp init` does.")
    return reasons


def _key_errors(settings: Settings) -> list[str]:
    reasons = []
    digests = {digest for app in settings.apps.values() for digest in [*app.secret_keys, *app.publishable_keys]}
    if not digests:
        reasons.append("OTP_APPS lists no app with a key. Run `otp init` and use what it writes.")
    if _DEVELOPMENT_KEYS & digests:
        reasons.append("OTP_APPS lists a developer's key, which everybody knows. Use one that `otp keys new` prints.")
    return reasons


def _page_errors(settings: Settings) -> list[str]:
    """Find publishable keys that may spend what they like, and pages that strangers could rewrite."""
    reasons = []
    apps = apps_of(settings)
    for name, own in settings.apps.items():
        is_held = apps[name].human_check is HumanCheckPolicy.ALWAYS or not apps[name].policy.limits.sends_per_app.is_off
        if own.publishable_keys and not is_held:
            reasons.append(
                f"OTP_APPS ({name}.publishable_keys) has a key that anybody can copy, and nothing holds what it "
                "spends. Give the app a figure, like 500/d: in its `limits.sends_per_app`, or in "
                "OTP_LIMIT_SENDS_PER_APP where it has none of its own. Or let it always ask for a person: by its "
                "`human_check`, with OTP_HUMAN_CHECK set."
            )
        if any(origin.startswith("http://") and not is_on_this_machine(origin) for origin in own.origins):
            reasons.append(
                f"OTP_APPS ({name}.origins) has a page without TLS, which whoever sits between can rewrite. "
                "Serve it by https, and list it so."
            )
    return reasons


def _environment_errors(settings: Settings) -> list[str]:
    reasons = []
    if settings.redis_url == EMBEDDED:
        reasons.append(
            "OTP_REDIS_URL is missing or the embedded store. Set it to your Redis, like redis://redis:6379/0."
        )
    if settings.public_url.startswith("http://"):
        wrong = "not https" if "public_url" in settings.model_fields_set else "missing"
        mend = "Set it to your proxy's address, like https://otp.example.com; report tokens travel there."
        reasons.append(f"OTP_PUBLIC_URL is {wrong}. {mend}")
    phones = [name for name, own in settings.gateways.items() if own.get("kind", name) == DEVELOPERS]
    if not set(settings.gateways) - set(phones):
        reasons.append("OTP_GATEWAYS__… names no vendor. Set up one, like OTP_GATEWAYS__SMSTOOLS__CLIENT_ID.")
    reasons += [f"OTP_GATEWAYS__{name.upper()}__… is the developer's inbox. Remove it." for name in phones]
    return reasons


def _spending_errors(settings: Settings) -> list[str]:
    """Find what must be decided, for all or for each app: where SMS may go, and how many."""
    reasons = []
    own = settings.apps.values()
    if settings.countries is None and not (own and all(app.countries for app in own)):
        reasons.append(
            "OTP_COUNTRIES is missing. List the countries that you serve, like NL,BE, or * for all; "
            "or give each app in OTP_APPS its own."
        )
    if settings.limit_sends_per_app is None and not (own and all(app.limits.sends_per_app for app in own)):
        reasons.append(
            "OTP_LIMIT_SENDS_PER_APP is missing. Say how many SMS an app may send, like 500/d, or off for no limit; "
            "or give each app in OTP_APPS its own."
        )
    return reasons


def _account_errors(settings: Settings) -> list[str]:
    said = "is one that the provider gives to everybody for trying, and every machine passes. Set your account's own."
    return [f"{name} {said}" for name, value in settings.human_account.items() if value.lower() in _FOR_TRYING]


def _test_number_errors(settings: Settings, today: date) -> list[str]:
    last = today + _MAX_TEST_DAYS
    if all(test.until <= last for test in settings.test_numbers.values()):
        return []
    said = "OTP_TEST_NUMBERS has an end that is more than 30 days away, and whoever knows its code can log in until"
    return [f"{said} then. End it by {last}."]


def _encoded(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
