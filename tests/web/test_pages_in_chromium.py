"""Static pages in a browser: accessibility, width, keyboard."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations

PAGES = ["/", "/problems/rate_limited"]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible(page, path):
    """Above all contrast, which differs between light and dark mode."""
    page.goto(path)

    assert violations(page) == []


def test_page_fits_320_pixels(page):
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_home_page_opens_the_demo_by_keyboard(page):
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#number")).to_be_visible()
