"""The service itself: secrets, Redis, addresses, apps."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings.addresses import read_public_url
from app.settings.apps import AppName, AppSettings, read_apps
from app.settings.base import SettingsGroup, default
from app.settings.parsers import (
    EMBEDDED,
    Host,
    Secret,
    WordList,
    pattern,
    read_countries,
    read_redis_url,
    read_secret,
    read_secrets,
)

SAMPLE_SECRETS = "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw"
SAMPLE_NAME_SECRET = "b25seS1kZXZlbG9wbWVudC1vbmx5LWRldmVsb3BtZW4"  # noqa: S105  public by nature: refused in production


class ServiceSettings(SettingsGroup):
    """Who runs it, where, for whom. Sizes are bytes, durations seconds, unless said otherwise."""

    env: Literal["development", "production"] = "production"
    """`development` has sample secrets, fixed keys and the developer's inbox; production refuses them. The safe one is
    the default."""

    secrets: Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(read_secrets)] = default(SAMPLE_SECRETS)
    """`id:base64url` of 32 random bytes, several by commas. The first makes what is new, all are read. To rotate, add
    one behind and restart all, then move it to the front and restart all; drop the old one a day later."""

    name_secret: Annotated[SecretStr, AfterValidator(read_secret)] = SecretStr(SAMPLE_NAME_SECRET)
    """Base64url of 32 random bytes. Names numbers in Redis; not rotated with the rest, since changing it forgets
    limits, locks and pending codes."""

    redis_url: Annotated[str, AfterValidator(read_redis_url)] = Field(default=EMBEDDED, repr=False)
    """`redis://` or `rediss://` with host, port and password; `memory://` is the embedded store: one process, gone
    when it ends."""

    redis_tag: Annotated[
        str, pattern(r"\{[a-z0-9_-]{1,32}\}", "write 1 to 32 small letters, digits, _ or - in braces, like {otp}")
    ] = "{otp}"
    """The hash tag that every key carries, braces included. Two services on one Redis need two."""

    public_url: Annotated[str, AfterValidator(read_public_url)] = "http://127.0.0.1:8000"
    """Where people and vendors reach the service; the issuer of proofs. Not taken from a request's headers, for those
    can be forged."""

    autofill_host: Host = ""
    """The host whose pages may fill in the code by themselves, without scheme, port or path. Empty: the host of
    `OTP_PUBLIC_URL`."""

    brand: WordList | None = None
    """Who the SMS says it is from, 1 to 30 characters: `042137 is your <brand> code`. Unset: it names nobody."""

    apps: Annotated[dict[AppName, AppSettings], NoDecode, BeforeValidator(read_apps)] = Field(default={})
    """Who may call, in JSON, or the path of a JSON file: `{"shop": {"secret_keys": ["<sha256>"]}}`. Keys are listed by
    digest, so that this is no secret; `otp keys new` prints one with its digest."""

    countries: Annotated[frozenset[str] | None, NoDecode, BeforeValidator(read_countries)] = None
    """Two-letter codes of the countries that are open, by commas, or `*` for all. An open till is the oldest SMS
    fraud: production must say it, here or for each app."""

    voip: bool = False
    """Whether VOIP numbers are taken. Many are thrown away after one use."""

    docs: bool | None = None
    """Whether `/docs` and `/openapi.json` are served. Unset: in development only. The page loads Swagger UI from
    cdn.jsdelivr.net."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged. No level shows a code, a number, a text or a key."""

    @property
    def is_production(self) -> bool:
        """Tell whether nothing of a developer's is taken."""
        return self.env == "production"
