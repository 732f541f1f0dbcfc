"""Request bodies of the JSON API; stored records are separate types."""

import unicodedata
from datetime import date
from typing import Annotated, Any

from fastapi import Body
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.domain.api_key import Caller
from app.domain.code import clean_digits
from app.domain.errors import Forbidden
from app.domain.locale import accepted_languages
from app.domain.number_search import NumberSearch
from app.domain.request_context import RequestContext
from app.domain.verification import PURPOSE, CodeCheck, CodeRequest, ResendRequest


def require_printable(text: str) -> str:
    """Refuse control characters and line separators (Unicode Cc, Zl, Zp): what comes back must not end a line."""
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in text):
        raise ValueError("Send it without control characters and line breaks")
    return text


VerificationId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Purpose = Annotated[str, StringConstraints(pattern=PURPOSE)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
PhoneNumberText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]
Token = Annotated[str, StringConstraints(max_length=64)]
PlainText = Annotated[str, StringConstraints(max_length=128), AfterValidator(require_printable)]
HumanToken = Annotated[str, StringConstraints(max_length=8192)]


def _without_default(schema: dict[str, Any]) -> None:
    """Leave out the default: openapi-typescript makes a field that has one required."""
    del schema["default"]


class RequestBody(BaseModel):
    """A JSON body: unknown fields are refused, and a JSON number is not accepted as a string."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class ClientRequestBody(RequestBody):
    """A body on behalf of a user; a backend sends the user's address, because its own is not the user's."""

    client_ip: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="The user's IP address, for limits; secret keys only.", examples=["203.0.113.7"]
    )

    def fingerprint(self) -> str:
        """Return the JSON that is equal for two equal bodies."""
        return self.model_dump_json()


class CodeRequestBody(ClientRequestBody):
    """A phone number, as a user types it, and the purpose of its proof."""

    model_config = with_examples(examples.CODE_REQUEST)

    phone_number: PhoneNumberText
    country: Country | None = Field(None, description="The country of a number in national format.")
    purpose: Purpose = Field(
        "login",
        description="What the proof is for, `login` by default; it is valid for nothing else.",
        json_schema_extra=_without_default,
    )
    locale: Locale | None = Field(
        None,
        description="The user's language (BCP 47), for the SMS. Without a text in that language, `Accept-Language` "
        "decides, then the number's country.",
    )
    reference: PlainText | None = Field(
        None, description="Your reference; returned in responses and in the proof's `nonce`. No control characters."
    )
    subject: PlainText | None = Field(None, description="Your own user or session id, for its limit.")
    device_token: Token | None = Field(
        None,
        description="The token that an earlier approval of this number returned to this device; others cannot use up "
        "a known device's share of the limits.",
    )
    human_check: HumanToken | None = Field(None, description="The token of a solved human check.")

    def to_request(
        self, context: RequestContext, caller: Caller, day: date, *, accept_language: str = ""
    ) -> CodeRequest:
        """Build the domain request; raises `Forbidden` for a purpose that the key does not allow."""
        caller.require_purpose(self.purpose)
        return CodeRequest(
            context,
            self.phone_number,
            self.country,
            self.purpose,
            self.reference or None,
            day,
            subjects=(self.subject,) if self.subject else (),
            device_token=self.device_token or "",
            human_check=self.human_check or "",
            languages=((self.locale,) if self.locale else ()) + accepted_languages(accept_language),
        )


class ResendBody(ClientRequestBody):
    """A resend of the code of a pending verification."""

    model_config = with_examples(examples.RESEND)

    verification_id: VerificationId
    human_check: HumanToken | None = Field(None, description="The token of a solved human check.")

    def to_request(self, context: RequestContext, caller: Caller) -> ResendRequest:
        """Build the domain request."""
        return ResendRequest(context, self.verification_id, caller.purposes, self.human_check or "")


class CodeCheckBody(ClientRequestBody):
    """A code that a user typed."""

    code: Code

    def fingerprint(self) -> str:
        """Return the JSON that is equal for two equal bodies; how the code was typed makes no difference."""
        return self.model_copy(update={"code": clean_digits(self.code)}).model_dump_json()


class CheckByIdBody(CodeCheckBody):
    """A code that a user typed, and its verification."""

    model_config = with_examples(examples.CHECK_BY_ID)

    verification_id: VerificationId
    purpose: Purpose | None = Field(None, description="If set, must be the verification's purpose.")

    def to_code_check(self, context: RequestContext, caller: Caller) -> CodeCheck:
        """Build the domain code check; raises `Forbidden` for a purpose that the key does not allow."""
        purposes = caller.purposes if self.purpose is None else frozenset({self.purpose})
        if self.purpose is not None:
            caller.require_purpose(self.purpose)
        return CodeCheck(context, self.code, purposes, verification_id=self.verification_id)


class CheckByNumberBody(CodeCheckBody):
    """A code and the phone number it was sent to; for backends that bind the check to a session."""

    model_config = with_examples(examples.CHECK_BY_NUMBER)

    phone_number: PhoneNumberText
    country: Country | None = Field(None, description="The country of a number in national format.")
    purpose: Purpose = Field(
        "login",
        description="The verification's purpose, `login` by default.",
        json_schema_extra=_without_default,
    )

    def to_code_check(self, context: RequestContext, caller: Caller) -> CodeCheck:
        """Build the domain code check; raises `Forbidden` for a publishable key."""
        if not caller.secret:
            raise Forbidden("Only a secret key may check a code by number; send the verification_id.")
        purposes = frozenset({self.purpose})
        return CodeCheck(context, self.code, purposes, phone_number=self.phone_number, country=self.country)


class SearchBody(RequestBody):
    """A phone number whose verifications are searched."""

    model_config = with_examples(examples.SEARCH_REQUEST)

    phone_number: PhoneNumberText
    country: Country | None = Field(None, description="The country of a number in national format.")

    def to_search(self, caller: Caller, day: date) -> NumberSearch:
        """Build the domain search; `day` is today, in UTC."""
        return NumberSearch(caller.app, self.phone_number, self.country, day)


class ProofBody(RequestBody):
    """A proof to redeem or introspect."""

    model_config = with_examples(examples.PROOF_REQUEST)

    proof: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


def _has_verification_id(body: Any) -> bool:  # noqa: ANN401  any JSON value
    return isinstance(body, dict) and "verification_id" in body


AnyCodeRequestBody = Annotated[
    Annotated[CodeRequestBody, Tag("ask")] | Annotated[ResendBody, Tag("resend")],
    Discriminator(lambda body: "resend" if _has_verification_id(body) else "ask"),
    Body(title="RequestCodeBody", openapi_examples=examples.CODE_REQUESTS),
]
AnyCodeCheckBody = Annotated[
    Annotated[CheckByIdBody, Tag("by_id")] | Annotated[CheckByNumberBody, Tag("by_number")],
    Discriminator(lambda body: "by_id" if _has_verification_id(body) else "by_number"),
    Body(title="VerifyCodeBody", openapi_examples=examples.CODE_CHECKS),
]
