"""Reads settings that are more than a word: secrets, countries, limits, senders, test numbers."""

import binascii
import re
from base64 import urlsafe_b64decode
from datetime import date
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretBytes, SecretStr, StringConstraints

from app.domain.errors import InvalidPhoneNumber
from app.domain.limit import Limit, read_limit
from app.domain.phone_number import parse_phone_number
from app.domain.policy import TestNumber
from app.domain.template import UNPRINTED
from app.settings.addresses import is_address

EMBEDDED = "memory://"
_REDIS = {"redis", "rediss"}
_REDIS_REST = re.compile(r"[^/?#]+(/[0-9]*)?(\?((ssl_\w+|protocol)=[^&#]*&?)*)?")
SECRET_BYTES = 32
_FEWEST_DIFFERENT_BYTES = 8
_MAX_QUOTED = 3  # letters of a wrong country that are repeated; what is longer may be anything
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,16}$")
_TEST_NUMBER = re.compile(r"^(\+[0-9]+)=([0-9]{4,10})@([0-9]{4}-[0-9]{2}-[0-9]{2})$")


def pattern(pattern: str, said: str) -> AfterValidator:
    """Make a check that a text is all of a pattern, and that says in words what it should have been."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(said)
        return text

    return AfterValidator(check)


WordList = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    pattern(rf"[^\n{UNPRINTED}]{{1,30}}", "give 1 to 30 characters, on one line, that can be seen"),
]
Host = Annotated[
    str,
    pattern(r"([a-z0-9-]+(\.[a-z0-9-]+)*)?", "write a host like example.com: small letters, no scheme, port or path"),
]


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


def read_redis_url(url: str) -> str:
    """Check the address of a Redis; the password in it is never repeated.

    Its query may speak of TLS and of the protocol: more could undo our time limits.
    """
    if url != EMBEDDED and not (is_address(url, _REDIS) and _REDIS_REST.fullmatch(url.partition("://")[2])):
        raise ValueError("write it like redis://:password@redis:6379/0, or memory:// for the embedded store")
    return url


def read_countries(given: object) -> object:
    """Read two-letter codes, in a text or in a list; `*` opens all."""
    if isinstance(given, list) and all(isinstance(part, str) for part in given):
        given = ",".join(given)
    if not isinstance(given, str):
        return given
    if given.strip() == "*":
        return frozenset(phonenumbers.SUPPORTED_REGIONS)
    countries = frozenset(part.strip().upper() for part in given.split(",") if part.strip())
    strange = sorted(countries - phonenumbers.SUPPORTED_REGIONS)
    if strange or not countries:
        said = ", ".join(part if len(part) <= _MAX_QUOTED else "…" for part in strange) or "none given"
        raise ValueError(f"no such country: {said}; write two-letter codes like NL,BE, or *")
    return countries


def read_windows(text: object) -> object:
    """Read a limit like `3/10min,5/h`, or `off`."""
    if isinstance(text, Limit) or text is None:
        return text
    if not isinstance(text, str):
        raise ValueError('write it as text, like "3/10min,5/h,10/d" or "off"')  # noqa: TRY004  pydantic takes a ValueError
    return read_limit(text)


def read_sender(text: str) -> str:
    """Check who an SMS is from, as all gateways carry it; digits alone many take for a number without its plus."""
    name = re.fullmatch("(?! )[A-Za-z0-9 ]{1,11}(?<! )", text) and re.search("[A-Za-z]", text)
    if not name and not re.fullmatch(r"\+[0-9]{1,14}", text):
        raise ValueError("give a name of at most 11 letters, digits and spaces, or + and at most 14 digits")
    return text


def read_route_sender(text: str) -> str:
    """Check who an SMS is from in one country: as `read_sender`, or a short code, or "" for what goes everywhere."""
    return text if re.fullmatch("([0-9]{3,8})?", text) else read_sender(text)


def read_token(text: SecretStr) -> SecretStr:
    """Check what a provider gave us: a stray space or line break is the usual accident."""
    if not re.fullmatch("[!-~]{0,100}", text.get_secret_value()):
        raise ValueError("give at most 100 printable ASCII characters without spaces")
    return text


def read_test_numbers(text: object) -> object:
    """Read `+31612345678=123456@2026-12-31,…`; the number is normalised."""
    if not isinstance(text, str):
        return text
    numbers = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _TEST_NUMBER.match(part)
        try:
            phone = parse_phone_number(match[1], voip=True) if match else None
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
