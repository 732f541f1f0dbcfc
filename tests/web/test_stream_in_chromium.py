"""The event stream of the inbox in a browser: open only while the inbox is visible."""

import pytest
from playwright.sync_api import expect

from tests.support.dev_inbox import newest_bubble, open_thread, post_sms

pytestmark = pytest.mark.long  # a page for developers

STREAM = "**/dev/inbox/events?after=*"
WIDE, NARROW = {"width": 1180, "height": 860}, {"width": 320, "height": 640}


def set_visibility(page, state):
    """Set the visibility of a page; a headless Chromium reports all its tabs as visible."""
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


def test_six_background_tabs_do_not_block_the_browser(context):
    """A browser opens six connections to a server, so six open streams would block every other request."""
    for _ in range(6):
        background = context.new_page()
        background.goto("/dev/inbox")
        expect(background.locator("[data-state=open]")).to_be_visible()
        set_visibility(background, "hidden")

    page = context.new_page()
    page.goto("/demo", timeout=5000)

    expect(page.locator("#number")).to_be_visible()
    expect(page.locator("[data-state=open]")).to_be_visible()


def test_visible_again_inbox_requests_only_missed_sms(page, streams):
    """It sends the id of its last SMS and gets only newer ones."""
    post_sms(page, "+31612345801", "one")
    open_thread(page, "+31612345801")
    expect(newest_bubble(page)).to_contain_text("one")
    set_visibility(page, "hidden")
    post_sms(page, "+31612345801", "two")

    with page.expect_response(STREAM):
        set_visibility(page, "visible")

    expect(page.locator(".thread:not([hidden]) .bubble")).to_have_text(["one", "two"])
    assert [bool(url.partition("after=")[2]) for url in streams] == [False, True]


def test_hidden_inbox_closes_its_stream(page):
    open_thread(page, "+31612345802")

    with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        set_visibility(page, "hidden")


def test_sms_to_another_number_while_hidden_is_announced(page):
    """A user who requests a code in one tab sees its banner in the inbox tab, however long the switch took."""
    post_sms(page, "+31612345803", "one")
    page.clock.install()
    open_thread(page, "+31612345803")
    set_visibility(page, "hidden")
    post_sms(page, "+4915112345803", "two")
    page.clock.fast_forward(60_000)

    set_visibility(page, "visible")

    expect(page.locator("#banner")).to_contain_text("two")


def test_narrow_demo_opens_no_stream(page, streams):
    """A narrow demo hides the inbox; the stream opens as soon as it is shown."""
    page.set_viewport_size(NARROW)
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    set_visibility(page, "visible")
    assert streams == []

    with page.expect_response(STREAM):
        page.set_viewport_size(WIDE)
    with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        page.set_viewport_size(NARROW)
