"""Where the focus is on the phone: never back at the top of the page, whatever arrives or is closed."""

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest, open_thread, text


def deliver(page):
    return newest(page).get_by_role("button", name="Deliver")


def test_an_sms_does_not_close_the_buttons_that_a_person_is_at(page):
    """The buttons of earlier SMS are folded up otherwise, and a focus among them would be lost."""
    text(page, "+31612345701", "one")
    open_thread(page, "+31612345701")
    deliver(page).focus()

    text(page, "+31612345701", "two")
    expect(newest(page)).to_contain_text("two")

    first = page.locator(".thread:not([hidden]) .sms:first-child")
    expect(first.get_by_role("button", name="Deliver")).to_be_focused()


def test_the_browsers_way_back_takes_the_focus_to_the_list(page):
    text(page, "+31612345702")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345702").click()
    deliver(page).focus()

    page.go_back()

    expect(page.get_by_role("heading", name="Messages")).to_be_focused()


@pytest.mark.parametrize("to", ["+31612345703", "+31612345704"], ids=["another row", "its own row"])
def test_a_row_keeps_the_focus_when_rows_move(page, to):
    text(page, "+31612345704")
    text(page, "+31612345703")
    page.goto("/dev/inbox")
    row = page.get_by_role("link", name="+31612345704")
    row.focus()

    text(page, to, "the newest")
    expect(page.locator("#conversations li").first).to_contain_text("the newest")

    expect(row).to_be_focused()


def test_a_phone_that_follows_takes_the_focus_along(page):
    """Beside the demo it opens whatever arrives, and closes the conversation that a person is in."""
    page.goto("/demo")
    text(page, "+31612345705")
    expect(page.get_by_role("heading", name="+31612345705")).to_be_visible()
    deliver(page).focus()

    text(page, "+31612345706")

    expect(page.get_by_role("heading", name="+31612345706")).to_be_focused()


def test_an_sms_takes_the_focus_from_nobody_else(page):
    page.goto("/demo")
    page.locator("#number").focus()

    text(page, "+31612345707")
    expect(page.get_by_role("heading", name="+31612345707")).to_be_visible()

    expect(page.locator("#number")).to_be_focused()
