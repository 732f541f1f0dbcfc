"""What stops the start: settings that contradict each other, and what production does not take."""

from base64 import urlsafe_b64encode
from datetime import date, timedelta

from app.domain.caller import digest_key
from app.settings.model import Settings
from app.settings.nouns import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY
from app.settings.readers import EMBEDDED, decode_secret
from app.settings.service import SAMPLE_NAME_SECRET, SAMPLE_SECRETS

_SOUND_DIGITS = 6
_LONGEST_TEST = timedelta(days=30)
_DEVELOPERS = {digest_key(key) for key in (DEV_SECRET_KEY, DEV_PUBLISHABLE_KEY)}
_SAMPLES = {SAMPLE_SECRETS.partition(":")[2], SAMPLE_NAME_SECRET}


def contradictions(settings: Settings) -> list[str]:
    """List the settings that do not go together, each with how to mend it."""
    wrong = []
    if settings.code_length < _SOUND_DIGITS and not settings.allow_weak_codes:
        wrong.append(
            f"OTP_CODE_LENGTH is {settings.code_length}, and NIST SP 800-63B-4 §3.1.3.2 asks for at least 6 digits. "
            "Set it to 6, or set OTP_ALLOW_WEAK_CODES=true if you must."
        )
    if settings.gateway_connect_timeout >= settings.gateway_timeout:
        wrong.append(
            "OTP_GATEWAY_CONNECT_TIMEOUT is not below OTP_GATEWAY_TIMEOUT. Lower the first or raise the second."
        )
    if any(len(test.code) != settings.code_length for test in settings.test_numbers.values()):
        wrong.append("OTP_TEST_NUMBERS has a code that is not of OTP_CODE_LENGTH digits. Give it as many.")
    digests = [digest for app in settings.apps.values() for digest in [*app.secret_keys, *app.publishable_keys]]
    if len(set(digests)) < len(digests):
        wrong.append("OTP_APPS lists one key twice. Give each app its own keys.")
    return wrong


def production_refusals(settings: Settings, today: date) -> list[str]:
    """List all that production does not take, each with how to mend it."""
    return [*_of_secrets(settings), *_of_callers(settings), *_of_surroundings(settings), *_of_tests(settings, today)]


def _of_secrets(settings: Settings) -> list[str]:
    reasons = []
    secrets = [_encoded(secret.value.get_secret_value()) for secret in settings.secrets]
    name = _encoded(decode_secret(settings.name_secret))
    if _SAMPLES & set(secrets):
        reasons.append("OTP_SECRETS is missing or the sample. Run `otp init` and use what it writes.")
    if name in _SAMPLES:
        reasons.append("OTP_NAME_SECRET is missing or the sample. Run `otp init` and use what it writes.")
    elif name in secrets:
        reasons.append("OTP_NAME_SECRET is one of OTP_SECRETS. Draw one of its own; `otp init` does.")
    return reasons


def _of_callers(settings: Settings) -> list[str]:
    reasons = []
    secret_keys = {digest for app in settings.apps.values() for digest in app.secret_keys}
    publishable_keys = {digest for app in settings.apps.values() for digest in app.publishable_keys}
    if not secret_keys:
        reasons.append("OTP_APPS lists no app with a secret key. Run `otp init` and use what it writes.")
    if _DEVELOPERS & (secret_keys | publishable_keys):
        reasons.append("OTP_APPS lists a developer's key, which everybody knows. Use the one that `otp init` prints.")
    if publishable_keys:
        reasons.append(
            "OTP_APPS lists a publishable key, and nothing yet limits what its holders may spend. "
            "Remove it and call the service from your backend."
        )
    return reasons


def _of_surroundings(settings: Settings) -> list[str]:
    reasons = []
    if settings.redis_url == EMBEDDED:
        reasons.append(
            "OTP_REDIS_URL is missing or the embedded store. Set it to your Redis, like redis://redis:6379/0."
        )
    if settings.public_url.startswith("http://"):
        reasons.append("OTP_PUBLIC_URL is not https, and report tokens travel there. Set it to your proxy's address.")
    if settings.countries is None:
        reasons.append("OTP_COUNTRIES is missing. List the countries that you serve, like NL,BE, or * for all.")
    if not set(settings.gateways) - {"phone"}:
        reasons.append("OTP_GATEWAYS__… names no vendor. Set up one, like OTP_GATEWAYS__SMSTOOLS__CLIENT_ID.")
    if "phone" in settings.gateways:
        reasons.append("OTP_GATEWAYS__PHONE__… is the developer's phone. Remove it.")
    return reasons


def _of_tests(settings: Settings, today: date) -> list[str]:
    last = today + _LONGEST_TEST
    if all(test.until <= last for test in settings.test_numbers.values()):
        return []
    said = "OTP_TEST_NUMBERS has an end that is more than 30 days away, and whoever knows its code can log in until"
    return [f"{said} then. End it by {last}."]


def _encoded(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
