"""The previous revision and this one work on one Redis, as they do during an upgrade."""

import io
import subprocess
import tarfile
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.processes import ROOT, running
from tests.support.service import wait_for
from tests.support.waiting import until

PREVIOUS = "7b093b2"  # the last revision whose jobs and records have no version
NUMBER = "+31612345678"
BACKEND = {"Authorization": "Bearer sk_dev"}

pytestmark = pytest.mark.long


@pytest.fixture
def previous(tmp_path):
    """Return a folder with the source of the previous revision."""
    command = ["git", "archive", PREVIOUS, "app"]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("this clone has no history")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tmp_path / "previous", filter="data")
    return tmp_path / "previous"


@asynccontextmanager
async def serve(source, port, name, **settings):
    async with (
        running(
            "serve", "--port", str(port), folder=settings.pop("folder"), name=name, PYTHONPATH=str(source), **settings
        ),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=BACKEND) as client,
    ):
        yield client


@pytest.mark.parametrize("sender", ["previous", "present"])
async def test_one_revision_asks_and_the_other_sends_and_checks(engine_url, tag, tmp_path, previous, sender):
    """The first API takes the request; the worker and the API that check are of the other revision."""
    sources = [previous, ROOT] if sender == "previous" else [ROOT, previous]
    ports = [free_port(), free_port()]
    settings = {
        "OTP_ENV": "development",
        "OTP_REDIS_URL": engine_url,
        "OTP_REDIS_TAG": tag,
        "OTP_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",  # its inbox gets the SMS
    }
    async with AsyncExitStack() as stack:
        worker = {"folder": tmp_path, "name": "worker", "PYTHONPATH": str(sources[1])}
        await stack.enter_async_context(running("worker", **worker, **settings))
        first, second = [
            await stack.enter_async_context(serve(source, port, f"api{port}", folder=tmp_path, **settings))
            for source, port in zip(sources, ports, strict=True)
        ]
        for port in ports:
            wait_for(f"http://127.0.0.1:{port}/readyz")

        asked = (await first.post("/v1/request-code", json={"phone_number": NUMBER})).json()
        code = await until(lambda: _code_in_inbox(first), within=15)
        wrong = await first.post("/v1/verify-code", json={"verification_id": asked["verification_id"], "code": "x"})
        seen = (await second.get(f"/v1/verifications/{asked['verification_id']}")).json()
        answer = await second.post("/v1/verify-code", json={"verification_id": asked["verification_id"], "code": code})
        ended = (await first.get(f"/v1/verifications/{asked['verification_id']}")).json()

    assert wrong.status_code == 422
    assert (seen["status"], seen["phone_number"], len(seen["sends"][0]["messages"])) == ("pending", NUMBER, 1)
    assert answer.json()["status"] == "approved"
    assert ended["status"] == "approved"


async def _code_in_inbox(client):
    messages = (await client.get("/dev/inbox/messages", params={"to": NUMBER})).json()
    return messages[0]["text"].rpartition("#")[2][:6] if messages else None
