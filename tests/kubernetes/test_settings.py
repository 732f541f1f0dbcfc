"""deploy/kubernetes: its settings are ours, production accepts them, and the commands of its page fill them in."""

import shutil
import subprocess
import sys
from textwrap import dedent

import pytest
import yaml
from dotenv import dotenv_values

from app.container import gateway_errors
from app.gateways import GATEWAYS
from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings
from tests.support.docs import DOCS, blocks
from tests.support.kubernetes import BASE, BY_NAME, CONTAINERS, FOLDER, PODS, SETTINGS, read_env, validate
from tests.support.processes import clean_environment

PAGE = (DOCS / "operating" / "kubernetes.md").read_text()
(SPLIT,) = [dedent(block) for block in blocks("bash", PAGE) if "> secrets.env" in block]
FILES_PATH = "/run/secrets/otp"
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


def filled_in(folder):
    """Write the `.env` of an operator who has filled in everything, as `otp init` begins it."""
    url = "redis://:p%40ss=w@redis.example.com:6379/0"
    words = ["-m", "app.cli", "init", "--countries", "NL", "--brand", "Acme", "--redis-url", url]
    subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True, env=clean_environment())
    text = (folder / ".env").read_text()
    for name, value in {"CLIENT_ID": "4711", "CLIENT_SECRET": "s3cr3t=", "SENDER": "Acme"}.items():
        text = text.replace(f"SMSTOOLS__{name}=\n", f"SMSTOOLS__{name}={value}\n")
    (folder / ".env").write_text(text)
    return dotenv_values(folder / ".env")


def split(folder):
    """Run the commands of the page that split a `.env` into the files of an overlay and of the Secret."""
    shutil.copytree(FOLDER, folder / "deploy" / "kubernetes")
    written = filled_in(folder)
    subprocess.run(["bash", "-euc", SPLIT], cwd=folder, check=True, env=clean_environment())
    return written, folder / "deploy" / "kubernetes" / "overlays" / "live"


def mounted(values, secrets, folder):
    """Return the environment of a pod whose secrets are mounted in a folder."""
    for name, value in secrets.items():
        (folder / name).write_text(value)
    return {name: value.replace(FILES_PATH, str(folder)) for name, value in values.items()}


def test_secrets_are_read_where_they_are_mounted():
    for name, container in CONTAINERS.items():
        (volume,) = [volume["name"] for volume in PODS[name]["spec"]["volumes"] if "secret" in volume]
        (path,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == volume]
        assert path == FILES_PATH
    for name, value in SETTINGS.items():
        assert not name.endswith("_FILE") or value == f"{FILES_PATH}/{name.removesuffix('_FILE')}"


def test_the_settings_of_the_example_lack_only_what_an_operator_has(tmp_path):
    """Its secrets, and the digest of its app's key; everything else is valid in production."""
    secrets = {name: value for name, value in (filled_in(tmp_path)).items() if f"{name}_FILE" in SETTINGS}

    with pytest.raises(BadSettings) as refusal:
        load_settings(mounted(SETTINGS, secrets, tmp_path), also=gateway_errors)

    (sentence,) = refusal.value.sentences
    assert sentence.startswith("OTP_APPS lists no app with a key. Run `otp init`")


def test_the_commands_of_the_page_split_a_written_env_without_a_loss(tmp_path):
    written, live = split(tmp_path)
    values, secrets = (
        read_env(BASE / "settings.env") | read_env(live / "settings.env"),
        read_env(tmp_path / "secrets.env"),
    )

    split_settings = load_settings(mounted(values, secrets, tmp_path), also=gateway_errors)
    whole = load_settings(written, also=gateway_errors)

    assert split_settings.is_production
    metrics = {"metrics_host", "metrics_port"}
    assert split_settings.model_dump(exclude=metrics) == whole.model_dump(exclude=metrics)
    assert not [value for value in secrets.values() if value in (live / "settings.env").read_text().split("=")]


def test_every_secret_setting_is_recognised_by_the_commands_of_the_page():
    """A secret in the ConfigMap would be shown by `kubectl describe`."""
    (pattern,) = [line.split("'")[1] for line in SPLIT.splitlines() if "secret='" in line]
    secret = [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
    names = {f"OTP_{name.upper()}" for name in [*secret, "secrets", "redis_url"]}
    for gateway, entry in GATEWAYS.items():
        names |= {f"OTP_GATEWAYS__{gateway.upper()}__{field.upper()}" for field in entry.settings.model_fields}

    lines = "".join(f"{name}=x\n" for name in sorted(names))
    found = subprocess.run(["grep", "-cE", pattern], input=lines, capture_output=True, text=True, check=True)

    assert len(names) > 50
    assert int(found.stdout) == len(names)


def test_variables_of_services_would_stop_the_start():
    """Kubernetes adds them for each Service of the namespace, by its name, unless a pod refuses them."""
    (service,) = [name for kind, name in BY_NAME if kind == "Service"]
    variable = f"{service.upper().replace('-', '_')}_SERVICE_HOST"

    with pytest.raises(BadSettings, match=f"{variable} is not a setting"):
        load_settings({"OTP_ENV": "development", variable: "10.96.0.7"})
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in PODS.values())


@needs_kubectl
def test_kustomize_builds_what_the_files_state(tmp_path):
    """For the overlay that the commands of the page make from the example."""
    _, live = split(tmp_path)
    built = subprocess.run(["kubectl", "kustomize", live], capture_output=True, text=True, check=True).stdout
    parts = list(yaml.safe_load_all(built))
    by_kind = {kind: [part for part in parts if part["kind"] == kind] for kind in {part["kind"] for part in parts}}
    (settings,) = by_kind["ConfigMap"]

    assert settings["data"] == read_env(BASE / "settings.env") | read_env(live / "settings.env")
    assert {part["metadata"]["namespace"] for part in parts if part["kind"] != "Namespace"} == {"otp"}
    assert {part["metadata"]["name"] for part in by_kind["Namespace"]} == {"otp"}
    for part in by_kind["Deployment"]:
        (container,) = part["spec"]["template"]["spec"]["containers"]
        assert container["image"] == "registry.example.com/otp:1"
        assert container["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]
    (tmp_path / "built.yaml").write_text(built)
    assert validate(tmp_path / "built.yaml") == []


@needs_kubectl
def test_kubectl_makes_the_secret_of_the_split_file(tmp_path):
    split(tmp_path)
    words = ["create", "secret", "generic", "otp", "--from-env-file", "secrets.env", "--dry-run=client", "-o", "yaml"]

    done = subprocess.run(["kubectl", *words], cwd=tmp_path, capture_output=True, text=True, check=True)

    secret = yaml.safe_load(done.stdout)
    assert {f"{name}_FILE" for name in secret["data"]} == {name for name in SETTINGS if name.endswith("_FILE")}
