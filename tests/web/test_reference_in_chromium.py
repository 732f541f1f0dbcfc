"""The API reference page in a browser that reaches this service and no other host."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.form import UNUSED_NUMBERS


@pytest.fixture
def requested_hosts(page, service):
    """Refuse every request to another host, and list the hosts that the page wanted to reach."""
    own, hosts = urlsplit(service), set()

    def route_request(route):
        url = urlsplit(route.request.url)
        hosts.add(url.hostname)
        if url.hostname in {own.hostname, "localhost"} and url.port == own.port:
            route.continue_()
        else:
            route.abort()

    page.route("**/*", route_request)
    return hosts


@pytest.fixture
def console(page):
    """Everything that the page prints, warnings included."""
    lines = []
    page.on("console", lambda message: lines.append(message.text))
    return lines


def open_operation(page, url, *, operation):
    page.goto(url)
    block = page.locator(f"[id$={operation}]")
    block.locator(".opblock-summary").click()
    return block


def authorize(page, key):
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.locator(".auth-container input").fill(key)
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_reader_can_call_an_operation_without_internet(page, service, requested_hosts, console, host):
    """Under the public URL, and under another name of the service: the page calls the origin that it came from."""
    block = open_operation(page, f"{service.replace('127.0.0.1', host)}/docs", operation="requestCode")
    authorize(page, "sk_dev")
    block.locator("textarea").fill(json.dumps({"phone_number": next(UNUSED_NUMBERS)}))

    block.get_by_role("button", name="Execute").click()

    answer = block.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").nth(1)).to_have_text("202")
    expect(answer).to_contain_text('"status": "pending"')
    assert requested_hosts == {host}
    assert console == []


def test_every_operation_and_schema_is_shown(page, service, requested_hosts, console):
    page.goto("/docs")
    expect(page.locator("h1, h2").first).to_contain_text("otp")
    document = page.request.get("/openapi.json").json()
    items = [*document["paths"].values(), *document["webhooks"].values()]
    operations = [operation for item in items for operation in item.values()]

    expect(page.locator(".opblock")).to_have_count(len(operations))
    expect(page.locator(".models > div > article")).to_have_count(len(document["components"]["schemas"]))
    assert console == []
