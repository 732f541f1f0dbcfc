"""What a vendor's report means: which SMS, and where it stands."""

from collections.abc import Mapping
from functools import partial

from app.domain.message import Callback, Report
from app.domain.status import Reason, Status
from app.gateways.generic.json_path import ResponseParts, find, walk
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.report_parsing import make_report, read_each, read_form, read_json, unreadable_report


def read_reports(call: Callback, own: ReportSettings) -> list[Report]:
    """Read a call, whatever its form; raises `InvalidRequest`."""
    return read_each(_entries(call, own.report_list_at), partial(_read, query=call.query, own=own))


def _entries(call: Callback, list_at: str) -> list[object]:
    """Find what is reported; the form shows, whatever a header claims. A query alone is one entry without fields."""
    body = call.body.strip()
    entries: list[object] = [{}]
    if body:
        entries = read_json(body) if body[:1] in {b"[", b"{"} else [read_form(body)]
    if not list_at:
        return entries
    lists = [inner for entry in entries if isinstance(inner := walk(list_at, entry), list)]
    if not lists:  # the setting is wrong, or the vendor has changed: either should be seen
        raise unreadable_report()
    return [entry for inner in lists for entry in inner]


def _read(entry: Mapping[str, object], *, query: Mapping[str, str], own: ReportSettings) -> Report | None:
    """Read one entry; one that names no SMS or no status tells nothing."""
    said = ResponseParts(entry, query=query)
    vendor_id, reference = find(own.report_id_at, said), find(own.report_reference_at, said)
    word = find(own.report_status_at, said)
    if not (vendor_id or reference) or not word:
        return None
    error = own.report_errors.get(find(own.report_error_at, said).lower())
    return make_report(
        vendor_id=vendor_id or reference,
        status=Status(own.report_statuses.get(word.lower(), Status.UNKNOWN)),
        word=word,
        why=Reason(error) if error else None,
        reference=reference,
        recipient=find(own.report_recipient_at, said),
    )
