"""The pages in docs/ are complete, and their examples and figures are those of the code."""

import re
import socket
from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from app import api
from app.api import responses
from app.api.requests import CheckByIdBody, CheckByNumberBody, CodeRequestBody, ResendBody
from app.domain.number_search import BlockerKind
from app.domain.status import Reason, Status
from app.domain.verification import State
from app.gateways import GATEWAYS
from app.gateways.settings_fields import GatewaySettings
from app.http import body_limits, header_limits
from app.http.problems import STATUS_OF
from app.settings.apps import AppLimits, AppSettings
from app.settings.model import Settings
from app.settings.routes import Country, Steps, as_routes, read_routes
from tests.support.builders import make_settings
from tests.support.docs import DOCS, PAGES, README, blocks, join_lines
from tests.support.service import ROOT
from tests.support.settings_table import rows

API = (DOCS / "using" / "api.md").read_text()
COMPARISON = (DOCS / "using" / "comparison.md").read_text()
GATEWAYS_PAGE = (DOCS / "operating" / "gateways.md").read_text()
GOING_LIVE = (DOCS / "operating" / "going-live.md").read_text()
LIMITS = (DOCS / "operating" / "limits.md").read_text()
SETTINGS = (DOCS / "operating" / "settings.md").read_text()
ANSWERS = API.partition("## The answers")[2].partition("\n## ")[0]
RESPONSES = [
    value
    for value in vars(responses).values()
    if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == responses.__name__
]
VENDORS = sorted(set(GATEWAYS) - {"http", "inbox"})
NUMBERS = ["six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"]
SHARED = [field for field in GatewaySettings.model_fields if field != "report_token"]


def test_every_setting_is_documented():
    """With name, default, bounds and meaning exactly as in the code."""
    for row in rows():
        assert row in SETTINGS


@pytest.mark.parametrize("gateway", VENDORS)
def test_every_gateway_is_listed_with_its_settings(gateway):
    assert f"(#{gateway})" in GATEWAYS_PAGE, "add it to the list of docs/operating/gateways.md"
    assert f"`OTP_GATEWAYS__{gateway.upper()}__`" in GATEWAYS_PAGE, "add it to the list of docs/operating/gateways.md"


@pytest.mark.parametrize("gateway", VENDORS)
def test_every_gateway_has_a_row_in_the_table_of_reports(gateway):
    table = GATEWAYS_PAGE.partition("| gateway | its reports are verified by |")[2].partition("\n\n")[0]
    title = GATEWAYS[gateway].make.title

    has_row = re.search(rf"^\| {re.escape(title)} (\| [^|\n]+ ){{4}}\|$", table, re.MULTILINE)
    assert has_row, f"add a row `| {title} | … |` to the table of reports in docs/operating/gateways.md"


def test_the_number_of_gateways_is_that_of_the_code():
    """The README states it, and no page states another; small numbers are those of examples."""
    number = NUMBERS[len(VENDORS) - 6]
    stated = re.compile(rf"\b({'|'.join(NUMBERS)}|[6-9]|1[0-6]) (?:[a-z]+ )?(?:gateways|vendors)\b", re.IGNORECASE)
    found = {page: stated.findall(join_lines(text)) for page, text in PAGES.items() if page != "CHANGELOG.md"}

    assert f"{number} gateways and a generic one" in join_lines(README), "change the number of gateways in README.md"
    others = {page: [word for word in words if word.lower() != number] for page, words in found.items()}
    assert {page: words for page, words in others.items() if words} == {}, f"change these pages: there are {number}"


@pytest.mark.parametrize("gateway", sorted(set(GATEWAYS) - {"http"}))
def test_every_gateway_setting_is_documented_once(gateway):
    """The page names no other setting; the generic gateway has its own page and test."""
    own = {field.upper() for field in GATEWAYS[gateway].settings.model_fields} - {field.upper() for field in SHARED}
    named = re.findall(rf"OTP_GATEWAYS__{gateway.upper()}__([A-Z_]+)", GATEWAYS_PAGE)

    assert set(named) == own
    assert gateway == "inbox" or sorted(named) == sorted(own), "each stands once"


def test_every_shared_gateway_setting_is_documented():
    for field in SHARED:
        assert f"| `…__{field.upper()}` |" in GATEWAYS_PAGE


def test_every_gateway_type_is_named():
    for gateway in set(GATEWAYS) - {"inbox"}:
        assert f"`{gateway}`" in GATEWAYS_PAGE


def test_the_routes_example_is_valid():
    example = next(block for block in blocks("json", GATEWAYS_PAGE) if "weight" in block)

    routes = as_routes(TypeAdapter(dict[Country, Steps]).validate_python(read_routes(example)), [])

    assert [route_step.gateway for route_step in routes.route_steps("FR", "x")] == ["smstools", "twilio"]
    assert [route_step.sender for route_step in routes.route_steps("IN", "x")] == ["ACMEIN"]


