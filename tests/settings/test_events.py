"""Endpoints of events in OTP_APPS: a wrong one stops the start with a sentence, which does not quote the URL."""

import json

import pytest

from app.domain.events import EVENT_TYPES
from app.settings.load import BadSettings, load_settings
from app.settings.to_domain import apps_of

URL = "https://shop.example.com/otp-events?token=t0ken"
TYPES = ["verification.approved"]


def load(*endpoints):
    return load_settings({"OTP_ENV": "development", "OTP_APPS": json.dumps({"shop": {"events": list(endpoints)}})})


def errors_of(*endpoints):
    with pytest.raises(BadSettings) as refusal:
        load(*endpoints)
    return refusal.value.sentences


def endpoint(**changes):
    return {"url": URL, "types": TYPES} | changes


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:9000/", "https://a.example:65535", "https://[2001:db8::1]/x"])
def test_an_endpoint_is_read(url):
    (read,) = apps_of(load(endpoint(url=url, whole_number=True)))["shop"].events

    assert (read.app, read.url, read.types, read.whole_number) == ("shop", url, frozenset(TYPES), True)


def test_an_endpoint_may_want_every_type():
    names = [type.name for type in EVENT_TYPES]

    (read,) = apps_of(load(endpoint(types=names)))["shop"].events

    assert read.types == set(names)


@pytest.mark.parametrize(
    ("url"),
    [
        "",
        "shop.example.com",
        "ftp://shop.example.com/",
        "https://",
        "https:///events",
        "https://shop.example.com:0/",
        "https://shop.example.com:65536/",
        "https://shop.example.com:http/",
        "https://user:t0ken@shop.example.com/",
        "https://shop.example.com/#t0ken",
        "https://shop.example.com/a b",
        "https://shop.example.com/\n",
        "https://shop.example.com/é",
        "https://[::1/",
        f"https://shop.example.com/{'x' * 500}",
    ],
)
def test_a_wrong_url_or_port_stops_the_start(url):
    (sentence,) = errors_of(endpoint(url=url))

    assert sentence.startswith(
        "OTP_APPS (shop.events.0.url): write it like https://shop.example.com/otp-events, with a port"
    )
    assert "t0ken" not in sentence


@pytest.mark.parametrize(
    "name", ["verification.aproved", "verification", "*", "", "Verification.Approved", "guard.stopped"]
)
def test_a_wrong_type_stops_the_start_and_all_types_are_named(name):
    (sentence,) = errors_of(endpoint(types=["verification.approved", name]))

    assert sentence.startswith(
        "OTP_APPS (shop.events.0.types.1): there is no such type of event; write one of verification."
    )
    assert all(type.name in sentence for type in EVENT_TYPES)


@pytest.mark.parametrize(
    ("wrong", "place", "message"),
    [
        ({"types": []}, "0.types", "list at least one type of event"),
        ({"types": "verification.approved"}, "0.types", "write a list"),
        ({"types": [5]}, "0.types.0", "write it as text"),
        ({"whole_number": "perhaps"}, "0.whole_number", "write true or false"),
        ({"secret": "whsec_x"}, "0.secret", "there is no such field"),
        ({"url": 5}, "0.url", "write it as text"),
    ],
)
def test_a_wrong_field_stops_the_start(wrong, place, message):
    (sentence,) = errors_of(endpoint(**wrong))

    assert sentence.startswith(f"OTP_APPS (shop.events.{place}): {message}")


@pytest.mark.parametrize("missing", ["url", "types"])
def test_a_missing_field_stops_the_start(missing):
    incomplete = endpoint()
    del incomplete[missing]

    (sentence,) = errors_of(incomplete)

    assert sentence.startswith(f"OTP_APPS (shop.events.0.{missing}): it is missing")


def test_one_url_is_listed_once_and_ten_at_most():
    (twice,) = errors_of(endpoint(), endpoint(types=["message.failed"]))
    (many,) = errors_of(*(endpoint(url=f"{URL}{n}") for n in range(11)))

    assert twice.startswith("OTP_APPS (shop.events): two endpoints have the same URL")
    assert many.startswith("OTP_APPS (shop.events): list at most 10 endpoints")
    assert len(list(apps_of(load(*(endpoint(url=f"{URL}{n}") for n in range(10))))["shop"].events)) == 10


def test_repr_hides_the_url():
    """Its path or query may be a secret between operator and receiver."""
    settings = load(endpoint())

    assert "t0ken" not in repr(settings.apps)
    assert "t0ken" not in repr(list(apps_of(settings)["shop"].events))


def test_each_url_has_its_own_id_and_the_wants_of_a_record_are_short():
    """Redis stores a hash with a value of more than 64 bytes in several times the memory."""
    names = [type.name for type in EVENT_TYPES]
    app = apps_of(load(*(endpoint(url=f"{URL}{n}", types=names) for n in range(3))))["shop"]

    assert len({one.id for one in app.events}) == 3
    assert len(app.events.wants) <= 64
