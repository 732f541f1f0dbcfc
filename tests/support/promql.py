"""Finds what is wrong with a PromQL expression: its syntax, and names that the table of metrics does not have."""

import re
from importlib import import_module
from pkgutil import iter_modules

import promql_parser
from promql_parser import AggModifierType, AggregateExpr, BinaryExpr, MatchOp, VectorSelector

from app import api
from app.compat.camara.routes import camara_facade
from app.compat.twilio.routes import twilio_facade
from app.domain.delivery_attempt import Outcome
from app.domain.events import EVENT_TYPES
from app.domain.limits import LIMITS
from app.domain.status import Reason, Status
from app.http.problems import STATUS_OF
from app.metrics.families import REGISTRY, Timed
from app.metrics.table import METRICS
from tests.support import camara_facade as camara
from tests.support.builders import make_settings
from tests.support.twilio_facade import apps_json

# What Prometheus adds to each series, and the series that it writes itself.
_TARGET = {"job", "instance"}
_OF_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}
_WITHOUT_ROUTE = "-"


def _routes():
    """Return the values of the label `route` that the JSON API and the facades have."""
    modules = [import_module(f"app.api.{module.name}") for module in iter_modules(api.__path__)]
    paths = {route.path for module in modules if hasattr(module, "router") for route in module.router.routes}
    facades = [twilio_facade(make_settings(apps=apps_json())), camara_facade(make_settings(apps=camara.apps_json()))]
    return paths | {route.path for facade in facades for route in facade.mount.routes} | {_WITHOUT_ROUTE}


def _series():
    """Return the labels of each series that a scrape reads, by its name."""
    series = {name: labels | _TARGET for name, labels in _OF_PROMETHEUS.items()}
    for metric in METRICS:
        labels = {*metric.labels, *_TARGET}
        if isinstance(metric, Timed):
            series |= {f"{metric.name}_sum": labels, f"{metric.name}_count": labels}
            series[f"{metric.name}_bucket"] = labels | {"le"}
        else:
            series[metric.name] = labels
    samples = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    return series | {name: _TARGET for name in samples if name.startswith("process_")}


def _values():
    """Return the values of the labels that have a closed set, by metric and label."""
    words = {metric.name: set(re.findall(r"`(\w+)`", metric.meaning)) for metric in METRICS}
    return {
        ("otp_http_requests_total", "route"): _routes(),
        ("otp_http_requests_total", "code"): {error.code for error in STATUS_OF},
        ("otp_http_request_seconds", "route"): _routes(),
        ("otp_delivery_attempts_total", "outcome"): set(Outcome),
        ("otp_delivery_attempts_total", "reason"): set(Reason),
        ("otp_messages_total", "status"): set(Status),
        ("otp_limit_hits_total", "limit"): {entry.name for entry in LIMITS},
        ("otp_queue_jobs", "queue"): words["otp_queue_jobs"],
        ("otp_queue_oldest_seconds", "queue"): words["otp_queue_jobs"],
        ("otp_events_total", "type"): {type.name for type in EVENT_TYPES},
        **{
            (f"otp_{name}_total", "outcome"): words[f"otp_{name}_total"]
            for name in ("verifications", "checks", "reports", "events")
        },
    }


SERIES = _series()
VALUES = _values()


def selectors_in(expression):
    """Return the selectors of a parsed expression."""
    found = []
    promql_parser.walk(expression, lambda node: found.append(node) if isinstance(node, VectorSelector) else None)
    return found


def labels_in(text):
    """Return the labels of all series that an expression selects."""
    return set().union(*(SERIES[selector.name] for selector in selectors_in(promql_parser.parse(text))))


def mistakes_in(text):
    """List the mistakes of an expression, each in a few words; an empty list for a right one."""
    try:
        expression = promql_parser.parse(text)
    except ValueError as error:
        return [str(error)]
    nodes = []
    promql_parser.walk(expression, nodes.append)
    mistakes = []
    for node in nodes:
        if isinstance(node, VectorSelector):
            mistakes += _mistakes_of_selector(node)
        else:
            mistakes += [
                f"{selector.name} has no label {label}"
                for selector in selectors_in(node)
                for label in _grouping_labels(node)
                if label not in SERIES.get(selector.name, {label})
            ]
    return mistakes


def _mistakes_of_selector(selector):
    if selector.name not in SERIES:
        return [f"{selector.name} is no metric"]
    mistakes = []
    for matcher in selector.matchers.matchers:
        metric = re.sub("_(bucket|sum|count)$", "", selector.name)
        known = VALUES.get((metric, matcher.name))
        if matcher.name not in SERIES[selector.name]:
            mistakes.append(f"{selector.name} has no label {matcher.name}")
        elif known is not None and matcher.value:
            is_pattern = matcher.op in (MatchOp.Re, MatchOp.NotRe)
            patterns = matcher.value.split("|") if is_pattern else [re.escape(matcher.value)]
            unmatched = [one for one in patterns if not any(re.fullmatch(one, value) for value in known)]
            mistakes += [f"no {matcher.name} of {selector.name} is {pattern}" for pattern in unmatched]
    return mistakes


def _grouping_labels(node):
    """Return the labels of `by (…)` and `on (…)`."""
    match node:
        case AggregateExpr(modifier=modifier) if modifier and modifier.type == AggModifierType.By:
            return modifier.labels
        case BinaryExpr(modifier=modifier) if modifier and modifier.matching:
            return modifier.matching.labels
        case _:
            return []
