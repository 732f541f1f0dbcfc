"""Addresses: what is one, and what of it counts as one place."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import read_address


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("192.0.2.1", "::ffff:c000:201"),
        ("2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:0db8:0000:0000:0000:0000:0000:0001"),
    ],
)
def test_one_place_has_one_name(text, other):
    """An IPv6 line has a whole /64 to itself, so a change within it is no other caller."""
    assert read_address(text).prefixes == read_address(other).prefixes


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8:0:1::1", "2001:db8:0:2::1"),
        ("0.0.0.1", "::1"),
        ("192.0.2.1", "::192.0.2.1"),
        ("192.0.2.1", "64:ff9b::192.0.2.1"),
    ],
)
def test_two_places_have_two_names(text, other):
    assert read_address(text).prefixes[0] != read_address(other).prefixes[0]


def test_an_ipv6_address_is_in_a_site_too():
    line, site = read_address("2001:db8:7:1::1").prefixes
    _, same_site = read_address("2001:db8:7:2::1").prefixes
    _, other_site = read_address("2001:db8:8:1::1").prefixes

    assert site == same_site
    assert len({line, site, other_site}) == 3
    assert len(read_address("192.0.2.1").prefixes) == 1


@given(left=st.ip_addresses(v=6), right=st.ip_addresses(v=6))
def test_places_are_the_same_exactly_where_the_networks_are(left, right):
    if left.ipv4_mapped or right.ipv4_mapped:
        return
    places = zip(read_address(str(left)).prefixes, read_address(str(right)).prefixes, (64, 48), strict=True)

    for one, other, bits in places:
        assert (one == other) == (int(left) >> 128 - bits == int(right) >> 128 - bits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 192.0.2.1",
        "192.0.2.1:80",
        "192.0.2",
        "192.0.2.01",
        "192.0.2.256",
        "1",
        "[::1]",
        "::1%eth0",
        "fe80::1%25eth0",
        "192.0.2.1/32",
        "unknown",
        "\u0661.\u0661.\u0661.\u0661",
        "x" * 100_000,
    ],
)
def test_what_is_no_address_alone_is_none(text):
    assert read_address(text) is None


def test_an_address_does_not_print_itself():
    """It concerns a person, and a log would keep it."""
    address = read_address("192.0.2.1")

    assert "192" not in f"{address} {address!r} {[address]}"


@given(
    st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda ip: ip.exploded)
    | st.ip_addresses(v=4).map("::ffff:{}".format)
    | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){2,4}", fullmatch=True)
    | st.text("0123456789abcdefABCDEF:.%/ \x00\n\u0661", max_size=45)
)
def test_what_is_an_address_is_as_the_standard_library_has_it(text):
    """It is read by another way, which is ten times as fast; a zone is no part of an address here."""
    try:
        ip = ip_address(text)
    except ValueError:
        ip = None
    ip = None if getattr(ip, "scope_id", None) else getattr(ip, "ipv4_mapped", None) or ip

    read = read_address(text)

    assert (read and read.ip) == ip
    assert ip is None or ip.version == 6 or read.prefixes == (str(ip),)
