"""Parsing of `OTP_PRICES`: CSV and JSON, and a sentence with the line of each error."""

from pathlib import Path

import pytest

from app.settings.load import BadSettings
from app.settings.to_domain import prices_of
from tests.support.builders import make_settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "prices.example.csv"
CSV = "gateway,country,price\ninbox,NL,0.0812\n*,BE,0.09\n*,*,0.25\n"


def listed(text):
    return prices_of(make_settings(prices=text)).listed


def error_of(prices):
    with pytest.raises(BadSettings) as refusal:
        make_settings(prices=prices)
    (sentence,) = refusal.value.sentences
    assert sentence.startswith("OTP_PRICES: ")
    return sentence.removeprefix("OTP_PRICES: ").partition(". What one segment")[0]


def csv(*lines):
    return "\n".join(["gateway,country,price", *lines, ""])


def test_a_csv_file_is_read(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(CSV)

    assert listed(str(path)) == {("inbox", "NL"): 81_200, ("*", "BE"): 90_000, ("*", "*"): 250_000}


def test_a_json_file_is_read_with_all_digits_of_its_numbers(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(
        '[{"gateway": "*", "country": "NL", "price": 0.0812}, {"price": "0.01", "country": "US", "gateway": "*"}]'
    )

    assert listed(str(path)) == {("*", "NL"): 81_200, ("*", "US"): 10_000}


def test_the_document_itself_is_taken_too():
    """`OTP_PRICES_FILE`, as every `<NAME>_FILE`, passes the content of the file."""
    assert listed(CSV) == listed(CSV.replace("\n", "\r\n"))
    assert listed('[{"gateway": "*", "country": "NL", "price": 0}]') == {("*", "NL"): 0}


def test_comments_empty_lines_and_spaces_are_skipped():
    assert listed("# ours\ngateway, country, price\n\n  # more\n * , NL , 0.08\n") == {("*", "NL"): 80_000}


def test_the_example_is_a_valid_table():
    assert listed(str(EXAMPLE))["*", "NL"] == 80_000


def test_more_digits_than_six_are_rounded_up():
    assert listed(csv("*,NL,0.0000001")) == {("*", "NL"): 1}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (",NL,0.08", "line 3 has no gateway; write * for any"),
        ("*,,0.08", "line 3 has no country; write * for any"),
        ("*,NL,", "line 3 has no price; write * for any"),
        ("*,UK,0.08", "line 3 names no country: UK (use GB); write two capital letters"),
        ("*,nl,0.08", "line 3 names no country: nl; write two capital letters"),
        ("*,Netherlands,0.08", "line 3 names no country: …; write two capital letters"),
        ("*,001,0.08", "line 3 names no country: 001; write two capital letters"),
        ("Twilio,NL,0.08", "line 3 has no valid gateway; write its name in lower case"),
        ("*,NL,-0.08", "line 3 has a negative price"),
        ("*,NL,0,08", "line 3 has 4 columns; write gateway,country,price, and a price with a decimal point"),
        ('*,NL,"0,08"', "line 3 has a price with a comma; write a decimal point"),
        ("*,NL,€0.08", "line 3 has no price; write a number like 0.0812"),
        ("*,NL,1e3", "line 3 has no price; write a number like 0.0812"),
        ("*,NL,٣", "line 3 has no price; write a number like 0.0812"),
        ("*,NL,100001", "line 3 has an absurd price"),
        ("*,NL,10000000", "line 3 has no price; write a number like 0.0812"),
        ("*,BE,0.08", "line 3 repeats line 2; keep one of them"),
        ("*,NL", "line 3 has 2 columns; write gateway,country,price"),
        ('*,NL,"0.08', "line 3 is not valid CSV; look for a missing quotation mark"),
    ],
)
def test_a_wrong_line_is_named_with_its_fix(line, error):
    assert error_of(csv("*,BE,0.09", line)).startswith(error)


def test_a_price_a_hundred_times_the_others_lacks_its_decimal_point():
    assert error_of(csv("*,NL,0.08", "*,BE,0.09", "*,FR,9.1")).startswith("line 4 has an absurd price, over 100 times")
    assert listed(csv("*,NL,0.08", "*,BE,0.09", "*,ID,0.9"))


