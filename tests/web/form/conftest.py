"""Fixtures: the form on a page of another origin."""

import pytest

from tests.support.form import UNUSED_NUMBERS, Form


@pytest.fixture
def new_form(browser, service, shop):
    """Return a function that opens forms, each in a new browser context; `complaints` collects its console errors."""
    contexts = []

    def new_form(**options):
        context = browser.new_context(**({"locale": "en-GB"} | options))
        contexts.append(context)
        form = Form(context.new_page(), service, shop)
        form.complaints = []
        context.on("weberror", lambda error: form.complaints.append(str(error.error)))
        context.on("console", lambda line: line.type in {"error", "warning"} and form.complaints.append(line.text))
        return form

    yield new_form
    for context in contexts:
        context.close()


@pytest.fixture
def form(new_form):
    return new_form()


@pytest.fixture
def number():
    """A number that no other test of this process uses."""
    return next(UNUSED_NUMBERS)
