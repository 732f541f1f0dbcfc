"""The developer's inbox in a real browser: conversations, their addresses, texts of any direction."""

from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.dev_inbox import newest, open_thread, text


def test_each_number_has_its_conversation_and_the_newest_is_first(page):
    for to, words in [("+31612345601", "one"), ("+4915112345601", "two"), ("+31612345601", "three")]:
        text(page, to, words)
    page.goto("/dev/inbox")
    rows = page.locator("#conversations li")
    expect(rows.filter(has_text="+31612345601")).to_contain_text("three")

    numbers = [number for number in rows.locator("[data-part=to]").all_inner_texts() if number.endswith("45601")]
    assert numbers == ["+31612345601", "+4915112345601"]

    rows.filter(has_text="+31612345601").get_by_role("link").click()

    expect(page.locator(".thread:not([hidden]) .bubble")).to_have_text(["one", "three"])


def test_a_conversation_has_an_address_and_the_ways_back_work(page):
    text(page, "+31612345602", "hello")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345602").click()
    expect(page).to_have_url("/dev/inbox?to=%2B31612345602")

    page.go_back()
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    page.go_forward()
    expect(newest(page)).to_contain_text("hello")
    page.get_by_role("button", name="All messages").click()

    expect(page.get_by_role("link", name="+31612345602")).to_be_visible()
    expect(page).to_have_url("/dev/inbox")


def test_an_address_waits_for_a_number_that_has_no_sms_yet(page):
    open_thread(page, "+31612345603")
    expect(page.get_by_text("No SMS yet")).to_be_visible()

    text(page, "+31612345603", "here it is")

    expect(newest(page)).to_contain_text("here it is")
    expect(page.get_by_text("No SMS yet")).to_be_hidden()


def test_an_sms_to_another_number_is_announced_and_opens(page):
    """As on a phone: what comes in elsewhere shows at the top, and does not take the place of what is read."""
    text(page, "+31612345604", "first")
    open_thread(page, "+31612345604")
    expect(newest(page)).to_contain_text("first")

    text(page, "+4915112345604", "second")
    banner = page.locator("#banner").filter(has_text="+4915112345604")
    expect(banner).to_contain_text("second")
    expect(newest(page)).to_contain_text("first")
    banner.click()

    expect(newest(page)).to_contain_text("second")
    expect(banner).to_be_hidden()


def test_an_sms_shows_its_code_once_and_what_it_costs(page):
    text(page, "+31612345605", "042137 is your code for €5 ✓ of the shop.\n\n@shop.example #042137")
    open_thread(page, "+31612345605")

    expect(newest(page).locator("strong")).to_have_text(["042137"])
    expect(newest(page)).to_contain_text("UCS-2, 1 segment")


def test_each_line_is_read_in_its_own_direction(page):
    """Below a sentence from right to left the line for the phone still reads from left to right."""
    for number, words, direction in [
        ("+31612345606", "رمز Acme هو 042137.", "rtl"),
        ("+31612345630", "042137 הוא הקוד שלך.", "rtl"),
        ("+31612345631", "042137 — ваш код.", "ltr"),
    ]:
        text(page, number, f"{words}\n\n@shop.example #042137")
        open_thread(page, number)
        lines = newest(page, number).locator(".bubble p")
        expect(lines, words).to_have_count(2)

        expect(lines.first, words).to_have_css("direction", direction)
        expect(lines.last, words).to_have_css("direction", "ltr")


def test_an_sms_stays_text(page):
    text(page, "+31612345607", "<img src=x onerror=alert(1)> 042137")
    open_thread(page, "+31612345607")

    expect(newest(page).locator(".bubble")).to_have_text("<img src=x onerror=alert(1)> 042137")


def test_an_address_opens_its_conversation_however_its_plus_is_written(page):
    for to in ("%2B31612345608", "+31612345608", "31612345608"):
        page.goto(f"/dev/inbox?to={to}")

        expect(page.get_by_role("heading", name="+31612345608"), to).to_be_visible()


def test_an_address_that_names_no_number_shows_the_list(page):
    text(page, "+31612345609")
    for to in ("", "+", "junk", "__proto__", "%2B123", "+31+6+12", "x" * 3000):
        page.goto(f"/dev/inbox?to={to}")

        expect(page.get_by_role("link", name="+31612345609"), to).to_be_visible()
        expect(page.get_by_role("heading", name="Messages"), to).to_be_visible()
        expect(page.get_by_role("button", name="All messages"), to).to_be_hidden()


def test_list_and_thread_can_be_used_by_everybody(page):
    page.emulate_media(reduced_motion="reduce")
    number = "+31612345619"
    text(page, number, "042137 is your code.\n\n@shop.example #042137")
    page.goto("/dev/inbox")
    row = page.get_by_role("link", name=number)
    expect(row).to_be_visible()
    assert violations(page) == []

    row.click()
    for button in ("Buffer", "Fail", "Deliver"):
        newest(page).get_by_role("button", name=button).click()
        expect(newest(page).locator(".answer")).to_contain_text("200 OK")
        assert violations(page) == [], button


def test_the_phone_fits_the_smallest_phone(page):
    text(page, "+31612345620", f"042137 {'w' * 80}\n\n@a-shop-with-a-rather-long-name.example #042137")
    page.set_viewport_size({"width": 320, "height": 640})
    open_thread(page, "+31612345620")
    expect(newest(page)).to_contain_text("042137")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_conversation_is_opened_and_reported_on_by_keyboard(page):
    """The focus goes along with what a person opens, so the next Tab is in the conversation."""
    text(page, "+31612345621", "042137")
    page.goto("/dev/inbox")
    page.get_by_role("link", name="+31612345621").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="+31612345621")).to_be_focused()

    for _ in range(2):  # over the summary to the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(newest(page).locator(".status")).to_have_text("delivered")
