"""Ten reasons why a person got no code: each is answered by `otp numbers show`, and by one search of the log.

docs/operating/support.md lists them in this order. The log is searched by the name of the number where a line has it,
else by the id of the verification.
"""

from contextlib import asynccontextmanager

import orjson
import pytest

from app.cli.number_history import SENTENCES
from app.domain.gateway import Refused
from app.domain.status import Reason
from tests.support.actions import fail_attempts
from tests.support.api_calls import assert_problem, new_verification_id, post_request_code
from tests.support.builders import OTHER_PHONE
from tests.support.docs import DOCS
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.messages import report_job
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.service_fixture import open_service
from tests.support.stores import ENGINE

STORE = ENGINE  # which a command in another process can reach
NUMBER = OTHER_PHONE


@pytest.fixture
def show(otp_in_thread, settings):
    """Run `otp numbers show`, and return its lines as cells."""

    async def run(**changes):
        result = await otp_in_thread("numbers", "show", NUMBER, **settings | changes)
        assert result.exit_code == 0, result.output
        return [line.split("\t") for line in result.stdout.splitlines()]

    return run


@pytest.fixture
def log_lines(logged_lines):
    """Return the log lines that have all of these fields."""

    def find(**fields):
        lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
        return [line for line in lines if fields.items() <= line.items()]

    return find


@asynccontextmanager
async def worker_with(service, *outcomes):
    """Run a worker whose only gateway has these outcomes."""
    gateway = FakeGateway(*outcomes)
    async with running_worker(with_gateways(service.container, gateway)):
        yield gateway


async def search(service):
    response = await service.client.post("/v1/verifications/search", json={"phone_number": NUMBER})
    assert response.status_code == 200, response.text
    return response.json()


async def blocker_kinds(service):
    return [blocker["kind"] for blocker in (await search(service))["blockers"]]


async def messages(service):
    """Return status and reason of each message that a search shows."""
    found = await search(service)
    return [
        (message["status"], message["reason"])
        for verification in found["verifications"]
        for send in verification["sends"]
        for message in send["messages"]
    ]


def sentences(lines, *beginning):
    """Return the last cell of the lines that begin with these cells."""
    return [cells[-1] for cells in lines if tuple(cells[: len(beginning)]) == beginning]


def details(lines, status):
    """Return the details of the rows with a status."""
    return [cells[4] for cells in lines if len(cells) == 5 and cells[3] == status]


def logged_requests(log_lines, service):
    """Return status, code and limit of the requests for a code that the log has under the name of the number."""
    name = service.container.keyring.log_name(NUMBER)
    lines = log_lines(event="request", route="/v1/request-code", number=name, country="NL")
    return [(line["status"], line.get("code"), line.get("limit")) for line in lines]


async def test_country_is_not_open(run_service, show, log_lines):
    async with run_service(countries="DE") as service:
        assert_problem(await post_request_code(service.client, NUMBER), 403, "destination_not_allowed")

        assert await blocker_kinds(service) == ["country"]
    assert sentences(await show(COUNTRIES="DE"), "bad", "dev") == ["the country of the number is not open"]
    assert logged_requests(log_lines, service) == [(403, "destination_not_allowed", None)]


async def test_operator_blocked_the_number(service, show, otp_in_thread, settings, log_lines):
    await otp_in_thread("numbers", "block", NUMBER, **settings, OPERATOR="anna@example.com")
    assert_problem(await post_request_code(service.client, NUMBER), 403, "destination_blocked")

    assert await blocker_kinds(service) == ["block"]
    lines = await show()
    (sentence,) = sentences(lines, "bad", "dev")
    assert sentence.startswith("an operator blocked the number")
    assert details(lines, "block_number") == ["by anna@example.com"]
    assert logged_requests(log_lines, service) == [(403, "destination_blocked", None)]
    name = service.container.keyring.log_name(NUMBER)
    (act,) = log_lines(event="operator_act", act="block_number", number=name)
    assert (act["operator"], act["outcome"]) == ("anna@example.com", "done")


async def test_limit_is_spent(service, show, log_lines):
    for _ in range(3):
        await new_verification_id(service.client, NUMBER)
    refused = assert_problem(await post_request_code(service.client, NUMBER), 429, "rate_limited")

    (blocker,) = (await search(service))["blockers"]
    assert (blocker["kind"], blocker["limit"]) == ("limit", refused["limit"])
    (sentence,) = sentences(await show(), "bad", "dev")
    assert sentence == f"the limit sends_per_number is spent until {blocker['until']}"
    assert logged_requests(log_lines, service) == [(202, None, None)] * 3 + [(429, "rate_limited", "sends_per_number")]


async def test_number_waits_after_wrong_codes(run_service, show, log_lines):
    async with run_service(limit_sends_per_number="off") as service:
        for _ in range(3):
            await fail_attempts(service.container, 4, NUMBER)
        assert_problem(await post_request_code(service.client, NUMBER), 429, "too_many_attempts")

        assert await blocker_kinds(service) == ["wait"]
    lines = await show()
    (sentence,) = sentences(lines, "bad", "dev")
    assert sentence.startswith("no new code until ")
    assert sentence.endswith(", after wrong codes; `otp numbers unlock` ends it")
    assert sentences(lines, "note", "dev") == ["wrong codes since the last approval: 12"]
    assert logged_requests(log_lines, service) == [(429, "too_many_attempts", None)]


