"""What one request leaves in logs and metrics, from the API to the gateway and back."""

from collections import Counter

import orjson
import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.message import Accepted
from app.domain.status import Reason
from app.metrics.families import REGISTRY
from tests.support.actions import start_verification
from tests.support.api_calls import WRONG_CODE, assert_problem, post_request_code, post_verify_code
from tests.support.builders import OTHER_PHONE
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.messages import report_job
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
NUMBER = "+31612345679"


def lines_of(logged_lines, event):
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    return [line for line in lines if line["event"] == event]


def samples():
    """Return the value of each series, by its name and labels."""
    return Counter(
        {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
        }
    )


def increase(before, name, **labels):
    return samples()[name, *sorted(labels.items())] - before[name, *sorted(labels.items())]


async def test_ids_join_a_request_with_its_job_its_delivery_attempt_and_its_report(
    run_service, logged_lines, engine_url
):
    gateway = FakeGateway(Accepted("v-1"))
    async with (
        run_service(redis_url=engine_url) as service,
        running_worker(with_gateways(service.container, gateway)),
    ):
        response = await service.client.post(
            "/v1/request-code", json={"phone_number": NUMBER}, headers={"traceparent": TRACEPARENT}
        )
        await wait_until_idle(service.container)
        report = report_job(service.container, "delivered", reference=gateway.sent[0].id)
        await service.container.queue.add("reports", [report.fields()])
        await until(lambda: len(lines_of(logged_lines, "job")) == 2)

    (request,), (attempt,) = lines_of(logged_lines, "request"), lines_of(logged_lines, "delivery_attempt")
    job, report = lines_of(logged_lines, "job")
    ids = {
        "request_id": response.headers["x-request-id"],
        "verification": response.json()["verification_id"],
        "country": "NL",
    }
    name = service.container.keyring.log_name(NUMBER)
    message = {"message": gateway.sent[0].id, "gateway": "carrier"}
    assert request.items() >= (ids | {"number": name, "traceparent": TRACEPARENT}).items()
    for line in (attempt, job):
        assert line.items() >= (ids | message | {"number": name, "traceparent": TRACEPARENT}).items()
    assert report.items() >= (ids | message | {"message_status": "delivered", "outcome": "moved"}).items()


async def test_a_refusal_is_logged_with_its_code_limit_country_and_number(run_service, logged_lines):
    before = samples()
    async with run_service(countries="NL", limit_sends_per_number="1/h") as service:
        name = service.container.keyring.log_name
        assert_problem(await post_request_code(service.client, "+491511234567"), 403, "destination_not_allowed")
        await post_request_code(service.client, NUMBER)
        assert_problem(await post_request_code(service.client, NUMBER), 429, "rate_limited")

    closed, _, limited = lines_of(logged_lines, "request")
    assert (
        closed.items() >= {"code": "destination_not_allowed", "country": "DE", "number": name("+491511234567")}.items()
    )
    assert (
        limited.items()
        >= {
            "code": "rate_limited",
            "limit": "sends_per_number",
            "country": "NL",
            "number": name(NUMBER),
            "level": "info",
        }.items()
    )
    assert increase(before, "otp_limit_hits_total", limit="sends_per_number", app="dev") == 1


