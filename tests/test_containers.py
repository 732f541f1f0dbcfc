"""Dockerfile and compose file: rules checked on their text, and behind a marker on a real Docker engine."""

import json
import re
import subprocess
import sys
import time
import urllib.request
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
    assert set(re.findall(r"OTP_\w+", json.dumps(COMPOSE))) == {"OTP_METRICS_HOST", "OTP_METRICS_PORT"}
    assert all(service["environment"]["OTP_METRICS_HOST"] == "0.0.0.0" for service in OURS)  # noqa: S104  no port is published


def test_only_the_api_and_grafana_are_published():
    """On this machine only, unless LISTEN opens the API. Prometheus and the metrics are never published."""
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api", "grafana"}
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


@pytest.fixture
def container(request):
    """Build the image and run it as strictly as docker-compose.yml, with the developer's inbox."""
    if request.config.option.markexpr != "containers":
        pytest.skip("builds an image: asked for with -m containers")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers")
    subprocess.run(["docker", "build", "--quiet", "--tag", "otp-test", ROOT], check=True)
    strict = ["--read-only", "--cap-drop", "ALL", "--env", "OTP_ENV=development", "--publish", "127.0.0.1::8000"]
    name = subprocess.run(
        ["docker", "run", "--detach", *strict, "otp-test"], capture_output=True, text=True, check=True
    )
    name = name.stdout.strip()
    yield name
    subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=True)


@pytest.mark.containers
def test_a_container_serves_a_whole_verification_and_stops_on_sigterm(container):
    url = "http://" + said("docker", "port", container, "8000/tcp").splitlines()[0]
    until = time.monotonic() + 30
    while said("docker", "inspect", "--format", "{{.State.Health.Status}}", container) != "healthy":
        assert time.monotonic() < until
        time.sleep(0.5)

    call(f"{url}/v1/request-code", phone_number="+31612345678")
    while not (sms := call(f"{url}/dev/inbox/messages?to=%2B31612345678")):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "is uw code" in sms[0]["text"]  # the catalogues are in the image,
    assert call(f"{url}/otp-form/nl.json")["send"]  # and the form's words,
    with urllib.request.urlopen(f"{url}/static/swagger-ui-bundle.js", timeout=5) as script:  # noqa: S310  our own address
        assert script.read()  # and the reference page's
    code = re.search(r"\d{6}", sms[0]["text"])[0]
    proof = call(f"{url}/v1/verify-code", phone_number="+31612345678", code=code)["proof"]
    assert [call(f"{url}/v1/proofs/redeem", proof=proof)["active"] for _ in range(2)] == [True, False]

    said("docker", "stop", container)
    assert said("docker", "inspect", "--format", "{{.State.ExitCode}}", container) == "0"


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def call(url, **body):
    headers = {"Authorization": "Bearer sk_dev", "Content-Type": "application/json"}
    request_code = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)  # noqa: S310  our own address
    with urllib.request.urlopen(request_code, timeout=5) as answer:  # noqa: S310  our own address
        return json.load(answer)
