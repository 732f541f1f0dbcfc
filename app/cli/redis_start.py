"""Check Redis before a process starts: refuse what can never serve, warn of what is risky, wait for what is away."""

import asyncio
import time

import typer

from app.cli.run import FAILED, print_error, start_log
from app.logs import log
from app.services.check_redis import RedisExpectations, RedisFinding, check_redis
from app.settings.model import Settings
from app.settings.redis_url import EMBEDDED, parse_redis_url
from app.store.connection import open_clients
from app.store.keyspace import Keyspace
from app.store.redis_inspection import RedisInspection


def require_usable_redis(settings: Settings) -> None:
    """Exit with a sentence for each reason why this Redis can never serve; log the others, and a Redis that is away.

    Takes at most some seconds while Redis does not answer; the process then waits for it.
    """
    if settings.redis_url == EMBEDDED:
        return
    findings = asyncio.run(_check(settings))
    if final := [one for one in findings if one.is_final]:
        print_error(*(f"Redis {one.detail}" for one in final))
        raise typer.Exit(FAILED)
    start_log(settings)
    for one in findings:
        write = log.info if one.severity == "note" else log.warning
        write("redis_check", problem=one.name, **({"redis": one.cause} if one.cause else {}))


def redis_problems(settings: Settings) -> list[str]:
    """Return a sentence for each reason why this Redis does not serve now. Takes at most some seconds."""
    return [f"Redis {one.detail}" for one in asyncio.run(_check(settings)) if one.severity == "bad"]


def redis_expectations(settings: Settings) -> RedisExpectations:
    """Return what these settings expect of Redis."""
    kind = parse_redis_url(settings.redis_url).kind
    return RedisExpectations(kind, settings.is_production, settings.redis_wait_replicas)


async def _check(settings: Settings) -> list[RedisFinding]:
    async with open_clients(settings.redis_url, settings.redis_tag) as clients:
        inspection = RedisInspection(clients.redis, Keyspace(settings.redis_tag))
        return await check_redis(inspection, redis_expectations(settings), clock=time.time)
