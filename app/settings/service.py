"""Settings of the service itself: secrets, Redis, addresses, apps."""

import re
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings.addresses import read_listen_address, read_public_url
from app.settings.apps import AppName, AppSettings, read_apps
from app.settings.base import SettingsGroup, default
from app.settings.hooks import HookName, HookSettings, read_hooks
from app.settings.parsers import (
    BrandName,
    Host,
    Secret,
    pattern,
    read_countries,
    read_mobile_ranges,
    read_secret,
    read_secrets,
)
from app.settings.redis_url import EMBEDDED, read_redis_url

SAMPLE_SECRETS = "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw"
SAMPLE_NAME_SECRET = "b25seS1kZXZlbG9wbWVudC1vbmx5LWRldmVsb3BtZW4"  # noqa: S105  a public sample: refused in production


class ServiceSettings(SettingsGroup):
    """Environment, secrets, addresses and apps of the service. Durations are seconds."""

    env: Literal["development", "production"] = "production"
    """`development` has sample secrets, fixed keys and the developer's inbox; production refuses them. The default is
    the safe one."""

    secrets: Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(read_secrets)] = default(SAMPLE_SECRETS)
    """`id:base64url` of 32 random bytes, comma-separated. The first encrypts and signs, all are accepted. To rotate,
    append a new one and restart all processes, then move it to the front and restart all; remove the old one a day
    later."""

    name_secret: Annotated[SecretStr, AfterValidator(read_secret)] = SecretStr(SAMPLE_NAME_SECRET)
    """Base64url of 32 random bytes. Derives the pseudonyms of numbers in Redis; not rotated with the others, since a
    change loses limits, locks and pending codes."""

    redis_url: Annotated[str, AfterValidator(read_redis_url)] = Field(default=EMBEDDED, repr=False)
    """`redis://:password@host:6379/0`, `rediss://…` with TLS, `unix:///run/redis.sock`,
    `redis+sentinel://host:26379,host2:26379/<service>/0` or `redis+cluster://host,host2`; `rediss+…` with TLS. `memory://`
    is the embedded store: one process, and its data is lost when it stops."""

    redis_tag: Annotated[
        str, pattern(r"\{[a-z0-9_-]{1,32}\}", "write 1 to 32 lower-case letters, digits, _ or - in braces, like {otp}")
    ] = "{otp}"
    """The hash tag of every Redis key, braces included. Two services that share a Redis need different tags."""

    redis_wait_replicas: Annotated[int, Ge(0), Le(5)] = 0
    """How many replicas of Redis a check and a redemption wait for, half a second at most, so that no failover makes a
    used code valid again. Where fewer confirm it, it is answered all the same, with a warning."""

    public_url: Annotated[str, AfterValidator(read_public_url)] = "http://127.0.0.1:8000"
    """The URL of the service for users and vendors; the issuer of proofs. Not taken from request headers, which can be
    forged."""

    keep_alive: Annotated[int, Ge(1), Le(3600)] = 75
    """Seconds that an idle connection stays open. Longer than your proxy's own, or it sends requests on connections
    that are just being closed: nginx and AWS use 60."""

    autofill_host: Host = ""
    """The host whose pages may autofill the code, without scheme, port or path. Empty: the host of `OTP_PUBLIC_URL`."""

    brand: BrandName | None = None
    """The brand in the SMS, 1 to 30 characters: `042137 is your <brand> code`. Unset: the SMS names no brand."""

    apps: Annotated[dict[AppName, AppSettings], NoDecode, BeforeValidator(read_apps)] = Field(default={})
    """The apps that may call the API, in JSON, or the path of a JSON file: `{"shop": {"secret_keys": ["<sha256>"]}}`.
    Keys are listed by digest, so that this is not a secret; `otp keys new` prints a key with its digest."""

    hooks: Annotated[dict[HookName, HookSettings], NoDecode, BeforeValidator(read_hooks)] = Field(
        default={}, repr=False
    )
    """The identity servers that send their SMS through this service, in JSON, or the path of a JSON file: `{"auth":
    {"preset": "supabase", "app": "shop", "secrets": ["v1,whsec_…"]}}`: [hooks](../using/hooks.md). It is a secret."""

    countries: Annotated[frozenset[str] | None, NoDecode, BeforeValidator(read_countries)] = None
    """Two-letter codes of the open countries, comma-separated, or `*` for all. Open countries invite SMS pumping, so
    production requires a list, here or for each app."""

    voip: bool = False
    """Whether VoIP numbers are accepted. Many are disposable."""

    personal_numbers: bool = False
    """Whether personal numbers are accepted, like +44 70 and +1 500. They forward to any phone, and cost many times as
    much."""

    mobile_ranges: Annotated[re.Pattern[str], NoDecode, BeforeValidator(read_mobile_ranges)] = default("")
    """Mobile ranges that are newer than the numbering plans of this version, comma-separated, with x for any digit:
    `+22901xxxxxxxx`."""

    docs: bool | None = None
    """Whether `/docs` and `/openapi.json` are served. Unset: in development only."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged. No level logs a code, a number, an SMS text or a key."""

    metrics_port: Annotated[int | None, Ge(1), Le(65535)] = None
    """The first port for Prometheus' metrics: each API process and worker of a host takes the first free one from it
    on, of 64, and logs it. Unset: no metrics. Never open it to the public."""

    metrics_host: Annotated[str, AfterValidator(read_listen_address)] = "127.0.0.1"
    """The address that the metrics listen on; `0.0.0.0` for a Prometheus on another machine or in another container."""

    operator: Annotated[
        str, pattern(r"[\w.@+-]{0,64}", "write at most 64 letters, digits, . @ + _ or -, without spaces")
    ] = ""
    """Who runs `otp numbers` and `otp jobs`, for the log and the audit trail, like `anna@example.com`. Unset: the
    system's user and host; in a container they name neither, so set it there for each person."""

    @property
    def is_production(self) -> bool:
        """Return whether development samples, keys and the inbox are refused."""
        return self.env == "production"
