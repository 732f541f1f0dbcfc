"""The reference page in a real browser, under its policy."""

from playwright.sync_api import expect

CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
# Stands for Swagger's own script, which is not on this machine: it shows what it was called with.
STAND_IN = """
window.SwaggerUIBundle = (given) => fetch(given.url).then((answer) => answer.json()).then((document_) => {
  document.querySelector(given.dom_id).textContent = document_.info.title;
});
window.SwaggerUIBundle.presets = {};
"""


def test_the_page_runs_and_its_policy_stops_nothing(page):
    lines = []
    page.on("console", lambda message: lines.append(message.text))
    page.on("pageerror", lambda error: lines.append(str(error)))
    page.route(f"{CDN}*.js", lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"))
    page.route(f"{CDN}*.css", lambda route: route.fulfill(body="body { color: red }", content_type="text/css"))

    page.goto("/docs")

    expect(page.locator("#swagger-ui")).to_have_text("otp")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 0, 0)"
    assert lines == []
