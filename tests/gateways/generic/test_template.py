import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.generic.template import PLACEHOLDERS, fill, fill_text, placeholders

PATIENT = settings(deadline=None)  # the machine may be busy

VALUES = st.fixed_dictionaries({name: st.text() for name in sorted(PLACEHOLDERS)})


@PATIENT
@given(values=VALUES)
def test_a_value_is_never_syntax(values):
    """Whatever a number, a text or a sender holds, the vendor reads the same fields, and in them just that."""
    template = {"message": [{"to": "{to}", "text": "<{text}>", "parts": 2, "flash": False, "label": "{{to}}"}]}

    sent = json.loads(json.dumps(fill(template, values)))

    (message,) = sent.pop("message")
    assert sent == {}
    assert message.pop("to", "") == values["to"]
    assert message == {"text": f"<{values['text']}>", "parts": 2, "flash": False, "label": "{to}"}


@PATIENT
@given(text=st.text())
def test_a_brace_in_a_value_is_a_brace(text):
    assert fill_text("{text}{sender}", dict.fromkeys(PLACEHOLDERS, "") | {"text": "{to}", "sender": text}) == (
        "{to}" + text
    )


def test_what_comes_out_empty_is_left_out():
    """Many vendors refuse an empty sender, and India's registered ids go to India only."""
    template = {"text": "{text}", "from": "{sender}", "extra": {"entity": "{entity_id}"}, "list": ["{sender}"]}

    assert fill(template, dict.fromkeys(PLACEHOLDERS, "") | {"text": "hello"}) == {
        "text": "hello",
        "extra": {},
        "list": [""],
    }


@pytest.mark.parametrize(("unicode", "coding"), [("", "0"), ("yes", "8")])
def test_a_word_may_depend_on_the_alphabet(unicode, coding):
    assert fill_text("{unicode:0|8}", {"unicode": unicode}) == coding


def test_the_placeholders_of_a_template_are_found_wherever_they_stand():
    assert placeholders({"a": ["{to} {text}", 1, None, {"b": "{{id}} {id}{unicode:|x}"}]}) == {
        "to",
        "text",
        "id",
        "unicode",
    }


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ({"to": "{tel}"}, "{tel} is no placeholder; there are: basic"),
        ({"to": "{}"}, "{…} is no placeholder"),
        ({"Authorization": "Bearer {0a1b2c3d4e5f}"}, "{…} is no placeholder"),
        ({"Authorization": "Bearer {sk_live_4eC39Hq}"}, "{…} is no placeholder"),
        ({"Authorization": "Bearer {abcdefghijklmnopqrstu}"}, "{…} is no placeholder"),
        ({"to": "{to.x}"}, "{…} is no placeholder"),
        ({"to": "{to[0]}"}, "{…} is no placeholder"),
        ({"to": "{to!r}"}, "{to} is no placeholder"),
        ({"to": "{to:>20}"}, "{to} is no placeholder"),
        ({"to": "{unicode}"}, "{unicode} is no placeholder"),
        ({"to": "{unicode:8}"}, "{unicode} is no placeholder"),
        ({"to": "{unicode:0|{to}}"}, "{unicode} is no placeholder"),
        ({"to": "{to"}, "a brace has no partner"),
        ({"to": "to}"}, "a brace has no partner"),
        ({"{to}": "x"}, "a brace stands in a name"),
        ([[[[[[[[["{to}"]]]]]]]]], "nest it at most 8 deep"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused_with_a_sentence(template, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        placeholders(template)
