"""Status, code and pointers of some 400 odd requests stay what they were when they were recorded.

Record them anew, and read the difference, with `python -m tests.api.test_recorded_answers`.
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


async def answer_to(client, request):
    """Send one request and keep what must stay the same: status, code, and where its mistakes are."""
    answer = await client.request(request.method, request.path, content=request.body, headers=request.all_headers)
    is_problem = answer.headers.get("content-type") == "application/problem+json" and answer.content
    body = answer.json() if is_problem else {}
    kept = {"status": answer.status_code, "code": body.get("code")}
    if "errors" in body:
        kept["pointers"] = [error["pointer"] for error in body["errors"]]
    return kept


async def answers():
    async with unlimited_service() as client:
        return {name: await answer_to(client, request) for name, request in odd_requests().items()}


async def test_odd_requests_are_answered_as_recorded():
    recorded = json.loads(RECORDED.read_text())

    assert await answers() == recorded


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in asyncio.run(answers()).items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
