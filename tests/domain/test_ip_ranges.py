"""Membership of addresses in sets of networks."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address import read_address
from app.domain.ip_ranges import PRIVATE_RANGES, IpRanges


def networks(version):
    """Return a strategy for lists of networks of any prefix length."""
    widths = st.integers(0, 32 if version == 4 else 128)
    return st.lists(st.builds(ip_network, st.tuples(st.ip_addresses(v=version), widths), strict=st.just(value=False)))


@given(
    networks(4),
    networks(6),
    st.data(),
)
def test_membership_equals_that_of_the_standard_library(ipv4, ipv6, data):
    """Networks may overlap or contain each other; the tested addresses include their borders."""
    all_networks = ipv4 + ipv6
    borders = [border for network in all_networks for border in (network[0], network[-1])]
    ips = st.ip_addresses() | st.sampled_from(borders) if borders else st.ip_addresses()
    address = read_address(str(data.draw(ips)))

    assert (address in IpRanges(all_networks)) == any(address.ip in network for network in all_networks)


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "127.0.0.1", "192.168.255.255", "100.64.0.0", "::1", "fe80::1", "fd00::1"]
)
def test_private_addresses_are_in_the_private_ranges(text):
    assert read_address(text) in IpRanges(PRIVATE_RANGES)


@pytest.mark.parametrize("text", ["9.255.255.255", "11.0.0.0", "192.167.255.255", "100.128.0.0", "2a00::1", "fbff::1"])
def test_public_addresses_are_not_in_the_private_ranges(text):
    assert read_address(text) not in IpRanges(PRIVATE_RANGES)