def test_every_limit_is_documented_with_its_default():
    """Operators must know what is counted, and what it protects (ASVS 6.1.1)."""
    limits = [(name, field.default) for name, field in Settings.model_fields.items() if name.startswith("limit_")]

    for name, default in limits:
        shown = "to be decided" if default is None else f"`{default}`"
        assert f"| `{name.removeprefix('limit_')}` | {shown} |" in LIMITS


def test_the_limits_summary_has_the_default_figures():
    """The short table repeats a few figures of the settings."""
    default = {name: field.default for name, field in Settings.model_fields.items()}

    assert default["limit_sends_per_number"] == "3/10min,5/h,10/d"
    assert "3 in ten minutes, 5 an hour, 10 a day" in LIMITS
    assert f"{default['attempts']} guesses a code" in LIMITS
    assert default["limit_calls_per_address"] == "60/min"
    assert "60 a minute from an address" in LIMITS


def test_the_apps_example_is_valid_and_complete():
    """A limit on money needs prices."""
    example = next(block for block in blocks("json", API) if "secret_keys" in block)
    for n in range(example.count("<sha256")):
        example = re.sub("<sha256[^>]*>", f"{n:064x}", example, count=1)

    (app,) = make_settings(
        apps=" ".join(example.split()), human_check="altcha", prices=str(ROOT / "deploy" / "prices.example.csv")
    ).apps.values()

    assert set(AppSettings.model_fields) == app.model_fields_set
    assert set(AppLimits.model_fields) == app.limits.model_fields_set


@pytest.mark.parametrize("body", [CodeRequestBody, ResendBody, CheckByIdBody, CheckByNumberBody])
def test_every_request_field_is_documented(body):
    for field in body.model_fields:
        assert f"`{field}`" in API or f'"{field}"' in API


@pytest.mark.parametrize("model", RESPONSES)
def test_every_response_field_is_documented(model):
    for field in model.model_fields:
        assert f"`{field}`" in ANSWERS


@pytest.mark.parametrize("words", [State, Status, Reason, BlockerKind])
def test_every_status_reason_and_blocker_is_documented(words):
    for word in words:
        assert f"`{word}`" in ANSWERS


def test_every_error_is_documented_with_its_status():
    for error, status in STATUS_OF.items():
        assert f"| {status} | `{error.code}` |" in API


def test_every_public_route_is_documented():
    """Except development pages and FastAPI's own; the README shows no other."""
    modules = [import_module(f"app.api.{module.name}") for module in iter_modules(api.__path__)]
    paths = {route.path for module in modules if hasattr(module, "router") for route in module.router.routes}
    shown = set(re.findall(r"`(?:GET|POST|DELETE) (/[^`]*)`", README))

    assert "/v1/request-code" in paths
    assert {path for path in paths if path.removesuffix("/{token}") not in API} == set()
    assert shown
    assert shown <= paths


def test_the_documented_network_is_the_compose_network():
    (network,) = re.findall(r"subnet: (\S+)", (ROOT / "docker-compose.yml").read_text())

    assert network in GOING_LIVE


def test_invalid_http_is_answered_by_a_plain_400_as_documented(developers_service):
    """A request that is not valid HTTP never reaches the service's own code."""
    url = httpx.URL(developers_service)
    with socket.create_connection((url.host, url.port), timeout=10) as caller:
        caller.sendall(b"\0\r\n\r\n")
        answer = caller.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\ncontent-type: text/plain" in answer
    assert "a plain-text 400" in join_lines(API)


def test_request_size_and_time_limits_are_documented():
    size, seconds = header_limits.MAX_BYTES // 1024, header_limits.MAX_SECONDS
    assert f"a request's head, of {size} KiB at most, has {seconds} s" in GOING_LIVE
    assert f"a body of {body_limits.MAX_BYTES // 1024} KiB" in GOING_LIVE


def test_no_page_loads_a_file_from_another_host():
    """Such a host would see the address of each reader, and the page would need internet."""
    folder = ROOT / "app" / "web"
    files = [path for path in folder.rglob("*") if path.suffix in {".html", ".js", ".css", ".py", ".svg"}]
    hosts = {host for path in files for host in re.findall(r"https?://([\w.]+)", path.read_text())}

    assert len(files) > 20
    assert hosts <= {"www.w3.org"}, "that of the SVG namespace is never requested"


def test_the_missing_widget_of_the_demo_page_is_documented():
    assert "`/demo` shows no third-party widget" in join_lines((DOCS / "using" / "human-check.md").read_text())


def test_every_competitor_price_has_a_source_and_a_month():
    """A price without them cannot be checked."""
    prices = [line for line in COMPARISON.splitlines() if line.startswith("|") and re.search(r"[$€]\d", line)]

    assert len(prices) > 6
    assert all(re.search(r"\| 20\d\d-\d\d, .*https://|the source of", line) for line in prices)
