"""AWS Signature Version 4, against published examples and botocore."""

import pytest

from app.gateways.aws.sigv4 import Credentials, signed_headers

# 2015-08-30T12:36:00Z and the key, both from the examples that AWS publishes.
AT = 1_440_938_160.0
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FORM = "application/x-www-form-urlencoded"
JSON = "application/x-amz-json-1.0"


def sign(method, url, *, headers=None, body=b"", region="us-east-1", service="service"):
    credentials = Credentials("AKIDEXAMPLE", SECRET, region, service)
    return signed_headers(method, url, headers=headers or {}, body=body, credentials=credentials, at=AT)


# From the test suite of Signature Version 4: get-vanilla, get-vanilla-query-order-key-case, post-vanilla,
# post-x-www-form-urlencoded; and the worked example of the public pages, IAM's ListUsers.
@pytest.mark.parametrize(
    ("call", "names", "signature"),
    [
        (
            {"method": "GET", "url": "https://example.amazonaws.com/"},
            "host;x-amz-date",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            {"method": "GET", "url": "https://example.amazonaws.com/?Param2=value2&Param1=value1"},
            "host;x-amz-date",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            {"method": "POST", "url": "https://example.amazonaws.com"},
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            {
                "method": "POST",
                "url": "https://example.amazonaws.com/",
                "headers": {"Content-Type": FORM},
                "body": b"Param1=value1",
            },
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            {
                "method": "GET",
                "url": "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                "headers": {"Content-Type": f"{FORM}; charset=utf-8"},
                "service": "iam",
            },
            "content-type;host;x-amz-date",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ],
    ids=["get", "query", "post", "form", "iam"],
)
def test_the_published_examples_have_their_published_signatures(call, names, signature):
    signed = sign(**call)

    assert signed["x-amz-date"] == "20150830T123600Z"
    scope = f"20150830/us-east-1/{call.get('service', 'service')}/aws4_request"
    assert signed["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    )


def test_an_sms_has_the_signature_of_botocore():
    """Computed with botocore 1.44 for the same call; botocore is not a dependency."""
    body = (
        b'{"DestinationPhoneNumber":"+31612345678","OriginationIdentity":"MyBrand","MessageBody":"Your code is 123456",'
        b'"MessageType":"TRANSACTIONAL","TimeToLive":300,"Context":{"ref":"01J9"}}'
    )
    signed = sign(
        "POST",
        "https://sms-voice.eu-west-1.amazonaws.com/",
        headers={"Content-Type": JSON, "X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"},
        body=body,
        region="eu-west-1",
        service="sms-voice",
    )

    assert signed["authorization"].endswith(
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
        "Signature=7612fba582cb5753b434dc47a1ba31b538376876c73b25df2d524f4a596c16f5"
    )
    assert signed["Content-Type"] == JSON


def test_spaces_in_header_values_are_normalized():
    written, read = ({"my-header": value} for value in ("  a   b ", "a b"))

    assert _signature(sign("GET", "https://a.test/", headers=written)) == _signature(
        sign("GET", "https://a.test/", headers=read)
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "GET"},
        {"url": "https://a.test:8443/"},
        {"url": "https://a.test/x"},
        {"url": "https://a.test/?x=1"},
        {"headers": {"x": "2"}},
        {"body": b"other"},
        {"region": "eu-west-1"},
        {"service": "other"},
    ],
    ids=str,
)
def test_the_signature_covers_every_part_of_the_request(changed):
    call = {"method": "POST", "url": "https://a.test/", "headers": {"x": "1"}, "body": b"body"}

    assert _signature(sign(**call)) != _signature(sign(**{**call, **changed}))


def test_the_repr_of_credentials_contains_no_secret():
    assert SECRET not in repr(Credentials("AKIDEXAMPLE", SECRET, "us-east-1", "service"))


def _signature(headers):
    return headers["authorization"].rpartition("=")[2]
