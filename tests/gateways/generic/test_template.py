"""Templates and their placeholders."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.generic.template import PLACEHOLDERS, fill, fill_text, placeholders

NO_DEADLINE = settings(deadline=None)  # the machine may be slow

VALUES = st.fixed_dictionaries({name: st.text() for name in sorted(PLACEHOLDERS)})


@NO_DEADLINE
@given(values=VALUES)
def test_values_cannot_change_the_structure_of_a_template(values):
    """For any number, text or sender, the vendor receives the same fields with exactly those values."""
    template = {"message": [{"to": "{to}", "text": "<{text}>", "parts": 2, "flash": False, "label": "{{to}}"}]}

    sent = json.loads(json.dumps(fill(template, values)))

    (message,) = sent.pop("message")
    assert sent == {}
    assert message.pop("to", "") == values["to"]
    assert message == {"text": f"<{values['text']}>", "parts": 2, "flash": False, "label": "{to}"}


@NO_DEADLINE
@given(text=st.text())
def test_braces_in_a_value_are_literal(text):
    assert fill_text("{text}{sender}", dict.fromkeys(PLACEHOLDERS, "") | {"text": "{to}", "sender": text}) == (
        "{to}" + text
    )


def test_empty_fields_are_left_out():
    """Many vendors reject an empty sender, and India's registered ids apply to India only."""
    template = {"text": "{text}", "from": "{sender}", "extra": {"entity": "{entity_id}"}, "list": ["{sender}"]}

    assert fill(template, dict.fromkeys(PLACEHOLDERS, "") | {"text": "hello"}) == {
        "text": "hello",
        "extra": {},
        "list": [""],
    }


@pytest.mark.parametrize(("unicode", "coding"), [("", "0"), ("yes", "8")])
def test_the_unicode_placeholder_depends_on_the_alphabet(unicode, coding):
    assert fill_text("{unicode:0|8}", {"unicode": unicode}) == coding


def test_placeholders_are_found_at_every_depth():
    assert placeholders({"a": ["{to} {text}", 1, None, {"b": "{{id}} {id}{unicode:|x}"}]}) == {
        "to",
        "text",
        "id",
        "unicode",
    }


NUMBERS = dict.fromkeys(PLACEHOLDERS, "") | {
    "to": "31612345678",
    "valid_for": "300",
    "valid_for_minutes": "5",
    "expires_at_unix": "1790000300",
    "code": "042137",
}


@pytest.mark.parametrize(
    ("text", "unicode", "filled"),
    [
        ("{to:number}", "", 31612345678),
        ("{valid_for:number}", "", 300),
        ("{valid_for_minutes:number}", "", 5),
        ("{expires_at_unix:number}", "", 1790000300),
        ("{unicode:number:0|8}", "", 0),
        ("{unicode:number:0|8}", "yes", 8),
        ("{unicode:boolean:false|true}", "", False),
        ("{unicode:boolean:false|true}", "yes", True),
        ("{unicode:boolean:true|false}", "yes", False),
        ("{valid_for}", "", "300"),
        ("{code}", "", "042137"),
        ("{unicode:0|8}", "", "0"),
        ("{unicode:false|true}", "", "false"),
        ("{{to:number}}", "", "{to:number}"),
    ],
)
def test_only_a_typed_placeholder_of_a_body_becomes_a_number_or_a_boolean(text, unicode, filled):
    """Zero and false are values, so their fields are not left out; a code keeps its zeros."""
    template = {"list": [{"field": text}]}
    placeholders(template, is_body=True)

    found = fill(template, NUMBERS | {"unicode": unicode})

    assert found == {"list": [{"field": filled}]}
    assert type(found["list"][0]["field"]) is type(filled)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{code:number}", "{code} may begin with 0"),
        ("{sender:number}", "only expires_at_unix, to, valid_for"),
        ("{expires_at:number}", "only expires_at_unix, to, valid_for"),
        ("{template_id:number}", "only expires_at_unix, to, valid_for"),
        ("{to:boolean}", "only expires_at_unix, to, valid_for"),
        ("{to:number:1|2}", "only expires_at_unix, to, valid_for"),
        ("{:number}", "only expires_at_unix, to, valid_for"),
        ("{unicode:number}", "only expires_at_unix, to, valid_for"),
        ("{unicode:number:a|b}", "only expires_at_unix, to, valid_for"),
        ("{unicode:number:08|1}", "only expires_at_unix, to, valid_for"),
        ("{unicode:number:1|-1}", "only expires_at_unix, to, valid_for"),
        ("{unicode:boolean:0|1}", "only expires_at_unix, to, valid_for"),
        ("{unicode:boolean:true|true}", "only expires_at_unix, to, valid_for"),
        ("in {valid_for:number} s", "a number or a boolean is a whole string of BODY"),
        (" {valid_for:number}", "a number or a boolean is a whole string of BODY"),
        ("{valid_for:number}{to:number}", "a number or a boolean is a whole string of BODY"),
        ("{to!r:number}", "a number or a boolean is a whole string of BODY"),
        ("{to:integer}", "{to} is not a placeholder"),
    ],
)
def test_an_invalid_typed_placeholder_is_rejected_with_a_message(text, expected):
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}"):
        placeholders([text], is_body=True)


def test_a_typed_placeholder_outside_of_a_body_is_rejected():
    with pytest.raises(ValueError, match="a whole string of BODY"):
        placeholders({"ttl": "{valid_for:number}"})


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({"to": "{tel}"}, "{tel} is not a placeholder; available: account, basic"),
        ({"to": "{}"}, "{…} is not a placeholder"),
        ({"Authorization": "Bearer {0a1b2c3d4e5f}"}, "{…} is not a placeholder"),
        ({"Authorization": "Bearer {sk_live_4eC39Hq}"}, "{…} is not a placeholder"),
        ({"Authorization": "Bearer {abcdefghijklmnopqrstu}"}, "{…} is not a placeholder"),
        ({"to": "{to.x}"}, "{…} is not a placeholder"),
        ({"to": "{to[0]}"}, "{…} is not a placeholder"),
        ({"to": "{to!r}"}, "{to} is not a placeholder"),
        ({"to": "{to:>20}"}, "{to} is not a placeholder"),
        ({"to": "{unicode}"}, "{unicode} is not a placeholder"),
        ({"to": "{unicode:8}"}, "{unicode} is not a placeholder"),
        ({"to": "{unicode:0|{to}}"}, "{unicode} is not a placeholder"),
        ({"to": "{to"}, "a brace is unbalanced"),
        ({"to": "to}"}, "a brace is unbalanced"),
        ({"{to}": "x"}, "a field name contains a brace"),
        ([[[[[[[[["{to}"]]]]]]]]], "nest it at most 8 deep"),
    ],
)
def test_an_invalid_template_is_rejected_with_a_message(template, expected):
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}"):
        placeholders(template)
