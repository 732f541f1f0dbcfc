"""deploy/systemd: systemd accepts the units, and they fit what the processes do."""

import re
import shutil
import subprocess
from configparser import ConfigParser

import pytest

from app.cli.api_server import DRAIN_S
from tests.support.docs import DOCS
from tests.support.processes import ROOT

UNITS = {path.name: path.read_text() for path in sorted((ROOT / "deploy" / "systemd").iterdir())}
SERVICES = [name for name in UNITS if name.endswith(".service")]
COMMAND = "/opt/otp/bin/otp"


def read(name):
    """Return the settings of a unit by section; of a setting that is repeated, the last one."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(UNITS[name])
    return parser


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_accepts_the_units(tmp_path):
    """With a program that exists in place of ours."""
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace(COMMAND, "/bin/true"))

    files = [tmp_path / name for name in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_services_of_the_api_share_one_socket():
    """Each start takes it over; a stopped one leaves what waits in its queue to the other."""
    assert read("otp-serve.socket")["Socket"]["Service"] == "otp-serve@1.service"
    assert read("otp-serve@.service")["Service"]["Sockets"] == "otp-serve.socket"
    assert read("otp-serve@.service")["Unit"]["Requires"] == "otp-serve.socket"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_notified_and_watched_and_has_time_to_stop(name):
    service = read(name)["Service"]

    assert service["ExecStart"].startswith(f"{COMMAND} ")
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "30")
    assert int(service["TimeoutStopSec"]) > 8 + DRAIN_S
    assert service["Restart"] == "always"


def test_the_page_restarts_the_units_that_exist():
    page = (DOCS / "operating" / "upgrading.md").read_text()

    units = set(re.findall(r"systemctl restart (otp-[\w-]+@)\d", page))
    assert {f"{unit}.service" for unit in units} == set(SERVICES)
