"""What a gateway tells us of a message, from its call to what the backend sees."""

import json

import pytest

from app.gateways.registry import inbox_token
from tests.support.api_calls import MOMENT, ask, problem_of
from tests.support.builders import OTHER_PHONE
from tests.support.fake_vendor import Answer, Vendor
from tests.support.waiting import until

TEXT = "text/plain; charset=utf-8"


@pytest.fixture
async def sent(run_service):
    """A code that was sent, and the id that its vendor gave it."""
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(workers=True, public_url=vendor.url) as service,
    ):
        id = (await ask(service.client, OTHER_PHONE)).json()["verification_id"]
        await vendor.asked(1)
        yield service, id


def address(service):
    return f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"


async def report(service, status, *, id="v-1", to=OTHER_PHONE):
    return await service.client.post(
        address(service), json={"id": id, "to": to, "status": status}, headers={"Authorization": ""}
    )


async def message_of(service, id):
    sends = (await service.client.get(f"/v1/verifications/{id}")).json()["sends"]
    return sends[0]["messages"][0] if sends[0]["messages"] else {"status": None}


async def stands(service, id, status):
    message = await message_of(service, id)
    return message if message["status"] == status else None


async def test_a_report_is_acknowledged_in_the_gateways_own_words(sent):
    service, _ = sent

    answer = await report(service, "delivered")

    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"OK", TEXT)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_report_becomes_the_messages_status_and_a_line_of_its_history(sent):
    service, id = sent
    await until(lambda: stands(service, id, "sent"))

    await report(service, "delivered")

    message = await until(lambda: stands(service, id, "delivered"))
    assert list(message) == ["message_id", "gateway", "status", "reason", "segments", "price", "history"]
    assert message["message_id"].startswith("ms_")
    assert (message["gateway"], message["reason"]) == ("inbox", None)
    assert [line["status"] for line in message["history"]] == ["queued", "sent", "delivered"]
    assert all(set(line) == {"at", "status", "word"} and MOMENT.match(line["at"]) for line in message["history"])


async def test_a_report_changes_nothing_of_the_verification_itself(sent):
    service, id = sent
    await until(lambda: stands(service, id, "sent"))
    before = (await service.client.get(f"/v1/verifications/{id}")).json()

    await report(service, "failed")
    await until(lambda: stands(service, id, "failed"))

    after = (await service.client.get(f"/v1/verifications/{id}")).json()
    assert after | {"sends": 0} == before | {"sends": 0}


async def test_batches_repeats_and_unknown_ids_are_normal(sent):
    service, id = sent
    batch = [{"id": name, "to": OTHER_PHONE, "status": "buffered"} for name in ("v-1", "v-1", "v-nobody")]

    answers = [await service.client.post(address(service), json=batch) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    message = await until(lambda: stands(service, id, "buffered"))
    assert len(message["history"]) <= 3 + 1


async def test_a_report_for_another_recipient_moves_nothing(sent):
    service, id = sent
    await until(lambda: stands(service, id, "sent"))

    assert (await report(service, "failed", to="+31611111111")).status_code == 200
    await report(service, "buffered")

    assert await until(lambda: stands(service, id, "buffered"))


async def test_a_report_without_the_token_is_not_read(service, subtests):
    for path in ["", "/wrong", "/%00", "/%FF%FE", "/ключ"]:
        for method in ["GET", "POST"]:
            with subtests.test(f"{path!r} {method!r}"):
                before = await service.dump()

                answer = await service.client.request(
                    method, f"/v1/reports/inbox{path}", content=b"[]" if method == "POST" else b""
                )

                problem_of(answer, 401, "bad_report")
                assert await service.dump() == before


async def test_a_gateway_that_is_not_set_up_has_no_reports(service):
    for path in ("/v1/reports/smstools", "/v1/reports/nobody/token", "/v1/reports/inbox/a/b"):
        problem_of(await service.client.post(path, json=[]), 404, "not_found")


async def test_a_report_that_cannot_be_read_is_refused(service, subtests):
    for body in [b"", b"x", b"[1]", b"{", b"\xff", b"[" * 9999, b"null", b'{"id": "v-1"}']:
        with subtests.test(repr(body)):
            before = await service.dump()

            problem_of(await service.client.post(address(service), content=body), 422, "invalid_request")

            assert await service.dump() == before


async def test_a_report_may_claim_any_media_type(service, subtests):
    """Vendors are not ours to teach."""
    for kind in [None, "text/html", "application/json; charset=utf-8", "nonsense"]:
        with subtests.test(repr(kind)):
            headers = {"content-type": kind} if kind else {}
            body = json.dumps({"id": "v-9", "to": OTHER_PHONE, "status": "sent", "unknown": "fields"})

            assert (await service.client.post(address(service), content=body, headers=headers)).status_code == 200


async def test_a_report_may_be_large_and_not_endless(service):
    fill = json.dumps({"id": "v-9", "status": "sent", "pad": "x" * (1024 * 1024 - 100)})
    too_much = json.dumps({"id": "v-9", "status": "sent", "pad": "x" * (1024 * 1024)})

    assert (await service.client.post(address(service), content=fill)).status_code == 200
    problem_of(await service.client.post(address(service), content=too_much), 413, "body_too_large")
