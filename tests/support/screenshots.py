"""Take the pictures of the README: `python -m tests.support.screenshots`, after the pages changed.

They are taken in this machine's own fonts; with the Inter of Debian's `fonts-inter` they look as they do now.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.chromium import open_chromium
from tests.support.service import otp_dev

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = {"width": 1080, "height": 720}


def take_all() -> None:
    """Ask for a code and type it, as a person does, and keep what there is to see."""
    PICTURES.mkdir(exist_ok=True)
    with otp_dev(OTP_BRAND="Marigold") as url, open_chromium() as browser:
        page = open_demo(browser, url, look="light")
        code = ask(page)
        take(page, "demo")
        page.locator("#code").fill(code)
        page.locator("[data-verdict=genuine]").wait_for()
        take(page, "approved")
        page = open_demo(browser, url, look="dark")
        page.get_by_label("Language").select_option("ar")
        page.locator("[dir=rtl] #number").wait_for()
        ask(page, earlier=1)
        take(page, "arabic")


def open_demo(browser: Browser, url: str, *, look: str) -> Page:
    """Open the demo without the movements that would blur a picture."""
    context = browser.new_context(locale="en-GB", viewport=SIZE, color_scheme=look, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}/demo")
    page.locator("[data-state=open]").wait_for()
    return page


def ask(page: Page, *, earlier: int = 0) -> str:
    """Ask for a code and let the vendor deliver it; gives the code that the phone shows below so many earlier SMS."""
    page.locator("#number").fill("06 12345678")
    page.keyboard.press("Enter")
    page.locator("#code").wait_for()
    sms = page.locator(".thread:not([hidden]) .sms").nth(earlier)
    sms.get_by_role("button", name="Deliver").click()
    sms.get_by_text("200 OK").wait_for()
    page.locator("#code").focus()
    return sms.locator(".bubble strong").inner_text()


def take(page: Page, name: str) -> None:
    """Keep what the window shows."""
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    take_all()
