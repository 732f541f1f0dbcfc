"""Codes: derivation, digests and parsing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.code import SALT_BYTES, derive_code, digest, read_code
from app.domain.errors import InvalidRequest
from app.domain.keyring import Keyring, Mac

KEYS, OTHER_KEYS = Keyring([("a", b"a" * 32), ("b", b"b" * 32)], b"n" * 32).all.values()
SALT = bytes(range(SALT_BYTES))


def derive(salt=SALT, *, verification="vf_1", length=6, keys=KEYS):
    return derive_code(salt, verification=verification, length=length, keys=keys)


@pytest.mark.parametrize("length", [4, 5, 6])
def test_every_code_is_equally_likely(length):
    """Chi-square over 100,000 codes in 1,000 classes; beyond 1,190 a fair source comes once in 40,000 runs."""
    codes = [derive(number.to_bytes(SALT_BYTES, "big"), length=length) for number in range(100_000)]

    for digits in (slice(0, 3), slice(length - 3, length)):
        seen = Counter(code[digits] for code in codes)
        chi_square = sum((seen[f"{number:03}"] - 100) ** 2 / 100 for number in range(1000))
        assert 810 < chi_square < 1190


def test_leading_zeros_are_kept():
    codes = [derive(number.to_bytes(SALT_BYTES, "big")) for number in range(2000)]

    assert {len(code) for code in codes} == {6}
    assert sum(code.startswith("00") for code in codes) > 5


@pytest.mark.parametrize("length", range(4, 11))
def test_code_has_the_requested_length(length):
    assert derive(length=length).isdecimal()
    assert len(derive(length=length)) == length


def test_same_salt_derives_the_same_code():
    """This is how a resend repeats a code that is not stored."""
    assert derive() == derive()


def test_codes_differ_by_salt_verification_and_key():
    codes = {
        derive(length=10),
        derive(bytes(SALT_BYTES), length=10),
        derive(verification="vf_2", length=10),
        derive(keys=OTHER_KEYS, length=10),
    }

    assert len(codes) == 4


def test_digests_differ_by_code_app_verification_and_key():
    """Two recipients may get the same digits; a copy of Redis must not show it."""
    digests = {
        digest(code, app=app, verification=verification, key=Mac(key))
        for code, app, verification, key in [
            ("042137", "shop", "vf_1", b"k" * 32),
            ("042138", "shop", "vf_1", b"k" * 32),
            ("042137", "bank", "vf_1", b"k" * 32),
            ("042137", "shop", "vf_2", b"k" * 32),
            ("042137", "shop", "vf_1", b"l" * 32),
        ]
    }

    assert len(digests) == 5


@pytest.mark.parametrize(
    "typed",
    [
        "042137",
        " 042 137 ",
        "042-137",
        "0-4-2-1-3-7",
        "042\N{NO-BREAK SPACE}137",
        "042\N{NARROW NO-BREAK SPACE}137",
        "042\N{EN DASH}137",
        "042\N{NON-BREAKING HYPHEN}137",
        "٠٤٢١٣٧",
        "۰۴۲۱۳۷",
        "०४२१३७",
        "\uff10\uff14\uff12\uff11\uff13\uff17",
    ],
)
def test_spaces_dashes_and_digits_of_any_script_are_accepted(typed):
    assert read_code(typed, length=6) == "042137"


@pytest.mark.parametrize("typed", ["", "04213", "0421370", "O42137", "04213a", "042.137", "+42137", "²42137", "½2137x"])
def test_invalid_code_is_refused_with_its_pointer(typed):
    with pytest.raises(InvalidRequest) as refused:
        read_code(typed, length=6)

    assert refused.value.errors == [{"pointer": "/code", "detail": "The code has exactly 6 digits."}]


@given(typed=st.text() | st.text(alphabet="0123456789 -٣۴\uff15", max_size=12), length=st.integers(4, 10))
def test_any_text_is_a_code_of_the_requested_length_or_refused(typed, length):
    try:
        code = read_code(typed, length=length)
    except InvalidRequest:
        return
    assert len(code) == length
    assert code.isascii()
    assert code.isdecimal()


SPACES = [
    "\N{SPACE}",
    "\N{THIN SPACE}",
    "\N{IDEOGRAPHIC SPACE}",
    "\t",
    "\N{EM DASH}",
    "\N{FIGURE DASH}",
    "\N{MINUS SIGN}",
]


@pytest.mark.parametrize("space", SPACES)
def test_every_unicode_space_and_dash_is_ignored(space):
    """Users paste what their phone shows, and phones group digits differently."""
    assert read_code(f"123{space}456", length=6) == "123456"
