"""Each expression of the alerts and the dashboard is valid PromQL, and names only what the metrics have."""

import pytest

from app.metrics.table import METRICS
from tests.support.monitoring import ALERTS, DASHBOARD, QUERIES, as_grafana_sends
from tests.support.promql import mistakes_in

WRONG = {
    "sum(otp_dead_letters": "unclosed left parenthesis",
    "rate(otp_dead_letters)": "expected type matrix",
    "otp_dead_letter": "otp_dead_letter is no metric",
    "otp_handover_seconds": "otp_handover_seconds is no metric",
    "otp_dead_letters_bucket": "otp_dead_letters_bucket is no metric",
    'otp_dead_letters{gateway="x"}': "otp_dead_letters has no label gateway",
    'otp_handover_seconds_count{le="1"}': "otp_handover_seconds_count has no label le",
    "sum by (country) (otp_dead_letters)": "otp_dead_letters has no label country",
    "up / on (queue) otp_dead_letters": "up has no label queue",
    'otp_messages_total{status="lost"}': "no status of otp_messages_total is lost",
    'otp_messages_total{status=~"sent|lost"}': "no status of otp_messages_total is lost",
    'otp_http_requests_total{route="/v1/request"}': "no route of otp_http_requests_total is /v1/request",
    'otp_limit_hits_total{limit!~".+_per_planet"}': "no limit of otp_limit_hits_total is .+_per_planet",
}


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_valid(alert):
    assert mistakes_in(ALERTS[alert]["expr"]) == []


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_of_a_panel_is_valid(query):
    assert mistakes_in(as_grafana_sends(QUERIES[query])) == []


def test_each_query_of_an_annotation_is_valid():
    assert [mistakes_in(one["expr"]) for one in DASHBOARD["annotations"]["list"]] == [[]]


@pytest.mark.parametrize(("expression", "mistake"), WRONG.items())
def test_a_mistake_is_found(expression, mistake):
    assert any(mistake in found for found in mistakes_in(expression))


def test_each_metric_is_on_the_dashboard():
    shown = " ".join(QUERIES.values())

    assert [metric.name for metric in METRICS if metric.name not in shown] == []
