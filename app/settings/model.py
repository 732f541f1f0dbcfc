"""The settings. Each is an environment name with `OTP_` in front; its reason stands below it."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.domain.limit import Limit, read_limit
from app.domain.policy import TestNumber
from app.settings.readers import (
    EMBEDDED,
    AppKeys,
    AppName,
    Secret,
    read_apps,
    read_countries,
    read_public_url,
    read_redis_url,
    read_secret,
    read_secrets,
    read_test_numbers,
)

SAMPLE_SECRETS = "dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbmw"
SAMPLE_NAME_SECRET = "b25seS1kZXZlbG9wbWVudC1vbmx5LWRldmVsb3BtZW4"  # noqa: S105  public by nature: refused in production
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=r"^[^\r\n]+$")]


def _as_written(default: str) -> Any:  # noqa: ANN401  a default in the operator's words, which the validator reads
    return Field(default=default)


class Settings(BaseSettings):
    """Everything that an operator may decide. Sizes are bytes, durations seconds, unless said otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="OTP_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    env: Literal["development", "production"] = "production"
    """`development` has sample secrets, fixed keys and the developer's phone; production refuses them. The safe one is
    the default."""

    secrets: Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(read_secrets)] = _as_written(SAMPLE_SECRETS)
    """`id:base64url` of 32 random bytes, several by commas. The first makes what is new, all are read. To rotate, add
    one behind and restart all, then move it to the front and restart all; drop the old one a day later."""

    name_secret: Annotated[SecretStr, AfterValidator(read_secret)] = SecretStr(SAMPLE_NAME_SECRET)
    """Base64url of 32 random bytes. Names numbers in Redis; not rotated with the rest, since changing it forgets
    limits, locks and pending codes."""

    redis_url: Annotated[str, AfterValidator(read_redis_url)] = Field(default=EMBEDDED, repr=False)
    """`redis://` or `rediss://` with host, port and password; `memory://` is the embedded store: one process, gone
    when it ends."""

    redis_tag: Annotated[str, StringConstraints(pattern=r"^\{[a-z0-9_-]{1,32}\}$")] = "{otp}"
    """The hash tag that every key carries, braces included. Two services on one Redis need two."""

    public_url: Annotated[str, AfterValidator(read_public_url)] = "http://127.0.0.1:8000"
    """Where people and vendors reach the service; the issuer of proofs. Not taken from a request's headers, for those
    can be forged."""

    autofill_host: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)*)?$")] = ""
    """The host whose pages may fill in the code by themselves, without scheme, port or path. Empty: the host of
    `OTP_PUBLIC_URL`."""

    brand: Words = "verification"
    """Who the SMS says it is from, 1 to 30 characters: `042137 is your <brand> code`."""

    apps: Annotated[dict[AppName, AppKeys], NoDecode, BeforeValidator(read_apps)] = Field(default={})
    """JSON, or the path of a JSON file: `{"shop": {"secret_keys": ["<sha256>"]}}`. Keys are listed by digest, so that
    this file is no secret."""

    countries: Annotated[frozenset[str] | None, NoDecode, BeforeValidator(read_countries)] = None
    """Two-letter codes of the countries that are open, by commas, or `*` for all. An open till is the oldest SMS
    fraud: production must say it."""

    voip: bool = False
    """Whether VOIP numbers are taken. Many are thrown away after one use."""

    gateways: dict[str, dict[str, str]] = Field(default={}, repr=False)
    """`OTP_GATEWAYS__<NAME>__<SETTING>`: the vendor that carries the SMS; its own table lists its settings."""

    gateway_connect_timeout: Annotated[float, Ge(0.1), Le(10)] = 3
    """Seconds to connect to a vendor. Nothing was sent when it passes, so trying again is safe."""

    gateway_timeout: Annotated[float, Ge(0.2), Le(60)] = 10
    """Seconds for a whole call of a vendor. When it passes, nobody knows whether the SMS was sent."""

    code_length: Annotated[int, Ge(4), Le(10)] = 6
    """Digits. NIST SP 800-63B-4 §3.1.3.2 asks for six; fewer need `OTP_ALLOW_WEAK_CODES`."""

    allow_weak_codes: bool = False
    """Allows codes of 4 or 5 digits. One guess in 10,000 is then right by luck."""

    code_lifetime: Annotated[int, Ge(60), Le(600)] = 300
    """Seconds. Long enough for a slow network; NIST SP 800-63B-4 §3.1.3.2 ends it at ten minutes."""

    attempts: Annotated[int, Ge(1), Le(10)] = 5
    """Guesses a verification. People mistype; five in a million is what a guesser gets."""

    resend_code: Literal["same", "new"] = "same"
    """Whether a resend repeats the code. SMS arrive late and out of order, and people type the one they see; `new`
    follows OWASP's MFA sheet."""

    resend_cooldown: Annotated[int, Ge(5), Le(300)] = 30
    """Seconds before the first resend, doubling with each. Most SMS arrive within half a minute."""

    limit_sends_per_number: Annotated[Limit, NoDecode, BeforeValidator(read_limit)] = _as_written("3/10min,5/h,10/d")
    """Protects a number's owner from a flood of SMS, over all apps and purposes; like `3/10min,5/h`, or `off`."""

    limit_sends_per_verification: Annotated[int, Ge(1), Le(10)] = 3
    """SMS a verification, resends included. A fourth rarely arrives where three did not."""

    test_numbers: Annotated[dict[str, TestNumber], NoDecode, BeforeValidator(read_test_numbers)] = Field(default={})
    """`+31612345678=123456@2026-12-31`, by commas: numbers that get no SMS and always that code, until the end of that
    day, for app stores and robots."""

    keep: Annotated[int, Ge(0), Le(30 * 86400)] = 86400
    """Seconds that a verification can be looked at after its end. Support asks within a day; less is kept of people."""

    proof_lifetime: Annotated[int, Ge(30), Le(600)] = 300
    """Seconds. A proof is shown to a backend at once; it is no session."""

    proof_subject: Literal["number", "pairwise"] = "number"
    """What `sub` of a proof says: the number, or a name for it that differs between apps and tells nothing."""

    worker_slots: Annotated[int, Ge(1), Le(1000)] = 100
    """SMS in hand at once, for each worker. A hanging vendor holds a slot for `OTP_GATEWAY_TIMEOUT`."""

    docs: bool | None = None
    """Whether `/docs` and `/openapi.json` are served. Unset: in development only."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged. No level shows a code, a number, a text or a key."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing from the surroundings: `load` reads them, refuses misspelt names, and says so."""
        return (init_settings,)

    @property
    def is_production(self) -> bool:
        """Tell whether nothing of a developer's is taken."""
        return self.env == "production"
