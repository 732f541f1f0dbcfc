"""Doors: whose word is taken for a person's address, and how a person is told from a machine."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings.addresses import read_networks
from app.settings.base import SettingsGroup
from app.settings.parsers import pattern, read_token


class TrustSettings(SettingsGroup):
    """What a call is believed, and what it must show."""

    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(read_networks)] = Field(
        default=()
    )
    """Networks of your own proxies, by commas, like `10.0.0.0/8,fd00::/8`. Only what they say of a person's address is
    believed; `*`, or a public network wider than /8 (IPv6: /16), would believe strangers."""

    client_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    """The one header in which your proxies say it. The right-most address that is not a proxy's counts: what stands
    before it anybody may have written."""

    human_check: Literal["off", "altcha", "turnstile", "hcaptcha"] = "off"
    """Who tells a person from a machine. `altcha` is a proof of work that this service sets and checks by itself."""

    human_check_when: Literal["always", "suspicious", "never"] = "always"
    """When a browser must show it: always, or only while the failure watch is raised or a limit is more than four
    fifths spent. An app may have its own."""

    human_check_site_key: Annotated[
        str, pattern("[!-~]{0,100}", "give at most 100 printable ASCII characters without spaces")
    ] = ""
    """The public key of your account at the provider; not for `altcha`."""

    human_check_secret: Annotated[SecretStr, AfterValidator(read_token)] = SecretStr("")
    """The secret key of your account at the provider; not for `altcha`."""

    human_check_cost: Annotated[int, Ge(1_000), Le(50_000)] = 5_000
    """Iterations of each try of `altcha`'s proof of work. More slows a machine down, and an old phone too."""

    @property
    def human_account(self) -> dict[str, str]:
        """Give what is said of the account at the provider, by the names of its settings."""
        return {
            "OTP_HUMAN_CHECK_SITE_KEY": self.human_check_site_key,
            "OTP_HUMAN_CHECK_SECRET": self.human_check_secret.get_secret_value(),
        }
