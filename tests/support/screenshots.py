"""Take the screenshots of the README: `python -m tests.support.screenshots`, after a change of the pages.

They use the fonts of the machine; with Inter from Debian's `fonts-inter` they look as they do now.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.chromium import open_chromium
from tests.support.service import otp_dev

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = {"width": 1080, "height": 720}


def take_screenshots() -> None:
    """Request a code, enter it, and save a screenshot of each step."""
    SCREENSHOTS.mkdir(exist_ok=True)
    with otp_dev(OTP_BRAND="Marigold") as url, open_chromium() as browser:
        page = open_demo(browser, url, color_scheme="light")
        code = request_code(page)
        save_screenshot(page, "demo")
        page.locator("#code").fill(code)
        page.locator("[data-verdict=genuine]").wait_for()
        save_screenshot(page, "approved")
        page = open_demo(browser, url, color_scheme="dark")
        page.get_by_label("Language").select_option("ar")
        page.locator("[dir=rtl] #number").wait_for()
        request_code(page, earlier=1)
        save_screenshot(page, "arabic")


def open_demo(browser: Browser, url: str, *, color_scheme: str) -> Page:
    """Open the demo without animations, which would blur a screenshot."""
    context = browser.new_context(locale="en-GB", viewport=SIZE, color_scheme=color_scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}/demo")
    page.locator("[data-state=open]").wait_for()
    return page


def request_code(page: Page, *, earlier: int = 0) -> str:
    """Request a code and report it as delivered; returns the code of the SMS after `earlier` others in the thread."""
    page.locator("#number").fill("06 12345678")
    page.keyboard.press("Enter")
    page.locator("#code").wait_for()
    sms = page.locator(".thread:not([hidden]) .sms").nth(earlier)
    sms.get_by_role("button", name="Deliver").click()
    sms.get_by_text("200 OK").wait_for()
    page.locator("#code").focus()
    return sms.locator(".bubble strong").inner_text()


def save_screenshot(page: Page, name: str) -> None:
    """Save a screenshot of the window."""
    page.mouse.move(0, 0)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    take_screenshots()
