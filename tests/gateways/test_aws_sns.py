"""SNS signatures, envelopes and URLs of the AWS gateway."""

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
    encode_envelope,
    envelope,
)

OWNER = "aws"


def test_the_signed_text_follows_the_documented_scheme():
    """Computed by the documented scheme, because AWS publishes no test vector."""
    message = {
        "Type": "Notification",
        "Message": '{"eventType":"TEXT_DELIVERED","messageId":"862a8790-60c0-4430-9b2b-658bdexample","isFinal":true}',
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "Timestamp": "2024-01-01T00:00:00.000Z",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:otp-dlr",
    }

    digest = sha256(signed_text(message).encode()).hexdigest()
    assert digest == "d7e8a6fec159ad62422e34def32663630a679e9e6909ff88a5a729d327f636d6"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "A subject\nof two lines"])
def test_a_signature_of_the_certificates_owner_is_accepted(version, subject):
    message = envelope("hello", owner=OWNER, version=version, Subject=subject)

    assert is_signed(message, certificate(OWNER), now=NOW)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_the_signature_of_a_confirmation_covers_url_and_token(kind):
    message = confirmation(owner=OWNER, kind=kind)

    assert is_signed(message, certificate(OWNER), now=NOW)
    assert not is_signed({**message, "SubscribeURL": f"{SUBSCRIBE}0"}, certificate(OWNER), now=NOW)
    assert not is_signed({**message, "Token": "other"}, certificate(OWNER), now=NOW)


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
def test_a_changed_call_is_rejected(change):
    assert not is_signed({**envelope("hello", owner=OWNER), **change}, certificate(OWNER), now=NOW)


@pytest.mark.parametrize("name", ["Message", "MessageId", "Signature", "SignatureVersion", "Timestamp", "TopicArn"])
def test_an_envelope_without_a_signed_field_is_rejected(name):
    message = envelope("hello", owner=OWNER)
    del message[name]

    assert not is_signed(message, certificate(OWNER), now=NOW)


def test_another_certificate_is_rejected():
    message = envelope("hello", owner=OWNER)

    assert not is_signed(message, certificate("attacker"), now=NOW)
    assert not is_signed(message, certificate(OWNER, key=elliptic_key()), now=NOW)


@pytest.mark.parametrize("away", [-2, 2])
def test_an_expired_or_future_certificate_is_rejected(away):
    made = certificate(OWNER, at=NOW + away * 86_400)

    assert not is_signed(envelope("hello", owner=OWNER), made, now=NOW)


@pytest.mark.parametrize("away", [-3600, -1, 0, 1, 3600])
def test_an_envelope_within_an_hour_is_read(away):
    message = envelope("hello", owner=OWNER, at=NOW + away)

    assert read_envelope(encode_envelope(message), topic=TOPIC, now=NOW) == message


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
def test_an_envelope_of_another_topic_time_or_certificate_is_ignored(change):
    """Some of these URLs return content of other users; a certificate there would prove nothing."""
    message = {**envelope("hello", owner=OWNER), **change}

    assert read_envelope(encode_envelope(message), topic=TOPIC, now=NOW) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"17", b'"x"', b"null", b"\xff", b"[" * 100_000], ids=lambda body: repr(body[:9])
)
def test_a_body_that_is_not_an_envelope_is_ignored(body):
    assert read_envelope(body, topic=TOPIC, now=NOW) is None


def test_chinese_regions_use_their_own_domain():
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:otp"
    message = {
        **envelope("hello", owner=OWNER, TopicArn=topic),
        "SigningCertURL": "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
    }

    assert read_envelope(encode_envelope(message), topic=topic, now=NOW) == message


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
def test_only_urls_of_the_topics_region_confirm_a_subscription(url, is_ours):
    assert is_subscription(url, TOPIC) is is_ours
