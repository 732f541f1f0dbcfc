"""The buttons of the inbox that simulate the vendor, in a browser, and the stored status."""

from collections import defaultdict

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest_bubble, open_thread, post_sms

SECRET = {"Authorization": "Bearer sk_dev"}
BLOCK_STORAGE = (
    'Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no", "SecurityError"); } })'
)


@pytest.fixture
def page(page):
    """A page without animations: Playwright clicks a button only after its SMS stops moving."""
    page.emulate_media(reduced_motion="reduce")
    return page


def request_code(page, number):
    """Request a code as a backend does; returns the id of the verification."""
    response = page.request.post("/v1/request-code", headers=SECRET, data={"phone_number": number})
    assert response.status == 202, response.text()
    return response.json()["verification_id"]


def message_of(page, verification, *, status):
    """Poll the verification as a backend does, until the worker has applied the report."""
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
def test_button_reports_a_status_that_the_service_applies(page, button, status, number):
    """The inbox acts as a vendor: its report changes the status of the message once."""
    verification = request_code(page, number)
    open_thread(page, number)

    newest_bubble(page).get_by_role("button", name=button).click()

    expect(newest_bubble(page).locator(".status")).to_have_text(status)
    expect(newest_bubble(page).locator(".answer")).to_contain_text("200 OK")
    message = message_of(page, verification, status=status)
    assert [step["status"] for step in message["history"]].count(status) == 1
    assert message["segments"] == 1


@pytest.mark.long
def test_delayed_report_counts_down(page):
    verification = request_code(page, "+31612345615")
    page.clock.install()
    open_thread(page, "+31612345615")

    newest_bubble(page).get_by_role("button", name="Delay").click()
    expect(newest_bubble(page).locator(".answer")).to_have_text("Reports “delivered” in 5 s …")
    page.clock.run_for(1000)
    expect(newest_bubble(page).locator(".answer")).to_have_text("Reports “delivered” in 4 s …")
    assert message_of(page, verification, status="sent")["status"] == "sent"
    for _ in range(4):
        page.clock.run_for(1000)

    expect(newest_bubble(page).locator(".status")).to_have_text("delivered")
    assert message_of(page, verification, status="delivered")["status"] == "delivered"


def test_status_survives_a_refresh(page):
    request_code(page, "+31612345616")
    open_thread(page, "+31612345616")
    newest_bubble(page).get_by_role("button", name="Fail").click()
    expect(newest_bubble(page).locator(".status")).to_have_text("failed")

    page.reload()

    expect(newest_bubble(page).locator(".status")).to_have_text("failed")


@pytest.mark.long
def test_status_is_shown_without_storage(page):
    """Chromium throws on access to the storage if the user blocks cookies."""
    page.add_init_script(BLOCK_STORAGE)
    request_code(page, "+31612345622")
    open_thread(page, "+31612345622")

    newest_bubble(page).get_by_role("button", name="Fail").click()

    expect(newest_bubble(page).locator(".status")).to_have_text("failed")


@pytest.mark.long
def test_invalid_storage_is_ignored(page):
    post_sms(page, "+31612345623")
    for junk in ("{", "null", "5", '["failed"]', '"failed"'):
        page.goto("/")
        page.evaluate("(junk) => sessionStorage.setItem('otp-phone', junk)", junk)
        open_thread(page, "+31612345623")

        expect(newest_bubble(page).locator(".status"), junk).to_have_text("sent")


def test_refused_report_keeps_the_status(page):
    post_sms(page, "+31612345617", "042137")
    open_thread(page, "+31612345617")
    page.route("**/v1/reports/**", lambda route: route.continue_(url=f"{route.request.url}x"))

    newest_bubble(page).get_by_role("button", name="Deliver").click()

    expect(newest_bubble(page).locator(".answer")).to_contain_text("401 bad_report")
    expect(newest_bubble(page).locator(".status")).to_have_text("sent")


@pytest.mark.long
def test_unreachable_service_is_reported(page):
    post_sms(page, "+31612345618", "042137")
    open_thread(page, "+31612345618")
    page.route("**/v1/reports/**", lambda route: route.abort())

    newest_bubble(page).get_by_role("button", name="Buffer").click()

    expect(newest_bubble(page).locator(".answer")).to_contain_text("The service cannot be reached.")


@pytest.mark.long
def test_buttons_form_even_rows(page):
    """No button is alone in its row, and all rows are equally wide."""
    post_sms(page, "+31612345624")
    open_thread(page, "+31612345624")
    buttons = newest_bubble(page).locator("[data-act]")
    expect(buttons).to_have_count(5)

    for width in (320, 1180):
        page.set_viewport_size({"width": width, "height": 640})
        rows = defaultdict(list)
        for button in buttons.all():
            box = button.bounding_box()
            rows[box["y"]].append((box["x"], box["x"] + box["width"]))

        assert [len(row) for row in rows.values()] == [3, 2], width
        assert len({(row[0][0], round(row[-1][1])) for row in rows.values()}) == 1, width
