"""Read what is stored of a number in an app: ids of verifications and messages, and what refuses it a new one."""

from app.domain.app import App
from app.domain.limit_entry import Counted
from app.domain.limits import OF_A_CODE
from app.domain.number_search import Blocker, BlockerKind, NumberState
from app.domain.phone_number import PhoneNumber
from app.store.context import StoreContext
from app.store.limit_facts import limits_fact


class NumberReads:
    """A read takes one script and one round trip, and writes nothing; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._read = store.script("read_number")

    async def read(self, phone: PhoneNumber, app: App, *, is_test: bool, cost: int) -> NumberState:
        """Read the state of a number in an app; `cost` is that of an SMS to it, in millionths of the currency.

        It has at most 100 ids of each kind, of which some may have expired since.
        """
        key, name = self._store.key, self._store.encryption.name_number(phone.e164)
        keys = [
            key("number", app.name, name),
            key("pending", app.name, name),
            key("blocked"),
            key("opted_out", name),
            key("outgoing_of", app.name, name),
            key(""),
        ]
        found = await self._read(
            keys,
            {
                "now": self._store.now(),
                "name": name,
                "app": app.name,
                "country": phone.country,
                "test": "1" if is_test else "",
                "cost": cost,
                "guard": app.policy.guard.fact,
                **self._store.encryption.name_destination(phone.e164, app=app.name),
                "send_limits": limits_fact(app, key, *OF_A_CODE, Counted.TEST_SENDS),
            },
        )
        _, failures, entries, message_ids, blockers = found
        return NumberState(
            ids=[entry.decode().rpartition("/")[2] for entry in entries],
            message_ids=[id.decode() for id in message_ids],
            failures=int(failures),
            blockers=[_blocker(*blocker) for blocker in blockers],
        )


def _blocker(kind: bytes, limit: bytes, until: int, sender: bytes = b"", since: int = 0) -> Blocker:
    return Blocker(
        BlockerKind(kind.decode()),
        limit.decode() or None,
        int(until) or None,
        sender=sender.decode() or None,
        since=int(since) or None,
    )
