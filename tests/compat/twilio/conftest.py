import pytest

from tests.support.twilio_facade import apps_json, basic


@pytest.fixture
async def service(run_service):
    """The running service with two apps of the facade."""
    async with run_service(apps=apps_json()) as running:
        running.client.headers.update(basic())
        yield running
