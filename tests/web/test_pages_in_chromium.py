"""The pages as a person meets them: clicked and typed in a real browser, against the real service."""

import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.service import otp_dev

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on this machine: apt install chromium")


@pytest.fixture(scope="module")
def service():
    with otp_dev() as url:
        yield url


@pytest.fixture
def context():
    """A browser that nobody used before."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_context(locale="en-GB")
        browser.close()


@pytest.fixture
def mistakes(context):
    """What the pages' scripts got wrong: there must be nothing."""
    said = []
    context.on("weberror", lambda error: said.append(str(error.error)))
    return said


def ask(page, service, number):
    page.goto(f"{service}/demo")
    page.fill("#number", number)
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_visible()


def read_code(phone):
    """Read the newest SMS, as soon as it is there."""
    code = phone.locator(".sms:first-child .bubble strong")
    expect(code).to_be_visible()
    return code.inner_text()


def test_a_person_logs_in_with_the_code_from_the_phone(context, service, mistakes):
    """From the number to a proof that the browser itself finds genuine; a refresh on the way loses nothing."""
    phone, demo = context.new_page(), context.new_page()
    phone.goto(f"{service}/dev/phone")
    ask(demo, service, "+31612345670")
    demo.reload()
    expect(demo.locator("#code")).to_be_visible()

    demo.fill("#code", read_code(phone))
    demo.keyboard.press("Enter")

    expect(demo.locator("[data-verdict=genuine]")).to_be_visible()
    expect(demo.locator("body")).to_contain_text("+31612345670")
    assert mistakes == []


def test_a_wrong_code_says_how_many_attempts_are_left(context, service, mistakes):
    phone, demo = context.new_page(), context.new_page()
    phone.goto(f"{service}/dev/phone")
    ask(demo, service, "+31612345671")

    demo.fill("#code", f"{(int(read_code(phone)) + 1) % 10**6:06d}")
    demo.keyboard.press("Enter")

    expect(demo.locator("#wrong, #said").filter(has_text=re.compile("4 attempts left"))).to_be_visible()
    assert mistakes == []


def test_a_number_that_takes_no_sms_is_explained_in_words(context, service, mistakes):
    demo = context.new_page()
    demo.goto(f"{service}/demo")

    demo.fill("#number", "+31101234567")
    demo.keyboard.press("Enter")

    expect(demo.locator("#number")).to_be_visible()
    expect(demo.locator("body")).not_to_contain_text("invalid_phone_number")
    expect(demo.locator("#wrong, #said").filter(has_text=re.compile("number", re.IGNORECASE))).to_be_visible()
    assert mistakes == []


def test_an_sms_appears_by_itself_and_its_button_reports_it_delivered(context, service, mistakes):
    """The phone is a vendor: its button posts a report, and the service's record of the message moves."""
    phone, demo = context.new_page(), context.new_page()
    phone.goto(f"{service}/dev/phone")
    expect(phone.locator("[data-state=open]")).to_be_visible()
    ask(demo, service, "+31612345672")
    verification = demo.evaluate("JSON.parse(sessionStorage['otp-demo']).verification_id")

    read_code(phone)
    phone.locator(".sms:first-child [data-status=delivered]").first.click()

    expect(phone.locator("output[data-status=delivered]").first).to_be_visible()
    assert status_of(context, service, verification) == "delivered"
    assert mistakes == []


def status_of(context, service, verification):
    """Look as a backend does, until the worker has applied the report."""
    for _ in range(50):
        answer = context.request.get(
            f"{service}/v1/verifications/{verification}", headers={"Authorization": "Bearer sk_dev"}
        )
        status = answer.json()["sends"][0]["messages"][0]["status"]
        if status != "sent":
            return status
    return status
