"""The ids that a request or a job binds are on each line that it logs, and on no other line."""

import asyncio
import os

import orjson
import pytest

from app.domain.message import Accepted
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.logs import LogContext, log
from app.services.deliver_message import Completed
from app.worker.consumer import QueueConsumer
from tests.support.actions import start_verification
from tests.support.api_calls import post_request_code
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.running_worker import running_worker
from tests.support.waiting import until

HEAD = {
    "type": "http",
    "method": "GET",
    "path": "/livez",
    "client": ("192.0.2.1", 1),
    "headers": [(b"host", b"localhost")],
}
JOB_IDS = ("queue", "job", "verification", "send")


def lines_of(logged_lines, event=None):
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    return [line for line in lines if event in (None, line["event"])]


def ids_of(line, names):
    return {name: line.get(name) for name in names}


def test_ids_are_logged_within_the_block_only(logged_lines):
    with LogContext(queue="sends", send="1"):
        log.info("outer")
        with LogContext(send="2"):
            log.info("inner")
        log.info("outer")
    log.info("outside")

    assert [(line.get("queue"), line.get("send")) for line in lines_of(logged_lines)] == [
        ("sends", "1"),
        ("sends", "2"),
        ("sends", "1"),
        (None, None),
    ]


def test_ids_end_with_a_block_that_raises(logged_lines):
    with pytest.raises(ZeroDivisionError), LogContext(send="1"):
        raise ZeroDivisionError
    log.info("outside")

    assert "send" not in lines_of(logged_lines)[0]


def test_a_field_of_the_line_replaces_the_id_of_its_name(logged_lines):
    with LogContext(queue="sends"):
        log.info("job", queue="reports")

    assert lines_of(logged_lines)[0]["queue"] == "reports"


async def test_concurrent_requests_log_their_own_ids(logged_lines):
    """Each logs before and after it has waited for the others."""
    barrier, request_ids = asyncio.Barrier(3), []

    async def application(scope, receive, send):
        request_ids.append(scope["state"]["request_id"])
        log.info("before", reference="foreign")
        await barrier.wait()
        await asyncio.create_task(log_after())
        await send({"type": "http.response.start", "status": 204})

    async def log_after():
        log.info("after")

    async def ignore(message): ...

    middleware = RequestMiddleware(application, admission=RequestAdmission.of(make_settings()))
    await asyncio.gather(*(middleware({**HEAD, "state": {}}, None, ignore) for _ in range(3)))
    log.info("outside")

    *lines, outside = lines_of(logged_lines)
    for request_id in request_ids:
        own = [line["event"] for line in lines if line["request_id"] == request_id]
        assert own == ["before", "after", "request"]
    assert len(lines) == 9
    assert "request_id" not in outside


async def test_a_bug_deep_in_a_request_is_logged_with_the_request_id(run_service, logged_lines):
    is_broken = []

    def random_bytes(size):
        if is_broken:
            raise ZeroDivisionError
        return os.urandom(size)

    async with run_service(random_bytes=random_bytes) as service:
        is_broken.append(True)
        response = await post_request_code(service.client)

    (bug,) = lines_of(logged_lines, "bug")
    assert bug["error"] == "ZeroDivisionError"
    assert bug["request_id"] == response.headers["x-request-id"] == response.json()["instance"]


async def test_concurrent_jobs_log_their_own_ids(container, logged_lines):
    barrier, stop = asyncio.Barrier(3), asyncio.Event()

    async def handler(job):
        await barrier.wait()
        log.info("handled", reference="foreign")
        return Completed("done")

    consumer = QueueConsumer("sends", container.queue, handler, name="w", slots=3)
    task = asyncio.create_task(consumer.run(stop))
    await container.queue.add("sends", [{"verification": f"vf_{n}", "send": str(n)} for n in range(3)])
    await until(lambda: len(lines_of(logged_lines, "job")) == 3)
    stop.set()
    await task

    handled, finished = (
        [ids_of(line, JOB_IDS) for line in lines_of(logged_lines, event)] for event in ("handled", "job")
    )
    assert sorted(map(str, handled)) == sorted(map(str, finished))
    assert {(line["verification"], line["send"]) for line in handled} == {(f"vf_{n}", str(n)) for n in range(3)}
    assert len({line["job"] for line in handled}) == 3


async def test_each_delivery_attempt_is_logged_with_its_job_message_and_gateway(container, logged_lines):
    class LoggingGateway(FakeGateway):
        async def send(self, message):
            log.info("sending")
            return await super().send(message)

    gateway = LoggingGateway()
    async with running_worker(with_gateways(container, gateway)):
        ids = {(await start_verification(container, number)).id for number in ("+31612345678", OTHER_PHONE)}
        await until(lambda: len(lines_of(logged_lines, "job")) == 2)

    jobs = {line["verification"]: ids_of(line, JOB_IDS) for line in lines_of(logged_lines, "job")}
    assert jobs.keys() == ids
    for event in ("sending", "delivery_attempt"):
        lines = lines_of(logged_lines, event)
        assert [ids_of(line, JOB_IDS) for line in lines] == [jobs[line["verification"]] for line in lines]
        assert {line["gateway"] for line in lines} == {"carrier"}
        assert {line["message"] for line in lines} == {message.id for message in gateway.sent}


async def test_a_bug_in_a_job_is_logged_with_the_ids_of_the_job(container, logged_lines):
    async with running_worker(with_gateways(container, FakeGateway(ZeroDivisionError("a bug"), Accepted("v-1")))):
        id = (await start_verification(container)).id
        await until(lambda: lines_of(logged_lines, "job"))

    (bug,), (job, *_) = lines_of(logged_lines, "bug"), lines_of(logged_lines, "job")
    assert (bug["error"], bug["verification"]) == ("ZeroDivisionError", id)
    assert ids_of(bug, JOB_IDS) == ids_of(job, JOB_IDS)
