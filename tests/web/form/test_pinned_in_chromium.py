"""A page of another origin pins the script by its address and by `integrity` (Subresource Integrity)."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from playwright.sync_api import expect

PAGE = """<!doctype html>
<html lang="nl">
<title>A shop</title>
<link rel="icon" href="data:,">
<script type="module" src="{service}/{script}" integrity="{integrity}" crossorigin></script>
<otp-form publishable-key="pk_dev" country="NL"></otp-form>
</html>"""
OTHER_INTEGRITY = "sha384-" + "A" * 64


@pytest.fixture
def pin(service):
    return httpx.get(f"{service}/otp-form.json").json()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the files of a folder; prints nothing."""

    def log_message(self, format, *args): ...


@pytest.fixture
def other_origin(tmp_path):
    """The URL of a server that serves the test's folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=tmp_path)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def open_page(browser, service, other_origin, tmp_path):
    """Return a function that opens a page with this script, and returns it with what its console shows."""
    with browser.new_context() as context:

        def open_page(script, integrity):
            (tmp_path / "index.html").write_text(PAGE.format(service=service, script=script, integrity=integrity))
            page, lines = context.new_page(), []
            page.on("console", lambda line: lines.append(line.text))
            page.goto(other_origin)
            return page, lines

        yield open_page


def is_defined(page):
    return page.evaluate("customElements.get('otp-form') !== undefined")


def test_a_page_with_the_integrity_value_loads_the_pinned_script(open_page, pin, number):
    """The form works from that address: it loads the page's language, and its calls reach the service."""
    page, lines = open_page(**pin)

    expect(page.locator("otp-form #number")).to_be_visible()
    page.locator("otp-form #number").fill(number)
    page.keyboard.press("Enter")

    expect(page.locator("otp-form #code")).to_be_visible()
    assert page.locator("otp-form #whole").get_attribute("lang") == "nl"
    assert lines == []


def test_a_page_with_another_integrity_value_does_not_run_the_script(open_page, pin):
    page, lines = open_page(pin["script"], OTHER_INTEGRITY)

    assert not is_defined(page)
    assert any("integrity" in line and pin["script"] in line for line in lines)


def test_a_page_that_pins_another_version_gets_no_script(open_page, pin):
    page, lines = open_page("otp-form.0123456789abcdef.js", pin["integrity"])

    assert not is_defined(page)
    assert any("404" in line for line in lines)
