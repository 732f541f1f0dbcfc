"""Addresses: of this service, of pages, and of the proxies in front."""

from ipaddress import ip_network

import pytest

from app.settings.addresses import is_on_this_machine, read_networks, read_origin, read_public_url


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://otp.example.com", "https://otp.example.com"),
        ("https://otp.example.com/", "https://otp.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_public_url_loses_its_last_slash(url, read):
    assert read_public_url(url) == read


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
def test_a_public_url_is_an_address_and_nothing_more(url):
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
def test_an_origin_is_read_as_browsers_send_it(origin):
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
def test_what_a_browser_would_never_send_is_no_origin(origin):
    """It would be listed and never match, and nobody would know why."""
    with pytest.raises(ValueError, match="write an origin like"):
        read_origin(origin)


@pytest.mark.parametrize(
    ("origin", "is_here"),
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
def test_a_page_on_this_machine_is_known_by_its_host(origin, is_here):
    assert is_on_this_machine(origin) == is_here


def test_networks_stand_by_commas_and_a_lone_address_is_a_network_of_one():
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
def test_a_network_of_strangers_is_no_network_of_proxies(text):
    """Anybody in it could then write the header, and so be anybody."""
    with pytest.raises(ValueError, match="strangers would be trusted"):
        read_networks(text)


@pytest.mark.parametrize("text", ["8.0.0.0/8", "2400::/16", "10.0.0.0/8", "fc00::/7", "fd00::/8", "fe80::/10"])
def test_a_network_that_one_may_have_to_oneself_is_taken(text):
    """Private ones however wide; of the public ones nobody was ever given more."""
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
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match="write networks like"):
        read_networks(text)


def test_bits_behind_a_mask_are_said_with_the_network_that_was_meant():
    """`10.0.0.1/8` may mean one proxy or sixteen million addresses."""
    with pytest.raises(ValueError, match=r"bits behind the mask; the network is 10\.0\.0\.0/8$"):
        read_networks("10.0.0.1/8")


@pytest.mark.parametrize("text", ["::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::%1/64"])
def test_a_network_that_no_caller_would_ever_be_found_in_is_refused(text):
    """Callers' mapped addresses are read as IPv4, and their zones are dropped."""
    with pytest.raises(ValueError, match="write an IPv4 network as such"):
        read_networks(text)
