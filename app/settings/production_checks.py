"""Checks for settings that production refuses; all errors are reported at once, each with its fix."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta

from app.domain.api_key import digest_key
from app.domain.human_check import TEST_KEYS
from app.settings.addresses import is_loopback_origin, is_private_host
from app.settings.model import Settings
from app.settings.parsers import decode_secret
from app.settings.redis_url import EMBEDDED
from app.settings.sending import DEV_INBOX
from app.settings.service import SAMPLE_NAME_SECRET, SAMPLE_SECRETS
from app.settings.to_domain import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY, apps_of

_MAX_TEST_DAYS = timedelta(days=30)
_DEVELOPMENT_KEYS = {digest_key(key) for key in (DEV_SECRET_KEY, DEV_PUBLISHABLE_KEY)}
_TEST_KEYS = {key.lower() for key in TEST_KEYS}
_SAMPLES = {SAMPLE_SECRETS.partition(":")[2], SAMPLE_NAME_SECRET}


def production_errors(settings: Settings, today: date) -> list[str]:
    """List all settings that production refuses."""
    return [
        *_secret_errors(settings),
        *_key_errors(settings),
        *_page_errors(settings),
        *_event_errors(settings),
        *_environment_errors(settings),
        *_spending_errors(settings),
        *_account_errors(settings),
        *_test_number_errors(settings, today),
    ]


def _secret_errors(settings: Settings) -> list[str]:
    errors = []
    secrets = {secret.id: _encoded(secret.value.get_secret_value()) for secret in settings.secrets}
    samples = [id for id, secret in secrets.items() if secret in _SAMPLES]
    name = _encoded(decode_secret(settings.name_secret))
    if len(samples) == len(secrets):
        errors.append("OTP_SECRETS is missing or the sample. Run `otp init` and use its output.")
    elif samples:
        errors.append(f"OTP_SECRETS contains a sample secret, {', '.join(samples)}. Remove it.")
    if name in _SAMPLES:
        errors.append("OTP_NAME_SECRET is missing or the sample. Run `otp init` and use its output.")
    elif name in secrets.values():
        errors.append("OTP_NAME_SECRET is one of OTP_SECRETS. Generate a separate one; `otp init` does.")
    return errors


def _key_errors(settings: Settings) -> list[str]:
    errors = []
    digests = {
        digest
        for app in settings.apps.values()
        for digest in [*app.secret_keys, *app.publishable_keys, *app.twilio_tokens]
    }
    if not digests:
        errors.append("OTP_APPS lists no app with a key. Run `otp init` and use its output.")
    if _DEVELOPMENT_KEYS & digests:
        errors.append("OTP_APPS lists a development key, which is public. Use one that `otp keys new` prints.")
    return errors


def _page_errors(settings: Settings) -> list[str]:
    """Find publishable keys without a limit of SMS, and pages that a network attacker could change."""
    errors = []
    apps = apps_of(settings)
    for name, own in settings.apps.items():
        if own.publishable_keys and apps[name].policy.limits["sends_per_app"].is_off:
            errors.append(
                f"OTP_APPS ({name}.publishable_keys) has a public key, and nothing limits how many SMS it sends. "
                "Set a limit, like 500/d: in the app's `limits.sends_per_app`, or in OTP_LIMIT_SENDS_PER_APP if the "
                "app has none."
            )
        if any(origin.startswith("http://") and not is_loopback_origin(origin) for origin in own.origins):
            errors.append(
                f"OTP_APPS ({name}.origins) has a page without TLS, which a network attacker can change. "
                "Serve it over https, and list its https origin."
            )
    return errors


def _event_errors(settings: Settings) -> list[str]:
    """Find endpoints of events that a network attacker could read, and those that are in no public network."""
    errors = []
    for name, own in settings.apps.items():
        if any(not endpoint.url.startswith("https://") for endpoint in own.events):
            errors.append(f"OTP_APPS ({name}.events) has a URL that is not https. Serve the endpoint over https.")
        if any(is_private_host(endpoint.url) for endpoint in own.events):
            errors.append(
                f"OTP_APPS ({name}.events) has a URL in a private network, which events are never sent to. "
                "Give the endpoint a public address."
            )
    return errors


def _environment_errors(settings: Settings) -> list[str]:
    errors = []
    if settings.redis_url == EMBEDDED:
        errors.append(
            "OTP_REDIS_URL is missing or the embedded store. Set it to your Redis, like redis://redis:6379/0."
        )
    if settings.public_url.startswith("http://"):
        wrong = "not https" if "public_url" in settings.model_fields_set else "missing"
        fix = "Set it to your proxy's address, like https://otp.example.com; report URLs carry secret tokens."
        errors.append(f"OTP_PUBLIC_URL is {wrong}. {fix}")
    inboxes = [name for name, own in settings.gateways.items() if own.get("kind", name) == DEV_INBOX]
    if not set(settings.gateways) - set(inboxes):
        errors.append("OTP_GATEWAYS__… configures no vendor. Configure one, like OTP_GATEWAYS__SMSTOOLS__CLIENT_ID.")
    errors += [f"OTP_GATEWAYS__{name.upper()}__… is the developer's inbox. Remove it." for name in inboxes]
    return errors


def _spending_errors(settings: Settings) -> list[str]:
    """Find apps without a list of countries or a limit of SMS, from the app or from the service."""
    errors = []
    own = settings.apps.values()
    if settings.countries is None and not (own and all(app.countries for app in own)):
        errors.append(
            "OTP_COUNTRIES is missing. List the countries that you serve, like NL,BE, or * for all; "
            "or set `countries` for each app in OTP_APPS."
        )
    if settings.figure("sends_per_app") is None and not (
        own and all(app.limits.figure("sends_per_app") for app in own)
    ):
        errors.append(
            "OTP_LIMIT_SENDS_PER_APP is missing. Set how many SMS an app may send, like 500/d, or off for no limit; "
            "or set `limits.sends_per_app` for each app in OTP_APPS."
        )
    return errors


def _account_errors(settings: Settings) -> list[str]:
    message = "is a public test key of the provider, which lets every bot pass. Set the key of your account."
    return [f"{name} {message}" for name, value in settings.human_check_account.items() if value.lower() in _TEST_KEYS]


def _test_number_errors(settings: Settings, today: date) -> list[str]:
    last = today + _MAX_TEST_DAYS
    if all(test.until <= last for test in settings.test_numbers.values()):
        return []
    message = "OTP_TEST_NUMBERS has an end date more than 30 days away, and anyone with its code can log in until"
    return [f"{message} then. End it by {last}."]


def _encoded(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
