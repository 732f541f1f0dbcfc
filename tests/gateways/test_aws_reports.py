"""AWS reports: events of the SNS topic, subscription confirmations and forgeries."""

import json
from pathlib import Path

import pytest

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.aws.gateway import Aws, fetch_url
from tests.support.fake_vendor import Answer, Vendor, unused_url
from tests.support.gateway_contract import MESSAGE, SECRET, make_gateway_client
from tests.support.report_contract import NOW, callback
from tests.support.sns import CERTIFICATE, SUBSCRIBE, TOPIC, certificate, confirmation, encode_envelope, envelope, pem

RECORDED = Path(__file__).parent.parent / "recorded" / "aws"
SETTINGS = Aws.Settings(
    region="eu-west-1", access_key_id="AKIDEXAMPLEAKIDEXAMPLE", secret_access_key=SECRET, sender="Acme", topic_arn=TOPIC
)


class Sns:
    """A fake SNS that records the requested URLs."""

    def __init__(self):
        self.requested_urls = []
        self.is_unavailable = False

    async def fetch(self, url):
        self.requested_urls.append(url)
        if self.is_unavailable:
            raise TemporarilyUnavailable
        return pem(certificate("aws"))


@pytest.fixture
def sns():
    return Sns()


@pytest.fixture
def read(sns):
    gateway = Aws(SETTINGS, make_gateway_client(), fetch=sns.fetch)

    async def read(message):
        return await gateway.read_report(callback(encode_envelope(message)), now=NOW)

    return read


async def test_a_recorded_delivery_report_is_read(read):
    message = envelope((RECORDED / "event_delivered.json").read_text(), owner="aws")

    assert await read(message) == [
        Report(
            "862a8790-60c0-4430-9b2b-658bdexample",
            Status.DELIVERED,
            "TEXT_DELIVERED",
            None,
            MESSAGE.id,
            "31612345678",
            "0.09582 USD",
        )
    ]


async def test_the_certificate_is_fetched_once(read, sns):
    for version in ("1", "2", "2"):
        await read(envelope("{}", owner="aws", version=version))

    assert sns.requested_urls == [CERTIFICATE]


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
async def test_each_event_type_maps_to_a_status_and_a_reason(read, word, status, reason):
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
async def test_an_event_without_a_message_reports_nothing(read, message):
    assert await read(envelope(message, owner="aws")) == []


async def test_a_subscription_confirmation_is_confirmed(read, sns):
    assert await read(confirmation(owner="aws")) == []
    assert sns.requested_urls == [CERTIFICATE, SUBSCRIBE]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "UnsubscribeConfirmation"},
        {"url": "https://evil.test/?Action=ConfirmSubscription&Token=1"},
        {"url": SUBSCRIBE.replace("Confirm", "Un")},
    ],
    ids=["unsubscribed", "elsewhere", "something else"],
)
async def test_other_confirmations_cause_no_request(read, sns, changes):
    """An ended subscription is not renewed."""
    assert await read(confirmation(owner="aws", **changes)) == []
    assert sns.requested_urls == [CERTIFICATE]


@pytest.mark.parametrize(
    ("changes", "requested_urls"),
    [
        ({}, [CERTIFICATE]),
        ({"SigningCertURL": "https://evil.test/SimpleNotificationService-1.pem"}, []),
        ({"TopicArn": f"{TOPIC}2"}, []),
        ({"at": NOW - 4000}, []),
    ],
    ids=["signature", "certificate", "topic", "old"],
)
async def test_a_forged_confirmation_is_rejected_and_not_confirmed(read, sns, changes, requested_urls):
    with pytest.raises(BadReport):
        await read(confirmation(owner="attacker", **changes))

    assert sns.requested_urls == requested_urls


async def test_a_raw_delivery_without_an_envelope_is_rejected(read):
    """Raw message delivery, an option of the subscription, omits the signature."""
    with pytest.raises(BadReport):
        await read(json.loads((RECORDED / "event_delivered.json").read_text()))


async def test_an_unavailable_sns_raises_temporarily_unavailable(read, sns):
    """SNS repeats a delivery after a 503, but not after a 4xx."""
    sns.is_unavailable = True
    with pytest.raises(TemporarilyUnavailable):
        await read(envelope("{}", owner="aws"))

    sns.is_unavailable = False
    assert await read(envelope("{}", owner="aws")) == []

    sns.is_unavailable = True
    with pytest.raises(TemporarilyUnavailable):
        await read(confirmation(owner="aws"))


class TestFetching:
    """`fetch_url` uses the gateway's own HTTP client."""

    @pytest.fixture
    async def client(self):
        client = make_gateway_client()
        yield client
        await client.http_pool.close()

    async def test_fetch_returns_the_body(self, client):
        async with Vendor(Answer(200, body=b"-----BEGIN")) as vendor:
            assert await fetch_url(client, f"{vendor.url}/a.pem") == b"-----BEGIN"
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
    async def test_fetch_maps_error_statuses_to_errors(self, client, status, error):
        async with Vendor(Answer(status)) as vendor:
            with pytest.raises(error):
                await fetch_url(client, vendor.url)

    async def test_fetch_raises_temporarily_unavailable_without_a_connection(self, client):
        with pytest.raises(TemporarilyUnavailable):
            await fetch_url(client, unused_url())
