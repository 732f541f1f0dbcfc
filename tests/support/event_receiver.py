"""A receiver of events: a fake vendor's server that verifies what arrives, as the README of a receiver says."""

import json

from standardwebhooks import Webhook

from app.domain.events import EVENT_TYPES
from app.domain.webhook_signature import endpoint_keys, write_key
from tests.support.fake_vendor import Vendor
from tests.support.running_worker import running_worker
from tests.support.waiting import until

ALL_TYPES = [type.name for type in EVENT_TYPES]


NOWHERE = "http://127.0.0.1:1/events"  # of events that are never sent


def event_apps(url=NOWHERE, *, types=ALL_TYPES, app="dev", **more):
    """Return OTP_APPS with one endpoint of one app."""
    return json.dumps({"bank": {}, app: {"events": [{"url": url, "types": list(types), **more}]}})


def secrets_of(container, url, *, app="dev"):
    """Return the `whsec_` of an endpoint, newest first, as `otp events secrets` prints them."""
    return [write_key(key) for key in endpoint_keys(container.keyring, app=app, url=url).values()]


def read_event(request, secret):
    """Verify a request by the library of Standard Webhooks, and return the event."""
    return Webhook(secret).verify(request.body, dict(request.headers))


class Receiver(Vendor):
    """Receives the events of one endpoint."""

    @property
    def events(self):
        """Return the bodies of all requests, unverified, in the order of their arrival."""
        return [json.loads(request.body) for request in self.requests]

    @property
    def types(self):
        return [event["type"] for event in self.events]

    def of(self, type):
        """Return the `data` of the events of a type."""
        return [event["data"] for event in self.events if event["type"] == type]


async def deliver_due(container):
    """Send all events that are due once, as a worker does, and return what became of each."""
    return [await container.deliver_event(event) for event in await take(container)]


async def work_until(container, condition):
    """Run a worker until a condition holds."""
    async with running_worker(container):
        await until(condition)


async def take(container, *, room=1000):
    """Take the events that are due, as a worker does."""
    deliver = container.deliver_event
    return await deliver.deliveries.take(dict.fromkeys(deliver.endpoints.values(), room))


async def types_due(container):
    """Take the events that are due; return their types, the oldest first."""
    return [event.fields["type"] for event in sorted(await take(container), key=lambda event: event.at)]


async def state_of(container):
    """Return the state of the only endpoint."""
    (endpoint,) = container.deliver_event.endpoints.values()
    return await container.event_dead_letters.state(endpoint)
