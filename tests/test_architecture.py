"""Project rules that can be checked from the source: scripts, file sizes, errors, gateways."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from app import services
from app.domain import errors
from app.domain.errors import OtpError
from app.domain.gateway import GatewayError
from app.gateways import GATEWAYS
from app.http.problems import STATUS_OF
from app.store.scripts import read_script
from tests.support.gateway_contract import GatewayContract
from tests.support.report_contract import ReportContract, SignedReports, UnsignedReports

ROOT = Path(__file__).parent.parent
LUA = ROOT / "app" / "store" / "lua"
INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)
PARTS = {part for path in LUA.glob("*.lua") for part in INCLUDE.findall(path.read_text())}
SCRIPTS = sorted(path.stem for path in LUA.glob("*.lua") if path.stem not in PARTS)


def split(script):
    """Split a script into its header, which is its contract, and its body."""
    lines = (LUA / f"{script}.lua").read_text().splitlines()
    header = [line for line in lines if line.startswith("--")]
    return "\n".join(header), "\n".join(line for line in lines if not line.startswith("--"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_header_states_purpose_reason_and_return_values(script):
    header, _ = split(script)

    assert header.startswith(f"-- {script}: ")
    assert "A script, because" in header
    assert "-- Returns  " in header


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_has_a_test_file_with_a_race(script):
    text = (ROOT / "tests" / "store" / f"test_{script}.py").read_text()

    assert "gather" in text


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_included_script_part_is_used(script):
    """No function is defined twice: the embedded store would not report it."""
    _, body = split(script)
    whole = read_script(script)
    defined = re.findall(r"local function (\w+)", whole)

    assert "-- include" not in whole
    for part in INCLUDE.findall((LUA / f"{script}.lua").read_text()):
        functions = re.findall(r"local function (\w+)", (LUA / f"{part}.lua").read_text())
        assert any(f"{function}(" in body for function in functions), part
    assert len(defined) == len(set(defined))


def test_no_file_is_above_three_hundred_lines():
    kinds = ("*.py", "*.lua", "*.js", "*.css", "*.html")
    files = [path for kind in kinds for path in (ROOT / "app").rglob(kind)]

    assert [path.name for path in files if len(path.read_text().splitlines()) > 300] == []


def test_every_error_has_one_http_status():
    """Except gateway errors, which never reach a caller: the worker handles them."""
    ours = {error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, OtpError)}
    inner = {
        error for error in ours if issubclass(error, GatewayError) or error is OtpError or error.__name__[0] == "_"
    }

    assert ours - inner <= set(STATUS_OF)
    codes = [error.code for error in STATUS_OF]
    assert len(codes) == len(set(codes))


def test_every_error_is_in_the_documented_tree():
    tree = errors.__doc__

    for name, error in vars(errors).items():
        if isinstance(error, type) and issubclass(error, OtpError) and not name.startswith("_"):
            assert re.search(rf"\b{name}\b", tree), name


def test_every_act_is_in_the_package_docstring():
    acts = {path.stem for path in Path(services.__file__).parent.glob("*.py")} - {"__init__"}

    assert {act for act in acts if act not in services.__doc__} == set()


CONTRACTS = {
    GatewayContract: "GatewayContract of tests/support/gateway_contract.py",
    ReportContract: f"{SignedReports.__name__} or {UnsignedReports.__name__} of tests/support/report_contract.py",
}


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_gateway_inherits_the_send_and_report_contracts(gateway):
    stem = {"http": "generic/test_gateway", "inbox": "test_dev_inbox"}.get(gateway, f"test_{gateway}")
    pattern = "generic/test_*.py" if gateway == "http" else f"{stem}*.py"
    paths, file = sorted((ROOT / "tests" / "gateways").glob(pattern)), f"tests/gateways/{stem}.py"
    modules = [import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in paths]
    kinds = [kind for module in modules for name, kind in vars(module).items() if name.startswith("Test")]

    assert paths, f"write {file}"
    for contract in (GatewayContract, ReportContract):
        inherits = any(issubclass(kind, contract) for kind in kinds)
        assert inherits, f"write a class Test… in {file} that inherits {CONTRACTS[contract]}"
    text = "".join(path.read_text() for path in paths)
    built = f'GATEWAYS["{gateway}"](…)'
    assert built.removesuffix("(…)") in text, f"build it by {built} in {file}, from settings as an operator writes them"


def test_every_suppressed_rule_has_a_reason():
    bare = re.compile(r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?|pragma: no cover)$")
    lines = [line for path in (ROOT / "app").rglob("*.py") for line in path.read_text().splitlines()]

    assert [line for line in lines if bare.search(line)] == []
