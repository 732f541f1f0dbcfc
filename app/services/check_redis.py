"""Check whether this Redis can serve, and what is risky about it: before a process starts, and for `otp doctor`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.domain.errors import TemporarilyUnavailable
from app.services.parts.clock_skew import clock_skew
from app.settings.redis_url import RedisKind
from app.store.redis_causes import CAUSES, advice_of
from app.store.redis_inspection import WAIT, RedisFacts, RedisInspection, ServerInfo

_OLDEST = (7, 0)
_KEEPS_ALL = "noeviction"
_NEARLY_FULL = 0.8  # of the memory
_MB = 1_000_000
_POLICY = f"set `maxmemory-policy {_KEEPS_ALL}`"
_RULES = "give it the rules of docs/operating/redis.md"


@dataclass(frozen=True, slots=True)
class RedisFinding:
    """One thing that an operator must know: a name that never changes, and a sentence.

    `cause` is that of a Redis that does not serve. `is_final`: only an operator ends it, so a start is refused.
    """

    name: str
    severity: Literal["bad", "warn", "note"]
    detail: str
    is_final: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RedisExpectations:
    """What is expected: the kind of the URL, whether data may get lost, and how many replicas a check waits for."""

    kind: RedisKind
    is_production: bool
    wait_replicas: int = 0


async def check_redis(
    inspection: RedisInspection, expected: RedisExpectations, *, clock: Callable[[], float]
) -> list[RedisFinding]:
    """Return all findings, one for a Redis that does not serve; `clock` returns seconds since 1970."""
    try:
        facts = await inspection.read(also=[WAIT] if expected.wait_replicas else [])
    except TemporarilyUnavailable as error:
        return [_not_served(error.cause, expected.kind)]
    return list(_judge(facts, expected, now=clock()))


def _not_served(cause: str, kind: RedisKind) -> RedisFinding:
    is_final = cause in CAUSES and CAUSES[cause].is_final
    if cause == "MOVED" and kind is RedisKind.CLUSTER:
        is_final = False  # a failover
    detail = f"serves no writes: {cause}. {advice_of(cause)}"
    if cause == "NOPERM":  # all other commands are asked for one by one
        detail = f"refuses EVALSHA, EVAL, SELECT or the keys of OTP_REDIS_TAG to this user ({cause}); {_RULES}"
    return RedisFinding("redis_unavailable", "bad", detail, is_final, cause)


def _judge(facts: RedisFacts, expected: RedisExpectations, *, now: float) -> Iterator[RedisFinding]:
    if facts.refused:
        detail = f"its ACL refuses {', '.join(facts.refused)} to this user (NOPERM); {_RULES}"
        yield RedisFinding("refused_commands", "bad", detail, is_final=True, cause="NOPERM")
    if facts.refused is None:
        yield RedisFinding("acl_unknown", "note", "does not tell which commands its ACL refuses: not checked")
    if facts.time is not None and (skew := clock_skew(facts.time, now=now)):
        yield RedisFinding("clock_skew", "bad", skew)
    if facts.info is None:
        what = "version, persistence, eviction and memory"
        yield RedisFinding("info_refused", "note", f"refuses INFO: {what} are not checked")
        return
    yield from _judge_server(facts.info, expected)
    yield from _judge_storage(facts.info, is_production=expected.is_production)


def _judge_server(info: ServerInfo, expected: RedisExpectations) -> Iterator[RedisFinding]:
    if info.version and info.version < _OLDEST:
        detail = f"{info.name} is too old: the scripts need Redis 7.0 or newer, or Valkey"
        yield RedisFinding("old_version", "bad", detail, is_final=True)
    if info.is_cluster and expected.kind in {RedisKind.SERVER, RedisKind.SOCKET}:
        detail = "is a node of a cluster, and serves until its slot moves; write redis+cluster:// in OTP_REDIS_URL"
        yield RedisFinding("cluster_node", "warn", detail)
    if info.replicas < expected.wait_replicas:
        has = f"{info.replicas} replica{'' if info.replicas == 1 else 's'}"
        wants = f"OTP_REDIS_WAIT_REPLICAS waits for {expected.wait_replicas}"
        yield RedisFinding("few_replicas", "warn", f"has {has}, and {wants}: each check takes half a second longer")


def _judge_storage(info: ServerInfo, *, is_production: bool) -> Iterator[RedisFinding]:
    if info.policy not in {"", _KEEPS_ALL}:
        detail = f"evicts when it is full ({info.policy}), and evicted jobs are SMS that never arrive; {_POLICY}"
        yield RedisFinding("eviction", "bad" if is_production else "warn", detail, is_final=is_production)
    if not info.has_aof:
        detail = "has no AOF, and loses what is newer than its last snapshot when it stops; set `appendonly yes`"
        yield RedisFinding("no_aof", "warn", detail)
    limit = info.max_memory or info.machine_memory
    if limit and info.used_memory >= _NEARLY_FULL * limit:
        fix = "raise `maxmemory`" if info.max_memory else "give it a machine with more"
        share, size = 100 * info.used_memory // limit, limit // _MB
        detail = f"uses {share} % of its {size} MB, and accepts nothing when they are full; {fix}"
        yield RedisFinding("memory", "warn", detail)
