"""Plivo's callback signatures, versions 2 and 3."""

from base64 import b64encode
from hmac import digest

import pytest

from app.gateways.plivo import is_signed

TOKEN = "my_auth_token"
NONCE = "12345"
URL = "https://otp.example.com/webhooks/plivo"
FORM = b"To=14155550101&MessageUUID=5b40a428-bfc7-4daf-9d06-726c558bf3b8&Status=delivered&From=14155550100&ErrorCode="
QUERY = FORM.decode()

# The first is from the tests of the vendor's Python library; the others were computed by the same scheme.
V2 = [
    ("https://answer.url", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="),
    (URL, "6iAAA6CagFdvXz9xklndgMHFuczqCgV2bNJmxFbTFj8="),
    (f"{URL}?t=abc", "6iAAA6CagFdvXz9xklndgMHFuczqCgV2bNJmxFbTFj8="),
]
# Computed by the functions of the vendor's Python library.
V3 = [
    (URL, FORM, "JIZiD0liO+Pjnq2xTvD/fkKYqkH9yzW5Yr919V0EPx4="),
    (f"{URL}?t=abc", FORM, "q7HesuKJkMyBuAV4fCQ2um6oGgpfjigSZWh6iprlVG0="),
    (f"{URL}?{QUERY}", b"", "L6qCwnZAHByeQ/yM2KCPiDFDuqHGRxtIGnyX/kp7luU="),
]


def v2(signature, *, nonce=NONCE, name="x-plivo-signature-v2"):
    return {name: signature, "x-plivo-signature-v2-nonce": nonce}


def v3(signature, *, nonce=NONCE, name="x-plivo-signature-v3"):
    return {name: signature, "x-plivo-signature-v3-nonce": nonce}


@pytest.mark.parametrize(("url", "signature"), V2)
def test_version_2_covers_the_address_without_its_query(url, signature):
    assert is_signed(v2(signature), url=url, body=FORM, token=TOKEN)
    assert not is_signed(v2(signature), url=f"{url.partition('?')[0]}/", body=FORM, token=TOKEN)


@pytest.mark.parametrize(("url", "body", "signature"), V3)
def test_version_3_covers_the_query_and_the_form(url, body, signature):
    mark = "&" if "?" in url else "?"

    assert is_signed(v3(signature), url=url, body=body, token=TOKEN)
    assert not is_signed(v3(signature), url=f"{url}{mark}x=1", body=body, token=TOKEN)
    assert not is_signed(v3(signature), url=url, body=body + b"&x=1", token=TOKEN)
    assert not is_signed(v3(signature), url=url.replace("plivo", "plovi"), body=body, token=TOKEN)


@pytest.mark.parametrize("name", ["x-plivo-signature-v3", "x-plivo-signature-ma-v3"])
def test_one_of_several_signatures_in_a_header_is_enough(name):
    """Plivo sends one signature for each valid auth token."""
    url, body, signature = V3[0]

    assert is_signed(v3(f"bm90aGluZw==, {signature}", name=name), url=url, body=body, token=TOKEN)


def test_the_main_accounts_signature_is_accepted():
    url, signature = V2[1]

    assert is_signed(v2(signature, name="x-plivo-signature-ma-v2"), url=url, body=b"", token=TOKEN)


def test_version_2_cannot_replace_a_failed_version_3():
    """The fields were changed; version 2, which does not cover them, still matches."""
    url, body, signature = V3[0]
    both = v2(V2[1][1]) | v3(signature)

    assert is_signed(both, url=url, body=body, token=TOKEN)
    assert not is_signed(both, url=url, body=body.replace(b"delivered", b"failed"), token=TOKEN)
    assert not is_signed(v2(V2[1][1]) | {"x-plivo-signature-v3": ""}, url=url, body=body, token=TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-plivo-signature-v3": V3[0][2]},
        {"x-plivo-signature-v3-nonce": NONCE},
        {"x-plivo-signature-v2": V2[1][1]},
        v3(V3[0][2], nonce=""),
        v3(V3[0][2], nonce="12346"),
        v3(V3[0][2], nonce="\udcff"),
        v3(V3[0][2][:-1]),
        v3("é"),
        v3("\udcff"),
        v3(","),
        v2(""),
        v2(V2[0][1]),
        v2(V2[1][1], nonce="\udcff"),
        v2(V2[1][1], nonce=""),
    ],
    ids=ascii,
)
def test_an_invalid_signature_is_rejected(headers):
    assert not is_signed(headers, url=URL, body=FORM, token=TOKEN)


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=1&" * 1000], ids=lambda body: repr(body[:10]))
def test_an_unreadable_form_is_rejected(body):
    assert not is_signed(v3(V3[0][2]), url=URL, body=body, token=TOKEN)


@pytest.mark.parametrize(
    "url", ["https://[oops", f"{URL}?a=%ff", f"{URL}?{'a&' * 1000}", "\udcff", ""], ids=lambda url: ascii(url[:50])
)
def test_an_unreadable_url_is_rejected(url):
    assert not is_signed(v3(V3[0][2]), url=url, body=FORM, token=TOKEN)
    assert not is_signed(v2(V2[1][1]), url=url.replace("plivo", "?"), body=FORM, token=TOKEN)


def v3_over(text):
    return v3(b64encode(digest(TOKEN.encode(), f"{text}.{NONCE}".encode(), "sha256")).decode())


@pytest.mark.parametrize("names", [v2, v3])
def test_a_signature_without_a_nonce_is_rejected(names):
    """Even a correct signature: each version appends the nonce, and the vendor never sends an empty one."""
    text = URL if names is v2 else f"{URL}."
    signature = b64encode(digest(TOKEN.encode(), text.encode(), "sha256")).decode()

    assert not is_signed(names(signature, nonce=""), url=URL, body=b"", token=TOKEN)


def test_invalid_utf_8_does_not_match_the_signature_of_its_replacement():
    """Otherwise two different unreadable fields would share a signature."""
    assert not is_signed(v3_over(f"{URL}?a\ufffd"), url=URL, body=b"a=%ff", token=TOKEN)


@pytest.mark.parametrize(("count", "is_read"), [(100, True), (101, False)])
def test_a_form_with_more_than_100_fields_is_rejected(count, is_read):
    names = sorted(f"f{number}" for number in range(count))
    body = "&".join(f"{name}=1" for name in names).encode()

    headers = v3_over(f"{URL}?{''.join(f'{name}1' for name in names)}")

    assert is_signed(headers, url=URL, body=body, token=TOKEN) is is_read


def test_repeated_values_are_signed_in_sorted_order():
    assert is_signed(v3_over(f"{URL}?a1a2b3"), url=URL, body=b"b=3&a=2&a=1", token=TOKEN)
    assert is_signed(v3_over(f"{URL}?a=1&a=2&b=3"), url=f"{URL}?b=3&a=2&a=1", body=b"", token=TOKEN)
