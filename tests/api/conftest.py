"""The service as its callers meet it."""

from functools import partial

import pytest

from tests.support.service_fixture import open_house


@pytest.fixture
def make_house(store_url, tag, clock):
    """Run the service with changed settings, in the test's own corner of the store."""
    return partial(open_house, url=store_url, tag=tag, clock=clock)


@pytest.fixture
async def house(make_house):
    async with make_house() as made:
        yield made


@pytest.fixture
def service(house):
    """A backend of the app `dev`, whose number has a code that never changes."""
    return house.client
