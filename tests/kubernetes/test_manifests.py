"""deploy/kubernetes: every file is listed and valid, every reference resolves, pods have minimal privileges."""

import re
import subprocess

import pytest
import yaml
from typer.main import get_command

from app.cli import app
from app.services import readiness
from tests.support.docs import DOCS, blocks, join_lines
from tests.support.kubernetes import (
    ALL,
    BASE,
    BY_NAME,
    CONTAINERS,
    DEPLOYMENTS,
    FOLDER,
    KUSTOMIZATIONS,
    PODS,
    SETTINGS,
    pods_of,
    ports_of,
    validate,
)
from tests.support.processes import ROOT

PAGE = (DOCS / "operating" / "kubernetes.md").read_text()
COMMANDS = join_lines((DOCS / "operating" / "commands.md").read_text())
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
OLDEST = "1.30"  # the first that lets a pod sleep before it ends, without a command in the image
MONITOR = BY_NAME["PodMonitor", "otp"]


@pytest.mark.parametrize("version", [OLDEST, "1.37"])
def test_every_manifest_is_valid(version):
    """By the schemas of the oldest Kubernetes that serves them, and of the newest. `make check` takes the oldest."""
    files = [path for path in FILES if path.suffix == ".yaml" and path.name != "kustomization.yaml"]

    assert validate(*files, version=version) == []
    assert f"Kubernetes {OLDEST} or newer" in join_lines(PAGE)
    assert f"-k {OLDEST} " in (ROOT / "Makefile").read_text()


def test_an_invalid_manifest_is_found(tmp_path):
    broken = (BASE / "api.yaml").read_text().replace("failureThreshold", "failuresThreshold")
    (tmp_path / "api.yaml").write_text(broken)

    assert "failuresThreshold" in " ".join(validate(tmp_path / "api.yaml", version=OLDEST))


def test_every_file_is_listed_once_and_every_listed_file_exists():
    listed = []
    for folder, own in KUSTOMIZATIONS.items():
        envs = [file for generator in own.get("configMapGenerator", []) for file in generator["envs"]]
        listed += [(folder / entry).resolve() for entry in [*own["resources"], *own.get("components", []), *envs]]

    assert [path for path in listed if not path.exists()] == []
    files = [path for path in listed if path.is_file()]
    assert sorted(files) == [path for path in FILES if path.name != "kustomization.yaml"]
    assert {path for path in listed if path.is_dir()} <= set(KUSTOMIZATIONS)


def test_every_patch_has_a_target_and_a_path():
    for own in KUSTOMIZATIONS.values():
        for patch in own.get("patches", []):
            part = BY_NAME[patch["target"]["kind"], patch["target"]["name"]]
            for operation in yaml.safe_load(patch["patch"]):
                assert operation["op"] == "replace"
                for key in operation["path"].split("/")[1:]:
                    part = part[int(key) if isinstance(part, list) else key.replace("~1", "/")]


def test_every_name_is_used_once():
    assert len(BY_NAME) == len(ALL)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_references_of_a_pod_resolve(name):
    spec, container = PODS[name]["spec"], CONTAINERS[name]
    (generator,) = KUSTOMIZATIONS[BASE]["configMapGenerator"]
    (secret,) = [volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume]

    assert pods_of(DEPLOYMENTS[name]["spec"]["selector"]) == {name}
    assert [pods_of(spread["labelSelector"]) for spread in spec["topologySpreadConstraints"]] == [{name}] * 2
    assert ("ServiceAccount", spec["serviceAccountName"]) in BY_NAME
    assert container["envFrom"] == [{"configMapRef": {"name": generator["name"]}}]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}
    assert f"kubectl create secret generic {secret} " in PAGE


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_deployment_has_a_budget_and_an_autoscaler(name):
    """With at least two pods, of which a drained node takes one at a time."""
    budget, autoscaler = BY_NAME["PodDisruptionBudget", name], BY_NAME["HorizontalPodAutoscaler", name]

    assert pods_of(budget["spec"]["selector"]) == {name}
    assert budget["spec"]["maxUnavailable"] == 1
    assert autoscaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    assert 2 <= autoscaler["spec"]["minReplicas"] <= autoscaler["spec"]["maxReplicas"]
    assert [metric["resource"]["name"] for metric in autoscaler["spec"]["metrics"]] == ["cpu"]
    assert "cpu" in CONTAINERS[name]["resources"]["requests"], "its share is computed from it"
    assert "replicas" not in DEPLOYMENTS[name]["spec"], "each `kubectl apply` would reset what the autoscaler set"


def test_the_service_and_the_ingress_lead_to_the_api():
    service, ingress = BY_NAME["Service", "otp-api"], BY_NAME["Ingress", "otp-api"]
    (port,) = service["spec"]["ports"]
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]

    assert pods_of(service["spec"]["selector"]) == {"otp-api"}
    assert port["targetPort"] in ports_of("otp-api")
    assert port["name"] == "http", "the port of the metrics is not in the service"
    assert path["backend"]["service"] == {"name": "otp-api", "port": {"name": port["name"]}}
    assert SETTINGS["OTP_PUBLIC_URL"] == f"https://{rule['host']}"
    assert [tls["hosts"] for tls in ingress["spec"]["tls"]] == [[rule["host"]]]


