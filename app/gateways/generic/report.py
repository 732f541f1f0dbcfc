"""Read a vendor's delivery reports as the settings describe them."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice

from app.domain.message import Callback, Report
from app.domain.status import Reason, Status
from app.gateways.generic.json_path import ResponseParts, find, find_list, walk
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.report_parsing import make_report, read_each, read_json_or_form, unreadable_report

_TOO_MANY = 1001  # reports; `read_each` refuses so many


def read_reports(call: Callback, settings: ReportSettings) -> list[Report]:
    """Read the reports of a call, in JSON, a form or a query; raises `InvalidRequest`."""
    entries = _entries(call, settings.report_list_at)
    reports = (report for entry in entries for report in _split(entry, call.query, settings))
    return read_each(list(islice(reports, _TOO_MANY)), partial(_read, settings=settings))


def _entries(call: Callback, list_at: str) -> list[object]:
    """Return the entries of a call; a query alone is one entry without fields."""
    entries = read_json_or_form(call.body)
    if not list_at:
        return entries
    lists = [inner for entry in entries if isinstance(inner := walk(list_at, entry), list)]
    if not lists:  # the setting is wrong, or the vendor's format has changed: both must be noticed
        raise unreadable_report()
    return [entry for inner in lists for entry in inner]


def _split(entry: object, query: Mapping[str, str], settings: ReportSettings) -> Iterator[object]:
    """Yield the values of each report in an entry: of one, or of as many as its lists are long.

    A value that is no list belongs to each of the reports. Lists of different lengths cannot be matched with each
    other, so none of their reports is read.
    """
    if not isinstance(entry, dict):
        yield entry
        return
    parts = ResponseParts(entry, query=query)
    values = {name: find(path, parts) for name, path in settings.report_paths.items()}
    lists = {name: items for name, path in settings.report_paths.items() if (items := find_list(path, parts))}
    lengths = {len(items) for items in lists.values()}
    if len(lengths) > 1:
        yield None
        return
    for index in range(max(lengths, default=1)):
        yield values | {name: items[index] for name, items in lists.items()}


def _read(values: Mapping[str, object], *, settings: ReportSettings) -> Report | None:
    """Read one report; None if it identifies no SMS or has no status."""
    vendor_id, reference, word = str(values["id"]), str(values["reference"]), str(values["status"])
    reason = settings.report_errors.get(str(values["error"]).lower())
    return make_report(
        vendor_id=vendor_id or reference,
        status=Status(settings.report_statuses.get(word.lower(), Status.UNKNOWN)),
        word=word,
        reason=Reason(reason) if reason else None,
        reference=reference,
        recipient=str(values["recipient"]),
    )
