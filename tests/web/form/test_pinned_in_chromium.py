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
<script type="module" src="{script}" integrity="{integrity}" crossorigin></script>
<otp-form publishable-key="pk_dev" country="NL" {attributes}>No form</otp-form>
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
def open_page(browser, other_origin, tmp_path):
    """Return a function that opens a page with this script, and returns it with what its console shows."""
    with browser.new_context() as context:

        def open_page(script, integrity, attributes=""):
            html = PAGE.format(script=script, integrity=integrity, attributes=attributes)
            (tmp_path / "index.html").write_text(html)
            page, lines = context.new_page(), []
            page.on("console", lambda line: lines.append(line.text))
            page.goto(other_origin)
            return page, lines

        yield open_page


def is_defined(page):
    return page.evaluate("customElements.get('otp-form') !== undefined")


def request_code(page, number):
    """Request a code; the form must be in the language of the page, whose texts come from the service."""
    page.locator("otp-form #number").fill(number)
    page.keyboard.press("Enter")
    expect(page.locator("otp-form #code")).to_be_visible()
    assert page.locator("otp-form #whole").get_attribute("lang") == "nl"


def test_a_page_with_the_integrity_value_loads_the_pinned_script(open_page, pin, service, number):
    """The form works from that address: it loads its texts from the service, and calls it."""
    page, lines = open_page(f"{service}/{pin['script']}", pin["integrity"])

    request_code(page, number)

    assert lines == []


def test_a_page_with_another_integrity_value_does_not_run_the_script(open_page, pin, service):
    page, lines = open_page(f"{service}/{pin['script']}", OTHER_INTEGRITY)

    assert not is_defined(page)
    assert any("integrity" in line and pin["script"] in line for line in lines)


def test_a_page_that_pins_another_version_shows_what_is_between_the_tags(open_page, pin, service):
    page, lines = open_page(f"{service}/otp-form.0123456789abcdef.js", pin["integrity"])

    assert not is_defined(page)
    assert any("404" in line for line in lines)
    expect(page.get_by_text("No form")).to_be_visible()


def test_a_copy_of_the_script_beside_the_page_calls_the_named_service(open_page, pin, service, number, tmp_path):
    """An upgrade of the service does not change it."""
    (tmp_path / "copy.js").write_bytes(httpx.get(f"{service}/otp-form.js").content)

    page, lines = open_page("copy.js", pin["integrity"], f'service="{service}/"')
    request_code(page, number)

    assert lines == []
