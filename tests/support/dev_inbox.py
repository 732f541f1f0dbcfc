"""The developer's inbox in a browser: hands it an SMS, opens a conversation, finds its newest bubble."""

from playwright.sync_api import expect


def text(page, to, words="042137 is your code."):
    """Hand the phone an SMS, as its gateway does."""
    body = {"to": to, "text": words, "message_id": "m-1"}
    assert page.request.post("/dev/inbox/messages", data=body).status == 201


def open_thread(page, number):
    page.goto(f"/dev/inbox?to=%2B{number[1:]}")
    expect(page.locator("[data-state=open]")).to_be_visible()


def newest(page, number=""):
    """Find the newest bubble of the open thread; of a number's, for that of an earlier SMS may still be open."""
    return page.locator(f'.thread[aria-label*="SMS to {number}"]:not([hidden]) .sms:last-child')
