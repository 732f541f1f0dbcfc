"""Write the table of limits as `limit_check.lua` reads it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import orjson

from app.domain.app import App
from app.domain.callers import DEVICES, EVERYONE, NOT_DEVICES, CallerKind
from app.domain.limit import Limit
from app.domain.limit_entry import Counted, Fact, LimitEntry, Unit
from app.domain.limits import Limits
from app.store.keyspace import Keyspace

SENDS_WITHOUT_ADDRESS = "sends_without_client_ip"
"""The name of the windows that count, for the log and `otp doctor`, what keys without `client_ip` spend."""

_Rules = Iterable[tuple[int, int]]


def limits_fact(app: App, key: Keyspace, *counted: Counted, callers: frozenset[CallerKind] = EVERYONE) -> bytes:
    """Write the limits of an app that count this, for these kinds of caller, and are not off."""
    return _write(app.policy.limits, app.name, key, counted, callers)


@cache  # a few entries for each app; settings do not change
def _write(
    limits: Limits, app: str, key: Keyspace, counted: tuple[Counted, ...], callers: frozenset[CallerKind]
) -> bytes:
    windows = [
        window
        for entry, limit in limits.of(*counted)
        if not limit.is_off
        for window in _windows(entry, limit, app, key)
        if set(window.get("callers", "").split() or callers) & callers
    ]
    return orjson.dumps(windows) if windows else b""


def _windows(entry: LimitEntry, limit: Limit, app: str, key: Keyspace) -> Iterator[dict[str, Any]]:
    """Describe the windows of one limit."""
    if entry.device_key:
        yield from _number_windows(entry, limit, app, key)
    else:
        own = (app,) if entry.fact is Fact.NUMBER and entry.is_per_app else ()
        yield _window(entry, key(entry.key, *own, ""), limit.rules, entry.callers)
    for share in entry.shares:
        rules = share.rules(limit)
        window = _window(entry, key(share.key, ""), [*rules, *share.hourly_rules(limit)], share.callers)
        yield {name: value for name, value in window.items() if name != "is_warned"} | {"share_rules": len(rules)}
    if entry.shares:
        rules_of_key = _window(entry, key("key_sends", ""), limit.rules, EVERYONE - {CallerKind.STRANGER})
        yield rules_of_key | {"name": SENDS_WITHOUT_ADDRESS, "fact": "key_without_address", "is_counted_only": True}


def _number_windows(entry: LimitEntry, limit: Limit, app: str, key: Keyspace) -> Iterator[dict[str, Any]]:
    """Describe the windows of a number: of an app and over all apps, for known devices and for all others."""
    for prefix, callers in ((entry.key, NOT_DEVICES), (entry.device_key, DEVICES)):
        yield _window(entry, key(prefix, app, ""), limit.rules, callers)
        yield _window(entry, key(prefix, ""), limit.times(entry.all_apps_factor).rules, callers)


def _window(entry: LimitEntry, prefix: str, rules: _Rules, callers: frozenset[CallerKind]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": entry.name,
        "fact": entry.fact,
        "prefix": prefix,
        "rules": [part for count, seconds in rules for part in (count, seconds * 1000)],
    }
    if callers != EVERYONE:
        fields["callers"] = " ".join(sorted(callers))
    if entry.proven_factor > 1:
        fields["proven_factor"] = entry.proven_factor
    flags = {"is_refunded": entry.is_refunded, "is_warned": entry.is_warned}
    flags |= {"is_test": entry.counts is Counted.TEST_SENDS, "is_money": entry.unit is Unit.MONEY}
    return fields | {name: True for name, is_set in flags.items() if is_set}
