"""Builds every component once; the only module that knows them all."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from fakeredis import FakeServer

from app.domain.app import App
from app.domain.gateway import Gateway
from app.domain.human_check import TEST_KEYS, HumanCheck
from app.domain.ip_ranges import PRIVATE_RANGES, IpRanges
from app.domain.keyring import Keyring
from app.gateways import registry as build
from app.http_client import HttpClientPool
from app.human_check import HUMAN_CHECKS, HumanCheckConfig
from app.human_check.siteverify import Account
from app.services.deliver_message import DeliveryContext
from app.services.parts.code_generation import RandomBytes
from app.services.parts.proof_tokens import ProofSigner
from app.settings.model import Settings
from app.settings.to_domain import apps_of, keyring_of
from app.store.code_checks import CodeChecks
from app.store.connection import BLOCK_MS, open_redis, open_waiting_redis
from app.store.dead_letters import DeadLetters
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.messages import Messages
from app.store.numbers import Numbers
from app.store.queue import Queue
from app.store.redemptions import Redemptions
from app.store.redis_health import RedisHealth
from app.store.resends import Resends
from app.store.verification_reads import VerificationReads
from app.store.verifications import Verifications


@dataclass(frozen=True, slots=True)
class Container:
    """Every component that interfaces pass to services."""

    public_url: str  # the base URL for users and vendors, without a trailing slash
    apps: Mapping[str, App]
    private: IpRanges  # ranges that no public client has
    keyring: Keyring
    signer: ProofSigner
    random_bytes: RandomBytes
    clock: Callable[[], float]  # seconds since 1970
    human_checker: HumanCheck | None
    gateways: Mapping[str, Gateway]
    report_urls: Mapping[str, str]  # by gateway; some end in a secret
    verifications: Verifications
    resends: Resends
    checks: CodeChecks
    verification_reads: VerificationReads
    messages: Messages
    queue: Queue
    dead_letters: DeadLetters
    numbers: Numbers
    redemptions: Redemptions
    health: RedisHealth
    delivery: DeliveryContext
    notifier: JobNotifier


@asynccontextmanager
async def open_container(
    settings: Settings,
    *,
    now: Callable[[], int] = lambda: 0,
    random_bytes: RandomBytes = os.urandom,
    server: FakeServer | None = None,
    block_ms: int = BLOCK_MS,
) -> AsyncIterator[Container]:
    """Open the connections and build the components; `now` returns 0 for Redis' clock, milliseconds in tests.

    `block_ms` is how long a worker waits for a job before it checks whether to stop.
    """
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis_url, server=server)
        stack.push_async_callback(redis.aclose)
        waiting = open_waiting_redis(settings.redis_url)
        if waiting is not None:
            stack.push_async_callback(waiting.aclose)
        http_pool = HttpClientPool(build.default_timeouts(settings))
        stack.push_async_callback(http_pool.close)
        clock = lambda: now() / 1000 or time.time()  # noqa: E731  seconds; too short for a function
        keys, notifier, keyring, apps = (
            Keyspace(settings.redis_tag),
            JobNotifier(),
            keyring_of(settings),
            apps_of(settings),
        )
        gateway_registry = build.build_gateways(settings, keyring, http_pool)
        messages = Messages(redis, keys, now=now)
        yield Container(
            public_url=settings.public_url,
            apps=apps,
            private=IpRanges((*PRIVATE_RANGES, *settings.trusted_proxies) if settings.is_production else ()),
            keyring=keyring,
            signer=ProofSigner(settings.public_url, settings.proof_lifetime, settings.proof_subject == "pairwise"),
            random_bytes=random_bytes,
            clock=clock,
            human_checker=build_human_check(settings, apps, keyring, http_pool, clock=clock),
            gateways=gateway_registry.gateways,
            report_urls=gateway_registry.report_urls,
            verifications=Verifications(redis, keys, now=now, notifier=notifier),
            resends=Resends(redis, keys, now=now, notifier=notifier),
            checks=CodeChecks(redis, keys, now=now),
            verification_reads=VerificationReads(redis, keys, now=now),
            messages=messages,
            queue=Queue(redis, waiting, keys, now=now, notifier=notifier, block_ms=block_ms),
            dead_letters=DeadLetters(redis, keys, notifier=notifier),
            numbers=Numbers(redis, keys),
            redemptions=Redemptions(redis, keys),
            health=RedisHealth(redis, keys),
            delivery=DeliveryContext(
                gateways=gateway_registry.senders,
                throttles=gateway_registry.throttles(),
                routes=gateway_registry.routes,
                messages=messages,
                apps=apps,
                keyring=keyring,
                random_bytes=random_bytes,
                clock=lambda: now() / 1000 or time.monotonic(),
                report_wait=settings.report_wait,
            ),
            notifier=notifier,
        )


def build_human_check(
    settings: Settings,
    apps: Mapping[str, App],
    keyring: Keyring,
    http_pool: HttpClientPool,
    *,
    clock: Callable[[], float],
) -> HumanCheck | None:
    """Build the configured human check, or return None; `clock` returns seconds."""
    if settings.human_check == "off":
        return None
    secret = settings.human_check_secret.get_secret_value()
    # A provider's test keys, which only development accepts, report a host of the provider.
    hosts = frozenset[str]() if secret in TEST_KEYS else page_hosts(settings, apps)
    account = Account(settings.human_check_site_key, secret, hosts)
    parts = HumanCheckConfig(keyring.human_key, settings.human_check_cost, clock, account, http_pool)
    return HUMAN_CHECKS[settings.human_check](parts)


def page_hosts(settings: Settings, apps: Mapping[str, App]) -> frozenset[str]:
    """Return the hosts whose pages may show a widget: ours, those of the apps, and in development localhost."""
    pages = {settings.public_url}.union(*(app.origins for app in apps.values()))
    hosts = {urlsplit(page).hostname or "" for page in pages}
    return frozenset(hosts if settings.is_production else hosts | {"localhost", "127.0.0.1"})


def gateway_errors(settings: Settings) -> list[str]:
    """Return the errors in the gateway settings, before startup."""
    return build.gateway_errors(settings, keyring_of(settings))
