"""Convert the settings to domain objects: apps, keyring, API keys."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from app.domain.api_key import ApiKeys, Caller, digest_key, key_id
from app.domain.app import App, HumanCheckPolicy
from app.domain.events import EventEndpoint, EventEndpoints
from app.domain.guard import GuardPolicy
from app.domain.keyring import Keyring
from app.domain.limit import Limit
from app.domain.limits import REDIS_LIMITS, Limits, entry_of
from app.domain.message_texts import MessagePolicy
from app.domain.phone_number import NumberRules
from app.domain.policy import Policy
from app.domain.prices import Prices
from app.settings.apps import DEFAULT_PURPOSES, AppSettings
from app.settings.model import Settings
from app.settings.parsers import decode_secret
from app.settings.templates import DEV_APP, listed_apps, templates_of

DEV_SECRET_KEY = "sk_dev"  # noqa: S105  public: it works in development only
DEV_PUBLISHABLE_KEY = "pk_dev"
_DEVELOPMENT_FACTOR = 10


def limit_of(settings: Settings, name: str) -> Limit:
    """Return the windows of a limit; in development, those of an address are ten times wider where they are not set.

    All calls of a developer come from one address.
    """
    entry, limit = entry_of(name), settings.limit(name)
    is_wider = not settings.is_production and entry.is_per_address and entry.setting not in settings.model_fields_set
    return limit.times(_DEVELOPMENT_FACTOR) if is_wider else limit


def policy_of(settings: Settings, own: AppSettings) -> Policy:
    """Build the policy of one app: codes, numbers and limits."""
    personal = {"personal_number"} if settings.personal_numbers else set()
    return Policy(
        code_length=settings.code_length,
        code_lifetime=settings.code_lifetime,
        attempts=settings.attempts,
        resend_new_code=settings.resend_code == "new",
        resend_cooldown=settings.resend_cooldown,
        sends_per_verification=own.limits.figure("sends_per_verification") or settings.figure("sends_per_verification"),
        limits=Limits(
            {entry.name: own.limits.figure(entry.name) or limit_of(settings, entry.name) for entry in REDIS_LIMITS}
        ),
        failure_watch=settings.figure("failure_watch"),
        numbers=NumberRules(
            countries=own.countries or settings.countries,
            types=frozenset({"mobile"} | ({"voip"} if settings.voip else set()) | personal),
            mobile_ranges=settings.mobile_ranges,
        ),
        keep=settings.keep,
        test_numbers=settings.test_numbers,
        guard=GuardPolicy(settings.guard, settings.guard_new_country, settings.guard_block_for),
    )


def prices_of(settings: Settings) -> Prices:
    """Build the price table."""
    return Prices(settings.currency, {(row.gateway, row.country): row.price for row in settings.prices})


def apps_of(settings: Settings) -> dict[str, App]:
    """Build all apps; development adds the app `dev`."""
    return {name: _app(name, own, settings) for name, own in listed_apps(settings).items()}


def _app(name: str, own: AppSettings, settings: Settings) -> App:
    policy_name = own.human_check or settings.human_check_when
    return App(
        name=name,
        policy=policy_of(settings, own),
        templates=templates_of(own, settings),
        origins=frozenset(own.origins),
        relays=own.relays,
        messages=MessagePolicy(
            own.free_text, settings.message_segments, own.message_texts, frozenset(own.transactional)
        ),
        human_check=HumanCheckPolicy.NEVER if settings.human_check == "off" else HumanCheckPolicy(policy_name),
        events=EventEndpoints(EventEndpoint(name, one.url, one.types, one.whole_number) for one in own.events),
    )


def keyring_of(settings: Settings) -> Keyring:
    """Derive all keys from the secrets."""
    secrets = [(secret.id, secret.value.get_secret_value()) for secret in settings.secrets]
    return Keyring(secrets, decode_secret(settings.name_secret))


def api_keys_of(settings: Settings, apps: Mapping[str, App]) -> ApiKeys:
    """Map each key digest to its caller; development adds two fixed keys."""
    callers: dict[str, Caller] = {}
    for name, own in settings.apps.items():
        callers |= {digest: Caller(apps[name], secret=True, key=key_id(digest)) for digest in own.secret_keys}
        callers |= {
            digest: Caller(
                apps[name], secret=False, purposes=frozenset(purposes) or DEFAULT_PURPOSES, key=key_id(digest)
            )
            for digest, purposes in own.publishable_keys.items()
        }
    if not settings.is_production:
        dev, sk, pk = apps[DEV_APP], digest_key(DEV_SECRET_KEY), digest_key(DEV_PUBLISHABLE_KEY)
        callers[sk] = Caller(dev, secret=True, key=key_id(sk))
        callers[pk] = Caller(dev, secret=False, purposes=DEFAULT_PURPOSES, key=key_id(pk))
    return ApiKeys(callers)


def page_hosts(settings: Settings, apps: Mapping[str, App]) -> frozenset[str]:
    """Return the hosts whose pages may show a widget: ours, those of the apps, and in development localhost."""
    pages = {settings.public_url}.union(*(app.origins for app in apps.values()))
    hosts = {urlsplit(page).hostname or "" for page in pages}
    return frozenset(hosts if settings.is_production else hosts | {"localhost", "127.0.0.1"})
