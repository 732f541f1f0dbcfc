"""Reports of which several come in one call, as lists that are separated by commas."""

from urllib.parse import urlencode

import pytest

from app.domain.errors import InvalidRequest
from app.domain.status import Status
from app.gateways.generic.report import read_reports
from app.gateways.generic.settings import HttpSettings
from tests.support.gateway_contract import TOKEN
from tests.support.report_contract import callback

SETTINGS = HttpSettings.model_validate(
    {
        "url": "https://api.example/send",
        "form": '{"to": "{to}", "text": "{text}"}',
        "id_at": "id",
        "report_token": TOKEN,
        "report_id_at": "?MsgId[,] | MsgId[,]",
        "report_reference_at": "?idx[,] | idx[,]",
        "report_status_at": "?status[,] | status[,]",
        "report_recipient_at": "?to",
        "report_statuses": '{"403": "sent", "404": "delivered"}',
    }
)


def read(**query):
    reports = read_reports(callback(query=query), SETTINGS)
    return [(report.vendor_id, report.reference, report.status) for report in reports]


def test_each_part_is_one_report():
    assert read(MsgId="1,2,3", idx="a,b,c", status="403,404,999") == [
        ("1", "a", Status.SENT),
        ("2", "b", Status.DELIVERED),
        ("3", "c", Status.UNKNOWN),
    ]


def test_a_form_is_split_like_a_query():
    call = callback(urlencode({"MsgId": "1,2", "status": "403,404"}).encode())

    assert [report.vendor_id for report in read_reports(call, SETTINGS)] == ["1", "2"]


def test_a_single_report_is_a_list_of_one():
    assert read(MsgId="1", status="404") == [("1", "", Status.DELIVERED)]


def test_a_missing_list_is_empty_for_each_report():
    assert read(MsgId="1,2", status="403,404") == [("1", "", Status.SENT), ("2", "", Status.DELIVERED)]


def test_a_value_that_is_no_list_belongs_to_each_report():
    reports = read_reports(callback(query={"MsgId": "1,2", "status": "403,404", "to": "+316, 123"}), SETTINGS)

    assert [report.recipient for report in reports] == ["316123", "316123"]


@pytest.mark.parametrize(
    ("ids", "statuses", "read_ids"),
    [("1,,3", "403,404,404", ["1", "3"]), ("1,2,", "403,404,", ["1", "2"]), ("1,2", "403,", ["1"])],
    ids=["an id", "the last", "a status"],
)
def test_an_empty_part_is_skipped_and_does_not_move_the_others(ids, statuses, read_ids):
    assert [id for id, _, _ in read(MsgId=ids, status=statuses)] == read_ids


@pytest.mark.parametrize(
    "query",
    [
        {"MsgId": "1,2,3", "status": "403,404"},
        {"MsgId": "1,2", "status": "404"},
        {"MsgId": "1", "status": "403,404"},
        {"MsgId": "1,2", "status": "403,404", "idx": "a"},
        {"MsgId": ",,", "status": ",,"},
        {"MsgId": "", "status": ""},
        {},
    ],
    ids=urlencode,
)
def test_lists_that_do_not_match_are_rejected(query):
    """A status must never be given to another SMS; and the vendor must notice, or every report would be lost."""
    with pytest.raises(InvalidRequest):
        read(**query)


def test_more_than_1000_reports_are_rejected():
    with pytest.raises(InvalidRequest):
        read(MsgId=",".join("1" * 1001), status=",".join(["404"] * 1001))


def test_lists_of_the_query_are_not_multiplied_by_the_entries_of_a_body():
    """A thousand parts in the query and a hundred thousand entries in the body would make a hundred million reports."""
    query = {"MsgId": ",".join("1" * 1000), "status": ",".join(["404"] * 1000)}

    with pytest.raises(InvalidRequest):
        read_reports(callback(b"[" + b"{}," * 100_000 + b"{}]", query=query), SETTINGS)
