"""The header of a file: fields, variables of texts, and what is refused."""

import pytest

from app.cli.bulk.columns import read_columns
from app.cli.bulk.csv_rows import BadFile
from app.domain.message_texts import MessagePolicy

POLICY = MessagePolicy(
    free_text=True, texts={"sent": {"en": "Order {order} to {code}."}, "late": {"en": "{order}: {days} days late."}}
)


def columns(header, policy=POLICY, ignored=(), **defaults):
    return read_columns(header.split(","), defaults, policy, ignored=ignored)


def test_empty_cells_are_not_given_and_spaces_are_cut_but_of_a_text():
    fields = columns("to,text,reference,purpose").fields_of(["+316", " a ", " r ", " "])

    assert fields == {"text": " a ", "reference": "r"}


def test_a_cell_wins_over_the_value_for_all_rows():
    read = columns("to,text,country", country="NL")

    assert read.fields_of(["06", "a", ""])["country"] == "NL"
    assert read.fields_of(["06", "a", "BE"])["country"] == "BE"


@pytest.mark.parametrize(("cell", "ttl"), [("60", 60), ("1h", "1h"), ("٦٠", "٦٠"), ("9" * 5000, "9" * 5000)])
def test_ttl_is_a_number_where_it_is_one(cell, ttl):
    assert columns("to,text,ttl").fields_of(["+316", "a", cell])["ttl"] == ttl


def test_columns_are_the_variables_of_the_text_of_all_rows():
    """`values.` tells a variable from a field of the same name."""
    read = columns("to,order,values.code", template="sent")

    assert read.fields_of(["+316", "9", "Rome"]) == {"template": "sent", "values": {"order": "9", "code": "Rome"}}


def test_each_row_has_the_variables_of_its_own_text():
    read = columns("to,template,order,days")

    assert read.fields_of(["+316", "late", "9", "2"])["values"] == {"order": "9", "days": "2"}
    assert read.fields_of(["+316", "sent", "9", "2"])["values"] == {"order": "9"}


@pytest.mark.parametrize(
    ("header", "defaults", "sentence"),
    [
        ("text", {}, "One column must have the numbers"),
        ("to,phone_number,text", {}, "One column must have the numbers"),
        ("to,text,text", {}, "Two columns have the same name: text."),
        ("to,text", {"text": "a"}, "--text is for all rows, and the file has the column text: use one of them."),
        (
            "to,code",
            {"template": "sent"},
            "--template is for all rows, and the file has the column code: use one of them.",
        ),
        ("to", {"text": "a", "template": "sent"}, "--text and --template exclude each other"),
        ("to,reference", {}, "There is nothing to send"),
        ("to,text,sent_at", {}, "The column sent_at is no field and no variable of the text"),
        ("to,order", {"text": "a"}, "The column order is no field"),
        ("to,days", {"template": "sent"}, "The column days is no field"),
        ("to,+31612345678", {"text": "a"}, "Column 2 is no field"),
        ("to", {"template": "lost"}, "The app has no text of the name that --template gives. The app has late, sent."),
    ],
)
def test_wrong_header_is_refused_with_the_fix(header, defaults, sentence):
    """A misspelt column would send at another time, or another text."""
    with pytest.raises(BadFile) as refused:
        columns(header, **defaults)

    assert str(refused.value).startswith(sentence)


def test_ignored_columns_are_left_out():
    assert columns("to,text,shoe size", ignored=["shoe size"]).fields_of(["+316", "a", "9"]) == {"text": "a"}
