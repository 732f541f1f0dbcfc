import pytest

from tests.support.camara_facade import CORRELATOR, apps_json, bearer


@pytest.fixture
async def service(run_service):
    """The running service with two clients of the facade; the client has a token, and sends `x-correlator`."""
    async with run_service(apps=apps_json()) as running:
        del running.client.headers["Authorization"]
        running.client.headers.update(await bearer(running.client))
        running.client.headers["x-correlator"] = CORRELATOR
        yield running
