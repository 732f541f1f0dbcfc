"""Keyboard focus in the inbox: it never returns to the top of the page."""

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest_bubble, open_thread, post_sms

pytestmark = pytest.mark.long  # a page for developers


def deliver_button(page):
    return newest_bubble(page).get_by_role("button", name="Deliver")


def test_new_sms_keeps_focused_buttons_open(page):
    """The buttons of earlier SMS collapse otherwise, which would lose the focus."""
    post_sms(page, "+31612345701", "one")
    open_thread(page, "+31612345701")
    deliver_button(page).focus()

    post_sms(page, "+31612345701", "two")
    expect(newest_bubble(page)).to_contain_text("two")

    first = page.locator(".thread:not([hidden]) .sms:first-child")
    expect(first.get_by_role("button", name="Deliver")).to_be_focused()


def test_browser_back_moves_the_focus_to_the_list(page):
    post_sms(page, "+31612345702")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345702").click()
    deliver_button(page).focus()

    page.go_back()

    expect(page.get_by_role("heading", name="Messages")).to_be_focused()


@pytest.mark.parametrize("to", ["+31612345703", "+31612345704"], ids=["another row", "its own row"])
def test_row_keeps_the_focus_when_rows_move(page, to):
    post_sms(page, "+31612345704")
    post_sms(page, "+31612345703")
    page.goto("/dev/inbox")
    row = page.get_by_role("link", name="+31612345704")
    row.focus()

    post_sms(page, to, "the newest")
    expect(page.locator("#conversations li").first).to_contain_text("the newest")

    expect(row).to_be_focused()


def test_following_inbox_moves_the_focus_along(page):
    """Beside the demo, the inbox opens the newest SMS and closes the current conversation."""
    page.goto("/demo")
    post_sms(page, "+31612345705")
    expect(page.get_by_role("heading", name="+31612345705")).to_be_visible()
    deliver_button(page).focus()

    post_sms(page, "+31612345706")

    expect(page.get_by_role("heading", name="+31612345706")).to_be_focused()


def test_new_sms_keeps_the_focus_elsewhere(page):
    page.goto("/demo")
    page.locator("#number").focus()

    post_sms(page, "+31612345707")
    expect(page.get_by_role("heading", name="+31612345707")).to_be_visible()

    expect(page.locator("#number")).to_be_focused()
