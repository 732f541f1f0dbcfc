"""Settings of trust: which proxies may set the client address, and the human check."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings.addresses import read_networks
from app.settings.base import SettingsGroup
from app.settings.parsers import pattern, read_token


class TrustSettings(SettingsGroup):
    """Trusted proxies and the human check."""

    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(read_networks)] = Field(
        default=()
    )
    """Networks of your own proxies, comma-separated, like `10.0.0.0/8,fd00::/8`. Only they may set the client address;
    `*`, or a public network wider than /8 (IPv6: /16), is refused, since any client could set it."""

    client_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    """The header in which your proxies send the client address. The right-most address that is not a proxy's counts: a
    client can forge those before it."""

    human_check: Literal["off", "altcha", "turnstile", "hcaptcha"] = "off"
    """The provider of the human check. `altcha` is a proof of work that this service issues and checks itself."""

    human_check_when: Literal["always", "suspicious", "never"] = "always"
    """When a browser must pass the human check: always, or only while the failure watch is raised, a limit is more than
    four fifths spent, or strangers have spent half of their share of `sends_per_app`; a token of `altcha` must have
    taken twice the work then. An app may override it."""

    human_check_site_key: Annotated[
        str, pattern("[!-~]{0,100}", "write at most 100 printable ASCII characters without spaces")
    ] = ""
    """The public key of your account at the provider; not for `altcha`."""

    human_check_secret: Annotated[SecretStr, AfterValidator(read_token)] = SecretStr("")
    """The secret key of your account at the provider; not for `altcha`."""

    human_check_cost: Annotated[int, Ge(1_000), Le(50_000)] = 5_000
    """Iterations of each try of `altcha`'s proof of work. More iterations slow down bots, and old phones too."""

    @property
    def human_check_account(self) -> dict[str, str]:
        """Return the provider account's settings by their names."""
        return {
            "OTP_HUMAN_CHECK_SITE_KEY": self.human_check_site_key,
            "OTP_HUMAN_CHECK_SECRET": self.human_check_secret.get_secret_value(),
        }
