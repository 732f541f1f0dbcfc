"""Response bodies of the JSON API; times are whole seconds in UTC, phone numbers full or masked by caller."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.api.openapi.problem import Absent
from app.domain.api_key import Caller
from app.domain.durations import whole_seconds
from app.domain.number_search import BlockerKind
from app.domain.status import Reason, Status
from app.domain.verification import Approval, PendingVerification, State


def _to_datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


def _to_datetime_after(milliseconds: int) -> datetime:
    return _to_datetime(whole_seconds(milliseconds) * 1000)


Timestamp = Annotated[datetime, BeforeValidator(_to_datetime)]
"""A time that the domain has in milliseconds since 1970."""

EpochSeconds = Annotated[int, WithJsonSchema({"type": "integer", "format": "int64"})]
"""A time in a token, in seconds since 1970; 32 bits would end in 2038."""
RoundedUpTimestamp = Annotated[datetime, BeforeValidator(_to_datetime_after)]
"""A time before which something is refused: rounded up, so that a retry then is never too early."""

FullNumber = Annotated[str, BeforeValidator(attrgetter("e164"))]
"""A number in E.164 form, for backends only."""


class ResponseBody(BaseModel):
    """A JSON answer; a field with a default is always present."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class PendingResponse(ResponseBody):
    """A pending verification after a code request or a resend."""

    model_config = with_examples(examples.PENDING)

    verification_id: str
    status: Literal["pending"] = "pending"
    phone_number: str = Field(description="Masked.")
    purpose: str
    reference: str | None
    code_length: int
    expires_at: datetime
    expires_in: int
    resend_at: datetime | None = Field(description="The earliest time of a resend; null when no resend is left.")
    resend_in: int | None
    attempts_left: int
    sends_left: int

    @classmethod
    def of(cls, pending: PendingVerification, *, code_length: int) -> Self:
        """Build the response; expiry is rounded down and resend up, so that neither is promised too generously."""
        now, resend_at = pending.now, pending.resend_at
        return cls(
            verification_id=pending.id,
            phone_number=str(pending.phone),
            purpose=pending.purpose,
            reference=pending.reference,
            code_length=code_length,
            expires_at=_to_datetime(pending.expires_at),
            expires_in=(pending.expires_at - now) // 1000,
            resend_at=_to_datetime_after(resend_at) if resend_at else None,
            resend_in=whole_seconds(resend_at - now) if resend_at else None,
            attempts_left=pending.attempts_left,
            sends_left=pending.sends_left,
        )


class ApprovedResponse(ResponseBody):
    """An approved verification and its proof."""

    model_config = with_examples(examples.APPROVED)

    verification_id: str
    status: Literal["approved"] = "approved"
    phone_number: str = Field(description="Full for a secret key, masked for a publishable one.")
    purpose: str
    reference: str | None
    approved_at: datetime
    proof: str
    proof_expires_at: datetime
    device_token: str = Field(description="Send it with this user's next request on this device; valid for 90 days.")

    @classmethod
    def of(cls, approval: Approval, caller: Caller) -> Self:
        """Build the response; only a backend gets the full number."""
        verification = approval.verification
        return cls(
            verification_id=verification.id,
            phone_number=verification.phone.e164 if caller.secret else str(verification.phone),
            purpose=verification.purpose,
            reference=verification.reference,
            approved_at=_to_datetime(verification.approved_at),
            proof=approval.proof,
            proof_expires_at=_to_datetime(approval.proof_expires_at),
            device_token=approval.device_token,
        )


class DomainResponse(ResponseBody):
    """A response that has the fields of a domain value; `validation_alias` is the value's name for a field."""

    # Events send them too: in OpenAPI they are the bodies of requests, with the names of the response.
    model_config = ConfigDict(from_attributes=True, json_schema_mode_override="serialization")


class HistoryEntryResponse(DomainResponse):
    """One status of a message, and the time it was received."""

    at: Timestamp
    status: Status
    word: str = Field(description="The gateway's own word.")


