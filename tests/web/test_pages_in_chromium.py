"""The pages that only say something, in a real browser."""

import pytest
from playwright.sync_api import expect

PAGES = ["/", "/problems/rate_limited"]


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_everybody(page, violations, path, look):
    """Contrast above all, which differs between light and dark."""
    page.emulate_media(color_scheme=look)
    page.goto(path)

    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_the_smallest_phone(page, path):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_first_page_leads_to_the_demo_by_keyboard(page):
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#number")).to_be_visible()
