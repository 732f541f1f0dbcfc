"""The job streams: take, hold, finish, put back later, bury.

A job belongs to the worker that took it for as long as that worker renews its hold. After four seconds
without a renewal another worker claims the job, on an idle queue too.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from app.domain.errors import TemporarilyUnavailable
from app.store.connection import BLOCK_MS
from app.store.context import StoreContext
from app.store.scripts import Facts, redis_errors

GROUP = "workers"
CLAIM_IDLE_MS = 4000
_HEARTBEAT_MS = 5000
_MAX_WAITING = 100_000
QueueName = Literal["sends", "messages", "reports"]
QUEUES: tuple[QueueName, ...] = ("sends", "messages", "reports")
_LOST = ("NOGROUP", "UNBLOCKED", "The XGROUP subcommand requires the key to exist")  # the last is the embedded store's


@dataclass(frozen=True, slots=True)
class Job:
    """A job that a worker holds; `tries` counts how often it was put back, `deliveries` how often it was taken.

    `origin` stays the same across retries, though Redis assigns a new id whenever the job is put back.
    """

    id: str
    which: QueueName
    fields: Mapping[str, str]
    holder: str
    tries: int = 0
    deliveries: int = 1
    origin: str = ""


class Queue:
    """The job streams as a worker uses them; `consumer` is the worker's name."""

    def __init__(self, store: StoreContext, waiting: Redis | None, *, block_ms: int = BLOCK_MS) -> None:
        self._store = store
        self._waiting = waiting
        self._block_ms = block_ms
        self._events = {which: store.notifier.subscribe() for which in QUEUES}
        self._finish = store.script("finish_job")
        self._put_back = store.script("put_back_job")
        self._requeue = store.script("requeue_due_jobs")
        self._queue_scheduled = store.script("queue_scheduled")
        self._bury = store.script("bury_job")

    async def open(self) -> None:
        """Create the streams and their consumer groups, unless they exist."""
        for which in QUEUES:
            try:
                with redis_errors():
                    await self._store.redis.xgroup_create(self._stream(which), GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def add(self, which: QueueName, jobs: Iterable[Mapping[str, str]]) -> None:
        """Add jobs; raises `TemporarilyUnavailable` while 100,000 wait already."""
        with redis_errors():
            if await self._store.redis.xlen(self._stream(which)) >= _MAX_WAITING:
                raise TemporarilyUnavailable(wait=10)
            async with self._store.redis.pipeline(transaction=False) as pipe:
                for fields in jobs:
                    pipe.xadd(self._stream(which), cast("dict[Any, Any]", fields))
                await pipe.execute()
        self._store.notifier.notify()

    async def take(self, which: QueueName, consumer: str, *, most: int) -> list[Job]:
        """Take up to `most` new jobs; waits up to `block_ms` for the first."""
        if self._waiting is not None:
            return await self._read(self._waiting, which, consumer, most, block=self._block_ms)
        event = self._events[which]
        event.clear()
        jobs = await self._read(self._store.redis, which, consumer, most, block=None)
        if not jobs:
            try:
                await asyncio.wait_for(event.wait(), self._block_ms / 1000)
            except TimeoutError:
                return []  # an idle queue: the caller tries again
        return jobs

    async def hold(self, which: QueueName, consumer: str, ids: Sequence[str]) -> None:
        """Renew the hold on jobs; XCLAIM with JUSTID does not count as a delivery."""
        with redis_errors():
            await self._store.redis.xclaim(self._stream(which), GROUP, consumer, 0, list(ids), justid=True)

    async def heartbeat(self, consumer: str, *, resting: Sequence[str] = ()) -> None:
        """Report for five seconds that a worker drains the queue, and which gateways it lets rest."""
        with redis_errors():
            async with self._store.redis.pipeline(transaction=False) as pipe:
                pipe.set(self._store.key("alive"), consumer, px=_HEARTBEAT_MS)
                for gateway in resting:
                    pipe.set(self._store.key("resting", gateway), consumer, px=_HEARTBEAT_MS)
                await pipe.execute()

    async def unregister(self, consumer: str) -> None:
        """Delete the consumer from the groups, unless it still has jobs; another worker claims those."""
        for which in QUEUES:
            stream = self._stream(which)
            with redis_errors():
                if not await self._store.redis.xpending_range(stream, GROUP, "-", "+", 1, consumername=consumer):
                    await self._store.redis.xgroup_delconsumer(stream, GROUP, consumer)

    async def claim(self, which: QueueName, consumer: str, *, most: int) -> list[Job]:
        """Claim the jobs of dead workers; return none where Redis lost the stream, since no job is held then."""
        stream = self._stream(which)
        try:
            with redis_errors():
                pending: Any = await self._store.redis.xpending_range(stream, GROUP, "-", "+", most, idle=CLAIM_IDLE_MS)
                if not pending:
                    return []
                deliveries = {entry["message_id"]: entry["times_delivered"] + 1 for entry in pending}
                claimed: Any = await self._store.redis.xclaim(stream, GROUP, consumer, CLAIM_IDLE_MS, list(deliveries))
        except ResponseError as error:
            if not _is_lost(error):
                raise
            return []  # `take` creates the stream again
        return [_job(which, id, fields, consumer, deliveries[id]) for id, fields in claimed if fields]

    async def finish(self, job: Job) -> None:
        """Acknowledge and delete a completed job."""
        await self._finish([self._stream(job.which)], {"group": GROUP, "id": job.id})

    async def put_back(self, job: Job, *, wait_ms: int, tried: bool = True) -> None:
        """Put a job back, to be taken again after a wait; `tried` is False for a job that was not tried."""
        fields = {**job.fields, "tries": str(job.tries + tried), "origin": job.origin}
        entry = orjson.dumps([job.id, job.which, *_flat(fields)])
        facts: Facts = {"now": self._store.now(), "wait": wait_ms, "job": entry}
        later = "later_messages" if job.which == "messages" else "later"
        await self._put_back([self._stream(job.which), self._store.key(later)], self._ownership(job) | facts)

    async def bury(self, job: Job, *, why: str) -> None:
        """Move a job to the dead letters, with the reason."""
        letter = {**job.fields, "queue": job.which, "why": why, "tries": str(job.tries)}
        facts: Facts = {"letter": orjson.dumps(_flat(letter))}
        await self._bury([self._stream(job.which), self._store.key("dead")], self._ownership(job) | facts)

    async def requeue_due_jobs(self) -> int:
        """Move the jobs that are due back into their streams, and begin holds now that lie ahead; return how many."""
        key = self._store.key
        keys = [key("later"), key("silences"), *map(self._stream, QUEUES), key("dead"), key("later_messages")]
        requeued = int(await self._requeue(keys, {"now": self._store.now(), "group": GROUP}))
        if requeued:
            self._store.notifier.notify()
        return requeued

    async def queue_scheduled(self) -> int:
        """Queue the messages whose time has come, a hundred in each round trip until none is due; return how many."""
        key, queued = self._store.key, 0
        keys = [key("scheduled"), self._stream("sends"), self._stream("messages"), key("")]
        while True:
            count, more = await self._queue_scheduled(keys, {"now": self._store.now()})
            queued += int(count)
            if count:
                self._store.notifier.notify()
            if not more:
                return queued

    async def _read(self, redis: Redis, which: QueueName, consumer: str, most: int, *, block: int | None) -> list[Job]:
        stream = self._stream(which)
        try:
            with redis_errors():
                answer = await redis.xreadgroup(GROUP, consumer, {stream: ">"}, count=most, block=block)
        except ResponseError as error:
            if not _is_lost(error):
                raise
            await self.open()  # Redis lost its data: create the streams again
            return []
        return [_job(which, id, fields, consumer) for id, fields in _entries(answer)]

    def _ownership(self, job: Job) -> Facts:
        """Return the facts by which a script checks that the job still belongs to its holder."""
        return {"group": GROUP, "id": job.id, "holder": job.holder}

    def _stream(self, which: QueueName) -> str:
        return self._store.key(f"{which}_queue")


def _job(which: QueueName, id: bytes, fields: Mapping[bytes, bytes], holder: str, deliveries: int = 1) -> Job:
    # A field that is not text makes the job unreadable: it is buried, and must not stop the others.
    text = {_decode(name): _decode(value) for name, value in fields.items()}
    tries, origin = text.pop("tries", "0"), text.pop("origin", id.decode())
    return Job(id.decode(), which, text, holder, int(tries) if tries.isdecimal() else 0, deliveries, origin)


def _entries(answer: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:  # noqa: ANN401  an untyped Redis reply
    """Return the entries of one stream: redis-py wraps them in a list under RESP2, in a dict of lists under RESP3."""
    if isinstance(answer, dict):
        return [entry for lists in answer.values() for entries in lists for entry in entries]
    return [entry for _, entries in answer or () for entry in entries]


def _decode(value: bytes) -> str:
    return value.decode(errors="backslashreplace")


def _is_lost(error: ResponseError) -> bool:
    """Return whether the stream or its group is missing: Redis restarted without its data."""
    return str(error).startswith(_LOST)


def _flat(fields: Mapping[str, str]) -> list[str]:
    return [part for pair in fields.items() for part in pair]
