"""What the README shows works, and what there is stands in it."""

import re
import socket
import subprocess
from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from joserfc import jwk, jwt
from pydantic import TypeAdapter

from app import api
from app.api import heads, sizes
from app.api.bodies import AskAgainForCode, AskForCode, CheckById, CheckByNumber
from app.api.problems import STATUS_OF
from app.cli import app as cli
from app.gateways import GATEWAYS
from app.gateways.fields import GatewaySettings
from app.main import create_app
from app.settings.apps import AppSettings, OwnLimits
from app.settings.model import Settings
from app.settings.routes import Country, Steps, as_routes, read_routes
from tests.support.makers import make_settings
from tests.support.service import ROOT, otp_dev
from tests.support.settings_table import rows

README = (ROOT / "README.md").read_text()
GATEWAYS_PAGE = (ROOT / "docs" / "gateways.md").read_text()
SHARED = [field for field in GatewaySettings.model_fields if field != "report_token"]


@pytest.fixture
def service():
    with otp_dev() as url:
        yield url


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864, for a name that verifiers do not know yet
def test_the_curl_lines_lead_from_a_number_to_a_proof_that_verifies(service):
    """Word by word, but for the port; the proof is checked by a second library, against the published keys."""
    block = next(block for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL) if "request-code" in block)
    script = block.replace("http://127.0.0.1:8000", service) + '\necho; echo "proof: $proof"'

    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True).stdout

    assert '"status":"pending"' in said
    assert '"active":true' in said
    keys = jwk.KeySet.import_key_set(httpx.get(f"{service}/.well-known/jwks.json").json())
    proof = jwt.decode(said.rpartition("proof: ")[2].strip(), keys, algorithms=["EdDSA"])
    assert proof.claims["sub"] == "+31612345678"


def test_every_setting_stands_in_the_table():
    """Name, default, bounds and meaning, just as the code has them."""
    for row in rows():
        assert row in README


@pytest.mark.parametrize("gateway", sorted(set(GATEWAYS) - {"http"}))
def test_every_setting_of_a_gateway_stands_in_its_table(gateway):
    """And none that it does not have; the gateway by settings alone has a page and a test of its own."""
    own = {field.upper() for field in GATEWAYS[gateway].settings.model_fields} - {field.upper() for field in SHARED}
    named = re.findall(rf"OTP_GATEWAYS__{gateway.upper()}__([A-Z_]+)", GATEWAYS_PAGE)

    assert set(named) == own
    assert gateway == "phone" or sorted(named) == sorted(own), "each stands once"


def test_what_every_gateway_can_be_told_stands_once():
    for field in SHARED:
        assert f"| `…__{field.upper()}` |" in GATEWAYS_PAGE


def test_every_gateway_is_listed():
    for gateway in set(GATEWAYS) - {"http", "phone"}:
        assert f"docs/gateways.md#{gateway})" in README
        assert f"`OTP_GATEWAYS__{gateway.upper()}__`" in README
        assert f"`{gateway}`" in GATEWAYS_PAGE


def test_the_routes_that_it_shows_are_taken():
    example = next(block for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL) if "weight" in block)

    routes = as_routes(TypeAdapter(dict[Country, Steps]).validate_python(read_routes(example)), [])

    assert [leg.gateway for leg in routes.legs("FR", "x")] == ["smstools", "twilio"]
    assert [leg.sender for leg in routes.legs("IN", "x")] == ["ACMEIN"]


def test_no_setting_is_named_that_does_not_exist():
    known = {re.match(r"\| `(OTP_\w+)`", row)[1] for row in rows()}
    named = {name for name in re.findall(r"OTP_[A-Z_]*[A-Z]", README) if "GATEWAYS__" not in name}

    assert named - known <= {"OTP_", "OTP_LIMIT"}


