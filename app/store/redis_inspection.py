"""Read what Redis tells about itself: version, persistence, memory, replicas, and what its ACL refuses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from app.domain.errors import TemporarilyUnavailable
from app.store.keyspace import Keyspace
from app.store.scripts import Script, redis_errors

COMMANDS = (
    *("DEL KEY", "EXISTS KEY", "GET KEY", "GETRANGE KEY 0 1", "MGET KEY", "PEXPIRE KEY 1", "PTTL KEY", "SET KEY v"),
    *("SETRANGE KEY 0 v", "TIME"),
    *("HDEL KEY f", "HEXISTS KEY f", "HGET KEY f", "HGETALL KEY", "HINCRBY KEY f 1", "HLEN KEY", "HMGET KEY f"),
    *("HRANDFIELD KEY 1", "HSET KEY f v"),
    *("LRANGE KEY 0 1", "RPUSH KEY v", "SADD KEY m", "SCARD KEY", "SISMEMBER KEY m", "SREM KEY m"),
    *("XACK KEY g 0-1", "XADD KEY * f v", "XCLAIM KEY g c 0 0-1", "XDEL KEY 0-1", "XGROUP CREATE KEY g 0"),
    *("XGROUP DELCONSUMER KEY g c", "XLEN KEY", "XPENDING KEY g", "XRANGE KEY - +", "XREVRANGE KEY + -"),
    *("XREADGROUP GROUP g c STREAMS KEY >", "ZADD KEY 1 m", "ZCARD KEY", "ZRANGE KEY 0 1", "ZRANGEBYSCORE KEY 0 1"),
    *("ZREM KEY m", "ZREMRANGEBYRANK KEY 0 1", "ZREMRANGEBYSCORE KEY 0 1", "ZREVRANGEBYSCORE KEY 1 0", "ZSCORE KEY m"),
    *("EVAL x 1 KEY", "EVALSHA x 1 KEY"),
)
"""A complete example of each command that the service needs; KEY stands for one of its keys."""

WAIT = "WAIT 1 1"
"""The command that `OTP_REDIS_WAIT_REPLICAS` needs besides."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What `INFO` shows; a value is empty or 0 where a server leaves it out. Memory is in bytes."""

    name: str
    version: tuple[int, ...]  # of Redis; a Valkey names the one that it is compatible with
    is_cluster: bool
    has_aof: bool
    policy: str
    used_memory: int
    max_memory: int  # 0 for no limit
    machine_memory: int
    replicas: int


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """Redis' time in seconds since 1970, the refused commands, and what it tells about itself.

    `time` is None where commands are refused, `refused` where the server cannot tell, `info` where it refuses `INFO`.
    """

    time: float | None
    refused: Sequence[str] | None
    info: ServerInfo | None


class RedisInspection:
    """Inspects Redis in two round trips."""

    def __init__(self, redis: Redis, key: Keyspace) -> None:
        self._redis = redis
        self._key = key
        self._check_permissions = Script(redis, "check_permissions")

    async def read(self, *, also: Sequence[str] = ()) -> RedisFacts:
        """Read the facts, and write a key where no command is refused.

        `also` are examples of further commands that are needed.

        Raises `TemporarilyUnavailable` with the cause where Redis does not serve; for a server whose replies no Redis
        sends, it is `not_redis`.
        """
        try:
            micros, can_tell, refused = await self._check_permissions(
                [self._key("written")], {"commands": ",".join([*COMMANDS, *also])}
            )
            names = sorted({word.decode() for word in refused})
            return RedisFacts(micros / 1e6 if micros else None, names if can_tell else None, await self._info())
        except (TypeError, ValueError, AttributeError) as error:
            unavailable = TemporarilyUnavailable()
            unavailable.cause = "not_redis"
            raise unavailable from error

    async def _info(self) -> ServerInfo | None:
        """Read `INFO`; None where it is refused, as some hosted offers do."""
        with redis_errors():
            try:
                info: Any = await self._redis.execute_command("INFO")  # type: ignore[no-untyped-call]  # redis-py types it half
            except exceptions.ResponseError:
                return None
        return _server_info(info) if info else None


def _server_info(info: Mapping[str, Any]) -> ServerInfo:
    version = str(info.get("redis_version", ""))
    valkey = info.get("valkey_version")
    return ServerInfo(
        name=f"Valkey {valkey}" if valkey else f"Redis {version}".strip(),
        version=tuple(int(part) for part in re.findall(r"\d+", version)[:2]),
        is_cluster=info.get("redis_mode") == "cluster" or info.get("cluster_enabled") == 1,
        has_aof=info.get("aof_enabled") != 0,
        policy=str(info.get("maxmemory_policy", "")),
        used_memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        machine_memory=int(info.get("total_system_memory", 0)),
        replicas=int(info.get("connected_slaves", 0)),
    )
