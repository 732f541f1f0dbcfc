"""Settings of hooks: which identity servers call, for which app, and how they sign."""

import re
from collections.abc import Callable, Sized
from dataclasses import replace
from typing import Annotated, Self, TypeVar

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, model_validator

from app.domain.hook import (
    HookAnswer,
    HookFields,
    HookPreset,
    HookVerification,
    Pointers,
    RefusalForm,
    Scheme,
    Signed,
)
from app.domain.json_pointer import check_pointer
from app.domain.signatures.hs256_token import MIN_SECRET_LENGTH
from app.domain.signatures.standard_webhooks import read_key
from app.domain.verification import PURPOSE
from app.settings.apps import AppName
from app.settings.hook_presets import PRESETS
from app.settings.json_files import read_document
from app.settings.parsers import pattern

DEFAULT_PURPOSE = "login"
_EXAMPLE = '{"auth": {"preset": "supabase", "app": "shop", "secrets": ["v1,whsec_…"]}}'
_MIN_LENGTH, _MIN_DISTINCT = 22, 8  # characters: 128 bits of base64url; and no row of one letter
_FIELDS = tuple(HookFields.__slots__)
_OK, _STATUS = (Ge(200), Le(299)), (Ge(200), Le(599))


def _read_pointers(value: object) -> object:
    """Read one pointer or a list of them."""
    return [value] if isinstance(value, str) else value


def _read_preset(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"there is no such preset; write one of {', '.join(PRESETS)}, or `verify` in its place")
    return name


def _read_purpose(text: str) -> str:
    if text.startswith("/"):
        return check_pointer(text)
    if not re.fullmatch(PURPOSE, text):
        raise ValueError("write a purpose like login, of lower-case letters, digits and _, or its place like /type")
    return text


_SizedT = TypeVar("_SizedT", bound=Sized)


def _require_one(values: _SizedT) -> _SizedT:
    if not values:
        raise ValueError("list at least one")
    return values


HookName = Annotated[
    str,
    pattern(
        "[a-z][a-z0-9_-]{0,31}", "a hook's name is 1 to 32 lower-case letters, digits, _ or -, and begins with a letter"
    ),
]
_Pointers = Annotated[
    tuple[Annotated[str, AfterValidator(check_pointer)], ...],
    BeforeValidator(_read_pointers),
    AfterValidator(_require_one),
]
_Header = Annotated[str, pattern("[A-Za-z0-9-]{1,64}", "write the name of a header, like X-Signature")]
_Claim = Annotated[str, pattern("[!-~]{0,255}", "write at most 255 printable ASCII characters without spaces")]


class VerifySettings(BaseModel):
    """How the calls of a hook are verified; of a preset, what differs from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: Scheme | None = None
    header: _Header | None = None
    signed: Signed | None = None
    subject: _Claim = ""
    audience: _Claim = ""

    def changed(self, base: HookVerification | None) -> HookVerification:
        """Return the verification; raises `ValueError` where its scheme or header is missing."""
        if base is None or self.scheme not in {None, base.scheme}:
            if self.scheme is None:
                raise ValueError(f"verify.scheme is missing; write one of {', '.join(Scheme)}")
            if self.scheme is Scheme.HMAC and not self.header:
                raise ValueError("verify.header is missing: the name of the header that has the HMAC")
            base = HookVerification(self.scheme)
        return replace(
            base,
            header=(self.header or base.header).lower(),
            signed=self.signed or base.signed,
            subject=self.subject,
            audience=self.audience,
        )


class AnswerSettings(BaseModel):
    """The statuses of a hook's answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ok: Annotated[int, *_OK] | None = None
    refused: Annotated[int, *_STATUS] | None = None
    away: Annotated[int, *_STATUS] | None = None


