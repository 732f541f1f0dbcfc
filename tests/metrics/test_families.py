"""Metrics: series are kept and bounded, and hold nothing personal."""

import re

from app.metrics.families import MAX_APPS, REGISTRY, Counted
from app.metrics.table import METRICS


def test_a_series_counts_what_was_counted():
    counted = Counted("otp_test_kept_total", "A test", "route")

    counted.count("/a")
    counted.count("/a")
    counted.count("/b")

    assert REGISTRY.get_sample_value("otp_test_kept_total", {"route": "/a"}) == 2
    assert counted["/a",] is counted["/a",]


def test_apps_beyond_the_first_fifty_share_one_series():
    counted = Counted("otp_test_apps_total", "A test", "app", "outcome")

    for number in range(MAX_APPS + 10):
        counted.count(f"app{number}", "right")

    series = {sample.labels["app"] for metric in counted.metric.collect() for sample in metric.samples}
    assert len(series) == MAX_APPS + 1
    assert REGISTRY.get_sample_value("otp_test_apps_total", {"app": "other", "outcome": "right"}) == 10


def test_an_app_among_the_first_fifty_keeps_its_series():
    counted = Counted("otp_test_first_total", "A test", "app")
    for number in range(MAX_APPS + 1):
        counted.count(f"app{number}")

    counted.count("app0")

    assert REGISTRY.get_sample_value("otp_test_first_total", {"app": "app0"}) == 2


def test_each_metric_has_a_name_of_its_kind_and_a_meaning():
    assert len({metric.name for metric in METRICS}) == len(METRICS) > 15
    for metric in METRICS:
        assert re.fullmatch("otp_[a-z_]+", metric.name)
        assert (metric.name.endswith("_total")) is isinstance(metric, Counted)
        assert metric.meaning[0].isupper() or metric.meaning[0].isdigit()
        assert not metric.meaning.endswith(".")
