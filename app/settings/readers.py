"""Reads settings that are more than a word: secrets, countries, networks, test numbers."""

import binascii
import re
from base64 import urlsafe_b64decode
from datetime import date
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

import phonenumbers
from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr, StringConstraints

from app.domain.errors import InvalidPhoneNumber
from app.domain.limit import read_limit
from app.domain.phone import read_phone
from app.domain.policy import TestNumber

EMBEDDED = "memory://"
_REDIS = {"redis", "rediss"}
_REDIS_REST = re.compile(r"[^/?#]+(/[0-9]*)?(\?((ssl_\w+|protocol)=[^&#]*&?)*)?")
SECRET_BYTES = 32
_FEWEST_DIFFERENT_BYTES = 8
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,16}$")
_TEST_NUMBER = re.compile(r"^(\+[0-9]+)=([0-9]{4,10})@([0-9]{4}-[0-9]{2}-[0-9]{2})$")


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=r"^[^\r\n]+$")]


class Secret(BaseModel):
    """A secret and the id that names it in records and proofs."""

    model_config = ConfigDict(frozen=True)

    id: str
    value: SecretBytes


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


def read_origin(text: str) -> str:
    """Check an origin as browsers send it: scheme, host and, where it is not the scheme's own, port."""
    host = urlsplit(text).netloc if _is_address(text, {"http", "https"}) else ""
    if text != text.lower() or text not in {f"https://{host}", f"http://{host}"} or set(text) & set("?#@*"):
        raise ValueError("write an origin like https://shop.example.com, in small letters and without a path")
    return text


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


def read_windows(text: object) -> object:
    """Read a limit like `3/10min,5/h`, or `off`."""
    return read_limit(text) if isinstance(text, str) else text


def read_networks(text: object) -> object:
    """Read networks by commas; a lone address is a network of one. `*` would let anybody name any address."""
    if not isinstance(text, str):
        return text
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if part == "*" or part.endswith("/0"):
            raise ValueError(
                "everybody would be trusted, and anybody could write the header; list your proxies' networks"
            )
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            raise ValueError(
                f"{part!r} is no network; write it like 10.0.0.0/8, with no bits behind the mask"
            ) from error
    return tuple(networks)


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
