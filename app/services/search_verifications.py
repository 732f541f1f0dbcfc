"""Search the verifications and messages of a number, and what refuses it a new one."""

import asyncio
from dataclasses import dataclass, replace
from operator import attrgetter

from app.domain.errors import DestinationNotAllowed, NoPendingVerification, NoSuchMessage
from app.domain.keyring import Keyring
from app.domain.number_search import Blocker, BlockerKind, FoundNumber, NumberSearch
from app.domain.outgoing_message import OutgoingMessage
from app.domain.phone_number import PhoneNumber, parse_phone_number
from app.domain.verification import Verification
from app.logs import note
from app.services.parts.send_costs import SendCosts
from app.store.message_reads import MessageReads
from app.store.number_reads import NumberReads
from app.store.verification_reads import VerificationReads

_PURPOSE = "login"  # of the SMS whose cost is compared with limits on money


@dataclass(frozen=True, slots=True)
class SearchVerifications:
    """Finds at most 100 verifications and 100 messages of a number in an app, as long as they are stored.

    It spends and writes nothing. One round trip reads their ids and what refuses the number; a second one, for each 32
    of them, the verifications and messages.
    """

    keyring: Keyring
    number_reads: NumberReads
    verification_reads: VerificationReads
    message_reads: MessageReads
    costs: SendCosts

    async def __call__(self, search: NumberSearch) -> FoundNumber:
        """Search; raises `InvalidPhoneNumber`, or `InvalidRequest` for a country that does not exist."""
        phone, is_open = _parse(search)
        log_name = self.keyring.log_name(phone.e164)
        note(country=phone.country, number=log_name)
        is_test = search.app.policy.test_number(phone.e164, search.day) is not None
        cost = self.costs.of(search.app, purpose=_PURPOSE, locale="", country=phone.country)
        state = await self.number_reads.read(phone, search.app, is_test=is_test, cost=cost)
        app, newest_first = search.app.name, attrgetter("created_at")
        verifications, messages = await asyncio.gather(
            asyncio.gather(*(self._read(id, app) for id in state.ids)),
            asyncio.gather(*(self._read_message(id, app) for id in state.message_ids)),
        )
        return FoundNumber(
            phone=phone,
            log_name=log_name,
            verifications=sorted(filter(None, verifications), key=newest_first, reverse=True),
            messages=sorted(filter(None, messages), key=newest_first, reverse=True),
            blockers=[*([] if is_open else [Blocker(BlockerKind.COUNTRY)]), *state.blockers],
            failures=state.failures,
        )

    async def _read(self, id: str, app: str) -> Verification | None:
        """Read a verification; None for one that has expired since, or that no key of this process decrypts."""
        try:
            return await self.verification_reads.read(id, app=app)
        except NoPendingVerification:
            return None

    async def _read_message(self, id: str, app: str) -> OutgoingMessage | None:
        """Read a message; None for one that has expired since, or that no key of this process decrypts."""
        try:
            return await self.message_reads.read(id, app=app)
        except NoSuchMessage:
            return None


def _parse(search: NumberSearch) -> tuple[PhoneNumber, bool]:
    """Parse the number as a request for a code does; return it, and whether its country is open."""
    policy = search.app.policy

    def parse(*, any_country: bool) -> PhoneNumber:
        return parse_phone_number(
            search.phone_number,
            search.country,
            replace(policy.numbers, countries=None) if any_country else policy.numbers,
            is_test_number=lambda e164: policy.test_number(e164, search.day) is not None,
        )

    try:
        return parse(any_country=False), True
    except DestinationNotAllowed:
        return parse(any_country=True), False
