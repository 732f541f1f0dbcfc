"""A gateway that carries nothing: it does what it is told, and remembers what it was given."""

import asyncio
import re
from collections import deque
from dataclasses import replace

from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.domain.message import Accepted
from app.domain.route import Routes, RouteStep
from app.services.deliver_message import deliver_message


class Carrier:
    """Implements `Gateway`; each outcome is an answer to give or an error to raise, then it accepts all."""

    acknowledgement = b"OK"

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

    def knows(self, token):
        return True

    async def read_report(self, callback, *, now):
        return list(self._reports)

    async def check(self):
        return "nothing"

    @property
    def codes(self):
        return [code_in(message.text) for message in self.sent]


class Slow(Carrier):
    """Holds every message back until `go` is set."""

    def __init__(self, *outcomes, **facts):
        super().__init__(*outcomes, **facts)
        self.go = asyncio.Event()

    async def send(self, message):
        answer = await super().send(message)
        await self.go.wait()
        return answer


def code_in(text):
    return re.search(r"#(\d+)$", text)[1]


def desk_of(container, *gateways, route=None, countries=None, paces=None, **changes):
    """The desk of a worker that has these gateways; without a `route` they are asked in their order."""
    senders = {gateway.name: gateway for gateway in gateways}
    throttles = {name: GatewayThrottle((paces or {}).get(name, RateConfig())) for name in senders}
    steps = route or [[RouteStep(name)] for name in senders]
    return replace(
        container.delivery, gateways=senders, throttles=throttles, routes=Routes(steps, countries or {}), **changes
    )


def with_gateway(container, *gateways, **changes):
    """The same tools for a worker that has these gateways."""
    return replace(container, delivery=desk_of(container, *gateways, **changes))


async def carry(container, gateway, job, *, tries=0, by="job-1"):
    """Dispatch one job through one gateway."""
    return await carry_by(desk_of(container, gateway), job, tries=tries, by=by)


async def carry_by(delivery, job, *, tries=0, by="job-1"):
    """Dispatch one job by a desk."""
    return await deliver_message(job, by=by, tries=tries, delivery=delivery)
