import pytest

from app.domain.gsm7 import fits_gsm7

# 3GPP TS 23.038 §6.2.1, as Unicode's own table of it (GSM0338.TXT) writes it: code, letter.
CAPITALS_OF_GREEK = "\u0394\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e"
OF_WESTERN_EUROPE = "\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\u00d8\u00f8\u00c5\u00e5\u00c6\u00e6\u00df\u00c9"
WITH_DOTS = "\u00c4\u00d6\u00d1\u00dc\u00e4\u00f6\u00f1\u00fc\u00e0"
SIGNS = "\u00a3\u00a5\u00a4\u00a1\u00a7\u00bf"
TWO_PLACES = "\f^{}\\[~]|\u20ac"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "482913 is your Acme code. It works for 5 min. Never share it.\n\n@example.com #482913",
        "".join(chr(code) for code in range(0x20, 0x5F)).replace("[", "").replace("\\", ""),
        "abcdefghijklmnopqrstuvwxyz_\r\n",
        CAPITALS_OF_GREEK,
        OF_WESTERN_EUROPE,
        WITH_DOTS,
        SIGNS,
        TWO_PLACES,
    ],
    ids=ascii,
)
def test_what_the_standard_lists_fits(text):
    assert fits_gsm7(text)


@pytest.mark.parametrize(
    "letter",
    [
        "`",  # the one sign of a keyboard that is not in it
        "\t",
        "\x1b",  # the escape itself
        "\x7f",
        "\xa0",  # a space that does not break, as texts from a word processor have it
        "\u00e7",  # small ç: the table has the capital
        "\u00c0",  # capital À: the table has the small one
        "\u00e1",
        "\u03b1",
        "\u0391",  # capital Alpha looks like A, and is not it
        "\u2019",  # the curly apostrophe
        "\u2013",
        "\u0142",
        "\u0416",
        "\u0661",
        "\u4e2d",
        "e\u0301",  # é written as two
        "\U0001f511",
        "\udcff",
    ],
    ids=ascii,
)
def test_one_letter_outside_is_enough(letter):
    assert not fits_gsm7(f"482913 {letter}")


def test_it_has_as_many_letters_as_the_standard():
    """A hundred and twenty-seven and the escape, and ten in the extension table."""
    assert sum(fits_gsm7(chr(code)) for code in range(0x110000)) == 127 + 10
