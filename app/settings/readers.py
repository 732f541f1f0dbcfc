"""Reads settings that are more than a word: secrets, apps, countries, test numbers."""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, SecretBytes, SecretStr, StringConstraints

from app.domain.errors import InvalidPhoneNumber
from app.domain.phone import read_phone
from app.domain.policy import TestNumber
from app.domain.verification import PURPOSE

EMBEDDED = "memory://"
_REDIS = {"redis", "rediss"}
_REDIS_REST = re.compile(r"[^/?#]+(/[0-9]*)?(\?((ssl_\w+|protocol)=[^&#]*&?)*)?")
SECRET_BYTES = 32
_FEWEST_DIFFERENT_BYTES = 8
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,16}$")
_TEST_NUMBER = re.compile(r"^(\+[0-9]+)=([0-9]{4,10})@([0-9]{4}-[0-9]{2}-[0-9]{2})$")


KeyDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
AppName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Purpose = Annotated[str, StringConstraints(pattern=PURPOSE)]


class Secret(BaseModel):
    """A secret and the id that names it in records and proofs."""

    model_config = ConfigDict(frozen=True)

    id: str
    value: SecretBytes


class AppKeys(BaseModel):
    """The keys of one app, by SHA-256 digest; a publishable key lists its purposes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_keys: list[KeyDigest] = Field(default=[])
    publishable_keys: dict[KeyDigest, list[Purpose]] = Field(default={})


def read_secrets(text: object) -> object:
    """Read `id:base64url,…`; each is exactly 32 bytes, each id stands once."""
    if not isinstance(text, str):
        return text
    secrets = []
    for part in text.split(","):
        key_id, colon, encoded = part.strip().partition(":")
        if not colon or not _KEY_ID.match(key_id):
            raise ValueError(
                "write it as id:base64url, the id of 1 to 16 letters, digits, _ or -; `otp init` makes one"
            )
        secrets.append(Secret(id=key_id, value=SecretBytes(_decode(encoded))))
    if len({secret.id for secret in secrets}) < len(secrets):
        raise ValueError("two secrets have the same id; give each its own")
    return tuple(secrets)


def read_secret(text: SecretStr) -> SecretStr:
    """Check a lone secret: base64url of 32 bytes."""
    _decode(text.get_secret_value())
    return text


def decode_secret(text: SecretStr) -> bytes:
    """Give the bytes of a secret that was checked before."""
    return _decode(text.get_secret_value())


def read_public_url(url: str) -> str:
    """Check an address without path, query or user; a last slash is dropped."""
    url = url.rstrip("/")
    if not _is_address(url, {"http", "https"}) or urlsplit(url).path or set(url) & set("?#@"):
        raise ValueError("write it like https://otp.example.com, without a path")
    return url


def read_redis_url(url: str) -> str:
    """Check the address of a Redis; the password in it is never repeated.

    Its query may speak of TLS and of the protocol: more could undo our time limits.
    """
    if url != EMBEDDED and not (_is_address(url, _REDIS) and _REDIS_REST.fullmatch(url.partition("://")[2])):
        raise ValueError("write it like redis://:password@redis:6379/0, or memory:// for the embedded store")
    return url


def _is_address(url: str, schemes: set[str]) -> bool:
    """Tell whether there is a host that can be called, and nothing that is not plain text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # brackets that do not close, a port that is no number
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port != 0 and not re.search(r"[^!-~]", url)


def read_apps(text: object) -> object:
    """Read the apps from JSON, or from the file that is named."""
    if not isinstance(text, str):
        return text
    try:
        apps = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(
            'give JSON like {"shop": {"secret_keys": ["<sha256>"]}}, or the path of such a file'
        ) from error
    return apps


def read_countries(text: object) -> object:
    """Read two-letter codes; `*` opens all."""
    if not isinstance(text, str):
        return text
    if text.strip() == "*":
        return frozenset(phonenumbers.SUPPORTED_REGIONS)
    countries = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    strange = sorted(countries - phonenumbers.SUPPORTED_REGIONS)
    if strange or not countries:
        raise ValueError(
            f"no such country: {', '.join(strange) or 'none given'}; write two-letter codes like NL,BE, or *"
        )
    return countries


def read_test_numbers(text: object) -> object:
    """Read `+31612345678=123456@2026-12-31,…`; the number is normalised."""
    if not isinstance(text, str):
        return text
    numbers = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _TEST_NUMBER.match(part)
        try:
            phone = read_phone(match[1], voip=True) if match else None
            until = date.fromisoformat(match[3]) if match else None
        except (InvalidPhoneNumber, ValueError) as error:
            raise ValueError("a test number or its end date does not exist") from error
        if not (match and phone and until):
            raise ValueError("write a test number like +31612345678=123456@2026-12-31")
        numbers[phone.e164] = TestNumber(match[2], until)
    return numbers


def _decode(encoded: str) -> bytes:
    try:
        value = urlsafe_b64decode(encoded.strip() + "=" * (-len(encoded.strip()) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not base64url; `otp init` makes a good one") from error
    if len(value) != SECRET_BYTES or len(set(value)) < _FEWEST_DIFFERENT_BYTES:
        raise ValueError(f"it is not {SECRET_BYTES} random bytes; `otp init` makes a good one")
    return value
