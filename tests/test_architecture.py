"""Project rules that can be checked from the source: scripts, file sizes, errors, gateways."""

import re
from pathlib import Path

import pytest

from app import services
from app.domain import errors
from app.domain.errors import OtpError
from app.domain.gateway import GatewayError
from app.gateways import GATEWAYS
from app.http.problems import STATUS_OF
from app.store.scripts import read_script

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


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_every_gateway_inherits_the_send_and_report_contracts(gateway):
    names = {"http": "generic/test_*.py", "inbox": "test_dev_inbox*.py"}.get(gateway, f"test_{gateway}*.py")
    text = "".join(path.read_text() for path in (ROOT / "tests" / "gateways").glob(names))

    assert re.search(r"class \w+\(.*GatewayContract\):", text)
    assert re.search(r"class \w+\(.*(Uns|S)ignedReports.*\):", text)
    assert f'GATEWAYS["{gateway}"]' in text, "it is built by its settings as an operator writes them"


def test_every_suppressed_rule_has_a_reason():
    bare = re.compile(r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?|pragma: no cover)$")
    lines = [line for path in (ROOT / "app").rglob("*.py") for line in path.read_text().splitlines()]

    assert [line for line in lines if bare.search(line)] == []
