"""Parsing of the public URL, page origins and proxy networks."""

from ipaddress import ip_network

import pytest

from app.settings.addresses import is_loopback_origin, read_networks, read_origin, read_public_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://otp.example.com", "https://otp.example.com"),
        ("https://otp.example.com/", "https://otp.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_read_public_url_drops_a_trailing_slash(url, expected):
    assert read_public_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "otp.example.com",
        "//otp.example.com",
        "ftp://otp.example.com",
        "https://",
        "https://otp.example.com/path",
        "https://otp.example.com?x",
        "https://otp.example.com#x",
        "https://me@otp.example.com",
        "https://otp.example.com:port",
        "https://otp.example.com:99999",
        "https://otp.exa mple.com",
        "https://[::1",
        "https://otp.example.com\n",
    ],
)
def test_read_public_url_refuses_anything_but_scheme_host_and_port(url):
    with pytest.raises(ValueError, match="without a path"):
        read_public_url(url)


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.com",
        "https://shop.example.com:8443",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://[::1]:3000",
        "https://xn--bcher-kva.example",
        "http://shop.example.com:443",
    ],
)
def test_read_origin_accepts_origins_as_browsers_send_them(origin):
    assert read_origin(origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "shop.example.com",
        "//shop.example.com",
        "https://",
        "https://shop.example.com/",
        "https://shop.example.com/cart",
        "https://shop.example.com?x",
        "https://shop.example.com#x",
        "https://Shop.example.com",
        "HTTPS://shop.example.com",
        "https://shop.example.com:443",
        "http://shop.example.com:80",
        "https://shop.example.com:",
        "https://shop.example.com:08443",
        "https://shop.example.com:0",
        "https://me@shop.example.com",
        "https://*.example.com",
        "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
        "https://shop.example.com,https://b.example.com",
        " https://shop.example.com",
        "ftp://shop.example.com",
    ],
)
def test_read_origin_refuses_what_no_browser_sends(origin):
    """Such an origin would never match a request, without any error."""
    with pytest.raises(ValueError, match="write an origin like"):
        read_origin(origin)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost", True),
        ("http://localhost:3000", True),
        ("http://shop.localhost", True),
        ("http://127.8.0.1:80", True),
        ("http://[::1]:3000", True),
        ("http://shop.example.com", False),
        ("http://localhost.example.com", False),
        ("http://notlocalhost", False),
        ("http://10.0.0.1", False),
    ],
)
def test_is_loopback_origin_accepts_loopback_hosts_only(origin, expected):
    assert is_loopback_origin(origin) == expected


def test_read_networks_splits_at_commas_and_accepts_single_addresses():
    networks = read_networks("10.0.0.0/8, fd00::/8,10.1.2.3,2001:DB8::1,")

    assert [str(network) for network in networks] == ["10.0.0.0/8", "fd00::/8", "10.1.2.3/32", "2001:db8::1/128"]
    assert read_networks("") == ()
    assert read_networks("192.168.0.0/255.255.0.0") == (ip_network("192.168.0.0/16"),)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "10.0.0.0/8,*",
        "0.0.0.0/0",
        "0.0.0.0/00",
        "0.0.0.0/0.0.0.0",
        "::/0",
        "0.0.0.0/1,128.0.0.0/1",
        "8.0.0.0/7",
        "10.0.0.0/7",
        "126.0.0.0/7",
        "2000::/3",
        "2000::/7",
        "2400::/7",
        "2400::/15",
        "fc00::/6",
    ],
)
def test_read_networks_refuses_wide_public_networks(text):
    """Any client in it could forge the header, and so its address."""
    with pytest.raises(ValueError, match="trust the header of any client"):
        read_networks(text)


@pytest.mark.parametrize("text", ["8.0.0.0/8", "2400::/16", "10.0.0.0/8", "fc00::/7", "fd00::/8", "fe80::/10"])
def test_read_networks_accepts_private_networks_and_narrow_public_ones(text):
    """No single owner has a public network wider than /8 (IPv6: /16)."""
    assert read_networks(text) == (ip_network(text),)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "10.0.0.0/8;10.1.0.0/16",
        "10.0.0.1:80",
        "010.0.0.0/8",
        "proxy",
        "1",
    ],
)
def test_read_networks_refuses_invalid_text(text):
    with pytest.raises(ValueError, match="write networks like"):
        read_networks(text)


def test_read_networks_refuses_host_bits_and_names_the_network():
    """`10.0.0.1/8` may mean one proxy or sixteen million addresses."""
    with pytest.raises(ValueError, match=r"host bits set; the network is 10\.0\.0\.0/8$"):
        read_networks("10.0.0.1/8")


@pytest.mark.parametrize("text", ["::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::%1/64"])
def test_read_networks_refuses_mapped_and_scoped_ipv6(text):
    """They would never match: mapped client addresses are read as IPv4, and zones are dropped."""
    with pytest.raises(ValueError, match="write an IPv4 network in IPv4 form"):
        read_networks(text)
