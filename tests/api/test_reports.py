"""Delivery reports from the gateway's request to the message status that the backend reads."""

import json

import pytest

from app.gateways.registry import inbox_token
from tests.support.api_calls import TIMESTAMP, assert_problem, post_request_code
from tests.support.builders import OTHER_PHONE
from tests.support.fake_vendor import Answer, Vendor
from tests.support.waiting import until

TEXT = "text/plain; charset=utf-8"


@pytest.fixture
async def sent_verification(run_service):
    """The service, and the id of a verification whose SMS the vendor accepted as `v-1`."""
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(workers=True, public_url=vendor.url) as service,
    ):
        id = (await post_request_code(service.client, OTHER_PHONE)).json()["verification_id"]
        await vendor.wait_for_requests(1)
        yield service, id


def report_path(service):
    return f"/v1/reports/inbox/{inbox_token(service.container.keyring)}"


async def post_report(service, status, *, id="v-1", to=OTHER_PHONE):
    return await service.client.post(
        report_path(service), json={"id": id, "to": to, "status": status}, headers={"Authorization": ""}
    )


async def message_of(service, id):
    sends = (await service.client.get(f"/v1/verifications/{id}")).json()["sends"]
    return sends[0]["messages"][0] if sends[0]["messages"] else {"status": None}


async def message_with_status(service, id, status):
    message = await message_of(service, id)
    return message if message["status"] == status else None


async def test_report_is_acknowledged_as_the_gateway_expects(sent_verification):
    service, _ = sent_verification

    response = await post_report(service, "delivered")

    assert (response.status_code, response.content, response.headers["content-type"]) == (200, b"OK", TEXT)
    assert response.headers["cache-control"] == "no-store"


async def test_report_sets_the_message_status_and_history(sent_verification):
    service, id = sent_verification
    await until(lambda: message_with_status(service, id, "sent"))

    await post_report(service, "delivered")

    message = await until(lambda: message_with_status(service, id, "delivered"))
    assert list(message) == ["message_id", "gateway", "status", "reason", "segments", "price", "history"]
    assert message["message_id"].startswith("ms_")
    assert (message["gateway"], message["reason"]) == ("inbox", None)
    assert [line["status"] for line in message["history"]] == ["queued", "sent", "delivered"]
    assert all(set(line) == {"at", "status", "word"} and TIMESTAMP.match(line["at"]) for line in message["history"])


async def test_report_does_not_change_the_verification(sent_verification):
    service, id = sent_verification
    await until(lambda: message_with_status(service, id, "sent"))
    before = (await service.client.get(f"/v1/verifications/{id}")).json()

    await post_report(service, "failed")
    await until(lambda: message_with_status(service, id, "failed"))

    after = (await service.client.get(f"/v1/verifications/{id}")).json()
    assert after | {"sends": 0} == before | {"sends": 0}


async def test_batches_with_duplicates_and_unknown_ids_are_accepted(sent_verification):
    service, id = sent_verification
    batch = [{"id": name, "to": OTHER_PHONE, "status": "buffered"} for name in ("v-1", "v-1", "v-nobody")]

    responses = [await service.client.post(report_path(service), json=batch) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    message = await until(lambda: message_with_status(service, id, "buffered"))
    assert len(message["history"]) <= 3 + 1


async def test_report_for_another_recipient_is_ignored(sent_verification):
    service, id = sent_verification
    await until(lambda: message_with_status(service, id, "sent"))

    assert (await post_report(service, "failed", to="+31611111111")).status_code == 200
    await post_report(service, "buffered")

    assert await until(lambda: message_with_status(service, id, "buffered"))


async def test_report_without_the_token_is_refused(service, subtests):
    for path in ["", "/wrong", "/%00", "/%FF%FE", "/ключ"]:
        for method in ["GET", "POST"]:
            with subtests.test(f"{path!r} {method!r}"):
                before = await service.dump()

                response = await service.client.request(
                    method, f"/v1/reports/inbox{path}", content=b"[]" if method == "POST" else b""
                )

                assert_problem(response, 401, "bad_report")
                assert await service.dump() == before


async def test_report_for_an_unconfigured_gateway_is_404(service):
    for path in ("/v1/reports/smstools", "/v1/reports/nobody/token", "/v1/reports/inbox/a/b"):
        assert_problem(await service.client.post(path, json=[]), 404, "not_found")


async def test_unreadable_report_is_refused(service, subtests):
    for body in [b"", b"x", b"[1]", b"{", b"\xff", b"[" * 9999, b"null", b'{"id": "v-1"}']:
        with subtests.test(repr(body)):
            before = await service.dump()

            assert_problem(await service.client.post(report_path(service), content=body), 422, "invalid_request")

            assert await service.dump() == before


async def test_report_content_type_is_ignored(service, subtests):
    """Vendors send wrong content types."""
    for content_type in [None, "text/html", "application/json; charset=utf-8", "nonsense"]:
        with subtests.test(repr(content_type)):
            headers = {"content-type": content_type} if content_type else {}
            body = json.dumps({"id": "v-9", "to": OTHER_PHONE, "status": "sent", "unknown": "fields"})

            assert (await service.client.post(report_path(service), content=body, headers=headers)).status_code == 200


async def test_report_size_is_limited_to_1_mib(service):
    below_limit = json.dumps({"id": "v-9", "status": "sent", "pad": "x" * (1024 * 1024 - 100)})
    above_limit = json.dumps({"id": "v-9", "status": "sent", "pad": "x" * (1024 * 1024)})

    assert (await service.client.post(report_path(service), content=below_limit)).status_code == 200
    assert_problem(await service.client.post(report_path(service), content=above_limit), 413, "body_too_large")