class MessageResponse(DomainResponse):
    """One SMS as a gateway sees it; its text is not part of it."""

    message_id: str = Field(validation_alias="id")
    gateway: str
    status: Status
    reason: Reason | None
    segments: int | None
    price: str | None
    history: list[HistoryEntryResponse]


class SendResponse(DomainResponse):
    """One send and its messages, in order of creation."""

    at: Timestamp
    messages: list[MessageResponse]


class VerificationResponse(DomainResponse):
    """Everything that a backend may read of a verification, with the full number."""

    model_config = with_examples(examples.VERIFICATION)

    verification_id: str = Field(validation_alias="id")
    status: State = Field(validation_alias="state")
    phone_number: FullNumber = Field(validation_alias="phone")
    purpose: str
    reference: str | None
    created_at: Timestamp
    expires_at: Timestamp
    ended_at: Timestamp | None
    attempts_left: int
    sends_left: int
    sends: list[SendResponse]


class BlockerResponse(DomainResponse):
    """One reason why the number gets no code now, or with a `sender` no other message from it."""

    kind: BlockerKind
    limit: str | None = Field(description="The name of the limit that is spent; null for other kinds.")
    until: RoundedUpTimestamp | None = Field(description="When it ends; null where only an operator ends it.")
    sender: str | None = Field(
        description="Of an opt-out from messages without a code: the sender that the recipient answered, or "
        "`gateway:<name>` for a gateway's own; null for what concerns codes."
    )
    since: Timestamp | None = Field(description="When the gateway reported an opt-out that has a sender; else null.")


class OtherMessageResponse(DomainResponse):
    """A message to the number that belongs to no verification."""

    message_id: str = Field(validation_alias="id")
    purpose: str
    gateway: str | None = Field(description="The one that was called last; null while none was.")
    status: Status | Literal["canceled"]
    reason: Reason | None
    created_at: Timestamp


class SearchResponse(DomainResponse):
    """Everything that is stored of a number for this app, and what refuses it a code or a message now."""

    model_config = with_examples(examples.FOUND_NUMBER)

    phone_number: FullNumber = Field(validation_alias="phone")
    verifications: list[VerificationResponse] = Field(description="The newest first, 100 at most.")
    messages: list[OtherMessageResponse] = Field(
        description="Messages that belong to no verification, the newest first, 100 at most."
    )
    blockers: list[BlockerResponse]
    log_name: str = Field(description="The name of the number in the log.")


class ProofResponse(BaseModel):
    """Whether a proof is active, and its claims if so; an inactive one has no other member than `active`."""

    model_config = with_examples(examples.CLAIMS, {"active": False})

    # One model with optional claims: of a union of two, clients of openapi-generator match none or both once a claim is
    # added.
    active: bool
    iss: str | Absent = Field(None, description="The service that signed it: its public URL.")
    aud: str | Absent = Field(None, description="The app that it is for.")
    sub: str | Absent = Field(None, description="The number in E.164 form, or a name for it that differs for each app.")
    iat: EpochSeconds | Absent = Field(None, description="When the code was approved, in seconds since 1970.")
    exp: EpochSeconds | Absent = Field(None, description="When the proof expires, in seconds since 1970.")
    jti: str | Absent = Field(None, description="The id of the proof.")
    purpose: str | Absent = Field(None, description="What it is for; it is valid for nothing else.")
    nonce: str | Absent = Field(None, description="The `reference` of the request; missing where it had none.")
    verification_id: str | Absent = Field(None, description="The id of the verification.")
    amr: list[str] | Absent = Field(None, description='How the number was verified: `["sms"]`, or `["test"]`.')
    assurance: str | Absent = Field(None, description="`restricted`, NIST's term for a code by SMS.")

    @classmethod
    def of(cls, claims: dict[str, Any] | None) -> Self:
        """Build the response from the claims of an active proof, or from None."""
        return cls(active=claims is not None, **(claims or {}))


class JwksResponse(ResponseBody):
    """A JWK set (RFC 7517)."""

    model_config = with_examples(examples.KEYS)

    keys: list[dict[str, str]]
