from hashlib import sha256

import pytest

from app.gateways.aws.sns import is_signed, is_subscription, read_envelope, signed_text
from tests.support.report_contract import NOW
from tests.support.sns import (
    CERTIFICATE,
    HOME,
    SUBSCRIBE,
    TOPIC,
    certificate,
    confirmation,
    elliptic_key,
    envelope,
    posted,
)

OWNER = "aws"


def test_the_signed_text_is_this():
    """Computed by the documented scheme: the vendor publishes no vector."""
    said = {
        "Type": "Notification",
        "Message": '{"eventType":"TEXT_DELIVERED","messageId":"862a8790-60c0-4430-9b2b-658bdexample","isFinal":true}',
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "Timestamp": "2024-01-01T00:00:00.000Z",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:otp-dlr",
    }

    digest = sha256(signed_text(said).encode()).hexdigest()
    assert digest == "d7e8a6fec159ad62422e34def32663630a679e9e6909ff88a5a729d327f636d6"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "A subject\nof two lines"])
def test_what_the_owner_signed_is_known(version, subject):
    said = envelope("hello", owner=OWNER, version=version, Subject=subject)

    assert is_signed(said, certificate(OWNER), now=NOW)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_confirmation_covers_where_to_confirm(kind):
    said = confirmation(owner=OWNER, kind=kind)

    assert is_signed(said, certificate(OWNER), now=NOW)
    assert not is_signed({**said, "SubscribeURL": f"{SUBSCRIBE}0"}, certificate(OWNER), now=NOW)
    assert not is_signed({**said, "Token": "other"}, certificate(OWNER), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "other"},
        {"MessageId": "other"},
        {"Subject": "new"},
        {"Timestamp": "2026-09-21T14:13:21.000Z"},
        {"TopicArn": f"{TOPIC}2"},
        {"Type": "SubscriptionConfirmation"},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": ""},
        {"Signature": ""},
        {"Signature": "é"},
        {"Signature": "AAAA"},
        {"Message": "\udcff"},
    ],
    ids=ascii,
)
def test_anything_else_is_not(change):
    assert not is_signed({**envelope("hello", owner=OWNER), **change}, certificate(OWNER), now=NOW)


@pytest.mark.parametrize("name", ["Message", "MessageId", "Signature", "SignatureVersion", "Timestamp", "TopicArn"])
def test_no_field_may_be_missing(name):
    said = envelope("hello", owner=OWNER)
    del said[name]

    assert not is_signed(said, certificate(OWNER), now=NOW)


def test_somebody_elses_certificate_does_not_do():
    said = envelope("hello", owner=OWNER)

    assert not is_signed(said, certificate("stranger"), now=NOW)
    assert not is_signed(said, certificate(OWNER, key=elliptic_key()), now=NOW)


@pytest.mark.parametrize("away", [-2, 2])
def test_a_certificate_has_its_time(away):
    made = certificate(OWNER, at=NOW + away * 86_400)

    assert not is_signed(envelope("hello", owner=OWNER), made, now=NOW)


@pytest.mark.parametrize("away", [-3600, -1, 0, 1, 3600])
def test_an_envelope_of_the_last_hour_is_looked_at(away):
    said = envelope("hello", owner=OWNER, at=NOW + away)

    assert read_envelope(posted(said), topic=TOPIC, now=NOW) == said


@pytest.mark.parametrize(
    "change",
    [
        {"TopicArn": f"{TOPIC}2"},
        {"TopicArn": None},
        {"TopicArn": [TOPIC]},
        {"Type": "Other"},
        {"Type": None},
        {"Timestamp": "2026-09-21T13:13:19.000Z"},
        {"Timestamp": "2026-09-21T15:13:21.000Z"},
        {"Timestamp": "2026-09-21T14:13:20.000"},
        {"Timestamp": "9999-12-31T23:59:59.000Z"},
        {"Timestamp": "0001-01-01T00:00:00.000+2359"},
        {"Timestamp": 1_790_000_000},
        {"Timestamp": None},
        {"SigningCertURL": None},
        {"SigningCertURL": ""},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.test")},
        {"SigningCertURL": CERTIFICATE.replace("https://", "https://evil.test/")},
        {"SigningCertURL": CERTIFICATE.replace("https://", "https://user@")},
        {"SigningCertURL": CERTIFICATE.replace("sns.eu-west-1", "sns.us-east-1")},
        {"SigningCertURL": CERTIFICATE.replace("sns.eu-west-1", "SNS.eu-west-1")},
        {"SigningCertURL": CERTIFICATE.replace(".com/", ".com:443/")},
        {"SigningCertURL": CERTIFICATE.replace(".com/", ".com/../")},
        {"SigningCertURL": f"{HOME}?Action=GetTopicAttributes&x=SimpleNotificationService-1.pem"},
        {"SigningCertURL": f"{CERTIFICATE}?x=1"},
        {"SigningCertURL": f"{CERTIFICATE}\n"},
        {"SigningCertURL": f"{HOME}SimpleNotificationService-é.pem"},
    ],
    ids=ascii,
)
def test_nothing_is_fetched_for_any_other(change):
    """Some of these addresses show what anybody wrote; a certificate there would prove anything."""
    said = {**envelope("hello", owner=OWNER), **change}

    assert read_envelope(posted(said), topic=TOPIC, now=NOW) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"17", b'"x"', b"null", b"\xff", b"[" * 100_000], ids=lambda body: repr(body[:9])
)
def test_what_is_no_envelope_is_none(body):
    assert read_envelope(body, topic=TOPIC, now=NOW) is None


def test_china_has_an_ending_of_its_own():
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:otp"
    said = {
        **envelope("hello", owner=OWNER, TopicArn=topic),
        "SigningCertURL": "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
    }

    assert read_envelope(posted(said), topic=topic, now=NOW) == said


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        (SUBSCRIBE, True),
        (SUBSCRIBE.replace("eu-west-1.amazonaws", "eu-west-1.evil"), False),
        (SUBSCRIBE.replace("https", "http"), False),
        (SUBSCRIBE.replace("ConfirmSubscription", "DeleteTopic"), False),
        (f"{SUBSCRIBE} ", False),
        ("", False),
    ],
)
def test_a_subscription_is_confirmed_where_the_topic_lives(url, is_ours):
    assert is_subscription(url, TOPIC) is is_ours
