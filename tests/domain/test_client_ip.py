"""The client's address behind trusted proxies, by `X-Forwarded-For` and `Forwarded`."""

import re
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import read_address
from app.domain.client_ip import client_address
from app.domain.errors import InvalidRequest
from app.domain.ip_ranges import IpRanges

TRUSTED = IpRanges([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
PROXY = "10.0.0.1"
CLIENT = "203.0.113.7"
XFF, FORWARDED = "x-forwarded-for", "forwarded"


def resolve(peer, *lines, header=XFF, trusted=TRUSTED):
    address = client_address(peer, lines, header=header, trusted=trusted)
    return address and str(address.ip)


def assert_refused(*lines, header=XFF):
    with pytest.raises(InvalidRequest, match=re.escape(header)):
        resolve(PROXY, *lines, header=header)


@pytest.mark.parametrize("lines", [["192.0.2.9"], ["unknown"], ["for=192.0.2.9"], ["x"] * 1000, [""], []])
@pytest.mark.parametrize("header", [XFF, FORWARDED])
def test_header_of_an_untrusted_peer_is_ignored(lines, header):
    assert resolve(CLIENT, *lines, header=header) == CLIENT
    assert resolve(PROXY, *lines, header=header, trusted=IpRanges([])) == PROXY


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["203.0.113.7"], CLIENT),
        (["192.0.2.9, 203.0.113.7"], CLIENT),
        (["192.0.2.9,203.0.113.7"], CLIENT),
        (["192.0.2.9 \t, \t203.0.113.7 "], CLIENT),
        (["192.0.2.9", "203.0.113.7"], CLIENT),
        (["203.0.113.7", "10.0.0.2"], CLIENT),
        (["192.0.2.9, 203.0.113.7, 10.0.0.2, 10.0.0.3"], CLIENT),
        (["192.0.2.9, 203.0.113.7, fd00::2"], CLIENT),
        (["192.0.2.9, 203.0.113.7, ::ffff:10.0.0.2"], CLIENT),
        (["203.0.113.7:4711"], CLIENT),
        (["::ffff:203.0.113.7"], CLIENT),
        (["[::ffff:203.0.113.7]:4711, 10.0.0.2:1"], CLIENT),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["unknown, _hidden, <script>, , \x00, 203.0.113.7"], CLIENT),
        (['", 203.0.113.7'], CLIENT),
        (['"192.0.2.9, 203.0.113.7'], CLIENT),
    ],
)
def test_right_most_untrusted_address_is_the_client(lines, address):
    """Elements to the left of it can be forged."""
    assert resolve(PROXY, *lines) == address


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["for=203.0.113.7"], CLIENT),
        (["For=203.0.113.7;proto=https;by=10.0.0.1"], CLIENT),
        (["proto=https; for=203.0.113.7"], CLIENT),
        (['for="203.0.113.7:4711"'], CLIENT),
        (['for="203.0.113.7:_port"'], CLIENT),
        (['for="203.0.113.\\7"'], CLIENT),
        (['for="[2001:db8::1]"'], "2001:db8::1"),
        (['for="[2001:db8::1]:4711";by="[fd00::1]"'], "2001:db8::1"),
        (["for=192.0.2.9, for=203.0.113.7, for=10.0.0.2"], CLIENT),
        (["for=192.0.2.9", 'for=203.0.113.7;host="a,b"', "for=10.0.0.2"], CLIENT),
        (['for=203.0.113.7;host="x, for=192.0.2.9"'], CLIENT),
        (['for=203.0.113.7;host="x\\", for=192.0.2.9"'], CLIENT),
        (['for="192.0.2.9, for=203.0.113.7'], CLIENT),
        (["for=unknown, for=_hidden, junk, for=203.0.113.7"], CLIENT),
    ],
)
def test_right_most_untrusted_address_of_forwarded_is_the_client(lines, address):
    """A quoted comma is no separator, whether a proxy quotes client input or a client opens a quote."""
    assert resolve(PROXY, *lines, header=FORWARDED) == address


@pytest.mark.parametrize(
    "junk", ["", " ", ",", "unknown", "_hidden", "localhost", "203.0.113", "203.0.113.7:", "::1%1"]
)
def test_invalid_client_element_is_refused(junk):
    """The client could choose any fallback."""
    assert_refused(junk)
    assert_refused(f"192.0.2.9, {junk}")
    assert_refused("192.0.2.9", junk)
    assert_refused(f"192.0.2.9, {junk}, 10.0.0.2")


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "203.0.113.7",
        "for=",
        "for=unknown",
        "for=_hidden",
        'for="unknown:80"',
        "proto=https",
        "for=203.0.113.7;for=192.0.2.9",
        "for=203.0.113.7 proto=https",
        'for="203.0.113.7',
        'for=203.0.113.7"',
        'for="[203.0.113.7]"',
        "for = 203.0.113.7",
        "for=203.0.113.7;=",
        'for=203.0.113.7;host="x\\\\", for=192.0.2.9"',
    ],
)
def test_forwarded_element_without_exactly_one_address_is_refused(junk):
    assert_refused(junk, header=FORWARDED)
    assert_refused(f"for=192.0.2.9, {junk}", header=FORWARDED)


def test_left_most_address_is_the_client_if_all_are_proxies():
    assert resolve(PROXY, "10.0.0.3, 10.0.0.2") == "10.0.0.3"
    assert resolve("fd00::1", "fd00::2") == "fd00::2"
    assert resolve(PROXY) == PROXY


def test_ipv4_mapped_peer_is_recognized_as_a_proxy():
    assert resolve("::ffff:10.0.0.1", CLIENT) == CLIENT


def test_zone_of_a_link_local_peer_is_dropped():
    assert resolve("fe80::1%eth0") == "fe80::1"


@pytest.mark.parametrize("peer", [None, "", "testclient", "/run/otp.sock"])
def test_peer_without_an_address_has_none_and_is_no_proxy(peer):
    assert resolve(peer, CLIENT) is None


@pytest.mark.parametrize("header", [XFF, FORWARDED])
@pytest.mark.parametrize("element", ["192.0.2.9", "for=192.0.2.9", "x", '"', '\\"', ""])
def test_huge_header_is_read_from_the_right(header, element):
    last = CLIENT if header == XFF else f"for={CLIENT}"

    assert resolve(PROXY, ",".join([element] * 100_000 + [last]), header=header) == CLIENT


@pytest.mark.parametrize("header", [XFF, FORWARDED])
def test_more_than_32_proxies_are_refused(header):
    hop = "10.0.0.2" if header == XFF else "for=10.0.0.2"

    assert resolve(PROXY, ",".join([hop] * 32), header=header) == "10.0.0.2"
    assert_refused(",".join([hop] * 33), header=header)


@given(lines=st.lists(st.text(max_size=40), max_size=5), header=st.sampled_from([XFF, FORWARDED]))
def test_text_before_the_address_that_a_proxy_adds_is_ignored(lines, header):
    """A proxy adds the address after a comma or in a separate line, whatever the client sent."""
    added = CLIENT if header == XFF else f"for={CLIENT}"

    assert resolve(PROXY, *lines, added, header=header) == CLIENT
    assert resolve(PROXY, ", ".join([*lines, added]), header=header) == CLIENT


@given(lines=st.text(), header=st.sampled_from([XFF, FORWARDED]))
def test_any_header_is_an_address_or_refused(lines, header):
    try:
        address = resolve(PROXY, lines, header=header)
    except InvalidRequest:
        return
    assert read_address(address)
