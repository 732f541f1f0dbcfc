"""A person at a form: looks at it, types into it, reads the SMS."""

import re
from itertools import count
from urllib.parse import urlencode

import httpx
from playwright.sync_api import expect

FRESH = (f"+31612{number}" for number in count(340_000))
"""Numbers that nobody was given before."""

LISTENS = """for (const name of ["otp:sent", "otp:approved", "otp:problem"])
  addEventListener(name, ({type, detail, target}) => (window.heard ??= []).push({type, detail, id: target.id}))"""


class Held:
    """The next call of a page to an address; it waits for its answer until a test lets it go."""

    def __init__(self, page, address):
        self._page, self._caught = page, []
        page.route(address, lambda route: self._caught.append(route), times=1)  # noqa: PLW0108  it wants a function

    def wait(self):
        """Wait until the page has called."""
        for _ in range(200):
            if self._caught:
                return
            self._page.wait_for_timeout(25)
        raise TimeoutError

    def answer(self):
        self.wait()
        self._caught[0].continue_()


class Form:
    """The form on a page of a shop; its parts are found through its shadow root."""

    def __init__(self, page, service, shop):
        self.page, self._service, self._shop = page, service, shop
        self.keyboard, self.clock = page.keyboard, page.clock
        page.add_init_script(LISTENS)

    def open(self, *forms, lang="en", step="#number"):
        """Show the page with one form, or with several that have these attributes."""
        given = forms or ("country=NL",)
        asked = {"lang": lang, "form": [f'publishable-key="pk_dev" {form}' for form in given]}
        self.page.goto(f"{self._shop}/?{urlencode(asked, doseq=True)}")
        if step:
            expect(self.part(step).first).to_be_visible()
        return self

    def part(self, selector):
        return self.page.locator(f"otp-form {selector}")

    def hold(self, address):
        return Held(self.page, address)

    def send(self, number):
        """Type a number, and send it, whatever comes of it."""
        self.part("#number").fill(number)
        self.keyboard.press("Enter")

    def ask(self, number):
        """Type a number, and come to the step of the code."""
        self.send(number)
        expect(self.part("#code")).to_be_visible()
        return self

    def type(self, code):
        """Type a code as a person does, key by key."""
        self.part("#code").press_sequentially(code)

    def paste(self, text):
        """Paste into the code's field; the clipboard itself would be shared by all browsers of a machine."""
        self.part("#code").evaluate(
            """(field, text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
                if (field.dispatchEvent(paste)) throw new Error("nobody took it");
            }""",
            text,
        )

    def says(self, words):
        """See what the alert says; it stands there once."""
        expect(self.part("#wrong")).to_have_text(words)

    def logged_lines(self, type):
        """Give what the page heard of a kind of event."""
        return [event for event in self.page.evaluate("window.heard ?? []") if event["type"] == type]

    def problems(self):
        return [event["detail"]["code"] for event in self.logged_lines("otp:problem")]

    def texts(self, number):
        """Read the SMS that a number got, newest first."""
        answer = httpx.get(f"{self._service}/dev/inbox/messages", params={"to": number})
        return [sms["text"] for sms in answer.json()]

    def code(self, number, *, count=1):
        """Read the code of the newest SMS, once there are so many."""
        for _ in range(100):
            if len(texts := self.texts(number)) >= count:
                return re.search(r"\d{6}", texts[0])[0]
            self.page.wait_for_timeout(50)
        raise TimeoutError


def other(code):
    """Give a code that is wrong."""
    return f"{(int(code) + 1) % 10**6:06d}"
