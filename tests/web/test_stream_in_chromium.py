"""The phone's line to the service, in a real browser: open while somebody can see the phone, and only then."""

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest, open_thread, text

STREAM = "**/dev/inbox/events?after=*"
WIDE, NARROW = {"width": 1180, "height": 860}, {"width": 320, "height": 640}


def turn(page, state):
    """Say that a page is hidden or seen again; a headless Chromium itself says that it shows all its tabs."""
    page.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


@pytest.fixture
def streams(page):
    """The streams that the page has opened, in order."""
    opened = []
    page.on("request", lambda request: opened.append(request.url) if "/events" in request.url else None)
    return opened


def test_six_phones_in_other_tabs_leave_the_browser_free(context):
    """A browser opens six connections to a server, and as many open streams would be all that it gets."""
    for _ in range(6):
        behind = context.new_page()
        behind.goto("/dev/inbox")
        expect(behind.locator("[data-state=open]")).to_be_visible()
        turn(behind, "hidden")

    page = context.new_page()
    page.goto("/demo", timeout=5000)

    expect(page.locator("#number")).to_be_visible()
    expect(page.locator("[data-state=open]")).to_be_visible()


def test_a_phone_that_is_seen_again_asks_for_what_it_missed(page, streams):
    """For that and no more: it says which SMS was its last."""
    text(page, "+31612345801", "one")
    open_thread(page, "+31612345801")
    expect(newest(page)).to_contain_text("one")
    turn(page, "hidden")
    text(page, "+31612345801", "two")

    with page.expect_response(STREAM):
        turn(page, "visible")

    expect(page.locator(".thread:not([hidden]) .bubble")).to_have_text(["one", "two"])
    assert [bool(url.partition("after=")[2]) for url in streams] == [False, True]


def test_a_phone_that_nobody_sees_closes_its_stream(page):
    open_thread(page, "+31612345802")

    with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        turn(page, "hidden")


def test_what_came_for_another_number_meanwhile_is_announced(page):
    """A person who asks in one tab and then turns to the phone's is told, however long that took."""
    text(page, "+31612345803", "one")
    page.clock.install()
    open_thread(page, "+31612345803")
    turn(page, "hidden")
    text(page, "+4915112345803", "two")
    page.clock.fast_forward(60_000)

    turn(page, "visible")

    expect(page.locator("#banner")).to_contain_text("two")


def test_beside_a_narrow_demo_no_phone_listens(page, streams):
    """There the phone is not displayed; it listens as soon as it is."""
    page.set_viewport_size(NARROW)
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    turn(page, "visible")
    assert streams == []

    with page.expect_response(STREAM):
        page.set_viewport_size(WIDE)
    with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        page.set_viewport_size(NARROW)
