"""Runs a scenario: the service as processes, users, vendors and a backend; and completes the ledger at its end."""

import asyncio
import json
import time
from contextlib import AsyncExitStack, asynccontextmanager

from tests.chaos.fleet import Fleet
from tests.chaos.ledger import APPROVED, REQUESTED, Interval, Ledger
from tests.chaos.users import Users
from tests.chaos.vendor import SmsVendor
from tests.support.event_receiver import Receiver, event_apps
from tests.support.fake_vendor import Answer
from tests.support.service import UNLIMITED
from tests.support.smstools import accounts

MAX_RECOVERY_S = 2.0
_INTERVAL_S = 0.2  # between two logins, each of five to ten calls
_BEFORE_S = 2.0  # of load before the first fault
_AFTER_S = 4.0  # and after the last one, so that late failures are seen
_SETTLE_S = 45.0  # for the SMS and events that wait for a retry
_POLL_S = 0.2


class Scenario:
    """What a test breaks, and what it declares of it; `chance` draws from the seed of the run."""

    def __init__(self, fleet, vendors, ledger, chance):
        self.fleet, self.vendors, self.ledger, self.chance = fleet, vendors, ledger, chance

    async def wait(self, shortest, longest=None):
        """Let the load go on for some seconds, drawn between the two."""
        await asyncio.sleep(self.chance.uniform(shortest, longest or shortest))

    @asynccontextmanager
    async def fault(self, *, loses_from=None):
        """Declare a fault until the block ends.

        What is answered from `loses_from` on (monotonic seconds) until its end may be gone afterwards.
        """
        began = time.monotonic()
        try:
            yield
        finally:
            interval = Interval(began, time.monotonic())
            self.ledger.faults.append(interval)
            if loses_from is not None:
                self.ledger.may_lose.append(Interval(loses_from, interval.ended))

    def heal(self):
        """Declare that the cause of the fault is gone: from here on the service has two seconds."""
        self.ledger.healed.append(time.monotonic())


@asynccontextmanager
async def run_scenario(folder, redis_url, chance, *, gateways=1, processes=1, workers=2, **settings):
    """Run the service under load within the block; then let it settle, and complete the ledger."""
    ledger = Ledger()
    async with AsyncExitStack() as stack:
        vendors = [await stack.enter_async_context(SmsVendor()) for _ in range(gateways)]
        receiver = await stack.enter_async_context(Receiver(Answer(204)))
        environment = _settings(redis_url, vendors, receiver) | settings
        fleet = await stack.enter_async_context(Fleet(folder, environment, processes=processes, workers=workers))
        users = Users(fleet.url, ledger, vendors, interval=_INTERVAL_S)
        users.start()
        stack.push_async_callback(users.close)
        await asyncio.sleep(_BEFORE_S)
        yield Scenario(fleet, vendors, ledger, chance)
        await asyncio.sleep(_AFTER_S)
        await users.stop()
        await _settle(ledger, vendors, receiver)
        await users.read_all()
        ledger.bugs += fleet.read_bugs()


def _settings(redis_url, vendors, receiver):
    names = [f"vendor_{place}" for place, _ in enumerate(vendors)]
    gateways = {}
    for name, vendor in zip(names, vendors, strict=True):
        own = accounts(vendor.url, name, routes={"*": names})
        gateways |= {f"OTP_{setting}": value for setting, value in own.items()}
    return {
        **UNLIMITED,
        **gateways,
        "OTP_ENV": "development",
        "OTP_REDIS_URL": redis_url,
        "OTP_APPS": event_apps(receiver.url, types=[REQUESTED, APPROVED]),
        "OTP_EVENT_TIMEOUT": "2",
    }


async def _settle(ledger, vendors, receiver):
    """Wait until every SMS and event has arrived, or for a while; then enter them into the ledger."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        _enter(ledger, vendors, receiver)
        missing = ledger.broken() + ledger.lost_by_design()
        if not missing.keys() & {"accepted and lost", "lost event"} or time.monotonic() > deadline:
            return
        await asyncio.sleep(_POLL_S)


def _enter(ledger, vendors, receiver):
    owners = {id: login for login in ledger.logins for id in login.ids}
    for login in ledger.logins:
        login.sms = sorted(at for vendor in vendors for at in vendor.sms.get(login.number, ()))
        login.unsure = sum(vendor.unsure[login.number] for vendor in vendors)
    for request in list(receiver.requests):
        event = json.loads(request.body)
        login = owners.get(event["data"]["verification_id"])
        if login is not None:
            login.events[event["type"]].add(request.headers["webhook-id"])
