"""Response bodies of the JSON API; times are whole seconds in UTC, phone numbers full or masked by caller."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.domain.api_key import Caller
from app.domain.durations import whole_seconds
from app.domain.status import Reason, Status
from app.domain.verification import Approval, PendingVerification, State


def _to_datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


Timestamp = Annotated[datetime, BeforeValidator(_to_datetime)]
"""A time that the domain has in milliseconds since 1970."""

FullNumber = Annotated[str, BeforeValidator(attrgetter("e164"))]
"""A number in E.164 form, for backends only."""


class PendingResponse(BaseModel):
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
            resend_at=_to_datetime(whole_seconds(resend_at) * 1000) if resend_at else None,
            resend_in=whole_seconds(resend_at - now) if resend_at else None,
            attempts_left=pending.attempts_left,
            sends_left=pending.sends_left,
        )


class ApprovedResponse(BaseModel):
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


class DomainResponse(BaseModel):
    """A response that has the fields of a domain value; `validation_alias` is the value's name for a field."""

    model_config = ConfigDict(from_attributes=True)


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


class ProofResponse(BaseModel):
    """Whether a proof is active, and its claims if so."""

    model_config = ConfigDict(extra="allow") | with_examples(examples.CLAIMS, {"active": False})

    active: bool

    @classmethod
    def of(cls, claims: dict[str, Any] | None) -> Self:
        """Build the response; an inactive proof has no other field than `active`."""
        return cls(active=claims is not None, **(claims or {}))


class JwksResponse(BaseModel):
    """A JWK set (RFC 7517)."""

    model_config = with_examples(examples.KEYS)

    keys: list[dict[str, str]]
