"""Fixtures of the attack tests: the service over HTTP with its default limits."""

from functools import partial

import pytest

from tests.support.builders import REDIS_PATIENCE
from tests.support.callers import Inbox
from tests.support.fake_vendor import Answer, Vendor
from tests.support.service_fixture import open_service
from tests.support.stores import BOTH, url_of


@pytest.fixture(params=BOTH)
def store_url(request):
    """Run each test on both stores, unless a mark of tests/support/stores.py selects one."""
    return url_of(request.param, request)


@pytest.fixture
def run_service(store_url, tag, clock):
    """Run the service with changed settings; it trusts the proxy in front of browsers."""
    return partial(
        open_service,
        url=store_url,
        tag=tag,
        clock=clock,
        trusted_proxies="127.0.0.0/8",
        redis_patience=REDIS_PATIENCE,
    )


@pytest.fixture
async def service(run_service):
    async with run_service() as made:
        yield made


@pytest.fixture
async def inbox():
    """The recipients' SMS, received by the vendor that the service sends to."""
    async with Vendor(Answer(201, json={"id": "v-1"})) as vendor:
        yield Inbox(vendor)


@pytest.fixture
async def sending(run_service, inbox):
    """The service with a worker that sends its SMS to the inbox."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url) as made:
        yield made
