"""Parse structured settings: secrets, countries, limits, senders, test numbers."""

import binascii
import re
from base64 import urlsafe_b64decode
from datetime import date
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, SecretBytes, SecretStr, StringConstraints

from app.domain.limit import Limit, read_limit, read_money_limit
from app.domain.numbering_plan import meant_country, split_e164
from app.domain.phone_number import possible_phone_number
from app.domain.policy import TestNumber
from app.domain.sender import is_sender
from app.domain.template import FORBIDDEN_CHARACTERS

SECRET_BYTES = 32
_MIN_DISTINCT_BYTES = 8
_MAX_QUOTED = 3  # characters of a wrong country that are quoted; a longer text may be a secret
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,16}$")
_TEST_NUMBER = re.compile(r"([^=]{7,48})=([0-9]{4,10})@([0-9]{4}-[0-9]{2}-[0-9]{2})")
_MOBILE_RANGE = re.compile(r"\+[1-9][0-9]{1,13}x{1,13}")


def pattern(pattern: str, message: str) -> AfterValidator:
    """Return a validator that requires a full match of the pattern, and raises `message` otherwise."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(message)
        return text

    return AfterValidator(check)


BrandName = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    pattern(rf"[^\n{FORBIDDEN_CHARACTERS}]{{1,30}}", "write 1 to 30 printable characters on one line"),
]
Host = Annotated[
    str,
    pattern(
        r"([a-z0-9-]+(\.[a-z0-9-]+)*)?", "write a host like example.com: lower-case letters, no scheme, port or path"
    ),
]


class Secret(BaseModel):
    """A secret and its id, which records and proofs carry."""

    model_config = ConfigDict(frozen=True)

    id: str
    value: SecretBytes


def read_secrets(text: object) -> object:
    """Parse `id:base64url,…`; each secret is exactly 32 bytes, each id is unique."""
    if not isinstance(text, str):
        return text
    secrets = []
    for part in text.split(","):
        key_id, colon, encoded = part.strip().partition(":")
        if not colon or not _KEY_ID.match(key_id):
            raise ValueError(
                "write it as id:base64url, the id of 1 to 16 letters, digits, _ or -; `otp init` generates one"
            )
        secrets.append(Secret(id=key_id, value=SecretBytes(_decode(encoded))))
    if len({secret.id for secret in secrets}) < len(secrets):
        raise ValueError("two secrets have the same id; make the ids unique")
    return tuple(secrets)


def read_secret(text: SecretStr) -> SecretStr:
    """Validate a single secret: base64url of 32 bytes."""
    _decode(text.get_secret_value())
    return text


def decode_secret(text: SecretStr) -> bytes:
    """Return the bytes of a validated secret."""
    return _decode(text.get_secret_value())


def read_countries(value: object) -> object:
    """Parse two-letter country codes, from a text or a list; `*` means all."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ",".join(value)
    if not isinstance(value, str):
        return value
    if value.strip() == "*":
        return frozenset(phonenumbers.SUPPORTED_REGIONS)
    countries = frozenset(part.strip().upper() for part in value.split(",") if part.strip())
    unknown = sorted(countries - phonenumbers.SUPPORTED_REGIONS)
    if unknown or not countries:
        message = ", ".join(map(quote_country, unknown)) or "none given"
        raise ValueError(f"no such country: {message}; write two-letter codes like NL,BE, or *")
    return countries


def quote_country(code: str) -> str:
    """Quote a wrong country with the code that is meant; a longer text may be a secret."""
    if len(code) > _MAX_QUOTED:
        return "…"
    meant = meant_country(code)
    return f"{code} (use {meant})" if meant else code


def read_mobile_ranges(text: object) -> object:
    """Parse `+22901xxxxxxxx,…` into one pattern of whole numbers; an x is any digit."""
    if not isinstance(text, str):
        return text
    ranges = [part.strip() for part in text.split(",") if part.strip()]
    for part in ranges:
        if not (_MOBILE_RANGE.fullmatch(part) and split_e164(part.partition("x")[0])[0]):
            raise ValueError(
                f"{part[:20]} is no range; write the whole number with x for any digit, like +22901xxxxxxxx"
            )
    return re.compile("|".join(re.escape(part).replace("x", "[0-9]") for part in ranges) or "(?!)")


def read_windows(text: object) -> object:
    """Parse a limit like `3/10min,5/h`, or `off`."""
    if isinstance(text, Limit) or text is None:
        return text
    if not isinstance(text, str):
        raise ValueError('write it as text, like "3/10min,5/h,10/d" or "off"')  # noqa: TRY004  pydantic expects a ValueError
    return read_limit(text)


def read_money_windows(text: object) -> object:
    """Parse a limit of money like `12.50/h,50/d`, or `off`."""
    if isinstance(text, Limit) or text is None:
        return text
    if not isinstance(text, str):
        raise ValueError('write it as text, like "12.50/h,50/d" or "off"')  # noqa: TRY004  pydantic expects a ValueError
    return read_money_limit(text)


def read_sender(text: str) -> str:
    """Validate a sender that some vendor takes; many read digits alone as a number without its plus."""
    if not is_sender(text):
        raise ValueError(
            "write a name of at most 11 letters, digits, spaces and - _ & +, a number as + and at most 14 digits, "
            "or a short code of 3 to 8 digits"
        )
    return text


def read_optional_sender(text: str) -> str:
    """Validate a sender as `read_sender`, or "" for the default sender."""
    return text and read_sender(text)


def read_token(text: SecretStr) -> SecretStr:
    """Validate a provider's token: a copied space or line break is the usual error."""
    if not re.fullmatch("[!-~]{0,100}", text.get_secret_value()):
        raise ValueError("write at most 100 printable ASCII characters without spaces")
    return text


def read_test_numbers(text: object) -> object:
    """Parse `+31612345678=123456@2026-12-31,…`; normalise each number."""
    if not isinstance(text, str):
        return text
    numbers = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _TEST_NUMBER.fullmatch(part)
        if match is None:
            raise ValueError(f"{_quote_number(part)}: write a test number like +31612345678=123456@2026-12-31")
        phone = possible_phone_number(match[1])
        if phone is None:
            raise ValueError(f"{_quote_number(part)} has no possible length for its country code")
        try:
            until = date.fromisoformat(match[3])
        except ValueError:
            raise ValueError(f"{_quote_number(part)} ends on a day that does not exist") from None
        numbers[phone.e164] = TestNumber(match[2], until)
    return numbers


def _quote_number(entry: str) -> str:
    """Quote the number of an entry, without its code."""
    return f"the entry {entry.partition('=')[0][:24]!r}"


def _decode(encoded: str) -> bytes:
    try:
        value = urlsafe_b64decode(encoded.strip() + "=" * (-len(encoded.strip()) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not base64url; `otp init` generates a valid one") from error
    if len(value) != SECRET_BYTES or len(set(value)) < _MIN_DISTINCT_BYTES:
        raise ValueError(f"it is not {SECRET_BYTES} random bytes; `otp init` generates a valid one")
    return value
