"""A browser, the whole service, and a shop on another origin whose page shows the form."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.support.form import FRESH, Form
from tests.support.form_page import foreign_page
from tests.support.service import otp_dev

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
# All tests ask from one address: what it may do is tested elsewhere.
UNLIMITED = {f"OTP_LIMIT_{name}": "off" for name in ("SENDS_PER_ADDRESS", "CHECKS_PER_ADDRESS", "CALLS_PER_ADDRESS")}


@pytest.fixture(scope="module")
def browser():
    """For a module, not for the session: as long as it is open, no test of another kind can run an event loop."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium on this machine: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service():
    with otp_dev(**UNLIMITED) as url:
        yield url


@pytest.fixture(scope="session")
def shop(service):
    with foreign_page(service) as url:
        yield url


@pytest.fixture
def visit(browser, service, shop):
    """Give a way to open pages in browsers that nobody used before; their consoles stay in `complaints`."""
    contexts = []

    def visit(**how):
        context = browser.new_context(**({"locale": "en-GB"} | how))
        contexts.append(context)
        form = Form(context.new_page(), service, shop)
        form.complaints = []
        context.on("weberror", lambda error: form.complaints.append(str(error.error)))
        context.on("console", lambda said: said.type in {"error", "warning"} and form.complaints.append(said.text))
        return form

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def form(visit):
    return visit()


@pytest.fixture
def number():
    return next(FRESH)
