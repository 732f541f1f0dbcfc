"""Response bodies of the JSON API; times are whole seconds in UTC, phone numbers full or masked by caller."""

from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.domain.api_key import Caller
from app.domain.durations import whole_seconds
from app.domain.status import Reason, Status
from app.domain.verification import Approval, PendingVerification, Send, SentMessage, State, Verification


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


class HistoryEntryResponse(BaseModel):
    """One status of a message, and the time it was received."""

    at: datetime
    status: Status
    word: str = Field(description="The gateway's own word.")


class MessageResponse(BaseModel):
    """One SMS as a gateway sees it."""

    message_id: str
    gateway: str
    status: Status
    reason: Reason | None
    segments: int | None
    price: str | None
    history: list[HistoryEntryResponse]

    @classmethod
    def of(cls, message: SentMessage) -> Self:
        """Build the response; the text is not part of it."""
        history = [
            HistoryEntryResponse(at=_to_datetime(line.at), status=line.status, word=line.word)
            for line in message.history
        ]
        return cls(
            message_id=message.id,
            gateway=message.gateway,
            status=message.status,
            reason=message.reason,
            segments=message.segments,
            price=message.price,
            history=history,
        )


class SendResponse(BaseModel):
    """One send and its messages."""

    at: datetime
    messages: list[MessageResponse]

    @classmethod
    def of(cls, send: Send) -> Self:
        """List the messages in order of creation."""
        return cls(at=_to_datetime(send.at), messages=[MessageResponse.of(message) for message in send.messages])


class VerificationResponse(BaseModel):
    """Everything that a backend may read of a verification."""

    model_config = with_examples(examples.VERIFICATION)

    verification_id: str
    status: State
    phone_number: str
    purpose: str
    reference: str | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    attempts_left: int
    sends_left: int
    sends: list[SendResponse]

    @classmethod
    def of(cls, verification: Verification) -> Self:
        """Build the response with the full number: only backends may read it."""
        ended_at = verification.ended_at
        return cls(
            verification_id=verification.id,
            status=verification.state,
            phone_number=verification.phone.e164,
            purpose=verification.purpose,
            reference=verification.reference,
            created_at=_to_datetime(verification.created_at),
            expires_at=_to_datetime(verification.expires_at),
            ended_at=_to_datetime(ended_at) if ended_at else None,
            attempts_left=verification.attempts_left,
            sends_left=verification.sends_left,
            sends=[SendResponse.of(send) for send in verification.sends],
        )


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


def _to_datetime(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
