"""`make run`: what it prints before it installs, on its second run, and where the port is taken."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT, clean_environment

INSTALLED = ["--old-file", ".venv/running"]  # make takes it as up to date


def make(*args, folder=ROOT):
    command = ["make", "--no-print-directory", *args]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=60, env=clean_environment()
    )


def test_each_step_says_what_it_installs_and_how_long_it_takes(tmp_path):
    """Before it does it: the first run would be silent for up to a minute."""
    for name in ("Makefile", "pyproject.toml", "requirements-build.lock", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)

    planned = make("--dry-run", "run", folder=tmp_path).stdout

    steps = re.findall(r'^echo "(.*)"|(-m venv|pip install.* requirements\.lock|bin/otp dev)', planned, re.MULTILINE)
    assert [said or done for said, done in steps if "✗" not in said] == [
        "Creating .venv, with what installs the packages.",
        "-m venv",
        "Installing the packages of requirements.lock into .venv: mostly less than a minute.",
        "pip install --quiet --python .venv --require-hashes --requirement requirements.lock",
        "bin/otp dev",
    ]


def test_second_run_only_starts():
    assert make("--dry-run", *INSTALLED, "run").stdout == ".venv/bin/otp dev\n"


def test_taken_port_names_the_setting_of_make():
    """`--port` is an option of `otp dev`, which `make run` does not pass on."""
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]

        result = make(*INSTALLED, "run", f"PORT={port}", f"BIN={Path(sys.executable).parent}")

    starting, another = f"Starting on http://127.0.0.1:{port} …\n", port + 1 if port < 65535 else port - 1
    assert result.stdout == starting
    assert result.stderr.splitlines()[0] == (
        f"✗ Cannot listen on 127.0.0.1, port {port}: address already in use. Choose another: make run PORT={another}"
    )
