"""Templates: validation, the autofill line and filling."""

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


def test_autofill_line_is_added_after_an_empty_line():
    assert fill(read_template("{code} for {brand}"), **VALUES) == "042137 for Acme\n\n@login.example.com #042137"


@pytest.mark.parametrize("text", ["{code} is it\n@{host} #{code}", "{code} is it\n@{host} #{code} {hash}"])
def test_existing_autofill_line_is_kept(text):
    assert fill(read_template(text), **VALUES) == "042137 is it\n@login.example.com #042137"


def test_android_hash_ends_the_text():
    text = fill(read_template("{code} is it"), **VALUES | {"hash": "FA+9qCX9VSu"})

    assert text.endswith("@login.example.com #042137 FA+9qCX9VSu")


def test_variables_in_values_are_not_replaced():
    """Otherwise a brand could repeat the code."""
    assert fill(read_template("{code} {brand}"), **VALUES | {"brand": "{code}"}).startswith("042137 {code}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{code} {name}", "there is no {name}"),
        ("{code} {}", "there is no {}"),
        ("{code} {code.__class__}", "braces"),
        ("{code!r}", "braces"),
        ("{code:>9}", "braces"),
        ("{code} }", "braces"),
        ("Your code", "{code} must"),
        ("", "{code} must"),
        ("@{host} #{code}", "{code} must"),
        ("{code}\n@{host} #{code}\n", "must be the last line"),
        ("{code}\n@{host} #{code}\nBye", "must be the last line"),
        ("{code}\n@{host} #{code} bye", "must be the last line"),
        ("{code}\n@shop.example #{code}", "must be the last line"),
        ("{code}\n@{host}  #{code}", "must be the last line"),
        ("{code}\n@{host} #{code}\n@{host} #{code}", "must be the last line"),
        ("{code} {hash}", "{hash} is only allowed"),
        ("{code}9", "between {code}"),
        ("5{code}", "between {code}"),
        ("{code}{code}", "between {code}"),
        ("{minutes}{code}", "between {code}"),
        ("{code} for @shop.example #{code}, Acme", "must be the last line"),
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
def test_invalid_template_is_refused_with_the_fix(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read_template(text)
