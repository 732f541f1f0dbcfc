"""Parsing of IP addresses, and the prefixes that limits count."""

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
def test_addresses_of_one_subscriber_share_their_prefixes(text, other):
    """An IPv6 subscriber has a whole /64, so another address within it is the same client."""
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
def test_addresses_of_two_subscribers_differ_in_their_first_prefix(text, other):
    assert read_address(text).prefixes[0] != read_address(other).prefixes[0]


def test_ipv6_address_also_has_the_prefix_of_its_site():
    line, site, _ = read_address("2001:db8:7:1::1").prefixes
    _, same_site, _ = read_address("2001:db8:7:2::1").prefixes
    _, other_site, _ = read_address("2001:db8:8:1::1").prefixes

    assert site == same_site
    assert len({line, site, other_site}) == 3
    assert len(read_address("192.0.2.1").prefixes) == 1


@given(left=st.ip_addresses(v=6), right=st.ip_addresses(v=6))
def test_prefixes_are_equal_exactly_if_the_networks_are(left, right):
    if left.ipv4_mapped or right.ipv4_mapped:
        return
    prefixes = zip(read_address(str(left)).prefixes, read_address(str(right)).prefixes, (64, 48, 40), strict=True)

    for first, second, bits in prefixes:
        assert (first == second) == (int(left) >> 128 - bits == int(right) >> 128 - bits)


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
def test_anything_but_a_bare_address_is_none(text):
    assert read_address(text) is None


def test_repr_does_not_show_the_address():
    """An address is personal data and must not reach a log."""
    address = read_address("192.0.2.1")

    assert "192" not in f"{address} {address!r} {[address]}"


@given(
    st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda ip: ip.exploded)
    | st.ip_addresses(v=4).map("::ffff:{}".format)
    | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){2,4}", fullmatch=True)
    | st.text("0123456789abcdefABCDEF:.%/ \x00\n\u0661", max_size=45)
)
def test_addresses_are_parsed_as_by_the_standard_library(text):
    """The parser is ten times as fast as `ipaddress`; a zone is not accepted."""
    try:
        ip = ip_address(text)
    except ValueError:
        ip = None
    ip = None if getattr(ip, "scope_id", None) else getattr(ip, "ipv4_mapped", None) or ip

    read = read_address(text)

    assert (read and read.ip) == ip
    assert ip is None or ip.version == 6 or read.prefixes == (str(ip),)
