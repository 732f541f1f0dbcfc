"""What the pages in docs/ say is so, and what there is stands in them."""

import re
import socket
from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from pydantic import TypeAdapter

from app import api
from app.api.requests import CheckByIdBody, CheckByNumberBody, CodeRequestBody, ResendBody
from app.gateways import GATEWAYS
from app.gateways.settings_fields import GatewaySettings
from app.http import body_limits as sizes
from app.http import header_limits as heads
from app.http.problems import STATUS_OF
from app.settings.apps import AppSettings, OwnLimits
from app.settings.model import Settings
from app.settings.routes import Country, Steps, as_routes, read_routes
from tests.support.builders import make_settings
from tests.support.docs import DOCS, README, blocks, flat
from tests.support.service import ROOT

API = (DOCS / "api.md").read_text()
COMPARISON = (DOCS / "comparison.md").read_text()
GATEWAYS_PAGE = (DOCS / "gateways.md").read_text()
GOING_LIVE = (DOCS / "going-live.md").read_text()
LIMITS = (DOCS / "limits.md").read_text()
SHARED = [field for field in GatewaySettings.model_fields if field != "report_token"]


@pytest.mark.parametrize("gateway", sorted(set(GATEWAYS) - {"http"}))
def test_every_setting_of_a_gateway_stands_in_its_table(gateway):
    """And none that it does not have; the gateway by settings alone has a page and a test of its own."""
    own = {field.upper() for field in GATEWAYS[gateway].settings.model_fields} - {field.upper() for field in SHARED}
    named = re.findall(rf"OTP_GATEWAYS__{gateway.upper()}__([A-Z_]+)", GATEWAYS_PAGE)

    assert set(named) == own
    assert gateway == "inbox" or sorted(named) == sorted(own), "each stands once"


def test_what_every_gateway_can_be_told_stands_once():
    for field in SHARED:
        assert f"| `…__{field.upper()}` |" in GATEWAYS_PAGE


def test_every_kind_of_gateway_is_named():
    for gateway in set(GATEWAYS) - {"inbox"}:
        assert f"`{gateway}`" in GATEWAYS_PAGE


def test_the_routes_that_it_shows_are_taken():
    example = next(block for block in blocks("json", GATEWAYS_PAGE) if "weight" in block)

    routes = as_routes(TypeAdapter(dict[Country, Steps]).validate_python(read_routes(example)), [])

    assert [route_step.gateway for route_step in routes.route_steps("FR", "x")] == ["smstools", "twilio"]
    assert [route_step.sender for route_step in routes.route_steps("IN", "x")] == ["ACMEIN"]


def test_every_limit_stands_in_its_table_with_its_default():
    """Whoever runs it must know what is counted, and against what it helps (ASVS 6.1.1)."""
    limits = [(name, field.default) for name, field in Settings.model_fields.items() if name.startswith("limit_")]

    for name, default in limits:
        shown = "to be decided" if default is None else f"`{default}`"
        assert f"| `{name.removeprefix('limit_')}` | {shown} |" in LIMITS


def test_the_apps_that_it_shows_are_taken():
    example = next(block for block in blocks("json", API) if "secret_keys" in block)
    for n in range(example.count("<sha256")):
        example = re.sub("<sha256[^>]*>", f"{n:064x}", example, count=1)

    (app,) = make_settings(apps=" ".join(example.split()), human_check="altcha").apps.values()

    assert set(AppSettings.model_fields) == app.model_fields_set
    assert set(OwnLimits.model_fields) == app.limits.model_fields_set


@pytest.mark.parametrize("body", [CodeRequestBody, ResendBody, CheckByIdBody, CheckByNumberBody])
def test_every_field_of_a_body_is_named(body):
    for field in body.model_fields:
        assert f"`{field}`" in API or f'"{field}"' in API


def test_every_error_stands_in_the_table():
    for error, status in STATUS_OF.items():
        assert f"| {status} | `{error.code}` |" in API


def test_every_route_is_described():
    """But for the pages of development and of FastAPI itself; the README shows no other."""
    modules = [import_module(f"app.api.{module.name}") for module in iter_modules(api.__path__)]
    paths = {route.path for module in modules if hasattr(module, "router") for route in module.router.routes}
    shown = set(re.findall(r"`(?:GET|POST|DELETE) (/[^`]*)`", README))

    assert "/v1/request-code" in paths
    assert {path for path in paths if path.removesuffix("/{token}") not in API} == set()
    assert shown
    assert shown <= paths


def test_the_network_that_it_names_is_that_of_the_containers():
    (network,) = re.findall(r"subnet: (\S+)", (ROOT / "docker-compose.yml").read_text())

    assert network in GOING_LIVE


def test_the_one_error_without_a_problem_document_is_told(developers_service):
    """What cannot be read as HTTP never reaches the service's own code."""
    url = httpx.URL(developers_service)
    with socket.create_connection((url.host, url.port), timeout=10) as caller:
        caller.sendall(b"\0\r\n\r\n")
        answer = caller.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\ncontent-type: text/plain" in answer
    assert "a plain 400, in text" in API


def test_what_a_request_may_weigh_and_take_is_told():
    assert f"a request's head may have {heads.MAX_BYTES // 1024} KiB and {heads.MAX_SECONDS} s" in GOING_LIVE
    assert f"a body {sizes.MAX_BYTES // 1024} KiB" in GOING_LIVE


def test_the_proxy_that_it_shows_keeps_no_report_address():
    """Its path holds the vendor's secret, and some vendors write a number behind it."""
    (line,) = re.findall(r"^location /v1/reports/ .*$", GOING_LIVE, re.MULTILINE)

    assert "access_log off;" in line
    assert "proxy_http_version 1.1;" in GOING_LIVE


def test_whoever_a_page_loads_from_is_named():
    """A reader's browser calls them, and they see its address."""
    source = (ROOT / "app" / "web" / "api_reference.py").read_text()

    for host in re.findall(r"https://([\w.]+)/", source):
        assert (
            f"`/docs` shows every body and every error with an example; that page loads Swagger UI from {host}."
            in flat(API)
        )


def test_where_no_check_can_be_shown_is_told():
    assert "`/demo`, shows no widget of theirs" in flat((DOCS / "human-check.md").read_text())


def test_every_price_of_others_has_its_source_and_its_month():
    """What a competitor asks is hearsay without them."""
    prices = [line for line in COMPARISON.splitlines() if line.startswith("|") and re.search(r"[$€]\d", line)]

    assert len(prices) > 6
    assert all(re.search(r"\| 20\d\d-\d\d, .*https://|as above", line) for line in prices)
