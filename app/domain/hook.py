"""A hook: how an identity server calls, so that this service sends its SMS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Pointers = tuple[str, ...]
"""Places of one value, as JSON Pointers; the first that has a value counts."""


class Scheme(StrEnum):
    """How a sender proves who it is."""

    STANDARD_WEBHOOKS = "standard-webhooks"
    BEARER = "bearer"
    """A secret in a header; in `Authorization` behind the word Bearer."""
    BASIC = "basic"
    HMAC = "hmac"
    JWT_HS256 = "jwt-hs256"
    PATH = "path"
    """A secret as the last part of the address."""


class Signed(StrEnum):
    """What the HMAC of a call is over, and how its header is written."""

    BODY = "body"
    """The body; the header is the HMAC in hexadecimal."""
    TIME_AND_BODY = "time.body"
    """Time, a dot and the body; the header is `t=<seconds>,v1=<hexadecimal>`, with one `v1` for each secret."""


class RefusalForm(StrEnum):
    """What the body of a refusal is."""

    NOTHING = "nothing"
    """An empty object: the sender does not read it."""
    TEXT = "text"
    """A sentence."""
    ERROR_OBJECT = "error_object"
    """`{"error": {"http_code", "message"}}`."""


@dataclass(frozen=True, slots=True)
class HookVerification:
    """How a call is verified; `subject` and `audience` are claims that a JWT must have."""

    scheme: Scheme
    header: str = "authorization"
    signed: Signed = Signed.BODY
    subject: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class HookFields:
    """Where a body has what a message needs; `code` is preferred to `text`."""

    phone_number: Pointers
    code: Pointers = ()
    text: Pointers = ()
    client_ip: Pointers = ()
    locale: Pointers = ()
    purpose: Pointers = ()
    reference: Pointers = ()
    subject: Pointers = ()
    idempotency_key: Pointers = ()


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """The HTTP statuses of answers: accepted, refused (0 for that of the error), and while Redis is away."""

    ok: int = 200
    refused: int = 0
    away: int = 503
    form: RefusalForm = RefusalForm.TEXT


@dataclass(frozen=True, slots=True)
class HookPreset:
    """What is known of a sender; `purposes` maps its words to purposes."""

    verification: HookVerification
    fields: HookFields
    answer: HookAnswer = HookAnswer()
    purposes: Mapping[str, str] = field(default_factory=dict)
