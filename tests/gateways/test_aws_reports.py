"""What the topic of AWS delivers: events, its question whether we want them, and what strangers make of that."""

import json
from pathlib import Path

import pytest

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.aws.gateway import Aws, fetch_by
from tests.support.fake_vendor import Answer, Vendor, nobody
from tests.support.gateway_contract import MESSAGE, SECRET, make_wire
from tests.support.report_contract import NOW, callback
from tests.support.sns import CERTIFICATE, SUBSCRIBE, TOPIC, certificate, confirmation, envelope, pem, posted

RECORDED = Path(__file__).parent.parent / "recorded" / "aws"
SETTINGS = Aws.Settings(
    region="eu-west-1", access_key_id="AKIDEXAMPLEAKIDEXAMPLE", secret_access_key=SECRET, sender="Acme", topic_arn=TOPIC
)


class Sns:
    """The addresses of SNS, and who asked for what."""

    def __init__(self):
        self.asked = []
        self.is_away = False

    async def fetch(self, url):
        self.asked.append(url)
        if self.is_away:
            raise TemporarilyUnavailable
        return pem(certificate("aws"))


@pytest.fixture
def sns():
    return Sns()


@pytest.fixture
def read(sns):
    gateway = Aws(SETTINGS, make_wire(), fetch=sns.fetch)

    async def read(said):
        return await gateway.read_report(callback(posted(said)), now=NOW)

    return read


async def test_a_delivered_message_is_read(read):
    said = envelope((RECORDED / "event_delivered.json").read_text(), owner="aws")

    assert await read(said) == [
        Report(
            "862a8790-60c0-4430-9b2b-658bdexample", Status.DELIVERED, "TEXT_DELIVERED", None, MESSAGE.id, "31612345678"
        )
    ]


async def test_the_certificate_is_fetched_once(read, sns):
    for version in ("1", "2", "2"):
        await read(envelope("{}", owner="aws", version=version))

    assert sns.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("TEXT_QUEUED", Status.QUEUED, None),
        ("TEXT_PENDING", Status.QUEUED, None),
        ("TEXT_SENT", Status.SENT, None),
        ("TEXT_SUCCESSFUL", Status.SENT, None),
        ("TEXT_DELIVERED", Status.DELIVERED, None),
        ("TEXT_TTL_EXPIRED", Status.EXPIRED, Reason.EXPIRED),
        ("TEXT_UNREACHABLE", Status.UNDELIVERED, Reason.UNREACHABLE_TEMPORARY),
        ("TEXT_CARRIER_UNREACHABLE", Status.UNDELIVERED, Reason.PROVIDER_ERROR),
        ("TEXT_INVALID", Status.FAILED, Reason.INVALID_NUMBER),
        ("TEXT_INVALID_MESSAGE", Status.FAILED, Reason.CONTENT_REJECTED),
        ("TEXT_BLOCKED", Status.FAILED, Reason.BLOCKED_DESTINATION),
        ("TEXT_CARRIER_BLOCKED", Status.FAILED, Reason.CONTENT_REJECTED),
        ("TEXT_SPAM", Status.FAILED, Reason.CONTENT_REJECTED),
        ("TEXT_PROTECT_BLOCKED", Status.FAILED, Reason.BLOCKED_DESTINATION),
        ("TEXT_UNKNOWN", Status.UNKNOWN, None),
    ],
)
async def test_each_event_has_a_meaning(read, word, status, reason):
    (report,) = await read(envelope(json.dumps({"eventType": word, "messageId": "v-1"}), owner="aws"))

    assert (report.status, report.reason, report.word) == (status, reason, word)


@pytest.mark.parametrize(
    "message",
    [
        (RECORDED / "event_registration.json").read_text(),
        "Successfully validated the topic.",
        "",
        "[]",
        "null",
        '{"eventType": "TEXT_DELIVERED", "messageId": null}',
        '{"eventType": null, "messageId": "v-1"}',
    ],
    ids=lambda message: repr(message[:20]),
)
async def test_what_tells_of_no_message_is_let_pass(read, message):
    assert await read(envelope(message, owner="aws")) == []


async def test_the_topics_question_is_answered_yes(read, sns):
    assert await read(confirmation(owner="aws")) == []
    assert sns.asked == [CERTIFICATE, SUBSCRIBE]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "UnsubscribeConfirmation"},
        {"url": "https://evil.test/?Action=ConfirmSubscription&Token=1"},
        {"url": SUBSCRIBE.replace("Confirm", "Un")},
    ],
    ids=["unsubscribed", "elsewhere", "something else"],
)
async def test_nothing_else_is_called(read, sns, changes):
    """That somebody ended the subscription is not for us to undo."""
    assert await read(confirmation(owner="aws", **changes)) == []
    assert sns.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, [CERTIFICATE]),
        ({"SigningCertURL": "https://evil.test/SimpleNotificationService-1.pem"}, []),
        ({"TopicArn": f"{TOPIC}2"}, []),
        ({"at": NOW - 4000}, []),
    ],
    ids=["signature", "certificate", "topic", "old"],
)
async def test_a_stranger_moves_nothing(read, sns, changes, asked):
    with pytest.raises(BadReport):
        await read(confirmation(owner="stranger", **changes))

    assert sns.asked == asked


async def test_a_message_without_its_envelope_is_refused(read):
    """Raw delivery, a switch of the subscription, leaves the signature out."""
    with pytest.raises(BadReport):
        await read(json.loads((RECORDED / "event_delivered.json").read_text()))


async def test_where_sns_is_away_it_is_asked_to_come_again(read, sns):
    """It does so after a 503; a refusal would be the end of the message."""
    sns.is_away = True
    with pytest.raises(TemporarilyUnavailable):
        await read(envelope("{}", owner="aws"))

    sns.is_away = False
    assert await read(envelope("{}", owner="aws")) == []

    sns.is_away = True
    with pytest.raises(TemporarilyUnavailable):
        await read(confirmation(owner="aws"))


class TestFetching:
    """The way to SNS is the gateway's own."""

    @pytest.fixture
    async def client(self):
        client = make_wire()
        yield client
        await client.http_pool.close()

    async def test_what_stands_there_is_given(self, client):
        async with Vendor(Answer(200, body=b"-----BEGIN")) as vendor:
            assert await fetch_by(client, f"{vendor.url}/a.pem") == b"-----BEGIN"
            assert [request.target for request in vendor.requests] == ["/a.pem"]

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (403, BadReport),
            (404, BadReport),
            (302, BadReport),
            (429, TemporarilyUnavailable),
            (500, TemporarilyUnavailable),
        ],
    )
    async def test_what_does_not_is_not(self, client, status, error):
        async with Vendor(Answer(status)) as vendor:
            with pytest.raises(error):
                await fetch_by(client, vendor.url)

    async def test_nobody_there_is_no_forgery(self, client):
        with pytest.raises(TemporarilyUnavailable):
            await fetch_by(client, nobody())
