"""The form on a page of another origin."""

import pytest

from tests.support.form import FRESH, Form


@pytest.fixture
def new_form(browser, service, shop):
    """Give a function that opens forms, each in a new browser context; its console is kept in `complaints`."""
    contexts = []

    def new_form(**how):
        context = browser.new_context(**({"locale": "en-GB"} | how))
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
    return next(FRESH)
