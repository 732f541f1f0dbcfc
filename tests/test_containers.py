"""Dockerfile and compose file: rules checked on their text; test_running_containers.py runs them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from app.settings.load import BadSettings, load_settings

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = ROOT / ".env.example"
OURS = [SERVICES["api"], SERVICES["worker"]]


def values(instruction):
    return re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.MULTILINE)


def test_the_linters_find_nothing():
    for words in (
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    ):
        done = subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_all_stages_use_one_python_minor_version():
    bases, stages = zip(*re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE), strict=True)

    assert [line[2:].split()[0] for line in DOCKERFILE.splitlines()[: len(stages)]] == list(stages)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim", bases[0])


def test_every_package_is_locked_with_a_hash():
    """The rest is our own code, built with locked packages."""
    installs = re.findall(r"pip (?:install|wheel) [^&\n]+", DOCKERFILE.replace("\\\n", ""))

    assert len(installs) == 4
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install


def test_the_image_is_without_what_no_process_uses():
    assert "pip uninstall" in DOCKERFILE.partition(" AS final")[2]
    assert "geodata" in DOCKERFILE


def test_the_image_runs_unprivileged_and_receives_signals():
    """A numeric user, so that a cluster can verify that it is not root; no shell that swallows SIGTERM."""
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", values("USER")[-1])
    assert json.loads(values("CMD")[-1])[:2] == ["otp", "serve"]
    assert not values("ENTRYPOINT")
    assert "/livez" in DOCKERFILE.partition("HEALTHCHECK")[2]


def test_settings_and_secrets_stay_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        name for copied in values("COPY") if "--from" not in copied for name in copied.split()[:-1]
    }
    assert "OTP_" not in DOCKERFILE
    assert set(re.findall(r"OTP_\w+", json.dumps(OURS))) == {"OTP_METRICS_HOST", "OTP_METRICS_PORT"}
    assert all(service["environment"]["OTP_METRICS_HOST"] == "0.0.0.0" for service in OURS)  # noqa: S104  no port is published


def test_only_api_proxy_and_grafana_are_published():
    """On this machine only, unless LISTEN opens the API. Prometheus and the metrics are never published."""
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api", "grafana", "proxy"}
    assert all(port.startswith("0.0.0.0:") for port in SERVICES["proxy"]["ports"])  # IPv6 would hide addresses
    assert SERVICES["api"]["ports"] == ["${LISTEN:-127.0.0.1:8000}:8000"]
    assert SERVICES["grafana"]["ports"] == ["127.0.0.1:3000:3000"]
    assert SERVICES["redis"]["networks"] == ["store"]
    assert COMPOSE["networks"]["store"]["internal"]


def test_a_proxy_in_front_of_the_containers_is_trusted():
    """A proxy on this machine calls from their network; untrusted, all its clients would share one address."""
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]

    assert network["subnet"] in dotenv_values(EXAMPLE)["OTP_TRUSTED_PROXIES"].split(",")


def test_our_containers_have_minimal_privileges():
    for service in OURS:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["env_file"] == ".env"
        assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}
        assert "container_name" not in service  # or it could not be scaled


def test_a_worker_touches_the_file_that_its_health_check_reads():
    file = SERVICES["worker"]["command"][-1]

    assert SERVICES["worker"]["command"] == ["otp", "worker", "--heartbeat", file]
    assert file in SERVICES["worker"]["healthcheck"]["test"][-1]
    assert file.startswith("/tmp/")  # noqa: S108  the only folder that a container can write


def test_the_proxy_starts_only_with_its_profile_and_uses_every_api():
    proxy = SERVICES["proxy"]
    (folder,) = [volume.split(":")[0] for volume in proxy["volumes"] if volume.endswith(":ro")]
    text = (ROOT / folder).read_text()

    assert proxy["profiles"] == ["proxy"]
    assert proxy["read_only"]
    assert proxy["cap_drop"] == ["ALL"]
    assert proxy["cap_add"] == ["NET_BIND_SERVICE"]
    assert proxy["security_opt"] == ["no-new-privileges:true"]
    assert proxy["networks"] == ["default"], "not Redis' network"
    assert re.findall(r"\{\$(\w+)\}", text) == [*proxy["environment"]] == ["OTP_PUBLIC_URL"]
    assert "dynamic a api 8000" in text
    assert "request>uri delete" in text


def test_a_full_redis_refuses_before_the_engine_kills_it():
    """A snapshot needs room: two thirds, as docs/operating/redis.md says."""
    redis = SERVICES["redis"]
    command = " ".join(redis["command"])

    assert int(re.search(r"--maxmemory (\d+)mb", command)[1]) * 3 <= int(redis["mem_limit"].removesuffix("m")) * 2


def test_redis_persists_and_never_evicts():
    command = " ".join(SERVICES["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--dir /data" in command
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    assert re.fullmatch(r"redis:\d+\.\d+-alpine", SERVICES["redis"]["image"])


def test_the_example_env_starts_only_with_generated_secrets():
    """Everything else in it is valid."""
    with pytest.raises(BadSettings) as caught:
        load_settings({}, EXAMPLE)

    assert [sentence.split()[0] for sentence in caught.value.sentences] == [
        "OTP_SECRETS",
        "OTP_NAME_SECRET",
        "OTP_APPS",
    ]
    assert all("Run `otp init`" in sentence for sentence in caught.value.sentences)


def test_the_example_env_and_init_name_the_same_settings(tmp_path):
    """Each line of the example, or the line above, has a comment."""
    written = tmp_path / "written"
    words = ["-m", "app.cli", "init", "--brand", "Example", "--file", written]
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)

    example, drawn = dotenv_values(EXAMPLE), dotenv_values(written)
    assert set(example) - {"LISTEN", "GRAFANA_PASSWORD"} == set(drawn)
    for name in ("OTP_TRUSTED_PROXIES", "OTP_LIMIT_SENDS_PER_APP"):
        assert example[name] == drawn[name]
    for block in EXAMPLE.read_text().strip().split("\n\n"):
        assert block.startswith("#")
