"""The parameters of a call: a form, of which unknown names are ignored, because Twilio's SDKs add some each month."""

import re
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from app.compat.twilio.errors import CHANNEL_DISABLED, CUSTOM_CODE, NOT_SUPPORTED, TwilioError, invalid_parameter
from app.compat.twilio.sids import verification_id
from app.domain.address import Address, read_address
from app.domain.errors import InvalidRequest
from app.domain.ip_ranges import IpRanges
from app.http.problems import UnsupportedMediaType
from app.settings.parsers import BrandName

_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 64
_CODE_LENGTHS = range(4, 11)
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_LONGEST_LOCALE = 35
_APP_HASH = re.compile("[A-Za-z0-9+/]{11}")
_BRAND = TypeAdapter(BrandName)
_UNSAFE_BRAND = re.compile(r"[{}]|://|\w[.\u3002]\w{2}|\d{4}")
_LONGEST_RATE_LIMITS = 1024
_MAX_RATE_LIMITS = 10  # keys of a call: each has its window in Redis
_CHANNELS = {"sms", "auto"}
_OTHER_CHANNELS = {"call", "email", "whatsapp", "sna", "rcs"}
# What Twilio sells beside a code by SMS: other texts and codes, payments (PSD2), other channels.
_NOT_OURS = (
    "CustomMessage",
    "TemplateSid",
    "TemplateCustomSubstitutions",
    "Templates",
    "Amount",
    "Payee",
    "SendDigits",
    "ChannelConfiguration",
)

Parameters = dict[str, str]


class Names(NamedTuple):
    """The brand and the hash of the Android app that a call asks for; "" for those of its app."""

    brand: str
    android_hash: str


async def read_form(request: Request) -> Parameters:
    """Read the form of a POST; of a repeated name the first counts. An empty value is one that was not sent.

    Raises `UnsupportedMediaType` for a body that is no form, and `InvalidRequest` for one that is not UTF-8.
    """
    body = await request.body()
    media_type = request.headers.get("content-type", "" if body else _FORM).partition(";")[0].strip().lower()
    if media_type != _FORM or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType
    try:
        pairs = parse_qsl(body.decode(), errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise InvalidRequest("The form is not UTF-8, or has too many fields.") from None
    parameters: Parameters = {}
    for name, value in pairs:
        parameters.setdefault(name, value)
    return parameters


def required(parameters: Parameters, name: str) -> str:
    """Return a parameter that must be sent."""
    if not (value := parameters.get(name, "")):
        raise invalid_parameter(name, "it is missing")
    return value


def require_sms(parameters: Parameters) -> None:
    """Refuse what is no code by SMS, with the codes that Twilio uses for what a service has not switched on."""
    channel = required(parameters, "Channel").lower()
    if channel in _OTHER_CHANNELS:
        raise TwilioError(CHANNEL_DISABLED, channel.upper())  # clients search the message for the channel
    if channel not in _CHANNELS:
        raise invalid_parameter("Channel")
    refuse_other_features(parameters)


def refuse_other_features(parameters: Parameters) -> None:
    """Refuse parameters of features that this service does not have; ignoring them would change what is sent."""
    if "CustomCode" in parameters:
        raise TwilioError(CUSTOM_CODE)
    if parameters.keys() & set(_NOT_OURS) or parameters.get("EnableSnaClientToken", "false").lower() != "false":
        raise TwilioError(NOT_SUPPORTED)


def read_code(parameters: Parameters) -> str:
    """Return the code that a user typed: 4 to 10 characters."""
    code = required(parameters, "Code").strip()
    if len(code) not in _CODE_LENGTHS:
        raise invalid_parameter("Code")
    return code


def read_target(parameters: Parameters) -> str:
    """Return what a check names: the sid of a verification, or `To`, which may be a number or a sid."""
    if not (sid := parameters.get("VerificationSid", "")):
        return required(parameters, "To")
    if verification_id(sid) is None:
        raise invalid_parameter("VerificationSid")
    return sid


def read_names(parameters: Parameters) -> Names:
    """Return what the SMS of this call is to name; each is valid as the setting of an app is.

    A brand has no braces, nothing invisible, and nothing that a phone could take for a link or for a second code.
    """
    android_hash, brand = parameters.get("AppHash", ""), parameters.get("CustomFriendlyName", "")
    if android_hash and not _APP_HASH.fullmatch(android_hash):
        raise invalid_parameter("AppHash")
    if brand:
        try:
            brand = _BRAND.validate_python(brand)
        except ValidationError:
            raise invalid_parameter("CustomFriendlyName", "it is not 1 to 30 printable characters") from None
        # What is invisible could be removed later, and what looks alike is read alike.
        if not brand.isprintable() or _UNSAFE_BRAND.search(normalize("NFKC", brand)):
            raise invalid_parameter("CustomFriendlyName", "it has a brace, a link, four digits, or what is invisible")
    return Names(brand, android_hash)


def read_locale(parameters: Parameters) -> tuple[str, ...]:
    """Return the requested language; () without one."""
    locale = parameters.get("Locale", "")
    if not locale:
        return ()
    if len(locale) > _LONGEST_LOCALE or not _LOCALE.fullmatch(locale):
        raise invalid_parameter("Locale")
    return (locale,)


def read_device_ip(parameters: Parameters, private: IpRanges) -> Address | None:
    """Return the address of the user; None without one."""
    text = parameters.get("DeviceIp", "")
    if not text:
        return None
    address = read_address(text)
    if address is None or address in private:
        raise invalid_parameter("DeviceIp", "it is not a public address")
    return address


def read_subjects(parameters: Parameters) -> list[str]:
    """Return the keys of the caller's rate limits, each with its value as one subject."""
    text = parameters.get("RateLimits", "")
    if not text:
        return []
    try:
        keys = orjson.loads(text)
    except orjson.JSONDecodeError:
        keys = None
    is_valid = isinstance(keys, dict) and all(isinstance(value, str | int | float) for value in keys.values())
    if not is_valid or len(text) > _LONGEST_RATE_LIMITS or len(keys) > _MAX_RATE_LIMITS:
        raise invalid_parameter("RateLimits", f"it is not a JSON object of at most {_MAX_RATE_LIMITS} texts")
    return [orjson.dumps({key: value}).decode() for key, value in keys.items()]
