"""The API reference page in a browser, under its policy."""

from playwright.sync_api import expect

CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
# Replaces the Swagger script, which is not on this machine, and shows the title of the document.
FAKE_SWAGGER = """
window.SwaggerUIBundle = (given) => fetch(given.url).then((answer) => answer.json()).then((document_) => {
  document.querySelector(given.dom_id).textContent = document_.info.title;
});
window.SwaggerUIBundle.presets = {};
"""


def test_page_runs_without_policy_violations(page):
    lines = []
    page.on("console", lambda message: lines.append(message.text))
    page.on("pageerror", lambda error: lines.append(str(error)))
    page.route(f"{CDN}*.js", lambda route: route.fulfill(body=FAKE_SWAGGER, content_type="text/javascript"))
    page.route(f"{CDN}*.css", lambda route: route.fulfill(body="body { color: red }", content_type="text/css"))

    page.goto("/docs")

    expect(page.locator("#swagger-ui")).to_have_text("otp")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 0, 0)"
    assert lines == []
