"""Appearance of the form: accessibility (WCAG 2.2 AA), small screens, dark mode, right-to-left, languages."""

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.support.form import UNUSED_NUMBERS, wrong_code

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PENDING = {
    "verification_id": "vf_1",
    "phone_number": "+31*******78",
    "expires_in": 300,
    "resend_at": "2026-11-22T12:00:30Z",
    "resend_in": 30,
    "attempts_left": 5,
}


def width(form):
    return form.page.evaluate("document.documentElement.scrollWidth")


def enter_same_number(form, number):
    """Click until it counts: right after a change of step the form ignores clicks."""
    for _ in range(200):
        form.part("#change").click()
        if form.part("#number").is_visible():
            break
        form.page.wait_for_timeout(25)
    expect(form.part("#number")).to_have_value(number)
    for _ in range(200):
        form.keyboard.press("Enter")
        if form.part("#code").is_visible():
            break
        form.page.wait_for_timeout(25)
    expect(form.part("#status")).not_to_be_empty()


def walk_steps(form):
    """Go through every visually distinct state."""
    number = next(UNUSED_NUMBERS)
    yield "number"
    form.part("#number").fill("+31101234567")
    form.keyboard.press("Enter")
    expect(form.part("#error")).not_to_be_empty()
    yield "number refused"
    held = form.hold("**/v1/request-code")
    form.part("#number").fill(number)
    form.keyboard.press("Enter")
    expect(form.part("#status")).not_to_be_empty()
    yield "busy"
    held.answer()
    expect(form.part("#code")).to_be_visible()
    yield "code"
    enter_same_number(form, number)
    yield "same number"
    code = form.code(number)
    form.type(wrong_code(code))
    expect(form.part("#error")).not_to_be_empty()
    yield "code refused"
    form.part("#code").fill(code)
    expect(form.part("#done")).to_be_visible()
    yield "done"


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_every_step_is_accessible(form, lang):
    form.open(lang=lang)

    for step in walk_steps(form):
        assert violations(form.page, "otp-form", runOnly=RULES) == [], step


@pytest.mark.parametrize("lang", ["de", "en", "el", "th", "ar"])
def test_every_step_fits_320_pixels(new_form, lang):
    """320 CSS pixels are also a window of 1280 at 400 % (WCAG 1.4.10)."""
    form = new_form(viewport={"width": 320, "height": 640}).open(lang=lang)

    for step in walk_steps(form):
        assert width(form) == 320, step


@pytest.mark.parametrize("digits", [6, 10])
def test_every_digit_has_a_box_at_any_text_size(new_form, digits):
    form = new_form(viewport={"width": 320, "height": 640}).open()
    cors = {"access-control-allow-origin": "*"}
    form.page.route(
        "**/v1/request-code", lambda route: route.fulfill(json=PENDING | {"code_length": digits}, headers=cors)
    )
    form.request_code(next(UNUSED_NUMBERS))

    for size in (100, 150, 200):
        form.page.evaluate(
            """size => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync(`html { font-size: ${size}% !important }`);
                document.adoptedStyleSheets = [sheet];
            }""",
            size,
        )
        around = form.part("#boxed").bounding_box()
        boxes = [box.bounding_box() for box in form.part("#boxes i").all()]

        assert len(boxes) == digits
        assert boxes[0]["x"] == pytest.approx(around["x"], abs=0.1), size
        assert boxes[-1]["x"] + boxes[-1]["width"] == pytest.approx(around["x"] + around["width"], abs=0.1), size
        assert around["width"] == form.part("#check").bounding_box()["width"], size


def test_page_selects_dark_mode(new_form):
    """The form follows the `color-scheme` of the page, not only the system setting."""
    form = new_form(color_scheme="dark").open()
    if form.page.evaluate("!matchMedia('(prefers-color-scheme: dark)').matches"):
        pytest.skip("this browser cannot be told to be dark")
    color = "getComputedStyle(document.querySelector('otp-form').shadowRoot.querySelector('#whole')).color"
    assert form.page.evaluate(color) == "rgb(231, 234, 241)"

    form.page.evaluate("document.querySelector('meta[name=color-scheme]').content = 'light'")

    assert form.page.evaluate(color) == "rgb(26, 31, 43)"


def test_right_to_left_mirrors_all_but_numbers_and_codes(form):
    form.open(lang="ar").request_code(next(UNUSED_NUMBERS))

    whole = form.part("#whole")
    assert (whole.get_attribute("dir"), whole.get_attribute("lang")) == ("rtl", "ar")
    edges = [
        form.part(id).bounding_box()["x"] + form.part(id).bounding_box()["width"]
        for id in ("#heading", "#resend", "#code-step")
    ]
    assert edges == pytest.approx([edges[0]] * 3, abs=0.1)
    form.part("#code").fill("12")
    expect(form.part("#code")).to_have_css("direction", "ltr")
    expect(form.part("#code")).to_have_value("12")


CLOSEST_LANGUAGE = {  # browser language -> attributes of the form, language of the page, language of the form
    "fr": [
        ('locale="nl"', "de", "nl"),
        ("", "de-AT", "de"),
        ("", "zh-TW", "zh-Hant"),
        ("", "zh", "zh-Hans"),
        ("", "pt", "pt"),
        ("", "pt-BR", "pt-BR"),
        ("", "pt-AO", "pt"),
        ("", "no", "nb"),
        ('locale="no such thing"', "sv", "sv"),
    ],
    "fr-CA": [("", "tlh", "fr")],
    "tlh": [("", "tlh", "en")],
}


@pytest.mark.parametrize("system", CLOSEST_LANGUAGE)
def test_form_uses_the_closest_language(new_form, system):
    form = new_form(locale=system)
    for attributes, page, language in CLOSEST_LANGUAGE[system]:
        form.open(attributes, lang=page)

        expect(form.part("#whole"), f"{attributes} on a page in {page}").to_have_attribute("lang", language)


def test_missing_texts_fall_back_to_english(form):
    form.page.route("**/otp-form/nl.json", lambda route: route.abort())

    form.open(lang="nl")

    expect(form.part("[for=number]")).to_have_text("Mobile number")


def test_targets_are_large_enough(form):
    """44 pixels, where WCAG 2.2 requires 24."""
    form.open()
    heights = [form.part(part).bounding_box()["height"] for part in ("#country", "#number", "#number-step button")]
    form.request_code(next(UNUSED_NUMBERS))
    heights += [form.part(part).bounding_box()["height"] for part in ("#code", "#resend", "#change")]

    assert min(heights) >= 44


def test_page_can_style_the_form(form):
    """A page styles it through variables and parts, as in docs/using/form.md."""
    form.open()

    form.page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`otp-form { --otp-accent: rgb(0, 90, 60); }
                otp-form::part(button) { text-transform: uppercase; } otp-form::part(input) { min-height: 80px; }`);
            document.adoptedStyleSheets.push(sheet);
        }"""
    )

    expect(form.part("#number-step button")).to_have_css("background-color", "rgb(0, 90, 60)")
    expect(form.part("#number-step button")).to_have_css("text-transform", "uppercase")
    assert form.part("#number").bounding_box()["height"] == 80
