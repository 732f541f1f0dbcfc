"""Request bodies of `/v1/messages`."""

import contextlib
import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.api.requests import ClientRequestBody, Country, Locale, PhoneNumberText, PlainText, Purpose, RequestBody
from app.domain.code import clean_digits
from app.domain.errors import InvalidRequest
from app.domain.locale import accepted_languages
from app.domain.message_texts import MAX_TEXT, MAX_VALUE
from app.domain.outgoing_message import (
    MAX_AHEAD_MS,
    MAX_RECIPIENTS,
    Content,
    FreeText,
    MessageRequest,
    OwnCode,
    TemplateText,
    is_own_code,
)
from app.domain.request_context import RequestContext

_PURPOSE, _CODE_PURPOSE = "message", "login"
_CONTENTS = ("text", "template", "code")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.IGNORECASE)


def _read_code(code: str) -> str:
    digits = clean_digits(code)
    if not is_own_code(digits):
        raise ValueError("Send a code of 4 to 10 digits")
    return digits


def _read_time(text: str) -> str:
    """Check a time of RFC 3339, which always names its offset from UTC."""
    with contextlib.suppress(ValueError):
        if _TIME.match(text) and datetime.fromisoformat(text).tzinfo:
            return text
    raise ValueError("Send a time like 2026-12-01T08:00:00Z (RFC 3339)")


_OwnCode = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_read_code)]
_Time = Annotated[str, StringConstraints(max_length=40), AfterValidator(_read_time)]
_Recipients = Annotated[list[PhoneNumberText], Field(min_length=1, max_length=MAX_RECIPIENTS)]
_Values = dict[
    Annotated[str, StringConstraints(max_length=32)],
    Annotated[str, StringConstraints(min_length=1, max_length=MAX_VALUE)],
]


class MessageBody(ClientRequestBody):
    """One content for one number, or for up to 1,000."""

    model_config = with_examples(examples.MESSAGE_REQUEST)

    phone_number: PhoneNumberText | None = None
    to: _Recipients | None = Field(
        None, description="Up to 1,000 numbers in place of `phone_number`; each is accepted or refused by itself."
    )
    country: Country | None = Field(None, description="The country of numbers in national format.")
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)] | None = Field(
        None, description="Any text; only for apps that are allowed free text."
    )
    template: Purpose | None = Field(None, description="The name of one of the app's `message_texts`.")
    values: _Values | None = Field(None, description="The values of the template's variables.")
    code: _OwnCode | None = Field(None, description="A code that you drew and will check; our text is sent with it.")
    purpose: Purpose | None = Field(
        None, description="What the message is for; `message` by default, `login` with a code."
    )
    locale: Locale | None = Field(None, description="The recipients' language (BCP 47), for a template or a code.")
    reference: PlainText | None = Field(None, description="Your reference; returned in responses and events.")
    subject: PlainText | None = Field(None, description="Your own user or session id, for the limit of codes.")
    send_at: _Time | None = Field(None, description="When to send it: up to 30 days ahead.")
    ttl: int | None = Field(
        None,
        description="For how many seconds it may be sent, from then on: 30 to 259,200, with a code to 600. An hour by "
        "default, with a code as long as the service's codes live.",
    )

    @model_validator(mode="after")
    def _require_one_of_each(self) -> Self:
        given = [name for name in _CONTENTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("Send exactly one of text, template and code")
        if (self.phone_number is None) == (self.to is None):
            raise ValueError("Send phone_number, or a list as to")
        if self.values is not None and self.template is None:
            raise ValueError("values belong to a template")
        return self

    def to_request(self, context: RequestContext, now: float, *, accept_language: str = "") -> MessageRequest:
        """Build the domain request; `now` is seconds since 1970. Raises `InvalidRequest` for a time too far ahead."""
        return MessageRequest(
            call=context,
            recipients=self.to if self.to is not None else [self.phone_number or ""],
            country=self.country,
            content=self._content(),
            purpose=self.purpose or (_PURPOSE if self.code is None else _CODE_PURPOSE),
            reference=self.reference or None,
            day=datetime.fromtimestamp(now, UTC).date(),
            languages=((self.locale,) if self.locale else ()) + accepted_languages(accept_language),
            subjects=(self.subject,) if self.subject else (),
            send_at=self._send_at(now),
            ttl=self.ttl,
        )

    def _content(self) -> Content:
        if self.text is not None:
            return FreeText(self.text)
        if self.template is not None:
            return TemplateText(self.template, self.values or {})
        return OwnCode(self.code or "")

    def _send_at(self, now: float) -> int:
        """Return the time in milliseconds since 1970; 0 for now, or a time that has passed."""
        if self.send_at is None:
            return 0
        at = round(datetime.fromisoformat(self.send_at).timestamp() * 1000)
        if at > now * 1000 + MAX_AHEAD_MS:
            detail = "A message is scheduled up to 30 days ahead."
            raise InvalidRequest(detail, [("/send_at", detail)])
        return at if at > now * 1000 else 0


class OutcomeBody(RequestBody):
    """What became of the code of a message."""

    model_config = with_examples(examples.OUTCOME)

    approved: StrictBool = Field(
        description="Whether the recipient typed the code: true once it was right, false once it expired or was wrong."
    )
