"""The phone's buttons that play the vendor, in a real browser, and what is kept of its word."""

from collections import defaultdict

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest, open_thread, text

SECRET = {"Authorization": "Bearer sk_dev"}
BLOCKED = (
    'Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no", "SecurityError"); } })'
)


@pytest.fixture
def page(page):
    """A page without movements: a button could not be pressed before its SMS stands still."""
    page.emulate_media(reduced_motion="reduce")
    return page


def ask(page, number):
    """Ask for a code as a backend does; gives the verification's id."""
    answer = page.request.post("/v1/request-code", headers=SECRET, data={"phone_number": number})
    assert answer.status == 202, answer.text()
    return answer.json()["verification_id"]


def message_of(page, verification, *, status):
    """Look as a backend does, until the worker has applied the report."""
    for _ in range(200):
        record = page.request.get(f"/v1/verifications/{verification}", headers=SECRET).json()
        messages = record["sends"][0]["messages"]
        if messages and messages[0]["status"] == status:
            break
    return messages[0]


@pytest.mark.parametrize(
    ("button", "status", "number"),
    [
        ("Deliver", "delivered", "+31612345611"),
        ("Buffer", "buffered", "+31612345612"),
        ("Fail", "failed", "+31612345613"),
        ("Duplicate", "delivered", "+31612345614"),
    ],
)
def test_a_button_reports_and_the_service_believes_it(page, button, status, number):
    """The phone is a vendor: the service's record of the message moves, by the vendor's word, once."""
    verification = ask(page, number)
    open_thread(page, number)

    newest(page).get_by_role("button", name=button).click()

    expect(newest(page).locator(".status")).to_have_text(status)
    expect(newest(page).locator(".answer")).to_contain_text("200 OK")
    message = message_of(page, verification, status=status)
    assert [step["status"] for step in message["history"]].count(status) == 1
    assert message["segments"] == 1


def test_a_report_that_is_delayed_counts_down_first(page):
    verification = ask(page, "+31612345615")
    page.clock.install()
    open_thread(page, "+31612345615")

    newest(page).get_by_role("button", name="Delay").click()
    expect(newest(page).locator(".answer")).to_have_text("Reports “delivered” in 5 s …")
    page.clock.run_for(1000)
    expect(newest(page).locator(".answer")).to_have_text("Reports “delivered” in 4 s …")
    assert message_of(page, verification, status="sent")["status"] == "sent"
    for _ in range(4):
        page.clock.run_for(1000)

    expect(newest(page).locator(".status")).to_have_text("delivered")
    assert message_of(page, verification, status="delivered")["status"] == "delivered"


def test_a_status_outlives_a_refresh(page):
    ask(page, "+31612345616")
    open_thread(page, "+31612345616")
    newest(page).get_by_role("button", name="Fail").click()
    expect(newest(page).locator(".status")).to_have_text("failed")

    page.reload()

    expect(newest(page).locator(".status")).to_have_text("failed")


def test_a_phone_without_storage_works(page):
    """Chromium throws at the mere name of it where a person has blocked cookies."""
    page.add_init_script(BLOCKED)
    ask(page, "+31612345622")
    open_thread(page, "+31612345622")

    newest(page).get_by_role("button", name="Fail").click()

    expect(newest(page).locator(".status")).to_have_text("failed")


def test_junk_in_the_storage_is_nothing(page):
    text(page, "+31612345623")
    for junk in ("{", "null", "5", '["failed"]', '"failed"'):
        page.goto("/")
        page.evaluate("(junk) => sessionStorage.setItem('otp-phone', junk)", junk)
        open_thread(page, "+31612345623")

        expect(newest(page).locator(".status"), junk).to_have_text("sent")


def test_a_report_that_the_service_refuses_changes_nothing(page):
    text(page, "+31612345617", "042137")
    open_thread(page, "+31612345617")
    page.route("**/v1/reports/**", lambda route: route.continue_(url=f"{route.request.url}x"))

    newest(page).get_by_role("button", name="Deliver").click()

    expect(newest(page).locator(".answer")).to_contain_text("401 bad_report")
    expect(newest(page).locator(".status")).to_have_text("sent")


def test_a_service_that_is_away_is_told_in_words(page):
    text(page, "+31612345618", "042137")
    open_thread(page, "+31612345618")
    page.route("**/v1/reports/**", lambda route: route.abort())

    newest(page).get_by_role("button", name="Buffer").click()

    expect(newest(page).locator(".answer")).to_contain_text("The service cannot be reached.")


def test_the_buttons_stand_in_even_rows(page):
    """None alone in its row, and all rows equally wide."""
    text(page, "+31612345624")
    open_thread(page, "+31612345624")
    buttons = newest(page).locator("[data-act]")
    expect(buttons).to_have_count(5)

    for width in (320, 1180):
        page.set_viewport_size({"width": width, "height": 640})
        rows = defaultdict(list)
        for button in buttons.all():
            box = button.bounding_box()
            rows[box["y"]].append((box["x"], box["x"] + box["width"]))

        assert [len(row) for row in rows.values()] == [3, 2], width
        assert len({(row[0][0], round(row[-1][1])) for row in rows.values()}) == 1, width
