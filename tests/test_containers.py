"""The container files hold what they promise, read as text; and, when asked for, on a real engine."""

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


def test_all_stages_stand_in_the_map_on_one_python_of_a_minor_version():
    bases, stages = zip(*re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE), strict=True)

    assert [line[2:].split()[0] for line in DOCKERFILE.splitlines()[: len(stages)]] == list(stages)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim", bases[0])


def test_every_package_comes_from_a_lock_with_its_hash():
    """What is left is our own code, built by what the lock has brought."""
    installs = re.findall(r"pip (?:install|wheel) [^&\n]+", DOCKERFILE.replace("\\\n", ""))

    assert len(installs) == 4
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install


def test_the_image_runs_as_nobody_special_and_hears_signals():
    """A user by number, so that a cluster can see that it is not root; no shell between it and SIGTERM."""
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", values("USER")[-1])
    assert json.loads(values("CMD")[-1])[:2] == ["otp", "serve"]
    assert not values("ENTRYPOINT")
    assert "/livez" in DOCKERFILE.partition("HEALTHCHECK")[2]


def test_no_settings_and_no_secrets_get_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        name for copied in values("COPY") if "--from" not in copied for name in copied.split()[:-1]
    }
    assert "OTP_" not in DOCKERFILE
    assert "OTP_" not in json.dumps(COMPOSE)


def test_nothing_is_published_but_the_api():
    """And that on this machine only, until somebody says otherwise."""
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api"}
    assert SERVICES["api"]["ports"] == ["${LISTEN:-127.0.0.1:8000}:8000"]
    assert SERVICES["redis"]["networks"] == ["store"]
    assert COMPOSE["networks"]["store"]["internal"]


def test_a_proxy_in_front_of_the_containers_is_trusted():
    """On this machine it calls from their network too; were it a stranger, all who come by it would be one person."""
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]

    assert network["subnet"] in dotenv_values(EXAMPLE)["OTP_TRUSTED_PROXIES"].split(",")


def test_our_containers_can_do_nothing_but_their_work():
    for service in OURS:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["env_file"] == ".env"
        assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}
        assert "container_name" not in service  # or it could not be scaled


def test_redis_keeps_and_never_evicts():
    command = " ".join(SERVICES["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--dir /data" in command
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    assert re.fullmatch(r"redis:\d+\.\d+-alpine", SERVICES["redis"]["image"])


def test_the_example_refuses_to_start_until_init_has_drawn_secrets():
    """Only that: whatever else is in it passes."""
    with pytest.raises(BadSettings) as caught:
        load_settings({}, EXAMPLE)

    assert [sentence.split()[0] for sentence in caught.value.sentences] == [
        "OTP_SECRETS",
        "OTP_NAME_SECRET",
        "OTP_APPS",
    ]
    assert all("Run `otp init`" in sentence for sentence in caught.value.sentences)


def test_the_example_and_init_name_the_same_settings(tmp_path):
    """A comment stands over each line of the example, or over the one before it."""
    written = tmp_path / "written"
    subprocess.run([sys.executable, "-m", "app.cli", "init", "--file", written], cwd=ROOT, check=True)

    example, drawn = dotenv_values(EXAMPLE), dotenv_values(written)
    assert set(example) - {"LISTEN"} == set(drawn)
    for name in ("OTP_TRUSTED_PROXIES", "OTP_LIMIT_SENDS_PER_APP"):
        assert example[name] == drawn[name]
    for block in EXAMPLE.read_text().strip().split("\n\n"):
        assert block.startswith("#")


@pytest.fixture
def container(request):
    """The image, built and run as strictly as docker-compose.yml does, with the developer's inbox inside."""
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
def test_a_code_lives_in_a_container_that_ends_when_it_is_asked_to(container):
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
    assert call(f"{url}/otp-form/nl.json")["send"]  # and the form's words
    code = re.search(r"\d{6}", sms[0]["text"])[0]
    proof = call(f"{url}/v1/verify-code", phone_number="+31612345678", code=code)["proof"]
    assert [call(f"{url}/v1/proofs/redeem", proof=proof)["active"] for _ in range(2)] == [True, False]

    said("docker", "stop", container)
    assert said("docker", "inspect", "--format", "{{.State.ExitCode}}", container) == "0"


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def call(url, **body):
    headers = {"Authorization": "Bearer sk_dev", "Content-Type": "application/json"}
    ask = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)  # noqa: S310  our own address
    with urllib.request.urlopen(ask, timeout=5) as answer:  # noqa: S310  our own address
        return json.load(answer)
