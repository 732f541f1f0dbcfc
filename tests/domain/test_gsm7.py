"""The GSM-7 alphabet: which characters fit."""

import pytest

from app.domain.gsm7 import fits_gsm7

# 3GPP TS 23.038 §6.2.1, from Unicode's table (GSM0338.TXT).
GREEK_CAPITALS = "\u0394\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e"
WESTERN_EUROPEAN = "\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\u00d8\u00f8\u00c5\u00e5\u00c6\u00e6\u00df\u00c9"
UMLAUTS_AND_MORE = "\u00c4\u00d6\u00d1\u00dc\u00e4\u00f6\u00f1\u00fc\u00e0"
SIGNS = "\u00a3\u00a5\u00a4\u00a1\u00a7\u00bf"
TWO_SEPTETS = "\f^{}\\[~]|\u20ac"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "482913 is your Acme code. It works for 5 min. Never share it.\n\n@example.com #482913",
        "".join(chr(code) for code in range(0x20, 0x5F)).replace("[", "").replace("\\", ""),
        "abcdefghijklmnopqrstuvwxyz_\r\n",
        GREEK_CAPITALS,
        WESTERN_EUROPEAN,
        UMLAUTS_AND_MORE,
        SIGNS,
        TWO_SEPTETS,
    ],
    ids=ascii,
)
def test_characters_of_the_standard_fit(text):
    assert fits_gsm7(text)


@pytest.mark.parametrize(
    "char",
    [
        "`",  # the only ASCII punctuation mark that is not included
        "\t",
        "\x1b",  # the escape character
        "\x7f",
        "\xa0",  # a no-break space, as word processors insert it
        "\u00e7",  # lower case ç: the table has the capital
        "\u00c0",  # capital À: the table has the lower case
        "\u00e1",
        "\u03b1",
        "\u0391",  # capital Alpha looks like A, but is another character
        "\u2019",  # the curly apostrophe
        "\u2013",
        "\u0142",
        "\u0416",
        "\u0661",
        "\u4e2d",
        "e\u0301",  # é as two code points
        "\U0001f511",
        "\udcff",
    ],
    ids=ascii,
)
def test_one_character_outside_the_alphabet_does_not_fit(char):
    assert not fits_gsm7(f"482913 {char}")


def test_alphabet_has_as_many_characters_as_the_standard():
    """127 besides the escape, and ten in the extension table."""
    assert sum(fits_gsm7(chr(code)) for code in range(0x110000)) == 127 + 10
