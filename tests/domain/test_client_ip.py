"""Whose address counts, by the connection and by what proxies say of it."""

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
PERSON = "203.0.113.7"
XFF, FORWARDED = "x-forwarded-for", "forwarded"


def who(peer, *said, header=XFF, trusted=TRUSTED):
    address = client_address(peer, said, header=header, trusted=trusted)
    return address and str(address.ip)


def refused(*said, header=XFF):
    with pytest.raises(InvalidRequest, match=re.escape(header)):
        who(PROXY, *said, header=header)


@pytest.mark.parametrize("said", [["192.0.2.9"], ["unknown"], ["for=192.0.2.9"], ["x"] * 1000, [""], []])
@pytest.mark.parametrize("header", [XFF, FORWARDED])
def test_what_a_stranger_says_is_not_even_read(said, header):
    assert who(PERSON, *said, header=header) == PERSON
    assert who(PROXY, *said, header=header, trusted=IpRanges([])) == PROXY


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (["203.0.113.7"], PERSON),
        (["192.0.2.9, 203.0.113.7"], PERSON),
        (["192.0.2.9,203.0.113.7"], PERSON),
        (["192.0.2.9 \t, \t203.0.113.7 "], PERSON),
        (["192.0.2.9", "203.0.113.7"], PERSON),
        (["203.0.113.7", "10.0.0.2"], PERSON),
        (["192.0.2.9, 203.0.113.7, 10.0.0.2, 10.0.0.3"], PERSON),
        (["192.0.2.9, 203.0.113.7, fd00::2"], PERSON),
        (["192.0.2.9, 203.0.113.7, ::ffff:10.0.0.2"], PERSON),
        (["203.0.113.7:4711"], PERSON),
        (["::ffff:203.0.113.7"], PERSON),
        (["[::ffff:203.0.113.7]:4711, 10.0.0.2:1"], PERSON),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["unknown, _hidden, <script>, , \x00, 203.0.113.7"], PERSON),
        (['", 203.0.113.7'], PERSON),
        (['"192.0.2.9, 203.0.113.7'], PERSON),
    ],
)
def test_the_right_most_address_that_is_no_proxys_counts(said, address):
    """What stands left of it anybody may have written."""
    assert who(PROXY, *said) == address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (["for=203.0.113.7"], PERSON),
        (["For=203.0.113.7;proto=https;by=10.0.0.1"], PERSON),
        (["proto=https; for=203.0.113.7"], PERSON),
        (['for="203.0.113.7:4711"'], PERSON),
        (['for="203.0.113.7:_port"'], PERSON),
        (['for="203.0.113.\\7"'], PERSON),
        (['for="[2001:db8::1]"'], "2001:db8::1"),
        (['for="[2001:db8::1]:4711";by="[fd00::1]"'], "2001:db8::1"),
        (["for=192.0.2.9, for=203.0.113.7, for=10.0.0.2"], PERSON),
        (["for=192.0.2.9", 'for=203.0.113.7;host="a,b"', "for=10.0.0.2"], PERSON),
        (['for=203.0.113.7;host="x, for=192.0.2.9"'], PERSON),
        (['for=203.0.113.7;host="x\\", for=192.0.2.9"'], PERSON),
        (['for="192.0.2.9, for=203.0.113.7'], PERSON),
        (["for=unknown, for=_hidden, junk, for=203.0.113.7"], PERSON),
    ],
)
def test_the_same_holds_for_the_header_of_rfc_7239(said, address):
    """A quoted comma parts nothing, whether a proxy quotes what a caller wrote or a caller opens a quote."""
    assert who(PROXY, *said, header=FORWARDED) == address


@pytest.mark.parametrize(
    "junk", ["", " ", ",", "unknown", "_hidden", "localhost", "203.0.113", "203.0.113.7:", "::1%1"]
)
def test_junk_at_the_place_that_counts_is_refused(junk):
    """Any fallback would be a caller's choice between two addresses."""
    refused(junk)
    refused(f"192.0.2.9, {junk}")
    refused("192.0.2.9", junk)
    refused(f"192.0.2.9, {junk}, 10.0.0.2")


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
def test_so_is_an_element_without_exactly_one_address(junk):
    refused(junk, header=FORWARDED)
    refused(f"for=192.0.2.9, {junk}", header=FORWARDED)


def test_where_all_are_proxies_the_left_most_is_the_caller():
    assert who(PROXY, "10.0.0.3, 10.0.0.2") == "10.0.0.3"
    assert who("fd00::1", "fd00::2") == "fd00::2"
    assert who(PROXY) == PROXY


def test_a_mapped_peer_is_the_proxy_that_it_is():
    assert who("::ffff:10.0.0.1", PERSON) == PERSON


def test_a_peer_on_this_link_has_an_address_without_its_zone():
    assert who("fe80::1%eth0") == "fe80::1"


@pytest.mark.parametrize("peer", [None, "", "testclient", "/run/otp.sock"])
def test_a_peer_without_an_address_is_nobody_and_no_proxy(peer):
    assert who(peer, PERSON) is None


@pytest.mark.parametrize("header", [XFF, FORWARDED])
@pytest.mark.parametrize("element", ["192.0.2.9", "for=192.0.2.9", "x", '"', '\\"', ""])
def test_a_header_without_end_is_read_from_its_right_end_only(header, element):
    last = PERSON if header == XFF else f"for={PERSON}"

    assert who(PROXY, ",".join([element] * 100_000 + [last]), header=header) == PERSON


@pytest.mark.parametrize("header", [XFF, FORWARDED])
def test_no_chain_of_proxies_is_longer_than_any_that_exists(header):
    hop = "10.0.0.2" if header == XFF else "for=10.0.0.2"

    assert who(PROXY, ",".join([hop] * 32), header=header) == "10.0.0.2"
    refused(",".join([hop] * 33), header=header)


@given(said=st.lists(st.text(max_size=40), max_size=5), header=st.sampled_from([XFF, FORWARDED]))
def test_no_text_in_front_changes_what_a_proxy_adds(said, header):
    """Whatever a caller sends: its proxy adds the address behind a comma or in a line of its own."""
    added = PERSON if header == XFF else f"for={PERSON}"

    assert who(PROXY, *said, added, header=header) == PERSON
    assert who(PROXY, ", ".join([*said, added]), header=header) == PERSON


@given(said=st.text(), header=st.sampled_from([XFF, FORWARDED]))
def test_no_text_is_more_than_junk(said, header):
    try:
        address = who(PROXY, said, header=header)
    except InvalidRequest:
        return
    assert read_address(address)