def test_every_limit_stands_in_its_table_with_its_default():
    """Whoever runs it must know what is counted, and against what it helps (ASVS 6.1.1)."""
    limits = [(name, field.default) for name, field in Settings.model_fields.items() if name.startswith("limit_")]

    for name, default in limits:
        shown = "to be decided" if default is None else f"`{default}`"
        assert f"| `{name.removeprefix('limit_')}` | {shown} |" in README


def test_the_apps_that_it_shows_are_taken():
    example = next(block for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL) if "secret_keys" in block)
    for n in range(example.count("<sha256")):
        example = re.sub("<sha256[^>]*>", f"{n:064x}", example, count=1)

    (app,) = make_settings(apps=" ".join(example.split()), human_check="altcha").apps.values()

    assert set(AppSettings.model_fields) == app.model_fields_set
    assert set(OwnLimits.model_fields) == app.limits.model_fields_set


@pytest.mark.parametrize("body", [AskForCode, AskAgainForCode, CheckById, CheckByNumber])
def test_every_field_of_a_body_is_named(body):
    for field in body.model_fields:
        assert f"`{field}`" in README or f'"{field}"' in README


def test_the_network_that_it_names_is_that_of_the_containers():
    (network,) = re.findall(r"subnet: (\S+)", (ROOT / "docker-compose.yml").read_text())

    assert network in README


def test_the_one_error_without_a_problem_document_is_told(service):
    """What cannot be read as HTTP never reaches the service's own code."""
    url = httpx.URL(service)
    with socket.create_connection((url.host, url.port), timeout=10) as caller:
        caller.sendall(b"\0\r\n\r\n")
        answer = caller.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\ncontent-type: text/plain" in answer
    assert "a plain 400, in text" in README


def test_what_a_request_may_weigh_and_take_is_told():
    assert f"a request's head may have {heads.MOST // 1024} KiB and {heads.SECONDS} s" in README
    assert f"a body {sizes.MOST // 1024} KiB" in README


def test_the_proxy_that_it_shows_keeps_no_report_address():
    """Its path holds the vendor's secret, and some vendors write a number behind it."""
    (line,) = re.findall(r"^location /v1/reports/ .*$", README, re.MULTILINE)

    assert "access_log off;" in line
    assert "proxy_http_version 1.1;" in README


def test_whoever_a_page_loads_from_is_named():
    """A reader's browser calls them, and they see its address."""
    source = (ROOT / "app" / "web" / "reference.py").read_text()

    for host in re.findall(r"https://([\w.]+)/", source):
        assert (
            f"`/docs` shows every body and every error with an example; that page loads Swagger UI from\n{host}."
            in README
        )


def test_where_no_check_can_be_shown_is_told():
    assert "`/demo`, cannot show a check" in (ROOT / "docs" / "human-check.md").read_text()


def test_every_error_stands_in_the_table():
    for error, status in STATUS_OF.items():
        assert f"| {status} | `{error.code}` |" in README


def test_every_route_is_described():
    """But for the pages of development and of FastAPI itself."""
    modules = [import_module(f"app.api.{module.name}") for module in iter_modules(api.__path__)]
    paths = {route.path for module in modules if hasattr(module, "router") for route in module.router.routes}

    assert "/v1/request-code" in paths
    assert {path for path in paths if path.removesuffix("/{token}") not in README} == set()


def test_every_command_exists():
    commands = {command.name for command in cli.registered_commands} | {group.name for group in cli.registered_groups}

    assert set(re.findall(r"`?otp ([a-z]+(?:-[a-z]+)*)", README)) <= commands


def test_every_command_of_a_group_exists():
    for group in cli.registered_groups:
        commands = {command.name or command.callback.__name__ for command in group.typer_instance.registered_commands}
        assert set(re.findall(rf"otp {group.name} ([a-z]+)", README)) <= commands


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE)) <= targets


def test_every_link_leads_somewhere():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_app_starts_with_what_development_sets():
    assert create_app(make_settings())
