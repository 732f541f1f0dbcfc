"""Drives the form in a browser: types into it, checks it, reads the SMS."""

import re
from itertools import count
from urllib.parse import urlencode

import httpx
from playwright.sync_api import expect

UNUSED_NUMBERS = (f"+31612{number}" for number in count(340_000))
"""Unused numbers."""

RECORDER = """
window.events = [];
for (const name of ["otp:sent", "otp:approved", "otp:problem"])
  addEventListener(name, ({type, detail, target}) => events.push({type, detail, id: target.id}));

window.posts = [];
window.answersToLose = 0;
const send = window.fetch;
window.fetch = async (address, options = {}) => {
  const path = new URL(address, document.baseURI).pathname;
  if (!path.startsWith("/v1/")) return send(address, options);
  const post = {path, body: JSON.parse(options.body ?? null), isAborted: false};
  if (options.method === "POST") posts.push(post);
  options.signal?.addEventListener("abort", () => (post.isAborted = true));
  const answer = await send(address, options);
  if (options.method === "POST" && answersToLose-- > 0) throw new TypeError("the answer is lost");
  return answer;
};"""
"""Records events, and calls of the API: over WebDriver BiDi, Playwright sees no bodies and no aborted calls."""


class HeldCall:
    """Holds the next call of a page to a URL until the test answers it."""

    def __init__(self, page, address):
        self._page, self._caught = page, []
        page.route(address, lambda route: self._caught.append(route), times=1)  # noqa: PLW0108  Playwright needs a function

    def wait(self):
        """Wait until the page has made the call."""
        for _ in range(200):
            if self._caught:
                return
            self._page.wait_for_timeout(25)
        raise TimeoutError

    def answer(self):
        self.wait()
        self._caught[0].continue_()


class Form:
    """The form on a page of a shop; locators reach into its shadow root."""

    def __init__(self, page, service, shop):
        self.page, self._service, self._shop = page, service, shop
        self.keyboard, self.clock = page.keyboard, page.clock
        page.add_init_script(RECORDER)

    def open(self, *forms, lang="en", step="#number", key="pk_dev", inside=""):
        """Open the page with one form, or with several that have these attributes, and these children."""
        attributes = forms or ("country=NL",)
        query = {"lang": lang, "form": [f'publishable-key="{key}" {form}' for form in attributes], "inside": inside}
        self.page.goto(f"{self._shop}/?{urlencode(query, doseq=True)}")
        if step:
            expect(self.part(step).first).to_be_visible()
        return self

    def part(self, selector):
        return self.page.locator(f"otp-form {selector}")

    def pause_clock(self):
        """Stop the clock of the page, which must be installed; then it moves by `fast_forward` and `run_for` only."""
        self.clock.pause_at(self.page.evaluate("Date.now()") / 1000 + 1)

    def hold(self, address):
        return HeldCall(self.page, address)

    def send(self, number):
        """Enter a number and submit it, without checking the result."""
        self.part("#number").fill(number)
        self.keyboard.press("Enter")

    def request_code(self, number):
        """Enter a number and wait for the code step."""
        self.send(number)
        expect(self.part("#code")).to_be_visible()
        return self

    def type(self, code):
        """Type a code key by key."""
        self.part("#code").press_sequentially(code)

    def paste(self, text):
        """Paste into the code field; the real clipboard is shared by all browsers of a machine."""
        self.part("#code").evaluate(
            """(field, text) => {
                const paste = new Event("paste", {bubbles: true, cancelable: true});
                paste.clipboardData = {getData: () => text};
                if (field.dispatchEvent(paste)) throw new Error("the paste was not handled");
            }""",
            text,
        )

    def expect_error(self, text):
        """Check the text of the alert: a text, or a pattern."""
        expect(self.part("#error")).to_have_text(text)

    def logged_lines(self, type):
        """Return the events of one type that the page received."""
        return [event for event in self.page.evaluate("events") if event["type"] == type]

    def posts(self, path=""):
        """Return the bodies of the POST calls that the page has made since it was loaded."""
        return [post["body"] for post in self.page.evaluate("posts") if path in post["path"]]

    def lose_answer(self):
        """Lose the answer of the next POST call, which the service has executed."""
        self.page.evaluate("() => { answersToLose = 1 }")

    def wait_for(self, condition):
        """Poll a condition; the method of Playwright needs `eval`, which the policy of the page forbids."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise TimeoutError

    def problems(self):
        return [event["detail"]["code"] for event in self.logged_lines("otp:problem")]

    def texts(self, number):
        """Return the SMS of a number, newest first."""
        answer = httpx.get(f"{self._service}/dev/inbox/messages", params={"to": number})
        return [sms["text"] for sms in answer.json()]

    def code(self, number, *, count=1):
        """Return the code of the newest SMS, once `count` SMS have arrived."""
        for _ in range(100):
            if len(texts := self.texts(number)) >= count:
                return re.search(r"\d{6}", texts[0])[0]
            self.page.wait_for_timeout(50)
        raise TimeoutError


def wrong_code(code):
    """Return a wrong code."""
    return f"{(int(code) + 1) % 10**6:06d}"
