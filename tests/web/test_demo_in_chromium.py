"""The demo in a browser against the real service: from the number to the verified proof."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.dev_inbox import newest_bubble

NARROW = {"width": 320, "height": 640}


def request_code(page, number):
    page.goto("/demo")
    page.locator("#number").fill(number)
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_visible()


def read_code(page, number):
    """Return the code from the inbox beside the form, once the SMS arrives; its conversation opens automatically."""
    code = newest_bubble(page, f"+31{number[1:]}").locator(".bubble strong")
    expect(code).to_be_visible()
    return code.inner_text()


def code_from(page, number):
    """Return the code where the page shows no inbox."""
    address = "/dev/inbox/messages?to=" + quote(number)
    page.wait_for_function("async (address) => (await (await fetch(address)).json()).length", arg=address)
    return re.search(r"\d{6}", page.request.get(address).json()[0]["text"])[0]


def approve(page, number):
    request_code(page, number)
    page.locator("#code").fill(read_code(page, number))
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()


def test_demo_shows_a_verified_proof_and_restarts(page):
    """From the number to a proof whose signature the browser verifies; then the form starts again."""
    approve(page, "0612345670")

    claims = page.locator("#claims")
    expect(claims).to_contain_text("+31612345670")
    expect(claims).to_contain_text("basket-77the reference that the page gave")

    page.get_by_role("button", name="Start again").click()

    expect(page.locator("#approved")).to_be_hidden()
    expect(page.locator("#number")).to_be_focused()


@pytest.mark.long
def test_demo_works_by_keyboard(page):
    """Without a click; after each step the focus is where the next key is needed."""
    page.goto("/demo")
    page.locator("#country").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("0612345671")
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()

    page.keyboard.type(read_code(page, "0612345671"))

    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    expect(page.locator("#done")).to_be_focused()


def test_forged_proof_is_reported_as_forged(page):
    """A changed claim invalidates the signature."""
    page.goto("/demo")
    page.locator("#number").wait_for()

    page.evaluate(
        """async () => {
          const plain = (text) => btoa(text).replaceAll("=", "");
          const part = (facts) => plain(JSON.stringify(facts));
          const { keys } = await (await fetch("/.well-known/jwks.json")).json();
          const header = part({ alg: "EdDSA", kid: keys[0].kid });
          const proof = `${header}.${part({ sub: "+31600000000", exp: 4e9 })}.${plain("x".repeat(64))}`;
          const detail = { proof };
          document.querySelector("otp-form").dispatchEvent(new CustomEvent("otp:approved", { detail }));
        }"""
    )

    expect(page.locator("[data-verdict=forged]")).to_be_visible()


def test_sms_has_the_language_of_the_form(page):
    """Includes right-to-left text in form and SMS."""
    page.goto("/demo")
    page.get_by_label("Language").select_option("ar")
    expect(page.locator("#whole[dir=rtl]")).to_be_visible()

    page.locator("#number").fill("0612345672")
    page.keyboard.press("Enter")

    line = newest_bubble(page, "+31612345672").locator(".bubble p").first
    expect(line).to_have_css("direction", "rtl")


@pytest.mark.parametrize("leave_and_return", ["reload", "back"])
@pytest.mark.long
def test_restored_page_has_the_selected_language(page, leave_and_return):
    """A browser may restore the selected language; then the form uses it."""
    page.goto("/demo")
    page.get_by_label("Language").select_option("nl")
    expect(page.locator("#whole[lang=nl]")).to_be_visible()

    if leave_and_return == "reload":
        page.reload()
    else:
        page.goto("/")
        page.go_back()

    chosen = page.get_by_label("Language").input_value()
    expect(page.locator(f"#whole[lang={chosen}]")).to_be_visible()


@pytest.mark.long
def test_narrow_demo_links_to_the_inbox(context):
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    expect(page.locator("#phone")).to_be_hidden()

    with context.expect_page() as opened:
        page.locator("a[href='/dev/inbox']").first.click()

    expect(opened.value.locator("#phone")).to_be_visible()


@pytest.mark.long
def test_every_step_fits_320_pixels(page):
    def width():
        return page.evaluate("document.documentElement.scrollWidth")

    page.set_viewport_size(NARROW)
    request_code(page, "0612345673")
    code_step_width = width()
    page.locator("#code").fill(code_from(page, "+31612345673"))
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    for summary in page.locator("#approved summary").all():
        summary.click()

    assert (code_step_width, width()) == (320, 320)
    assert page.locator("#claims dd").first.bounding_box()["width"] > 200


def test_every_step_is_accessible(page):
    """axe-core checks contrast, names and roles, also in the shadow root of the form."""
    page.emulate_media(reduced_motion="reduce")
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    assert violations(page) == []

    request_code(page, "0612345674")
    code = read_code(page, "0612345674")
    assert violations(page) == []

    page.locator("#code").fill(code)
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    for summary in page.locator("#approved summary").all():
        summary.click()
    assert violations(page) == []
