"""The developer's inbox in a browser: conversations, their URLs, text directions, accessibility."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.dev_inbox import newest_bubble, open_thread, post_sms


def test_each_number_has_a_conversation_newest_first(page):
    for to, text in [("+31612345601", "one"), ("+4915112345601", "two"), ("+31612345601", "three")]:
        post_sms(page, to, text)
    page.goto("/dev/inbox")
    rows = page.locator("#conversations li")
    expect(rows.filter(has_text="+31612345601")).to_contain_text("three")

    numbers = [number for number in rows.locator("[data-part=to]").all_inner_texts() if number.endswith("45601")]
    assert numbers == ["+31612345601", "+4915112345601"]

    rows.filter(has_text="+31612345601").get_by_role("link").click()

    expect(page.locator(".thread:not([hidden]) .bubble")).to_have_text(["one", "three"])


@pytest.mark.long
def test_conversation_has_a_url_and_back_navigation_works(page):
    post_sms(page, "+31612345602", "hello")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345602").click()
    expect(page).to_have_url("/dev/inbox?to=%2B31612345602")

    page.go_back()
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    page.go_forward()
    expect(newest_bubble(page)).to_contain_text("hello")
    page.get_by_role("button", name="All messages").click()

    expect(page.get_by_role("link", name="+31612345602")).to_be_visible()
    expect(page).to_have_url("/dev/inbox")


@pytest.mark.long
def test_url_of_a_number_without_sms_waits_for_one(page):
    open_thread(page, "+31612345603")
    expect(page.get_by_text("No SMS yet")).to_be_visible()

    post_sms(page, "+31612345603", "here it is")

    expect(newest_bubble(page)).to_contain_text("here it is")
    expect(page.get_by_text("No SMS yet")).to_be_hidden()


@pytest.mark.long
def test_sms_to_another_number_shows_a_banner_that_opens_it(page):
    """As on a phone: an SMS to another number shows a banner and does not replace the open conversation."""
    post_sms(page, "+31612345604", "first")
    open_thread(page, "+31612345604")
    expect(newest_bubble(page)).to_contain_text("first")

    post_sms(page, "+4915112345604", "second")
    banner = page.locator("#banner").filter(has_text="+4915112345604")
    expect(banner).to_contain_text("second")
    expect(newest_bubble(page)).to_contain_text("first")
    banner.click()

    expect(newest_bubble(page)).to_contain_text("second")
    expect(banner).to_be_hidden()


def test_sms_shows_its_code_once_and_its_segments(page):
    post_sms(page, "+31612345605", "042137 is your code for €5 ✓ of the shop.\n\n@shop.example #042137")
    open_thread(page, "+31612345605")

    expect(newest_bubble(page).locator("strong")).to_have_text(["042137"])
    expect(newest_bubble(page)).to_contain_text("UCS-2, 1 segment")


@pytest.mark.long
def test_each_line_has_its_own_direction(page):
    """Below a right-to-left sentence the autofill line still reads from left to right."""
    for number, text, direction in [
        ("+31612345606", "رمز Acme هو 042137.", "rtl"),
        ("+31612345630", "042137 הוא הקוד שלך.", "rtl"),
        ("+31612345631", "042137 — ваш код.", "ltr"),
    ]:
        post_sms(page, number, f"{text}\n\n@shop.example #042137")
        open_thread(page, number)
        lines = newest_bubble(page, number).locator(".bubble p")
        expect(lines, text).to_have_count(2)

        expect(lines.first, text).to_have_css("direction", direction)
        expect(lines.last, text).to_have_css("direction", "ltr")


def test_sms_is_shown_as_text(page):
    post_sms(page, "+31612345607", "<img src=x onerror=alert(1)> 042137")
    open_thread(page, "+31612345607")

    expect(newest_bubble(page).locator(".bubble")).to_have_text("<img src=x onerror=alert(1)> 042137")


@pytest.mark.long
def test_url_accepts_every_spelling_of_the_plus(page):
    for to in ("%2B31612345608", "+31612345608", "31612345608"):
        page.goto(f"/dev/inbox?to={to}")

        expect(page.get_by_role("heading", name="+31612345608"), to).to_be_visible()


@pytest.mark.long
def test_url_without_a_number_shows_the_list(page):
    post_sms(page, "+31612345609")
    for to in ("", "+", "junk", "__proto__", "%2B123", "+31+6+12", "x" * 3000):
        page.goto(f"/dev/inbox?to={to}")

        expect(page.get_by_role("link", name="+31612345609"), to).to_be_visible()
        expect(page.get_by_role("heading", name="Messages"), to).to_be_visible()
        expect(page.get_by_role("button", name="All messages"), to).to_be_hidden()


def test_list_and_thread_are_accessible(page):
    page.emulate_media(reduced_motion="reduce")
    number = "+31612345619"
    post_sms(page, number, "042137 is your code.\n\n@shop.example #042137")
    page.goto("/dev/inbox")
    row = page.get_by_role("link", name=number)
    expect(row).to_be_visible()
    assert violations(page) == []

    row.click()
    for button in ("Buffer", "Fail", "Deliver"):
        newest_bubble(page).get_by_role("button", name=button).click()
        expect(newest_bubble(page).locator(".answer")).to_contain_text("200 OK")
        assert violations(page) == [], button


@pytest.mark.long
def test_inbox_fits_320_pixels(page):
    post_sms(page, "+31612345620", f"042137 {'w' * 80}\n\n@a-shop-with-a-rather-long-name.example #042137")
    page.set_viewport_size({"width": 320, "height": 640})
    open_thread(page, "+31612345620")
    expect(newest_bubble(page)).to_contain_text("042137")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_conversation_is_usable_by_keyboard(page):
    """The focus moves to the opened conversation, so the next Tab is inside it."""
    post_sms(page, "+31612345621", "042137")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345621").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="+31612345621")).to_be_focused()

    for _ in range(2):  # past the summary to the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(newest_bubble(page).locator(".status")).to_have_text("delivered")
