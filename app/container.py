"""Builds every tool once; the only file that knows all the parts."""

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
from app.domain.ip_ranges import PRIVATE, Networks
from app.domain.keyring import Keyring
from app.gateways import registry as build
from app.http_client import Outbound
from app.human_check import HUMAN_CHECKS, Parts
from app.human_check.siteverify import Account
from app.services.deliver_message import Desk
from app.services.parts.code_generation import Chance
from app.services.parts.proof_tokens import Signer
from app.settings.model import Settings
from app.settings.to_domain import apps_of, keyring_of
from app.store.code_checks import Checks
from app.store.connection import BLOCK_MS, open_redis, open_waiting_redis
from app.store.dead_letters import DeadLetters
from app.store.job_notifier import Bell
from app.store.keyspace import Keys
from app.store.messages import Messages
from app.store.numbers import Numbers
from app.store.queue import Queue
from app.store.redemptions import Redemptions
from app.store.redis_health import Health
from app.store.resends import Resends
from app.store.verification_reads import Views
from app.store.verifications import Verifications


@dataclass(frozen=True, slots=True)
class Tools:
    """All that doors pass on to the verbs."""

    public_url: str  # where people and vendors reach us, without a slash at its end
    apps: Mapping[str, App]
    private: Networks  # addresses that no person calls from
    keyring: Keyring
    signer: Signer
    chance: Chance
    clock: Callable[[], float]  # seconds since 1970
    human: HumanCheck | None
    gateways: Mapping[str, Gateway]
    report_urls: Mapping[str, str]  # by gateway; some end in a secret
    verifications: Verifications
    resends: Resends
    checks: Checks
    views: Views
    messages: Messages
    queue: Queue
    dead_letters: DeadLetters
    numbers: Numbers
    redemptions: Redemptions
    health: Health
    desk: Desk
    bell: Bell


@asynccontextmanager
async def open_tools(
    settings: Settings,
    *,
    now: Callable[[], int] = lambda: 0,
    chance: Chance = os.urandom,
    server: FakeServer | None = None,
    block_ms: int = BLOCK_MS,
) -> AsyncIterator[Tools]:
    """Open the connections and build the tools; `now` is 0 for Redis' clock, milliseconds in tests.

    `block_ms` is how long a worker waits for a job before it looks whether to stop.
    """
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis_url, server=server)
        stack.push_async_callback(redis.aclose)
        waiting = open_waiting_redis(settings.redis_url)
        if waiting is not None:
            stack.push_async_callback(waiting.aclose)
        outbound = Outbound(build.usual_bounds(settings))
        stack.push_async_callback(outbound.close)
        clock = lambda: now() / 1000 or time.time()  # noqa: E731  seconds; a function of its own would need its docstring
        keys, bell, keyring, apps = Keys(settings.redis_tag), Bell(), keyring_of(settings), apps_of(settings)
        fleet = build.build_fleet(settings, keyring, outbound)
        messages = Messages(redis, keys, now=now)
        yield Tools(
            public_url=settings.public_url,
            apps=apps,
            private=Networks((*PRIVATE, *settings.trusted_proxies) if settings.is_production else ()),
            keyring=keyring,
            signer=Signer(settings.public_url, settings.proof_lifetime, settings.proof_subject == "pairwise"),
            chance=chance,
            clock=clock,
            human=build_human(settings, apps, keyring, outbound, clock=clock),
            gateways=fleet.gateways,
            report_urls=fleet.report_urls,
            verifications=Verifications(redis, keys, now=now, bell=bell),
            resends=Resends(redis, keys, now=now, bell=bell),
            checks=Checks(redis, keys, now=now),
            views=Views(redis, keys, now=now),
            messages=messages,
            queue=Queue(redis, waiting, keys, now=now, bell=bell, block_ms=block_ms),
            dead_letters=DeadLetters(redis, keys, bell=bell),
            numbers=Numbers(redis, keys),
            redemptions=Redemptions(redis, keys),
            health=Health(redis, keys),
            desk=Desk(
                gateways=fleet.carriers,
                gates=fleet.gates(),
                routes=fleet.routes,
                messages=messages,
                apps=apps,
                keyring=keyring,
                chance=chance,
                clock=lambda: now() / 1000 or time.monotonic(),
                report_wait=settings.report_wait,
            ),
            bell=bell,
        )


def build_human(
    settings: Settings, apps: Mapping[str, App], keyring: Keyring, outbound: Outbound, *, clock: Callable[[], float]
) -> HumanCheck | None:
    """Build the human check that is set up; `clock` is seconds."""
    if settings.human_check == "off":
        return None
    secret = settings.human_check_secret.get_secret_value()
    # A provider's test keys, which only development takes, name a host of the provider's own.
    hosts = frozenset[str]() if secret in TEST_KEYS else page_hosts(settings, apps)
    account = Account(settings.human_check_site_key, secret, hosts)
    parts = Parts(keyring.human_key, settings.human_check_cost, clock, account, outbound)
    return HUMAN_CHECKS[settings.human_check](parts)


def page_hosts(settings: Settings, apps: Mapping[str, App]) -> frozenset[str]:
    """List the hosts whose pages may show a widget: ours, those of the apps, and a developer's own machine."""
    pages = {settings.public_url}.union(*(app.origins for app in apps.values()))
    hosts = {urlsplit(page).hostname or "" for page in pages}
    return frozenset(hosts if settings.is_production else hosts | {"localhost", "127.0.0.1"})


def wrong_gateways(settings: Settings) -> list[str]:
    """Say what is wrong with the settings of gateways, before anything starts."""
    return build.wrong_gateways(settings, keyring_of(settings))