async def test_a_whole_verification_is_counted(run_service, engine_url):
    before, gateway = samples(), FakeGateway()
    async with (
        run_service(redis_url=engine_url) as service,
        running_worker(with_gateways(service.container, gateway)),
    ):
        id = (await post_request_code(service.client, NUMBER)).json()["verification_id"]
        await wait_until_idle(service.container)
        await post_verify_code(service.client, id, WRONG_CODE)
        await post_verify_code(service.client, id, gateway.codes[0])
        report = report_job(service.container, "delivered", reference=gateway.sent[0].id)
        await service.container.queue.add("reports", [report.fields()])
        await wait_until_idle(service.container)

    sent = {"gateway": "carrier", "country": "NL"}
    assert [
        increase(before, "otp_verifications_total", app="dev", outcome=one) for one in ("requested", "approved")
    ] == [1, 1]
    assert [increase(before, "otp_checks_total", app="dev", outcome=one) for one in ("wrong", "right")] == [1, 1]
    assert increase(before, "otp_approvals_total", **sent) == 1
    assert increase(before, "otp_delivery_attempts_total", **sent, outcome="accepted", reason="") == 1
    assert [increase(before, "otp_messages_total", **sent, status=one) for one in ("sent", "delivered")] == [1, 1]
    assert increase(before, "otp_delivered_seconds_count", **sent) == 1
    assert increase(before, "otp_handover_seconds_count") == 1
    assert increase(before, "otp_reports_total", gateway="carrier", outcome="moved") == 1
    assert increase(before, "otp_redis_seconds_count", script="save_verification") == 1
    route = {"route": "/v1/verify-code", "method": "POST"}
    assert increase(before, "otp_http_requests_total", **route, status="400", code="incorrect_code") == 1


async def test_a_gateway_that_begins_and_ends_to_rest_is_a_warning_and_degrades_its_route(
    run_service, logged_lines, engine_url
):
    """An outage of the only vendor was invisible: `/readyz` was green and each line at `info`."""
    gateway = FakeGateway(Refused("no", reason=Reason.NO_CREDIT, word="code 108"))
    async with run_service(redis_url=engine_url) as service:
        now = [0.0]
        routed = with_gateways(service.container, gateway, clock=lambda: now[0])
        async with running_worker(routed):
            await post_request_code(service.client, NUMBER)
            await until(lambda: lines_of(logged_lines, "gateway_rests"))
            await until(lambda: service.redis.exists(f"{service.tag}:resting:carrier"))
            now[0] = 11.0
            await start_verification(routed, OTHER_PHONE)  # the probe, which succeeds
            await until(lambda: lines_of(logged_lines, "gateway_works"))

    (rests,), (works,) = lines_of(logged_lines, "gateway_rests"), lines_of(logged_lines, "gateway_works")
    assert (
        rests.items() >= {"gateway": "carrier", "reason": "no_credit", "word": "code 108", "level": "warning"}.items()
    )
    assert works.items() >= {"gateway": "carrier", "level": "warning"}.items()


async def test_what_is_given_up_is_an_error(container, logged_lines):
    async with running_worker(with_gateways(container, FakeGateway(Refused("no", reason=Reason.AUTH, word="401")))):
        await start_verification(container)
        await until(lambda: lines_of(logged_lines, "job"))

    (job,) = lines_of(logged_lines, "job")
    assert job["level"] == "error"


async def test_what_is_tried_again_is_no_error(container, logged_lines):
    async with running_worker(with_gateways(container, FakeGateway(Unreachable("away")))):
        await start_verification(container)
        await until(lambda: lines_of(logged_lines, "job"))

    assert lines_of(logged_lines, "job")[0]["level"] == "info"


async def test_a_request_that_redis_fails_is_a_warning_with_redis_own_word(run_service, logged_lines, engine_url):
    before = samples()
    async with run_service(redis_url="redis://127.0.0.1:1/0") as service:
        assert_problem(await post_request_code(service.client, NUMBER), 503, "temporarily_unavailable")

    (request,) = lines_of(logged_lines, "request")
    assert (request["level"], request["redis"]) == ("warning", "ECONNREFUSED")
    assert increase(before, "otp_redis_errors_total", error="ECONNREFUSED") >= 1


@pytest.mark.parametrize("numbers", [100, pytest.param(100_000, marks=pytest.mark.long)])
async def test_the_series_do_not_grow_with_the_numbers(run_service, numbers):
    async with run_service(limit_sends_per_app="off", limit_sends_per_address="off") as service:
        for number in range(100):  # so that each script and each queue of the worker has its series
            await post_request_code(service.client, f"+3162{number:07d}")
        before = set(samples())
        for number in range(numbers):
            await post_request_code(service.client, f"+3161{number:07d}")

    assert {series for series in samples() if series not in before and series[0] != "otp_http_requests_total"} == set()
