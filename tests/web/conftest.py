"""A small app with all pages, and a clock that goes on one second with each SMS; and a browser on the real service."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from playwright.sync_api import sync_playwright

from app.web.demo import demo_pages
from app.web.form import form_files
from app.web.home import home_page
from app.web.inbox import Inbox
from app.web.pages import static_files
from app.web.phone import phone_pages
from app.web.problems import ProblemPage, problem_pages
from tests.support.service import otp_dev

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture
def inbox():
    seconds = count()
    return Inbox(clock=lambda: START + timedelta(seconds=next(seconds)))


@pytest.fixture
async def pages(inbox):
    app = FastAPI()
    app.include_router(home_page())
    app.include_router(demo_pages(publishable_key="pk_dev"))
    app.include_router(phone_pages(inbox, report_token='t"<k>'))
    app.include_router(problem_pages({"rate_limited": ProblemPage("rate_limited", "Too <many>", 429, "A limit.")}))
    app.include_router(form_files())
    app.mount("/static", static_files())
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.fixture(scope="module")
def service():
    """The whole service in development mode, for the tests of one file."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium on this machine: apt install chromium")
    with otp_dev() as url:
        yield url


@pytest.fixture(scope="module")
def browser(service):
    """A browser for the tests of one file; longer, and its event loop would be in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(browser, service):
    """A profile that nobody used before; no script may fail in it, and the policy of a page may stop nothing."""
    said = []
    context = browser.new_context(locale="en-GB", base_url=service, viewport={"width": 1180, "height": 860})
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield context
    context.close()
    assert [text for text in said if not text.startswith("Failed to load resource")] == []  # a refusal is no mistake


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def violations():
    """Tell which rules of axe-core a page breaks, and where."""

    def look(page):
        found = Axe().run(page).response["violations"]
        return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]

    return look
