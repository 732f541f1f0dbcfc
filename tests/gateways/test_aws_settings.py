import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.aws.gateway import Aws
from tests.support.gateway_contract import SECRET, TOKEN, make_wire
from tests.support.sns import TOPIC

ACCOUNT = {
    "region": "eu-west-1",
    "access_key_id": "AKIDEXAMPLEAKIDEXAMPLE",
    "secret_access_key": SECRET,
    "sender": "Acme",
    "topic_arn": TOPIC,
}


@pytest.mark.parametrize(
    ("changes", "said"),
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
def test_settings_that_cannot_work_are_refused_with_a_sentence(changes, said):
    with pytest.raises(ValidationError, match=said) as refused:
        Aws.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, _ = GATEWAYS["aws"](ACCOUNT, make_wire())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")


def test_a_token_may_end_the_address_of_the_reports():
    gateway = Aws(Aws.Settings(report_token=TOKEN, **ACCOUNT), make_wire())

    assert (gateway.knows(TOKEN), gateway.knows("")) == (True, False)
