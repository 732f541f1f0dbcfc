"""The service as an attacker meets it: over HTTP, with its limits as they come."""

from functools import partial

import pytest

from tests.support.callers import Inbox
from tests.support.fake_vendor import Answer, Vendor
from tests.support.service_fixture import open_service
from tests.support.stores import BOTH, url_of


@pytest.fixture(params=BOTH)
def store_url(request):
    """Each test runs on both stores, unless a mark of tests/support/stores.py names one."""
    return url_of(request.param, request)


@pytest.fixture
def run_service(store_url, tag, clock):
    """Run the service with changed settings; it believes the proxy through which browsers come."""
    return partial(open_service, url=store_url, tag=tag, clock=clock, trusted_proxies="127.0.0.0/8")


@pytest.fixture
async def service(run_service):
    async with run_service() as made:
        yield made


@pytest.fixture
async def inbox():
    """Everybody's phones, as the vendor that the service sends its SMS to."""
    async with Vendor(Answer(201, json={"id": "v-1"})) as vendor:
        yield Inbox(vendor)


@pytest.fixture
async def sending(run_service, inbox):
    """The service with a worker, whose SMS arrive in the inbox."""
    async with run_service(workers=True, gateways__inbox__url=inbox.url) as made:
        yield made
