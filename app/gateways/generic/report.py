"""Read a vendor's delivery reports as the settings describe them."""

from collections.abc import Mapping
from functools import partial

from app.domain.message import Callback, Report
from app.domain.status import Reason, Status
from app.gateways.generic.json_path import ResponseParts, find, walk
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.report_parsing import make_report, read_each, read_json_or_form, unreadable_report


def read_reports(call: Callback, settings: ReportSettings) -> list[Report]:
    """Read the reports of a call, in JSON, a form or a query; raises `InvalidRequest`."""
    return read_each(_entries(call, settings.report_list_at), partial(_read, query=call.query, settings=settings))


def _entries(call: Callback, list_at: str) -> list[object]:
    """Return the entries of a call; a query alone is one entry without fields."""
    entries = read_json_or_form(call.body)
    if not list_at:
        return entries
    lists = [inner for entry in entries if isinstance(inner := walk(list_at, entry), list)]
    if not lists:  # the setting is wrong, or the vendor's format has changed: both must be noticed
        raise unreadable_report()
    return [entry for inner in lists for entry in inner]


def _read(entry: Mapping[str, object], *, query: Mapping[str, str], settings: ReportSettings) -> Report | None:
    """Read one entry; None if it identifies no SMS or has no status."""
    parts = ResponseParts(entry, query=query)
    vendor_id, reference = find(settings.report_id_at, parts), find(settings.report_reference_at, parts)
    word = find(settings.report_status_at, parts)
    error = settings.report_errors.get(find(settings.report_error_at, parts).lower())
    return make_report(
        vendor_id=vendor_id or reference,
        status=Status(settings.report_statuses.get(word.lower(), Status.UNKNOWN)),
        word=word,
        reason=Reason(error) if error else None,
        reference=reference,
        recipient=find(settings.report_recipient_at, parts),
    )
