"""Prometheus, Grafana and docker-compose.yml fit together: targets, paths, intervals, privileges."""

import re

import pytest
import yaml

from tests.support.monitoring import DASHBOARD, FOLDER, PROMETHEUS
from tests.support.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
GRAFANA = FOLDER / "grafana" / "provisioning"
(SOURCE,) = yaml.safe_load((GRAFANA / "datasources" / "prometheus.yml").read_text())["datasources"]
(PROVIDER,) = yaml.safe_load((GRAFANA / "dashboards" / "otp.yml").read_text())["providers"]
(JOB,) = PROMETHEUS["scrape_configs"]


def mounts(service):
    """Return the paths of a container, and the files or volumes that are mounted on them."""
    return {path: source for source, path, *_ in (volume.split(":") for volume in SERVICES[service]["volumes"])}


def test_prometheus_reads_every_process_of_ours():
    """By the port that docker-compose.yml sets; each of these containers runs one process."""
    (targets,) = JOB["dns_sd_configs"]
    ours = {name for name, service in SERVICES.items() if service["image"] == "otp"}

    assert set(targets["names"]) == ours
    assert {SERVICES[name]["environment"]["OTP_METRICS_PORT"] for name in ours} == {targets["port"]}
    assert all("--processes" not in SERVICES[name].get("command", []) for name in ours)


def test_the_job_has_the_name_that_alerts_and_panels_select():
    assert JOB["job_name"].startswith("otp")


def test_prometheus_finds_its_configuration_and_rules():
    path = next(word for word in SERVICES["prometheus"]["command"] if word.startswith("--config.file="))

    assert path == "--config.file=/etc/prometheus/prometheus.yml"
    assert ROOT / mounts("prometheus")["/etc/prometheus"] == FOLDER
    assert all((FOLDER / file).exists() for file in PROMETHEUS["rule_files"])


def test_grafana_finds_prometheus_and_the_dashboard():
    paths = mounts("grafana")

    assert SOURCE["url"] == "http://prometheus:9090"
    assert SOURCE["uid"] == DASHBOARD["templating"]["list"][0]["current"]["value"]
    for part in ("datasources", "dashboards"):
        assert ROOT / paths[f"/etc/grafana/provisioning/{part}"] == GRAFANA / part
    assert ROOT / paths[PROVIDER["options"]["path"]] == FOLDER / "grafana" / "dashboards"
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{PROVIDER['options']['path']}/otp.json"


def test_grafana_knows_the_interval_of_the_scrapes():
    """It chooses the windows of rates by it: `$__rate_interval`."""
    assert SOURCE["jsonData"]["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]


def test_grafana_does_not_start_without_a_password():
    """By default its password would be a well-known one; and without the profile, none is needed."""
    environment = SERVICES["grafana"]["environment"]

    assert environment["GF_SECURITY_ADMIN_PASSWORD"] == "${GRAFANA_PASSWORD:-}"
    assert '[ -n "$$GF_SECURITY_ADMIN_PASSWORD" ] || {' in SERVICES["grafana"]["entrypoint"][-1]
    assert re.search(r"^GRAFANA_PASSWORD=$", (ROOT / ".env.example").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_both_start_only_with_the_profile_and_have_minimal_privileges(name):
    service = SERVICES[name]

    assert service["profiles"] == ["monitoring"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["networks"] == ["default"], "not Redis' network"
    assert service["healthcheck"]["test"]
    assert re.fullmatch(r"(prom/prometheus:v|grafana/grafana:)\d+\.\d+\.\d+", service["image"])
    assert all(volume.endswith(":ro") for volume in service["volumes"] if volume.startswith("."))
