"""A service with a hook of each preset, which sends its SMS to an inbox."""

from functools import partial

import pytest

from tests.support import hooks
from tests.support.callers import Inbox
from tests.support.fake_vendor import Answer, Vendor


@pytest.fixture
async def inbox():
    """The recipients' SMS, received by the vendor that the service sends to."""
    async with Vendor(Answer(201, json={"id": "v-1"})) as vendor:
        yield Inbox(vendor)


@pytest.fixture
def run_hooks(run_service, inbox):
    """Run the service with hooks and changed settings."""
    return partial(run_service, workers=True, gateways__inbox__url=inbox.url, **hooks.settings())


@pytest.fixture
async def service(run_hooks):
    async with run_hooks() as running:
        del running.client.headers["Authorization"]
        yield running