def test_all_errors_are_named_up_to_five():
    error = error_of(csv(*["*,NL,x"] * 7))

    assert [f"line {line} has no price" in error for line in range(2, 8)] == [True] * 5 + [False]
    assert error.endswith("; and 2 more errors")


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ("gateway;country;price\n*;NL;0.08\n", "line 1 must name the columns; write gateway,country,price"),
        ("country,gateway,price\nNL,*,0.08\n", "line 1 must name the columns"),
        ("gateway,country,price,currency\n*,NL,0.08,EUR\n", "line 1 must name the columns"),
        ("\n# ours\n*,NL,0.08\n", "line 3 must name the columns"),
        ("gateway,country,price\n", "the file has no price"),
        (" \n", "the file is empty"),
        ("", "it is not the path of a readable CSV or JSON file"),
    ],
)
def test_a_table_without_its_columns_or_rows_is_refused(head, error):
    assert error_of(head).startswith(error)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ('[{"gateway": "*", "country": "NL", "price": 0.08},]', "it is not valid JSON at line 1, column 51"),
        ("[1]", "line 1 must have the fields gateway, country, price, each once"),
        ('[{"gateway": "*", "country": "NL"}]', "line 1 must have the fields"),
        ('[{"gateway": "*", "country": "NL", "price": 1, "price": 1}]', "line 1 must have the fields"),
        ('[{"gateway": "*", "country": "NL", "price": 1, "currency": "EUR"}]', "line 1 must have the fields"),
        ('[{"gateway": "*", "country": "NL", "price": true}]', "line 1 must have a text, or a number as the price"),
        ('[{"gateway": "*", "country": "NL", "price": null}]', "line 1 has no price"),
        ('[{"gateway": "*", "country": "NL", "price": NaN}]', "line 1 has no price"),
        ('[{"gateway": "*", "country": "NL", "price": -1}]', "line 1 has a negative price"),
        ("[" * 100_000, "it is not valid JSON"),
    ],
)
def test_a_wrong_json_document_is_refused(document, error):
    assert error_of(document).startswith(error)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xef\xbb\xbf" + CSV.encode(), "line 1 begins with a byte order mark; save the file as UTF-8 without one"),
        (CSV.encode() + b"*,DE,0.\xff\n", "line 5 is not UTF-8"),
        (CSV.encode("utf-16"), "line 1 is not UTF-8"),
        (b"#" * 1_000_001, "the file has more than 1,000,000 bytes"),
        (b'{"NL": 0.08}', 'write a list like [{"gateway": "twilio"'),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, error):
    path = tmp_path / "prices"
    path.write_bytes(content)

    assert error_of(str(path)).startswith(error)


def test_a_path_that_is_none_is_refused(tmp_path):
    assert error_of(str(tmp_path / "absent.csv")).startswith("it is not the path of a readable CSV or JSON file")
    assert error_of(str(tmp_path)).startswith("it is not the path of a readable CSV or JSON file")


def test_a_file_of_secrets_that_is_named_by_mistake_is_not_quoted(tmp_path):
    path = tmp_path / ".env"
    path.write_text("OTP_SECRETS=k1:hunter2hunter2,b,c\ngateway,country,price\n")

    assert "hunter2" not in error_of(str(path))


def test_a_wrong_entry_of_a_json_list_is_named_by_its_line():
    document = """[
  {"gateway": "*", "country": "NL", "price": 0.08},

  {
    "gateway": "*", "country": "XX", "price": 0.08
  }, {"gateway": "*", "country": "NL", "price": -1}
]"""

    assert error_of(document).startswith(
        "line 4 names no country: XX; write two capital letters, like NL, or *; line 6"
    )


def test_without_any_gateway_a_table_of_production_is_read():
    """As in development, and by `otp guard replay`: a misspelt name has none to be compared with."""
    assert listed(csv("twilio,NL,0.09")) == {("twilio", "NL"): 90_000}


def test_a_gateway_that_is_not_configured_stops_the_start_with_its_line():
    with pytest.raises(BadSettings) as refusal:
        make_settings(prices=csv("inbox,NL,0.08", "twilio,NL,0.09"), gateways__vonage__api_key="key")

    assert refusal.value.sentences == [
        "OTP_PRICES (line 3) names twilio, which no OTP_GATEWAYS__… configures. Configure it, or remove the row."
    ]