async def test_recipient_opted_out(service, show, log_lines):
    """The first SMS is refused by the vendor, and the next one without a call."""
    async with worker_with(service, Refused("no", reason=Reason.OPTED_OUT, word="STOP")) as gateway:
        first = await new_verification_id(service.client, NUMBER)
        await wait_until_idle(service.container)
        second = await new_verification_id(service.client, NUMBER)
        await wait_until_idle(service.container)

    assert len(gateway.sent) == 1
    assert await blocker_kinds(service) == ["opt_out"]
    assert await messages(service) == [("failed", "opted_out")] * 2
    lines = await show()
    (sentence,) = sentences(lines, "bad", "dev")
    assert sentence.startswith("the recipient opted out of SMS")
    assert set(details(lines, "failed")) == {
        "SMS 1 by carrier opted_out (STOP)",
        "SMS 1 by carrier opted_out (remembered)",
    }
    outcomes = [line["outcome"] for id in (first, second) for line in log_lines(event="job", verification=id)]
    assert outcomes == ["refused_opted_out"] * 2


async def test_account_has_no_credit(service, show, log_lines):
    async with worker_with(service, Refused("no", reason=Reason.NO_CREDIT, word="HTTP 402")):
        id = await new_verification_id(service.client, NUMBER)
        await wait_until_idle(service.container)

    assert await blocker_kinds(service) == []
    assert await messages(service) == [("failed", "no_credit")]
    lines = await show()
    assert details(lines, "failed") == ["SMS 1 by carrier no_credit (HTTP 402)"]
    (buried,) = details(lines, "buried")
    assert buried.startswith("refused_no_credit; `otp jobs replay ")
    (attempt,) = log_lines(event="delivery_attempt", verification=id)
    assert (attempt["gateway"], attempt["reason"], attempt["word"]) == ("carrier", "no_credit", "HTTP 402")


async def test_sms_was_not_delivered(service, show, log_lines):
    async with worker_with(service) as gateway:
        id = await new_verification_id(service.client, NUMBER)
        await wait_until_idle(service.container)
        report = report_job(
            service.container,
            "undelivered",
            word="absent subscriber",
            number=NUMBER,
            reference=gateway.sent[0].id,
            reason="unreachable_temporary",
        )
        await service.container.queue.add("reports", [report.fields()])
        await wait_until_idle(service.container)

    assert await messages(service) == [("undelivered", "unreachable_temporary")]
    assert details(await show(), "undelivered") == ["SMS 1 by carrier unreachable_temporary (absent subscriber)"]
    (attempt,) = log_lines(event="delivery_attempt", verification=id)
    (applied,) = log_lines(event="job", queue="reports", reference=attempt["message"])
    assert applied["outcome"] == "moved"


async def test_code_expired_before_its_sms(service, show, log_lines, clock):
    """No worker ran: the request was ten minutes ago, by the clock of the service."""
    clock.tick(seconds=-600)
    id = await new_verification_id(service.client, NUMBER)
    clock.tick(seconds=600)
    async with worker_with(service) as gateway:
        await wait_until_idle(service.container)

    assert gateway.sent == []
    (verification,) = (await search(service))["verifications"]
    assert (verification["status"], verification["sends"][0]["messages"]) == ("expired", [])
    assert details(await show(), "not sent") == ["SMS 1: its code ended before a gateway was called"]
    (job,) = log_lines(event="job", verification=id)
    assert job["outcome"] == "dropped"


async def test_text_was_rejected(service, show, log_lines):
    """As where a country requires registered templates, and the text is another."""
    async with worker_with(service, Refused("no", reason=Reason.CONTENT_REJECTED, word="template mismatch")):
        id = await new_verification_id(service.client, NUMBER)
        await wait_until_idle(service.container)

    assert await messages(service) == [("failed", "content_rejected")]
    assert details(await show(), "failed") == ["SMS 1 by carrier content_rejected (template mismatch)"]
    (attempt,) = log_lines(event="delivery_attempt", verification=id)
    assert (attempt["reason"], attempt["word"]) == ("content_rejected", "template mismatch")


async def test_redis_was_away(redis_proxy, tag, clock, otp_in_thread, settings, log_lines):
    """The command cannot show anything then, and says so."""
    async with open_service(url=redis_proxy.url, tag=tag, clock=clock) as service:
        redis_proxy.canned_reply = b"-LOADING Redis is loading the dataset in memory\r\n"
        assert_problem(await post_request_code(service.client, NUMBER), 503, "temporarily_unavailable")
        result = await otp_in_thread("numbers", "show", NUMBER, **settings | {"REDIS_URL": redis_proxy.url})
        redis_proxy.canned_reply = None

    assert result.exit_code == 1
    assert result.stderr.startswith("✗ Redis does not respond correctly: LOADING.")
    assert logged_requests(log_lines, service) == [(503, "temporarily_unavailable", None)]


def test_page_has_the_sentences_of_the_command():
    """With "a time" in place of each time."""
    page = (DOCS / "operating" / "support.md").read_text()
    cause = {kind: text.partition(";")[0].partition(", stored")[0] for kind, text in SENTENCES.items()}
    shown = [text.format(limit="`sends_per_number`", until="a time") for text in cause.values()]

    assert [text for text in shown if text not in page and "fraud guard" not in text] == []