def test_prometheus_reads_the_metrics_of_every_pod():
    (endpoint,) = MONITOR["spec"]["podMetricsEndpoints"]
    selected = pods_of(MONITOR["spec"]["selector"])

    assert selected == set(DEPLOYMENTS)
    assert {ports_of(name)[endpoint["port"]] for name in selected} == {int(SETTINGS["OTP_METRICS_PORT"])}
    jobs = {PODS[name]["metadata"]["labels"][MONITOR["spec"]["jobLabel"]] for name in selected}
    assert jobs == {"otp"}, "the alerts select jobs that begin with it"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_container_runs_one_process_by_a_command_that_exists(name):
    """Several processes of one pod would need several ports for their metrics."""
    program, command, *options = CONTAINERS[name]["args"]
    context = get_command(app).commands[command].make_context(command, list(options))

    assert program == "otp"
    assert context.params.get("processes", 1) == 1
    assert context.params.get("port") == ports_of(name).get("http")
    assert context.params.get("host", "0.0.0.0") == "0.0.0.0"  # noqa: S104  the address of a pod is not known before


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_has_minimal_privileges(name):
    """Those of the Pod Security Standard `restricted`, and a file system that is read only."""
    spec, container = PODS[name]["spec"], CONTAINERS[name]
    user, group = re.search(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE).groups()

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": int(user),
        "runAsGroup": int(group),
        "fsGroup": int(group),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert BY_NAME["ServiceAccount", spec["serviceAccountName"]]["automountServiceAccountToken"] is False
    assert BY_NAME["Namespace", "otp"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_secrets_are_files_that_only_the_service_reads(name):
    (volume,) = [volume for volume in PODS[name]["spec"]["volumes"] if "secret" in volume]
    (mount,) = [mount for mount in CONTAINERS[name]["volumeMounts"] if mount["name"] == volume["name"]]

    assert volume["secret"]["defaultMode"] == 0o440
    assert mount["readOnly"]
    assert "env" not in CONTAINERS[name]
    assert not re.search(r"\n *kind: Secret\n", "\n".join(path.read_text() for path in FILES))


def test_only_the_readiness_probe_depends_on_redis():
    """While Redis is away no request succeeds, but restarts would not help: then its return would meet a cold start."""
    container = CONTAINERS["otp-api"]
    paths = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}

    assert {get["port"] for get in paths.values()} == {"http"}
    assert (paths["startup"]["path"], paths["liveness"]["path"]) == ("/livez", "/livez")
    assert paths["readiness"]["path"] == "/readyz"


def test_a_pod_leaves_the_service_only_when_requests_would_be_refused_anyway():
    """Without workers codes can still be checked, and SMS wait; new requests are refused from a minute on."""
    probe = CONTAINERS["otp-api"]["readinessProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] >= readiness._MAX_AGE  # noqa: SLF001  the figure itself


def test_the_alerts_become_a_rule_of_the_operator():
    (command,) = [block for block in blocks("bash", PAGE) if "PrometheusRule" in block]
    pipeline = command.replace("kubectl apply -f -", "cat")

    done = subprocess.run(["bash", "-euc", pipeline], cwd=ROOT, capture_output=True, text=True, check=True)

    rule = yaml.safe_load(done.stdout)
    assert rule["kind"] == "PrometheusRule"
    assert rule["spec"] == yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text())


def test_a_rolling_update_takes_no_pod_away_before_its_successor_is_ready():
    """And a pod that ends serves on until proxies know, then finishes what it began, before it is killed."""
    for deployment in DEPLOYMENTS.values():
        assert deployment["spec"]["strategy"] == {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    (drain,) = re.findall(r"once calls under way are answered, after (\d+) seconds at most", COMMANDS)
    wait = CONTAINERS["otp-api"]["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert wait >= 10
    assert DEPLOYMENTS["otp-worker"]["spec"]["minReadySeconds"] >= 15, "it has no readiness probe"
    assert PODS["otp-api"]["spec"]["terminationGracePeriodSeconds"] >= wait + int(drain) + 5
    assert PODS["otp-worker"]["spec"]["terminationGracePeriodSeconds"] >= 15


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_memory_has_room_for_what_a_process_needs(name):
    """docs/operating/speed.md measures it."""
    (most,) = re.findall(
        r"resident memory of a process \| at most (\d+) MiB", (DOCS / "operating" / "speed.md").read_text()
    )
    resources = CONTAINERS[name]["resources"]

    assert int(resources["requests"]["memory"].removesuffix("Mi")) >= int(most)
    assert int(resources["limits"]["memory"].removesuffix("Mi")) >= 2 * int(most)
    assert "cpu" not in resources["limits"], "throttled requests are slow ones"