class HookSettings(BaseModel):
    """One hook: a preset, or what a preset would say; each other field takes the place of what the preset says."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    preset: Annotated[str, AfterValidator(_read_preset)] | None = None
    app: AppName
    secrets: Annotated[list[SecretStr], AfterValidator(_require_one)]
    """More than one during a rotation."""

    purpose: Annotated[str, AfterValidator(_read_purpose)] | None = None
    """A purpose, or where the body has it. Unset: what the preset reads, else `login`."""

    ttl: Annotated[int, Ge(30), Le(600)] = 300
    """Seconds for which the SMS may be sent; as long as the sender's code is valid."""

    verify: VerifySettings | None = None
    phone_number: _Pointers | None = None
    code: _Pointers | None = None
    text: _Pointers | None = None
    client_ip: _Pointers | None = None
    locale: _Pointers | None = None
    reference: _Pointers | None = None
    subject: _Pointers | None = None
    idempotency_key: _Pointers | None = None
    answer: AnswerSettings = AnswerSettings()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.preset is None and self.verify is None:
            raise ValueError(f"preset is missing; write one of {', '.join(PRESETS)}, or `verify` in its place")
        if self.preset is None and not self.phone_number:
            raise ValueError('phone_number is missing: where the body has the number, like "/sms/phone"')
        if not (self.fields.code or self.fields.text):
            raise ValueError('code or text is missing: where the body has it, like "/sms/otp"')
        verification = self.verification
        if verification.scheme is Scheme.JWT_HS256 and not verification.audience:
            raise ValueError("verify.audience is missing: the `aud` that the sender puts into its tokens")
        for secret in self.plain_secrets:
            _CHECKS[verification.scheme](secret)
        return self

    @property
    def known(self) -> HookPreset | None:
        """Return the preset, if there is one."""
        return PRESETS[self.preset] if self.preset else None

    @property
    def verification(self) -> HookVerification:
        """Return how calls are verified; raises `ValueError` where something is missing."""
        base = self.known.verification if self.known else None
        return (self.verify or VerifySettings()).changed(base)

    @property
    def fields(self) -> HookFields:
        """Return where the body has what: the preset's places, and these in place of them.

        Who names the place of a code or a text wants that one only.
        """
        own: dict[str, Pointers] = {
            name: given for name in _FIELDS if name != "purpose" and (given := getattr(self, name))
        }
        if self.purpose:
            own["purpose"] = (self.purpose,) if self.purpose.startswith("/") else ()
        if self.known is None:
            return HookFields(**own)
        content = {"code": (), "text": ()} if self.code or self.text else {}
        return replace(self.known.fields, **(content | own))

    @property
    def answers(self) -> HookAnswer:
        """Return the statuses of answers."""
        base = self.known.answer if self.known else HookAnswer(refused=200, form=RefusalForm.NOTHING)
        given = {name: status for name, status in self.answer if status is not None}
        is_error = given.get("refused", 0) >= _FIRST_ERROR and base.form is RefusalForm.NOTHING
        return replace(base, **given, form=RefusalForm.TEXT if is_error else base.form)

    @property
    def plain_secrets(self) -> list[str]:
        """Return the secrets; of Standard Webhooks without the version, and several in one text are separated."""
        texts = [secret.get_secret_value().strip() for secret in self.secrets]
        if self.verification.scheme is not Scheme.STANDARD_WEBHOOKS:
            return texts
        # As Supabase writes them: `v1,whsec_…|v1,whsec_…`.
        return [part.strip().removeprefix("v1,") for text in texts for part in text.split("|")]


_FIRST_ERROR = 400


def _check_strength(secret: str) -> None:
    if len(secret) < _MIN_LENGTH or len(set(secret)) < _MIN_DISTINCT or re.search("[^!-~]", secret):
        raise ValueError(f"a secret is too weak; write at least {_MIN_LENGTH} random letters, without spaces")


def _check_webhook_secret(secret: str) -> None:
    try:
        read_key(secret)
    except ValueError:
        raise ValueError("a secret is not like v1,whsec_ and at least 32 letters of base64; copy it whole") from None


def _check_basic(secret: str) -> None:
    user, colon, password = secret.partition(":")
    if not (user and colon):
        raise ValueError("a secret is not like user:password")
    _check_strength(password)


def _check_token_secret(secret: str) -> None:
    _check_strength(secret)
    if len(secret) < MIN_SECRET_LENGTH:
        raise ValueError(f"a secret of a JWT has at least {MIN_SECRET_LENGTH} characters (RFC 7518 §3.2)")


def _check_path(secret: str) -> None:
    _check_strength(secret)
    if not re.fullmatch("[A-Za-z0-9_-]+", secret):
        raise ValueError("a secret of an address has letters, digits, - and _ only")


_CHECKS: dict[Scheme, Callable[[str], None]] = {
    Scheme.STANDARD_WEBHOOKS: _check_webhook_secret,
    Scheme.BEARER: _check_strength,
    Scheme.BASIC: _check_basic,
    Scheme.HMAC: _check_strength,
    Scheme.JWT_HS256: _check_token_secret,
    Scheme.PATH: _check_path,
}


def read_hooks(value: object) -> object:
    """Parse the hooks from JSON or from a JSON file."""
    return read_document(value, example=_EXAMPLE, repeats="a hook or a field") if isinstance(value, str) else value
