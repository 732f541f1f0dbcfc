"""The demo as a person meets it: the whole life of a code on one page, clicked and typed against the real service."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.dev_inbox import newest

NARROW = {"width": 320, "height": 640}


def ask(page, number):
    page.goto("/demo")
    page.locator("#number").fill(number)
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_visible()


def read_code(page, number):
    """Read the number's SMS on the phone beside, as soon as it is there; it opens by itself."""
    code = newest(page, f"+31{number[1:]}").locator(".bubble strong")
    expect(code).to_be_visible()
    return code.inner_text()


def code_from(page, number):
    """Read the SMS where the page has no phone beside it."""
    address = "/dev/inbox/messages?to=" + quote(number)
    page.wait_for_function("async (address) => (await (await fetch(address)).json()).length", arg=address)
    return re.search(r"\d{6}", page.request.get(address).json()[0]["text"])[0]


def approve(page, number):
    ask(page, number)
    page.locator("#code").fill(read_code(page, number))
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()


def test_the_whole_life_is_seen_on_one_page(page):
    """From the number over the SMS to a proof that the browser itself finds genuine; then it starts again."""
    approve(page, "0612345670")

    claims = page.locator("#claims")
    expect(claims).to_contain_text("+31612345670")
    expect(claims).to_contain_text("basket-77the reference that the page gave")

    page.get_by_role("button", name="Start again").click()

    expect(page.locator("#approved")).to_be_hidden()
    expect(page.locator("#number")).to_be_focused()


def test_the_whole_life_can_be_lived_by_keyboard(page):
    """Nothing is clicked, and after each step the next key goes where it is needed."""
    page.goto("/demo")
    page.locator("#country").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("0612345671")
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()

    page.keyboard.type(read_code(page, "0612345671"))

    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    expect(page.locator("#done")).to_be_focused()


def test_a_forged_proof_is_not_called_genuine(page):
    """The verdict is earned: one changed claim, and the signature does not fit."""
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


def test_the_language_of_the_form_is_the_language_of_the_sms(page):
    """Right to left too, form and SMS alike."""
    page.goto("/demo")
    page.get_by_label("Language").select_option("ar")
    expect(page.locator("#whole[dir=rtl]")).to_be_visible()

    page.locator("#number").fill("0612345672")
    page.keyboard.press("Enter")

    said = newest(page, "+31612345672").locator(".bubble p").first
    expect(said).to_have_css("direction", "rtl")


@pytest.mark.parametrize("leave_and_return", ["reload", "back"])
def test_a_page_that_is_shown_again_speaks_what_its_list_says(page, leave_and_return):
    """A browser may put in the language that was chosen before; then the form goes along."""
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


def test_on_a_narrow_screen_a_link_leads_to_the_phone(context):
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    expect(page.locator("#phone")).to_be_hidden()

    with context.expect_page() as opened:
        page.locator("a[href='/dev/inbox']").first.click()

    expect(opened.value.locator("#phone")).to_be_visible()


def test_no_step_needs_more_than_the_smallest_phone_has(page):
    def width():
        return page.evaluate("document.documentElement.scrollWidth")

    page.set_viewport_size(NARROW)
    ask(page, "0612345673")
    at_the_code = width()
    page.locator("#code").fill(code_from(page, "+31612345673"))
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    for summary in page.locator("#approved summary").all():
        summary.click()

    assert (at_the_code, width()) == (320, 320)
    assert page.locator("#claims dd").first.bounding_box()["width"] > 200


def test_every_step_can_be_used_by_everybody(page):
    """Contrast, names and roles, as axe-core sees them, in the form's shadow root too."""
    page.emulate_media(reduced_motion="reduce")
    page.goto("/demo")
    expect(page.locator("#number")).to_be_visible()
    assert violations(page) == []

    ask(page, "0612345674")
    code = read_code(page, "0612345674")
    assert violations(page) == []

    page.locator("#code").fill(code)
    expect(page.locator("[data-verdict=genuine]")).to_be_visible()
    for summary in page.locator("#approved summary").all():
        summary.click()
    assert violations(page) == []
