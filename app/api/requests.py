"""The JSON we take; never the record we keep."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.domain.api_key import Caller
from app.domain.code import clean_digits
from app.domain.errors import Forbidden
from app.domain.locale import accepted_languages
from app.domain.request_context import RequestContext
from app.domain.verification import PURPOSE, CodeCheck, CodeRequest, ResendRequest

VerificationId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Purpose = Annotated[str, StringConstraints(pattern=PURPOSE)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
PhoneNumberText = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]
Token = Annotated[str, StringConstraints(max_length=64)]
HumanToken = Annotated[str, StringConstraints(max_length=8192)]


class RequestBody(BaseModel):
    """A body of ours: unknown fields are refused, and a number is not taken for a string."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class ClientRequestBody(RequestBody):
    """A body on behalf of a person; only a backend may say from where, for its own address is not the person's."""

    client_ip: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="The person's address, for limits; for secret keys only.", examples=["203.0.113.7"]
    )

    def fingerprint(self) -> str:
        """Write what makes two bodies the same."""
        return self.model_dump_json()


class CodeRequestBody(ClientRequestBody):
    """A number, as a person writes it, and what its proof is for."""

    model_config = with_examples(examples.CODE_REQUEST)

    phone_number: PhoneNumberText
    country: Country | None = Field(None, description="Where a national number is from.")
    purpose: Purpose = Field("login", description="What the proof is for; it counts for nothing else.")
    locale: Locale | None = Field(
        None,
        description="The person's language (BCP 47), for the SMS. Where there is no text in it, `Accept-Language` "
        "says, then the number's country.",
    )
    reference: Annotated[str, StringConstraints(max_length=128)] | None = Field(
        None, description="Yours; comes back in answers and in the proof's `nonce`."
    )
    subject: Annotated[str, StringConstraints(max_length=128)] | None = Field(
        None, description="Your own user or session, for its limit."
    )
    device_token: Token | None = Field(
        None, description="What an earlier approval of this number gave this device: strangers cannot use up its share."
    )
    human_check: HumanToken | None = Field(None, description="What a solved human check gave.")

    def ask(self, call: RequestContext, caller: Caller, day: date, *, accept_language: str = "") -> CodeRequest:
        """Put it in our words; raises `Forbidden` for a purpose that the key is not for."""
        caller.needs_purpose(self.purpose)
        return CodeRequest(
            call,
            self.phone_number,
            self.country,
            self.purpose,
            self.reference or None,
            day,
            subject=self.subject or "",
            device_token=self.device_token or "",
            human_check=self.human_check or "",
            languages=((self.locale,) if self.locale else ()) + accepted_languages(accept_language),
        )


class ResendBody(ClientRequestBody):
    """One more SMS of a pending verification."""

    model_config = with_examples(examples.RESEND)

    verification_id: VerificationId
    human_check: HumanToken | None = Field(None, description="What a solved human check gave.")

    def ask(self, call: RequestContext, caller: Caller) -> ResendRequest:
        """Put it in our words."""
        return ResendRequest(call, self.verification_id, caller.purposes, self.human_check or "")


class CodeCheckBody(ClientRequestBody):
    """A code that a person typed."""

    code: Code

    def fingerprint(self) -> str:
        """Write what makes two bodies the same; however the code was typed, it is the same code."""
        return self.model_copy(update={"code": clean_digits(self.code)}).model_dump_json()


class CheckByIdBody(CodeCheckBody):
    """A code that a person typed, and the verification that it is for."""

    model_config = with_examples(examples.CHECK_BY_ID)

    verification_id: VerificationId
    purpose: Purpose | None = Field(None, description="Must be the verification's, if given.")

    def guess(self, call: RequestContext, caller: Caller) -> CodeCheck:
        """Put it in our words; raises `Forbidden` for a purpose that the key is not for."""
        purposes = caller.purposes if self.purpose is None else frozenset({self.purpose})
        if self.purpose is not None:
            caller.needs_purpose(self.purpose)
        return CodeCheck(call, self.code, purposes, verification_id=self.verification_id)


class CheckByNumberBody(CodeCheckBody):
    """A code and the number that it was sent to; for backends that bind the check to a session."""

    model_config = with_examples(examples.CHECK_BY_NUMBER)

    phone_number: PhoneNumberText
    country: Country | None = Field(None, description="Where a national number is from.")
    purpose: Purpose = Field("login", description="The verification's.")

    def guess(self, call: RequestContext, caller: Caller) -> CodeCheck:
        """Put it in our words; raises `Forbidden` for a publishable key."""
        if not caller.secret:
            raise Forbidden("Only a secret key may check a code by number; give the verification_id.")
        purposes = frozenset({self.purpose})
        return CodeCheck(call, self.code, purposes, phone_number=self.phone_number, country=self.country)


class ProofBody(RequestBody):
    """A proof to look at."""

    model_config = with_examples(examples.PROOF_REQUEST)

    proof: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


def _has_verification_id(body: Any) -> bool:  # noqa: ANN401  whatever JSON came
    return isinstance(body, dict) and "verification_id" in body


AnyCodeRequestBody = Annotated[
    Annotated[CodeRequestBody, Tag("ask")] | Annotated[ResendBody, Tag("resend")],
    Discriminator(lambda body: "resend" if _has_verification_id(body) else "ask"),
]
AnyCodeCheckBody = Annotated[
    Annotated[CheckByIdBody, Tag("by_id")] | Annotated[CheckByNumberBody, Tag("by_number")],
    Discriminator(lambda body: "by_id" if _has_verification_id(body) else "by_number"),
]
