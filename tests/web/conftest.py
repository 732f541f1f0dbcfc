"""Fixtures: a small app with all pages, whose clock advances one second per SMS, and a browser on the real service.

A worker of pytest-xdist shares one browser, one service and one page of another origin among its tests: each test uses
unique numbers and a separate browser context.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.web.demo import demo_pages
from app.web.dev_inbox import inbox_pages
from app.web.dev_inbox_memory import Inbox
from app.web.form import form_files
from app.web.home import home_page
from app.web.pages import static_files
from app.web.problem_pages import ProblemPage, problem_page_routes
from tests.support.chromium import CHROMIUM, open_chromium
from tests.support.firefox import FIREFOX, open_firefox
from tests.support.form_page import foreign_page
from tests.support.service import UNLIMITED, otp_dev

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FORM = Path(__file__).parent / "form"


def pytest_generate_tests(metafunc):
    """Run the tests of the form in Firefox too, where `-m firefox` selects them; not those that name Chromium."""
    if "browser" in metafunc.fixturenames:
        path = metafunc.definition.path
        is_for_all = path.parent == FORM and not path.stem.endswith("_in_chromium")
        others = [pytest.param("firefox", marks=pytest.mark.firefox)] if is_for_all else []
        metafunc.parametrize("browser", ["chromium", *others], indirect=True, scope="session")


def pytest_itemcollected(item):
    """Mark a test that uses the browser; of its parameters, the suite runs the first, and `-m long` the others."""
    if "browser" not in getattr(item, "fixturenames", ()):
        return
    item.add_marker("browser")
    indices = {name: index for name, index in item.callspec.indices.items() if name != "browser"}
    if any(indices.values()):
        item.add_marker("long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session):
    """Put the tests that use the browser last, whatever the order of options such as `--ff`.

    While the browser is open, no asynchronous test can run in the same process. Each worker of pytest-xdist takes
    tests in this order, so that after its first test with the browser it has only such tests. At the very end are those
    with the form on a foreign page: their SMS fill the developer's inbox, and its pages become slower.
    """
    session.items.sort(key=_browser_order)


def _browser_order(item):
    used = [name in getattr(item, "fixturenames", ()) for name in ("browser", "shop")]
    return [item.get_closest_marker("firefox") is not None, *used]


@pytest.fixture
def inbox():
    seconds = count()
    return Inbox(clock=lambda: START + timedelta(seconds=next(seconds)))


@pytest.fixture
async def pages(inbox):
    app = FastAPI()
    app.include_router(home_page())
    app.include_router(demo_pages(publishable_key="pk_dev"))
    app.include_router(inbox_pages(inbox, report_token='t"<k>'))
    app.include_router(
        problem_page_routes({"rate_limited": ProblemPage("rate_limited", "Too <many>", 429, "A limit.")})
    )
    app.include_router(form_files())
    app.mount("/static", static_files())
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.fixture(scope="session")
def browser(request):
    installed, open_browser = (CHROMIUM, open_chromium) if request.param == "chromium" else (FIREFOX, open_firefox)
    if installed is None:
        pytest.skip(f"needs {request.param} on this machine")
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def service():
    """The whole service in development mode, without the limits of an address: all tests call from the same one."""
    with otp_dev(**UNLIMITED) as url:
        yield url


@pytest.fixture(scope="session")
def shop(service):
    """A page of another origin that shows the form."""
    with foreign_page(service) as url:
        yield url


@pytest.fixture
def context(browser, service):
    """A new browser context; it fails on script errors and on violations of a content security policy."""
    errors = []
    context = browser.new_context(locale="en-GB", base_url=service, viewport={"width": 1180, "height": 860})
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda line: line.type == "error" and errors.append(line.text))
    yield context
    context.close()
    # An error response is no script error.
    assert [text for text in errors if not text.startswith("Failed to load resource")] == []


@pytest.fixture
def page(context):
    return context.new_page()
