"""Send messages: parse each number, write each text, store and queue what is not refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.code import RandomBytes
from app.domain.errors import InvalidRequest, OtpError, RateLimited
from app.domain.keyring import Keyring
from app.domain.outgoing_message import (
    MESSAGE_ID,
    AcceptedMessage,
    MessageRequest,
    NewMessage,
    OwnCode,
    Recipient,
    RefusedRecipient,
)
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.domain.route import Routes
from app.logs import log
from app.services.parts.code_generation import new_id
from app.services.parts.message_text import MessageWriter, message_writer
from app.services.parts.send_costs import SendCosts
from app.store.outgoing_messages import MessageBatch, OutgoingMessages

_BATCH = 50
_CODE_TTL_LONGEST, _TTL, _TTL_LONGEST = 600, 3600, 3 * 86_400  # seconds
_TTL_SHORTEST = 30


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Sends a text to one or more numbers, or refuses a number with the reason; each is judged by itself.

    A call that repeats an Idempotency-Key returns the first answer, and sends what a call that was lost left.
    """

    keyring: Keyring
    outgoing: OutgoingMessages
    random_bytes: RandomBytes
    costs: SendCosts
    routes: Routes

    async def __call__(self, request: MessageRequest) -> list[Recipient]:
        """Return what became of each recipient, in the order of the request.

        Raises `Forbidden` or `InvalidRequest` for what concerns all of them: the content, its time or its lifetime.
        """
        lifetime = _lifetime(request)
        writer = message_writer(request, lifetime=lifetime)
        results: list[Recipient] = []
        seen: set[str] = set()
        for number, first in enumerate(range(0, len(request.recipients), _BATCH)):
            recipients = request.recipients[first : first + _BATCH]
            results += await self._send_batch(request, recipients, writer, lifetime, seen=seen, number=number)
        for result in results:
            if isinstance(result, RefusedRecipient):
                limit = {"limit": result.error.limit} if isinstance(result.error, RateLimited) else {}
                log.info("recipient_refused", app=request.call.app.name, code=result.error.code, **limit)
        return results

    def check(self, request: MessageRequest) -> list[NewMessage | OtpError]:
        """Return what would be stored for each recipient, or why it is refused; nothing is stored or sent.

        What depends on the store is not checked: limits, blocks, opt-outs, the fraud guard and the queue. Raises what a
        call raises.
        """
        writer = message_writer(request, lifetime=_lifetime(request))
        return [self._judge(request, recipient, writer, set()) for recipient in request.recipients]

    async def _send_batch(
        self,
        request: MessageRequest,
        recipients: Sequence[str],
        writer: MessageWriter,
        lifetime: int,
        *,
        seen: set[str],
        number: int,
    ) -> list[Recipient]:
        """Send to at most 50 recipients; `seen` are the numbers before them, `number` is that of the batch."""
        judged = [self._judge(request, recipient, writer, seen) for recipient in recipients]
        new = [one for one in judged if isinstance(one, NewMessage)]
        call = request.call
        if call.idempotency:
            # The stored answer is that of these recipients: a country may be closed when the call is repeated.
            scope = f"{call.idempotency.scope}|{number}" if number else call.idempotency.scope
            body = f"{call.idempotency.body}\n{' '.join(one.phone.e164 for one in new)}"
            call = replace(call, idempotency=replace(call.idempotency, scope=scope, body=body))
        batch = MessageBatch(
            call=call,
            messages=new,
            purpose=request.purpose,
            reference=request.reference,
            lifetime=lifetime,
            send_at=request.send_at,
            has_code=isinstance(request.content, OwnCode),
            subjects=request.subjects,
        )
        answers = iter(zip(new, await self.outgoing.save(batch) if new else [], strict=True))
        results: list[Recipient] = []
        for recipient, one in zip(recipients, judged, strict=True):
            if isinstance(one, OtpError):
                results.append(RefusedRecipient(recipient, one))
                continue
            message, answer = next(answers)
            if isinstance(answer, OtpError):
                results.append(RefusedRecipient(recipient, answer))
            else:
                results.append(AcceptedMessage(message.phone, answer))
        return results

    def _judge(
        self, request: MessageRequest, recipient: str, writer: MessageWriter, seen: set[str]
    ) -> NewMessage | OtpError:
        """Parse the number and write its text; return the message, or why there is none."""
        try:
            phone = self._parse(request, recipient)
        except OtpError as error:
            return error
        if phone.e164 in seen:
            return InvalidRequest("This number stands in the list before.")
        seen.add(phone.e164)
        try:
            text = writer(phone)
        except OtpError as error:
            return error
        policy = request.call.app.policy
        is_test = policy.test_number(phone.e164, request.day) is not None
        return NewMessage(
            id=new_id(MESSAGE_ID, self.random_bytes),
            phone=phone,
            text=text,
            code=request.content.code if isinstance(request.content, OwnCode) else "",
            cost=0 if is_test else self.costs.of_finished(text, country=phone.country),
            is_test=is_test,
            senders=self._senders(request, phone.country),
        )

    def _senders(self, request: MessageRequest, country: str) -> list[str]:
        """Return the senders whose opt-outs refuse a message: none refuses a code, or what is transactional."""
        app = request.call.app
        if isinstance(request.content, OwnCode) or request.purpose in app.messages.transactional:
            return []
        return self.routes.shown_senders(country, app.templates.sender)

    def _parse(self, request: MessageRequest, recipient: str) -> PhoneNumber:
        policy = request.call.app.policy

        def is_test_number(e164: str) -> bool:
            return policy.test_number(e164, request.day) is not None

        return parse_phone_number(recipient, request.country, policy.numbers, is_test_number=is_test_number)


def _lifetime(request: MessageRequest) -> int:
    """Return for how many seconds a message may be sent; raises `InvalidRequest`."""
    has_code = isinstance(request.content, OwnCode)
    if request.ttl is None:
        return request.call.app.policy.code_lifetime if has_code else _TTL
    longest = _CODE_TTL_LONGEST if has_code else _TTL_LONGEST
    if not _TTL_SHORTEST <= request.ttl <= longest:
        kind = "with" if has_code else "without"
        detail = f"The ttl of a message {kind} a code is {_TTL_SHORTEST} to {longest} seconds."
        raise InvalidRequest(detail, [("/ttl", detail)])
    return request.ttl
