"""Fake gateways: they return scripted outcomes and record the messages."""

import asyncio
import re
from collections import deque
from dataclasses import replace

from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.domain.message import Accepted
from app.domain.route import Routes, RouteStep


class FakeGateway:
    """Implements `Gateway`; each outcome is a value to return or an error to raise, then it accepts every message."""

    acknowledgement = b"OK"
    takes_dlt_ids = False
    sender = ""
    refused_senders = ()

    def __init__(self, *outcomes, name="carrier", reports=(), repeats_safely=False):
        self.name = name
        self.repeats_safely = repeats_safely
        self.sent = []
        self._outcomes = deque(outcomes)
        self._reports = list(reports)

    async def send(self, message):
        self.sent.append(message)
        outcome = self._outcomes.popleft() if self._outcomes else Accepted(f"v-{len(self.sent)}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def takes_sender(self, sender):
        return sender not in self.refused_senders

    def accepts_token(self, token):
        return True

    async def read_report(self, callback, *, now):
        return list(self._reports)

    async def check(self):
        return "nothing"

    @property
    def codes(self):
        return [code_in(message.text) for message in self.sent]


class BlockingGateway(FakeGateway):
    """Blocks every message until `go` is set."""

    def __init__(self, *outcomes, **options):
        super().__init__(*outcomes, **options)
        self.go = asyncio.Event()

    async def send(self, message):
        answer = await super().send(message)
        await self.go.wait()
        return answer


def code_in(text):
    return re.search(r"#(\d+)$", text)[1]


def delivery_with(container, *gateways, route=None, countries=None, paces=None, **changes):
    """Return the delivery of messages with these gateways; without a `route` they are tried in order."""
    by_name = {gateway.name: gateway for gateway in gateways}
    throttles = {name: GatewayThrottle((paces or {}).get(name, RateConfig())) for name in by_name}
    steps = route or [[RouteStep(name)] for name in by_name]
    routes = Routes(steps, countries or {})
    return replace(container.deliver_message, gateways=by_name, throttles=throttles, routes=routes, **changes)


def with_gateways(container, *gateways, **changes):
    """Return the container with these gateways."""
    return replace(
        container,
        deliver_message=delivery_with(container, *gateways, **changes),
        apply_report=replace(container.apply_report, has_others=len(gateways) > 1),
    )


async def deliver_job(container, gateway, job, *, tries=0, by="job-1"):
    """Deliver one job through one gateway."""
    return await deliver_job_with(delivery_with(container, gateway), job, tries=tries, by=by)


async def deliver_job_with(deliver_message, job, *, tries=0, by="job-1"):
    """Deliver one job."""
    return await deliver_message(job, by=by, tries=tries)
