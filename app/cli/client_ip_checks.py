"""The check of `otp doctor` for backends that do not name their users' addresses."""

from app.cli.output import Finding
from app.container import Container
from app.domain.api_key import digest_key, key_id
from app.domain.errors import TemporarilyUnavailable
from app.settings.model import Settings
from app.settings.templates import DEV_APP, listed_apps
from app.settings.to_domain import DEV_SECRET_KEY


async def check_client_ips(container: Container, settings: Settings) -> list[Finding]:
    """Find secret keys that spent half of `sends_per_app` without `client_ip`: no limit by address held them."""
    found: list[Finding] = []
    for name, own in listed_apps(settings).items():
        keys = [key_id(digest) for digest in own.secret_keys]
        if name == DEV_APP and not settings.is_production:
            keys.append(key_id(digest_key(DEV_SECRET_KEY)))
        try:
            silent = await container.limit_warnings.keys_without_address(
                keys, container.apps[name].policy.limits["sends_per_app"]
            )
        except TemporarilyUnavailable:
            return []  # the check of Redis says so
        found += [("warn", name, f"its key {key} spent half of sends_per_app {_WITHOUT}") for key in silent]
    return found


_WITHOUT = "without client_ip, so no limit by address held it; send the user's address in each request"
