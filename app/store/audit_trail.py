"""Store the acts of operators, and read those on one number."""

from typing import Any, cast

from app.domain.operator_act import OperatorAct
from app.store.context import StoreContext
from app.store.scripts import redis_errors

_MAX_STORED = 10_000
_PAGE = 1000


class AuditTrail:
    """A stream of the newest 10,000 acts that changed something; it names numbers as the log does."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def add(self, act: OperatorAct) -> None:
        """Store an act; its time is the server's."""
        with redis_errors():
            await self._store.redis.xadd(
                self._store.key("audit"), cast("dict[Any, Any]", act.fields), maxlen=_MAX_STORED, approximate=False
            )

    async def on_number(self, log_name: str, *, most: int) -> list[OperatorAct]:
        """Read the newest acts on a number, the newest first; takes up to ten round trips."""
        found: list[OperatorAct] = []
        before = "+"
        while len(found) < most:
            with redis_errors():
                page: Any = await self._store.redis.xrevrange(self._store.key("audit"), max=before, count=_PAGE)
            found += [act for id, fields in page if (act := _act(id, fields)).number == log_name]
            if len(page) < _PAGE:
                break
            before = f"({page[-1][0].decode()}"
        return found[:most]


def _act(id: bytes, fields: dict[bytes, bytes]) -> OperatorAct:
    text = {name.decode(): value.decode() for name, value in fields.items()}
    known = {name: text.get(name, "") for name in ("act", "operator", "number", "job", "subject")}
    return OperatorAct(**known, at=int(id.split(b"-")[0]))
