"""The `data` of an event, from the fields that a script wrote; its fields are those of the table in `events.py`.

That of a verification is what `GET /v1/verifications/{id}` showed at that moment, but for the number. A field that a
process of another version did not write is null.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from app.domain.events import Family

Data = dict[str, object]


def event_data(family: Family, fields: Mapping[str, str], phone_number: str | None) -> Data:
    """Return the `data` of an event; `phone_number` is as its endpoint may see it."""
    match family:
        case Family.VERIFICATION:
            return _verification(fields, phone_number)
        case Family.MESSAGE:
            return _message(fields, phone_number)
        case Family.LIMIT:
            return {
                "limit": fields.get("limit"),
                "app": fields.get("app"),
                "country": fields.get("country"),
                "share": int(fields["percent"]) / 100 if "percent" in fields else None,
                "window_ends_at": write_time(fields.get("ends")),
            }
        case Family.WATCH:
            counts = {name: _number(fields, name) for name in ("failed", "checked")}
            return {"app": fields.get("app"), **counts}
        case Family.GUARD:
            return _guard(fields)


def _guard(fields: Mapping[str, str]) -> Data:
    return {
        "app": fields.get("app"),
        "decision": fields.get("decision"),
        "mode": fields.get("mode"),
        "country": fields.get("country"),
        "block": fields.get("block") or None,
        "evidence": fields.get("evidence", "").split(","),
        "count": _number(fields, "count"),
    }


def write_time(milliseconds: str | int | None) -> str | None:
    """Write a time as the API does: in whole seconds, RFC 3339; None for none and for 0."""
    at = int(milliseconds or 0) // 1000
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _verification(fields: Mapping[str, str], phone_number: str | None) -> Data:
    return {
        "verification_id": fields.get("verification"),
        "status": fields.get("state"),
        "phone_number": phone_number,
        "purpose": fields.get("purpose"),
        "reference": fields.get("reference"),
        "created_at": write_time(fields.get("created")),
        "expires_at": write_time(fields.get("expires")),
        "ended_at": write_time(fields.get("ended")),
        "attempts_left": _number(fields, "attempts"),
        "sends_left": _number(fields, "sends"),
        "sends": _sends(fields),
    }


def _sends(fields: Mapping[str, str]) -> list[Data]:
    """Group the messages by send, in the order in which they were opened."""
    times = sorted((int(name[5:]), at) for name, at in fields.items() if name.startswith("send:"))
    messages: dict[int, dict[str, str]] = {}
    for name, value in fields.items():
        place, colon, field = name.partition(":")
        if colon and place[:1] == "m" and place[1:].isdecimal():
            messages.setdefault(int(place[1:]), {})[field] = value
    ordered = [message for _, message in sorted(messages.items())]
    return [
        {
            "at": write_time(at),
            "messages": [_sent_message(message) for message in ordered if message.get("send") == str(number)],
        }
        for number, at in times
    ]


def _sent_message(message: Mapping[str, str]) -> Data:
    history = [line.split(" ", 2) for line in message.get("history", "").split("\n") if line.count(" ") > 1]
    return {
        "message_id": message.get("id"),
        "gateway": message.get("gateway"),
        "status": message.get("status"),
        "reason": message.get("reason"),
        "segments": _number(message, "segments"),
        "price": message.get("price"),
        "history": [{"at": write_time(at), "status": status, "word": word} for at, status, word in history],
    }


def _message(fields: Mapping[str, str], phone_number: str | None) -> Data:
    return {
        "message_id": fields.get("message"),
        "verification_id": fields.get("verification"),
        "purpose": fields.get("purpose"),
        "gateway": fields.get("gateway"),
        "status": fields.get("status"),
        "reason": fields.get("reason"),
        "segments": _number(fields, "segments"),
        "price": fields.get("price"),
        "phone_number": phone_number,
        "reference": fields.get("reference"),
    }


def _number(fields: Mapping[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None
