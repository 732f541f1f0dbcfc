"""Status, code and pointers of some 400 odd requests equal the recorded ones.

Record them again, and review the diff, with `python -m tests.api.test_recorded_answers`.
"""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.builders import Clock
from tests.support.odd_requests import odd_requests
from tests.support.service_fixture import open_service

RECORDED = Path(__file__).parents[1] / "recorded" / "api" / "answers.json"
UNLIMITED = {f"limit_{name}": "off" for name in ("sends_per_number", "calls_per_address", "checks_per_address")}


@asynccontextmanager
async def unlimited_service():
    async with open_service(url="memory://", tag="{recorded}", clock=Clock(), **UNLIMITED) as service:
        service.client.headers.clear()
        yield service.client


async def recorded_fields(client, request):
    """Send one request, and return what must stay the same: status, code and error pointers."""
    response = await client.request(request.method, request.path, content=request.body, headers=request.all_headers)
    is_problem = response.headers.get("content-type") == "application/problem+json" and response.content
    body = response.json() if is_problem else {}
    fields = {"status": response.status_code, "code": body.get("code")}
    if "errors" in body:
        fields["pointers"] = [error.get("pointer", next(iter(error))) for error in body["errors"]]
    return fields


async def all_responses():
    async with unlimited_service() as client:
        return {name: await recorded_fields(client, request) for name, request in odd_requests().items()}


async def test_odd_requests_match_recorded_responses():
    recorded = json.loads(RECORDED.read_text())

    assert await all_responses() == recorded


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(response)}" for name, response in asyncio.run(all_responses()).items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
