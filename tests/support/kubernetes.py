"""Reads the manifests in deploy/kubernetes for the tests, as Kustomize does: what a cluster would get."""

import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.processes import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
BASE, EXAMPLE = FOLDER / "base", FOLDER / "overlays" / "example"
KUSTOMIZATIONS = {path.parent: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.rglob("kustomization.yaml"))}


def manifests_in(folder):
    """Return the manifests that a folder's kustomization lists, without those of the folders that it lists."""
    files = [folder / entry for entry in KUSTOMIZATIONS[folder]["resources"]]
    return [one for path in files if path.is_file() for one in yaml.safe_load_all(path.read_text())]


def read_env(path):
    """Return the names and values of a file of a `configMapGenerator`: a line each, without quotes or comments."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


ALL = [one for folder in KUSTOMIZATIONS for one in manifests_in(folder)]
BY_NAME = {(one["kind"], one["metadata"]["name"]): one for one in ALL}
DEPLOYMENTS = {name: one for (kind, name), one in BY_NAME.items() if kind == "Deployment"}
PODS = {name: one["spec"]["template"] for name, one in DEPLOYMENTS.items()}
CONTAINERS = {name: pod["spec"]["containers"][0] for name, pod in PODS.items()}
SETTINGS = read_env(BASE / "settings.env") | read_env(EXAMPLE / "settings.env")


def pods_of(selector):
    """Return the names of the deployments whose pods have all labels of a selector."""
    labels = selector.get("matchLabels", selector if "matchExpressions" not in selector else {})
    return {name for name, pod in PODS.items() if labels.items() <= pod["metadata"]["labels"].items()}


def ports_of(name):
    """Return the ports of a deployment's pods by name."""
    return {port["name"]: port["containerPort"] for port in CONTAINERS[name]["ports"]}


def validate(*files, version="1.37"):
    """Validate files by the schemas of a version of Kubernetes; return the lines about those that do not pass.

    A PodMonitor is none of Kubernetes' own kinds, so there is no schema for it.
    """
    words = [Path(sys.executable).parent / "kubernetes-validate", "--strict", "--quiet", "-k", version, *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if "kind PodMonitor" not in line]
