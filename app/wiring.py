"""Builds every tool once; the only file that knows all the parts."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fakeredis import FakeServer
from pydantic import ValidationError

from app.domain.app import App
from app.domain.gateway import Gateway
from app.domain.human import TEST_KEYS, HumanCheck
from app.domain.keyring import Keyring
from app.domain.private import PRIVATE, Network
from app.gateways import GATEWAYS
from app.human import HUMAN_CHECKS, Parts
from app.human.siteverify import Account
from app.outbound import Outbound
from app.services.dispatch import Desk
from app.services.generate import Chance
from app.services.prove import Signer
from app.settings.load import BadSettings
from app.settings.model import Settings
from app.settings.nouns import apps_of, keyring_of
from app.settings.sentences import say
from app.store.bell import Bell
from app.store.checks import Checks
from app.store.connection import open_redis, open_waiting_redis
from app.store.dead_letters import DeadLetters
from app.store.health import Health
from app.store.keys import Keys
from app.store.messages import Messages
from app.store.numbers import Numbers
from app.store.queue import Queue
from app.store.redemptions import Redemptions
from app.store.resends import Resends
from app.store.verifications import Verifications
from app.store.views import Views

DEVELOPERS = "phone"


@dataclass(frozen=True, slots=True)
class Tools:
    """All that doors pass on to the verbs."""

    apps: Mapping[str, App]
    private: tuple[Network, ...]  # addresses that no person calls from
    keyring: Keyring
    signer: Signer
    chance: Chance
    human: HumanCheck | None
    gateways: Mapping[str, Gateway]
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
) -> AsyncIterator[Tools]:
    """Open the connections and build the tools; `now` is 0 for Redis' clock, milliseconds in tests."""
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis_url, server=server)
        stack.push_async_callback(redis.aclose)
        waiting = open_waiting_redis(settings.redis_url)
        if waiting is not None:
            stack.push_async_callback(waiting.aclose)
        outbound = Outbound(
            connect=settings.gateway_connect_timeout, total=settings.gateway_timeout, slots=settings.worker_slots
        )
        stack.push_async_callback(outbound.close)
        keys, bell, keyring, apps = Keys(settings.redis_tag), Bell(), keyring_of(settings), apps_of(settings)
        gateways = build_gateways(settings, keyring, outbound)
        messages = Messages(redis, keys, now=now)
        yield Tools(
            apps=apps,
            private=(*PRIVATE, *settings.trusted_proxies) if settings.is_production else (),
            keyring=keyring,
            signer=Signer(settings.public_url, settings.proof_lifetime, settings.proof_subject == "pairwise"),
            chance=chance,
            human=build_human(settings, apps, keyring, outbound, clock=lambda: now() / 1000 or time.time()),
            gateways=gateways,
            verifications=Verifications(redis, keys, now=now, bell=bell),
            resends=Resends(redis, keys, now=now, bell=bell),
            checks=Checks(redis, keys, now=now),
            views=Views(redis, keys, now=now),
            messages=messages,
            queue=Queue(redis, waiting, keys, now=now, bell=bell),
            dead_letters=DeadLetters(redis, keys, bell=bell),
            numbers=Numbers(redis, keys),
            redemptions=Redemptions(redis, keys),
            health=Health(redis, keys),
            desk=Desk(next(iter(gateways.values())), messages, apps, keyring, chance),
            bell=bell,
        )


def build_gateways(settings: Settings, keyring: Keyring, outbound: Outbound) -> dict[str, Gateway]:
    """Build the gateways that are set up, in their order; development falls back on its phone.

    Raises `BadSettings` that names each wrong setting.
    """
    wanted: dict[str, dict[str, str]] = dict(settings.gateways)
    if settings.is_production:
        wanted.pop(DEVELOPERS, None)  # it is refused as a whole; its settings are not worth a sentence
    else:
        phone = {"url": settings.public_url, "report_token": phone_token(keyring)}
        wanted[DEVELOPERS] = phone | wanted.get(DEVELOPERS, {})
    wrong: list[str] = []
    gateways = {}
    for name, values in wanted.items():
        if name not in GATEWAYS:
            wrong.append(
                f"OTP_GATEWAYS__{name.upper()}__…: there is no such gateway. There are: {', '.join(GATEWAYS)}."
            )
            continue
        try:
            gateways[name] = GATEWAYS[name](values, outbound)
        except ValidationError as error:
            wrong += [_sentence(name, mistake) for mistake in error.errors()]
    if wrong:
        raise BadSettings(wrong)
    return gateways


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
    try:
        build_gateways(settings, keyring_of(settings), Outbound())
    except BadSettings as error:
        return error.sentences
    return []


def phone_token(keyring: Keyring) -> str:
    """Draw the secret part of the report address of the developer's phone, the same in every process."""
    return keyring.name("report token", DEVELOPERS)


def _sentence(gateway: str, mistake: Mapping[str, Any]) -> str:
    setting = "__".join(str(part).upper() for part in mistake["loc"]) or "…"
    return f"OTP_GATEWAYS__{gateway.upper()}__{setting}: {say(mistake)}."
