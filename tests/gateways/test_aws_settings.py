"""Settings of the AWS gateway."""

import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.aws.gateway import Aws
from tests.support.gateway_contract import SECRET, TOKEN, make_gateway_client
from tests.support.sns import TOPIC

ACCOUNT = {
    "region": "eu-west-1",
    "access_key_id": "AKIDEXAMPLEAKIDEXAMPLE",
    "secret_access_key": SECRET,
    "sender": "Acme",
    "topic_arn": TOPIC,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"region": "Ireland"}, "like eu-west-1"),
        ({"region": "eu-west-1.evil.test/"}, "like eu-west-1"),
        ({"access_key_id": "AKID:x"}, "capitals and digits"),
        ({"secret_access_key": ""}, "It is empty"),
        ({"secret_access_key": f"{SECRET}\n"}, "without spaces"),
        ({"sender": "Acme Shop"}, "a sender id or a pool"),
        ({"configuration_set": "a set"}, "the configuration set's name"),
        ({"topic_arn": "arn:aws:sqs:eu-west-1:123456789012:otp"}, "the topic's ARN"),
        ({"topic_arn": TOPIC.replace("eu-west-1", "evil.test/")}, "the topic's ARN"),
        ({"topic_arn": None}, "topic_arn"),
        ({"url": "http://api.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
    ],
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Aws.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


@pytest.mark.parametrize(
    ("sender", "is_taken"), [("A-B", True), ("A_B", True), ("12345", True), ("Acme Shop", False), ("A&B", False)]
)
def test_a_sender_of_an_app_must_fit_the_pattern_of_origination_identities(sender, is_taken):
    gateway, _ = GATEWAYS["aws"](ACCOUNT, make_gateway_client())

    assert gateway.takes_sender(sender) is is_taken


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["aws"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")


def test_a_configured_report_token_is_required():
    gateway = Aws(Aws.Settings(report_token=TOKEN, **ACCOUNT), make_gateway_client())

    assert (gateway.accepts_token(TOKEN), gateway.accepts_token("")) == (True, False)
