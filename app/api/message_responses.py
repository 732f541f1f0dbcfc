"""Response bodies of `/v1/messages`."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.api.openapi.problem import Absent
from app.api.responses import DomainResponse, FullNumber, MessageResponse, ResponseBody, Timestamp
from app.domain.outgoing_message import AcceptedMessage, Recipient
from app.domain.status import Status


class RecipientResponse(BaseModel):
    """One recipient: the id of its message, or why it gets none."""

    # One model with optional members, as `ProofResponse`.

    phone_number: str = Field(description="Masked; of a refused recipient, as it was sent.")
    message_id: str | Absent = None
    code: str | Absent = Field(None, description="Why it was refused, as in a problem document.")
    detail: str | Absent = None

    @classmethod
    def of(cls, recipient: Recipient) -> Self:
        """Build the response."""
        if isinstance(recipient, AcceptedMessage):
            return cls(phone_number=str(recipient.phone), message_id=recipient.id)
        error = recipient.error
        return cls(phone_number=recipient.phone_number, code=error.code, detail=str(error))


class MessagesResponse(ResponseBody):
    """Each recipient, in the order of the request."""

    model_config = with_examples(examples.MESSAGES)

    messages: list[RecipientResponse]


class OutgoingMessageResponse(DomainResponse):
    """Everything that a backend may read of a message, with the full number; its text is not part of it."""

    model_config = with_examples(examples.OUTGOING_MESSAGE)

    message_id: str = Field(validation_alias="id")
    verification_id: str | None = Field(description="Of an SMS with a code of ours; null for a message of your own.")
    status: Status | Literal["canceled"]
    phone_number: FullNumber = Field(validation_alias="phone")
    purpose: str
    reference: str | None
    created_at: Timestamp
    send_at: Timestamp | None
    expires_at: Timestamp
    messages: list[MessageResponse] = Field(description="One for each gateway that was called, the oldest first.")
