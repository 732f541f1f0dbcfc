import pytest
from pydantic import ValidationError

from app.domain.status import Reason, Status
from app.gateways import GATEWAYS
from app.gateways.dev_inbox import DevInbox
from tests.support.fake_vendor import Answer
from tests.support.gateway_contract import MESSAGE, TOKEN, GatewayContract, make_wire
from tests.support.report_contract import Batches, UnsignedReports


class TestDevelopersPhone(Batches, UnsignedReports, GatewayContract):
    """Everything a gateway must do, done by the developer's inbox."""

    good_answer = Answer(201, json={"id": "p-1"})
    good_id = "p-1"
    refusal = Answer(422, json={"detail": "No."})
    account_said = "a page of this service, it has no account"

    def build(self, url, client):
        return DevInbox(DevInbox.Settings(url=url, report_token=TOKEN), client)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return {"id": id, "reference": reference, "to": MESSAGE.to.e164, "status": word}

    async def test_the_phone_is_given_what_it_shows(self, gateway, vendor):
        await gateway.send(MESSAGE)

        (request,) = vendor.requests
        assert (request.method, request.target) == ("POST", "/dev/inbox/messages")
        assert request.json() == {"to": "+31612345678", "text": MESSAGE.text, "message_id": MESSAGE.id}

    @pytest.mark.parametrize(
        ("told", "segments"), [({"segments": 2}, 2), ({}, None), ({"segments": "x"}, None)], ids=str
    )
    async def test_the_phone_tells_the_segments(self, gateway, vendor, told, segments):
        vendor.answers(Answer(201, json={"id": "p-1", **told}))

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
    async def test_each_button_has_a_meaning(self, reader, word, status, reason):
        (report,) = await self.read(reader, self.told(self.event(word)))

        assert (report.status, report.reason, report.word) == (status, reason, word)


@pytest.mark.parametrize(
    "wrong",
    [
        {"report_token": "short"},
        {"report_token": f"{TOKEN}/"},
        {"report_token": f"{TOKEN}\n"},
        {"url": "ftp://phone"},
        {"url": "http:///phone"},
        {"url": "http://phone:99999"},
        {"url": "http://user:pass@phone"},
        {"url": "http://phone/\r\nx"},
        {"url": "http://[oops"},
        {"spelling": "misteak"},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_without_being_quoted(wrong):
    with pytest.raises(ValidationError) as refused:
        DevInbox.Settings(**{"report_token": TOKEN, **wrong})

    assert not [value for value in [TOKEN, *wrong.values()] if value in str(refused.value)]


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, pace = GATEWAYS["inbox"]({"report_token": TOKEN, "slots": "7", "rate": "2.5"}, make_wire())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
    assert (pace.slots, pace.rate) == (7, 2.5)
