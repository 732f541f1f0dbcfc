"""A small app with all pages, and a clock that goes on one second with each SMS."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.web.demo import demo_pages
from app.web.home import home_page
from app.web.inbox import Inbox
from app.web.pages import static_files
from app.web.phone import phone_pages
from app.web.problems import ProblemPage, problem_pages

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


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
    app.mount("/static", static_files())
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client
