"""Texts with places."""

import re

import pytest

from app.domain.template import fill, read_template

VALUES = {
    "brand": "Acme",
    "code": "042137",
    "minutes": "5",
    "reference": "cart-77",
    "host": "login.example.com",
    "hash": "",
}


def test_a_text_gets_the_autofill_line_below_an_empty_one():
    assert fill(read_template("{code} for {brand}"), **VALUES) == "042137 for Acme\n\n@login.example.com #042137"


@pytest.mark.parametrize("text", ["{code} is it\n@{host} #{code}", "{code} is it\n@{host} #{code} {hash}"])
def test_a_text_may_have_the_autofill_line_itself(text):
    assert fill(read_template(text), **VALUES) == "042137 is it\n@login.example.com #042137"


def test_an_android_apps_hash_stands_last():
    text = fill(read_template("{code} is it"), **VALUES | {"hash": "FA+9qCX9VSu"})

    assert text.endswith("@login.example.com #042137 FA+9qCX9VSu")


def test_a_value_is_not_read_for_places():
    """Or a brand could say the code again."""
    assert fill(read_template("{code} {brand}"), **VALUES | {"brand": "{code}"}).startswith("042137 {code}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{code} {name}", "there is no {name}"),
        ("{code} {}", "there is no {}"),
        ("{code} {code.__class__}", "a brace"),
        ("{code!r}", "a brace"),
        ("{code:>9}", "a brace"),
        ("{code} }", "a brace"),
        ("Your code", "says {code}"),
        ("", "says {code}"),
        ("@{host} #{code}", "says {code}"),
        ("{code}\n@{host} #{code}\n", "nothing stands below"),
        ("{code}\n@{host} #{code}\nBye", "nothing stands below"),
        ("{code}\n@{host} #{code} bye", "nothing stands below"),
        ("{code}\n@shop.example #{code}", "nothing stands below"),
        ("{code}\n@{host}  #{code}", "nothing stands below"),
        ("{code}\n@{host} #{code}\n@{host} #{code}", "nothing stands below"),
        ("{code} {hash}", "{hash} stands behind"),
        ("{code}9", "between {code}"),
        ("5{code}", "between {code}"),
        ("{code}{code}", "between {code}"),
        ("{minutes}{code}", "between {code}"),
        ("{code} for @shop.example #{code}, Acme", "nothing stands below"),
        ("{code} \u202e", "no control character"),
        ("{code} \x85", "no control character"),
        ("{code} \u2028", "no control character"),
        ("{code}\x00", "no control character"),
        ("{code}\r\nnext", "no control character"),
        ("{code} \ud83d", "no control character"),
        ("{code}" + "x" * 500, "at most 500"),
    ],
    ids=ascii,
)
def test_a_text_that_would_not_work_says_what_to_mend(text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read_template(text)
