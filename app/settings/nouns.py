"""What the settings mean to the rest of the house: policy, keys, callers, wording."""

from urllib.parse import urlsplit

from app.domain.caller import Caller, Callers, digest_key
from app.domain.keyring import Keyring
from app.domain.policy import Policy
from app.domain.text import Wording
from app.settings.model import Settings
from app.settings.readers import decode_secret

DEV_APP = "dev"
DEV_SECRET_KEY = "sk_dev"  # noqa: S105  public by nature: it works in development only
DEV_PUBLISHABLE_KEY = "pk_dev"
DEFAULT_PURPOSES = frozenset({"login"})


def policy_of(settings: Settings) -> Policy:
    """Gather what was decided about codes, numbers and limits."""
    return Policy(
        code_length=settings.code_length,
        code_lifetime=settings.code_lifetime,
        attempts=settings.attempts,
        resend_new_code=settings.resend_code == "new",
        resend_cooldown=settings.resend_cooldown,
        sends_per_verification=settings.limit_sends_per_verification,
        sends_per_number=settings.limit_sends_per_number,
        countries=settings.countries,
        voip=settings.voip,
        keep=settings.keep,
        test_numbers=settings.test_numbers,
    )


def keyring_of(settings: Settings) -> Keyring:
    """Draw all keys from the secrets."""
    secrets = [(secret.id, secret.value.get_secret_value()) for secret in settings.secrets]
    return Keyring(secrets, decode_secret(settings.name_secret))


def callers_of(settings: Settings) -> Callers:
    """List who holds a key; development has an app and two keys of its own."""
    callers: dict[str, Caller] = {}
    for app, keys in settings.apps.items():
        callers |= {digest: Caller(app, secret=True) for digest in keys.secret_keys}
        callers |= {
            digest: Caller(app, secret=False, purposes=frozenset(purposes or DEFAULT_PURPOSES))
            for digest, purposes in keys.publishable_keys.items()
        }
    if not settings.is_production:
        callers[digest_key(DEV_SECRET_KEY)] = Caller(DEV_APP, secret=True)
        callers[digest_key(DEV_PUBLISHABLE_KEY)] = Caller(DEV_APP, secret=False, purposes=DEFAULT_PURPOSES)
    return Callers(callers)


def apps_of(settings: Settings) -> list[str]:
    """Name all apps."""
    return [*settings.apps, *([] if settings.is_production else [DEV_APP])]


def wording_of(settings: Settings) -> Wording:
    """Say who sends the code, and whose pages may fill it in."""
    return Wording(settings.brand, settings.autofill_host or urlsplit(settings.public_url).hostname or "")
