"""The pages that only say something, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations

PAGES = ["/", "/problems/rate_limited"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_everybody(page, path):
    """Contrast above all, which differs between light and dark."""
    page.goto(path)

    assert violations(page) == []


def test_a_page_fits_the_smallest_phone(page):
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_the_first_page_leads_to_the_demo_by_keyboard(page):
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#number")).to_be_visible()
