"""The developer's inbox in a browser: posts an SMS, opens a conversation, finds its newest bubble."""

from playwright.sync_api import expect


def post_sms(page, to, text="042137 is your code."):
    """Post an SMS to the inbox, as its gateway does."""
    body = {"to": to, "text": text, "message_id": "m-1"}
    assert page.request.post("/dev/inbox/messages", data=body).status == 201


def open_thread(page, number):
    page.goto(f"/dev/inbox?to=%2B{number[1:]}")
    expect(page.locator("[data-state=open]")).to_be_visible()


def newest_bubble(page, number=""):
    """Find the newest bubble of the open thread; `number` selects a thread, since an earlier one may still be open."""
    return page.locator(f'.thread[aria-label*="SMS to {number}"]:not([hidden]) .sms:last-child')
