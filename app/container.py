"""Builds every adapter and every act once, and passes to each act what it needs."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fakeredis import FakeServer
from redis.asyncio import Redis

from app.domain.app import App
from app.domain.code import RandomBytes
from app.domain.events import join_wants
from app.domain.gateway import Gateway
from app.domain.human_check import TEST_KEYS, HumanCheck
from app.domain.ip_ranges import PRIVATE_RANGES, IpRanges
from app.domain.keyring import Keyring
from app.gateways import registry as build
from app.http_client.pool import HttpClientPool, Timeouts
from app.human_check import HUMAN_CHECKS, HumanCheckConfig
from app.human_check.siteverify import Account
from app.services.apply_report import ApplyReport
from app.services.cancel_message import CancelMessage
from app.services.cancel_verification import CancelVerification
from app.services.create_challenge import CreateChallenge
from app.services.deliver_event import SLOTS, DeliverEvent
from app.services.deliver_message import DeliverMessage
from app.services.get_message import GetMessage
from app.services.get_verification import GetVerification
from app.services.parts.code_generation import CodeSecrets
from app.services.parts.human_check import HumanChecks
from app.services.parts.proof_tokens import ProofSigner
from app.services.parts.send_costs import SendCosts
from app.services.receive_report import ReceiveReport
from app.services.redeem_proof import RedeemProof
from app.services.refresh_prices import RefreshPrices
from app.services.report_outcome import ReportOutcome
from app.services.request_code import RequestCode
from app.services.resend_code import ResendCode
from app.services.search_verifications import SearchVerifications
from app.services.send_messages import SendMessages
from app.services.verify_code import VerifyCode
from app.settings.model import Settings
from app.settings.to_domain import apps_of, keyring_of, page_hosts, prices_of
from app.store.audit_trail import AuditTrail
from app.store.caller_texts import CallerTexts
from app.store.code_checks import CodeChecks
from app.store.connection import BLOCK_MS, PATIENCE_S, open_clients
from app.store.context import StoreContext
from app.store.dead_letters import DeadLetters
from app.store.encryption import RecordEncryption
from app.store.event_dead_letters import EventDeadLetters
from app.store.event_deliveries import EventDeliveries
from app.store.guard_state import GuardState
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.limit_warnings import LimitWarnings
from app.store.message_reads import MessageReads
from app.store.messages import Messages
from app.store.number_reads import NumberReads
from app.store.numbers import Numbers
from app.store.outgoing_messages import OutgoingMessages
from app.store.queue import Queue
from app.store.redemptions import Redemptions
from app.store.redis_health import RedisHealth
from app.store.redis_inspection import RedisInspection
from app.store.reported_prices import ReportedPrices
from app.store.resends import Resends
from app.store.spending import Spending
from app.store.verification_reads import VerificationReads
from app.store.verifications import Verifications

_EVENT_CONNECT_S = 5.0
_EVENT_LEASE_S = 10.0  # beyond the longest call, for storing its outcome


@dataclass(frozen=True, slots=True)
class Container:
    """The acts, and the components that interfaces pass to them or show."""

    request_code: RequestCode
    resend_code: ResendCode
    verify_code: VerifyCode
    get_verification: GetVerification
    search_verifications: SearchVerifications
    cancel_verification: CancelVerification
    send_messages: SendMessages
    get_message: GetMessage
    cancel_message: CancelMessage
    report_outcome: ReportOutcome
    redeem_proof: RedeemProof
    create_challenge: CreateChallenge
    deliver_message: DeliverMessage
    receive_report: ReceiveReport
    apply_report: ApplyReport
    deliver_event: DeliverEvent
    refresh_prices: RefreshPrices

    public_url: str  # the base URL for users and vendors, without a trailing slash
    apps: Mapping[str, App]
    private: IpRanges  # ranges that no public client has
    keyring: Keyring
    random_bytes: RandomBytes
    clock: Callable[[], float]  # seconds since 1970
    gateways: Mapping[str, Gateway]
    report_urls: Mapping[str, str]  # by gateway; some end in a secret
    store: StoreContext
    messages: Messages
    queue: Queue
    dead_letters: DeadLetters
    event_dead_letters: EventDeadLetters
    numbers: Numbers
    audit_trail: AuditTrail
    limit_warnings: LimitWarnings
    reported_prices: ReportedPrices
    spending: Spending
    guard_state: GuardState
    health: RedisHealth
    redis_inspection: RedisInspection


@asynccontextmanager
async def open_container(
    settings: Settings,
    *,
    now: Callable[[], int] = lambda: 0,
    random_bytes: RandomBytes = os.urandom,
    server: FakeServer | None = None,
    block_ms: int = BLOCK_MS,
    redis_patience: float = PATIENCE_S,
) -> AsyncIterator[Container]:
    """Open the connections and build the components; `now` returns 0 for Redis' clock, milliseconds in tests.

    `block_ms` is how long a worker waits for a job before it checks whether to stop, `redis_patience` how many seconds
    a command waits to be written to Redis, and then for its reply.
    """
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(
            open_clients(
                settings.redis_url,
                settings.redis_tag,
                server=server,
                wait_replicas=settings.redis_wait_replicas,
                patience=redis_patience,
            )
        )
        http_pool, event_pool = HttpClientPool(build.default_timeouts(settings)), build_event_pool(settings)
        stack.push_async_callback(http_pool.close)
        stack.push_async_callback(event_pool.close)
        yield build_container(
            settings,
            clients.redis,
            clients.waiting,
            http_pool,
            event_pool,
            now=now,
            random_bytes=random_bytes,
            block_ms=block_ms,
            replicated=clients.replicated,
        )


def build_container(
    settings: Settings,
    redis: Redis,
    waiting: Redis | None,
    http_pool: HttpClientPool,
    event_pool: HttpClientPool,
    *,
    now: Callable[[], int],
    random_bytes: RandomBytes,
    block_ms: int,
    replicated: Redis | None = None,
) -> Container:
    """Build every component on open connections; the arguments are those of `open_container`."""

    def clock() -> float:
        return now() / 1000 or time.time()

    def monotonic() -> float:
        return now() / 1000 or time.monotonic()

    keyring, apps = keyring_of(settings), apps_of(settings)
    encryption, codes = RecordEncryption(keyring, random_bytes), CodeSecrets(keyring, random_bytes)
    endpoints = {(one.app, one.id): one for app in apps.values() for one in app.events}
    operators = join_wants(endpoints.values(), shared=True)
    store = StoreContext(redis, Keyspace(settings.redis_tag), encryption, now, JobNotifier(), operators, replicated)
    registry = build.build_gateways(settings, keyring, http_pool)
    verifications, verification_reads = Verifications(store), VerificationReads(store)
    messages, outgoing, message_reads = Messages(store), OutgoingMessages(store), MessageReads(store)
    queue = Queue(store, waiting, block_ms=block_ms)
    human_check = build_human_check(settings, apps, keyring, http_pool, clock=clock)
    human_checks = HumanChecks(human_check, keyring, verifications)
    costs = SendCosts(prices_of(settings), registry.routes)
    reported_prices = ReportedPrices(store, settings.currency)
    signer = ProofSigner(settings.public_url, settings.proof_lifetime, settings.proof_subject == "pairwise", keyring)
    return Container(
        request_code=RequestCode(keyring, codes, verifications, human_checks, random_bytes, costs, CallerTexts(store)),
        resend_code=ResendCode(keyring, codes, Resends(store), human_checks),
        verify_code=VerifyCode(keyring, codes, CodeChecks(store), signer),
        get_verification=GetVerification(verification_reads),
        search_verifications=SearchVerifications(keyring, NumberReads(store), verification_reads, message_reads, costs),
        cancel_verification=CancelVerification(verifications),
        send_messages=SendMessages(keyring, outgoing, random_bytes, costs, registry.routes),
        get_message=GetMessage(message_reads),
        cancel_message=CancelMessage(outgoing),
        report_outcome=ReportOutcome(outgoing),
        redeem_proof=RedeemProof(signer, Redemptions(store)),
        create_challenge=CreateChallenge(human_check, keyring),
        deliver_message=DeliverMessage(
            gateways=registry.senders,
            throttles=registry.throttles(),
            routes=registry.routes,
            messages=messages,
            outgoing=outgoing,
            apps=apps,
            keyring=keyring,
            codes=codes,
            costs=costs,
            random_bytes=random_bytes,
            clock=monotonic,
            report_wait=settings.report_wait,
            patience=settings.gateway_patience,
        ),
        receive_report=ReceiveReport(encryption, queue, messages, clock),
        apply_report=ApplyReport(messages, has_others=len(registry.senders) > 1, costs=costs),
        deliver_event=DeliverEvent(
            deliveries=EventDeliveries(store, lease_ms=round((settings.event_timeout + _EVENT_LEASE_S) * 1000)),
            endpoints=endpoints,
            http_pool=event_pool,
            keyring=keyring,
            source=settings.public_url,
            clock=clock,
            random_bytes=random_bytes,
        ),
        refresh_prices=RefreshPrices(costs, reported_prices),
        public_url=settings.public_url,
        apps=apps,
        private=IpRanges((*PRIVATE_RANGES, *settings.trusted_proxies) if settings.is_production else ()),
        keyring=keyring,
        random_bytes=random_bytes,
        clock=clock,
        gateways=registry.gateways,
        report_urls=registry.report_urls,
        store=store,
        messages=messages,
        queue=queue,
        dead_letters=DeadLetters(store),
        event_dead_letters=EventDeadLetters(store),
        numbers=Numbers(store),
        health=RedisHealth(store, sorted(registry.senders)),
        redis_inspection=RedisInspection(redis, store.key),
        audit_trail=AuditTrail(store),
        limit_warnings=LimitWarnings(store),
        reported_prices=reported_prices,
        spending=Spending(store, settings.currency),
        guard_state=GuardState(store),
    )


def build_event_pool(settings: Settings) -> HttpClientPool:
    """Build the client of the endpoints of events, which in production opens no socket to a private network.

    It shares no connection with the gateways' client, which has no such rule.
    """
    total = settings.event_timeout
    timeouts = Timeouts(connect=min(_EVENT_CONNECT_S, total), total=total, slots=SLOTS)
    return HttpClientPool(timeouts, forbidden=IpRanges(PRIVATE_RANGES) if settings.is_production else None)


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


def gateway_errors(settings: Settings) -> list[str]:
    """Return the errors in the gateway settings, before startup."""
    return build.gateway_errors(settings, keyring_of(settings))
