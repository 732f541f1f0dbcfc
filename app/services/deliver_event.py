"""Send one event to its endpoint, once; a failure is tried again by the schedule of Standard Webhooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import orjson

from app.domain.code import RandomBytes
from app.domain.event_data import write_time
from app.domain.event_schedule import MAX_RETRY_AFTER_S, next_wait_ms
from app.domain.events import EventEndpoint
from app.domain.gateway import GatewayError, Refused, Unreachable
from app.domain.keyring import Keyring
from app.domain.webhook_signature import endpoint_keys, signature_header
from app.http_client.pool import HttpClientPool
from app.http_client.responses import HttpResponse
from app.logs import LogContext, log
from app.metrics.table import EVENTS
from app.store.event_deliveries import EventDeliveries, TakenEvent, UnreadableEvent

SLOTS = 16
"""Concurrent calls of one endpoint, in each worker."""

_GONE = 410
_OVERLOADED = frozenset({429, 502, 503, 504})
_REST_S = 5  # for an endpoint that is overloaded and does not say for how long
_MAX_REST_S = 3600
_WHY = {Refused: "cannot_be_called", Unreachable: "unreachable"}
_MAX_RESPONSE_BYTES = 64 * 1024  # nothing of it is read


@dataclass(frozen=True, slots=True)
class DeliverEvent:
    """Sends events; `endpoints` are those of all apps, by app and id, and `clock` is seconds since 1970."""

    deliveries: EventDeliveries
    endpoints: Mapping[tuple[str, str], EventEndpoint]
    http_pool: HttpClientPool
    keyring: Keyring
    source: str  # the public URL of the service
    clock: Callable[[], float]
    random_bytes: RandomBytes

    async def __call__(self, event: TakenEvent) -> str:
        """Try to deliver an event, and return what became of it: delivered, waits, buried or unwanted."""
        with LogContext(app=event.app, endpoint=event.endpoint, **event.loggable_ids):
            type = event.type.name if event.type else "unknown"
            became, why = await self._deliver(event, self.endpoints[event.app, event.endpoint])
            EVENTS.count(type, became)
            log.info("event", type=type, outcome=became, **({"why": why} if why else {}), tries=event.tries + 1)
            return became

    async def _deliver(self, event: TakenEvent, endpoint: EventEndpoint) -> tuple[str, str]:
        """Call the endpoint if it still wants the event; return what became of it, and why it failed."""
        if event.off:
            why = f"endpoint_{event.off}"
            return await self.fail(event, why, is_last=True), why
        if event.type and event.type.name not in endpoint.types:
            became, _ = await self.deliveries.settle(event, "unwanted")
            return became, ""
        try:
            return await self._call(event, endpoint)
        except UnreadableEvent:
            return await self.fail(event, "unreadable_event", is_last=True), "unreadable_event"

    async def _call(self, event: TakenEvent, endpoint: EventEndpoint) -> tuple[str, str]:
        """Call the endpoint, and store the outcome; return what became of the event, and why it failed."""
        headers, body = self._request(event, endpoint)
        try:
            response = await self.http_pool.call(
                f"{endpoint.app}/{endpoint.id}",
                "POST",
                endpoint.url,
                headers=headers,
                content=body,
                max_bytes=_MAX_RESPONSE_BYTES,
            )
        except GatewayError as error:
            why = error.word or _WHY.get(type(error), "no_answer")
            return await self.fail(event, why), why
        if 200 <= response.status < 300:  # noqa: PLR2004  the status class needs no name
            became, _ = await self.deliveries.settle(event, "delivered")
            return became, ""
        why, asked_s = f"http_{response.status}", retry_after_s(response, now=self.clock())
        rest_s = min(asked_s or _REST_S, _MAX_REST_S) if response.status in _OVERLOADED else 0
        is_gone = response.status == _GONE
        return await self.fail(event, why, asked_s=asked_s, rest_s=rest_s, is_last=is_gone, is_gone=is_gone), why

    async def fail(
        self,
        event: TakenEvent,
        why: str,
        *,
        asked_s: int = 0,
        rest_s: int = 0,
        is_last: bool = False,
        is_gone: bool = False,
    ) -> str:
        """Store a failure, and log where it switches the endpoint off; return what became of the event."""
        wait_ms = None if is_last else next_wait_ms(event.tries + 1, self.random_bytes, retry_after_s=asked_s)
        became, off = await self.deliveries.settle(
            event, "failed", why=why, wait_ms=wait_ms, rest_ms=rest_s * 1000, is_gone=is_gone
        )
        if off:
            log.error("event_endpoint_switched_off", reason=off, why=why)
        return became

    def _request(self, event: TakenEvent, endpoint: EventEndpoint) -> tuple[dict[str, str], bytes]:
        """Return headers and body: those of Standard Webhooks, and those of CloudEvents' binary mode beside them."""
        if event.type is None:
            raise UnreadableEvent
        id, timestamp, time = self.event_id(event), int(self.clock()), write_time(event.at)
        body = orjson.dumps({"type": event.type.name, "timestamp": time, "data": event.data(event.type)})
        keys = endpoint_keys(self.keyring, app=endpoint.app, url=endpoint.url)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature_header(id, timestamp, body, list(keys.values())),
            "ce-specversion": "1.0",
            "ce-id": id,
            "ce-type": event.type.name,
            "ce-source": f"{self.source}/{event.app}",
            "ce-time": time or "",
        }
        return headers | ({"ce-subject": event.subject} if event.subject else {}), body

    def event_id(self, event: TakenEvent) -> str:
        """Return the id of an event: the same at every try, at every endpoint, and after a replay."""
        return f"ev_{self.keyring.name('event', event.identity)}"


def retry_after_s(response: HttpResponse, *, now: float) -> int:
    """Return the seconds of a `Retry-After` header, in either form of RFC 9110 §10.2.3, a day at most; 0 for none."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:10]), MAX_RETRY_AFTER_S)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return 0
    return min(max(0, round(seconds)), MAX_RETRY_AFTER_S)
