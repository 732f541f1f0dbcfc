"""The development inbox as a gateway."""

import pytest
from pydantic import ValidationError

from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.dev_inbox import DevInbox
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, TOKEN, GatewayContract, make_gateway_client
from tests.support.report_contract import Batches, UnsignedReports


class TestDevInbox(Batches, UnsignedReports, GatewayContract):
    """The gateway contract and unsigned reports, for the development inbox."""

    good_answer = Answer(201, json={"id": "p-1"})
    good_id = "p-1"
    refusal = Answer(422, json={"detail": "No."})
    unlisted_error = None  # the page answers with no code
    price_at = None  # it costs nothing
    sender_has_plus = None  # the page shows no sender
    account = None  # it has no account
    account_summary = "a page of this service, it has no account"

    def build(self, url, client):
        return DevInbox(DevInbox.Settings(url=url, report_token=TOKEN), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "reference": reference, "to": MESSAGE.to.e164, "status": word}

    async def test_the_inbox_receives_number_text_and_id(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/dev/inbox/messages")
        assert request.json() == {"to": "+31612345678", "text": MESSAGE.text, "message_id": MESSAGE.id}

    @pytest.mark.parametrize(
        ("fields", "segments"), [({"segments": 2}, 2), ({}, None), ({"segments": "x"}, None)], ids=str
    )
    async def test_the_segments_are_those_of_the_response(self, gateway, vendor, fields, segments):
        vendor.answers(Answer(201, json={"id": "p-1", **fields}))

        assert (await gateway.send(MESSAGE)).segments == segments

    @pytest.mark.parametrize(
        ("word", "status", "reason"),
        [
            ("sent", Status.SENT, None),
            ("buffered", Status.BUFFERED, None),
            ("delivered", Status.DELIVERED, None),
            ("undelivered", Status.UNDELIVERED, Reason.UNREACHABLE_TEMPORARY),
            ("expired", Status.EXPIRED, Reason.EXPIRED),
            ("failed", Status.FAILED, Reason.UNKNOWN),
        ],
    )
    async def test_each_page_status_maps_to_a_status_and_a_reason(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.report_call(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)


@pytest.mark.parametrize(
    "wrong",
    [
        {"report_token": "short"},
        {"report_token": f"{TOKEN}/"},
        {"report_token": f"{TOKEN}\n"},
        {"url": "ftp://inbox"},
        {"url": "http:///inbox"},
        {"url": "http://inbox:99999"},
        {"url": "http://user:pass@inbox"},
        {"url": "http://inbox/\r\nx"},
        {"url": "http://[oops"},
        {"spelling": "misteak"},
    ],
    ids=str,
)
def test_errors_of_invalid_settings_do_not_quote_values(wrong):
    with pytest.raises(ValidationError) as refused:
        DevInbox.Settings(**{"report_token": TOKEN, **wrong})

    assert not [value for value in [TOKEN, *wrong.values()] if value in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, pace = GATEWAYS["inbox"]({"report_token": TOKEN, "slots": "7", "rate": "2.5"}, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
    assert (pace.slots, pace.rate) == (7, 2.5)
