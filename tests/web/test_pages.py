"""Properties of every page: policy, escaping, local files only."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import app.web
from app.domain.errors import NotFound

PAGES = ["/", "/demo", "/dev/inbox", "/problems/rate_limited"]
STATIC = Path(app.web.__file__).parent / "static"
WORDS = Path(app.web.__file__).parent / "form" / "words"


class Page(HTMLParser):
    """Collects what a strict content security policy would block, and what the page loads."""

    def __init__(self, html):
        super().__init__()
        self.inline, self.loads, self.attributes = [], [], {}
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.attributes.update(given)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" else []
        self._script = tag == "script"
        if tag in {"script", "link"}:
            self.loads.append(given.get("src") or given.get("href"))

    def handle_data(self, data):
        if self._script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag):
        self._script = False


@pytest.mark.parametrize("path", PAGES)
async def test_page_has_no_inline_code_and_loads_only_local_files(pages, path):
    page = Page((await pages.get(path)).text)

    assert page.inline == []
    assert page.loads
    for address in page.loads:
        assert address.startswith(("/static/", "/otp-form.js"))
        assert (await pages.get(address)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_page_has_a_strict_content_security_policy(pages, path):
    headers = (await pages.get(path)).headers

    assert headers["content-security-policy"] == (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["content-type"].startswith("text/html")


async def test_home_page_links_to_the_others(pages):
    first = (await pages.get("/")).text

    assert all(f'href="{path}"' in first for path in ("/demo", "/dev/inbox", "/docs"))


async def test_demo_contains_its_publishable_key(pages):
    assert Page((await pages.get("/demo")).text).attributes["publishable-key"] == "pk_dev"


async def test_demo_offers_every_language_of_the_form(pages):
    html = (await pages.get("/demo")).text

    assert set(re.findall(r'<option value="([^"]+)"', html)) == {path.stem for path in WORDS.glob("*.json")}


async def test_problem_page_escapes_its_texts(pages):
    html = (await pages.get("/problems/rate_limited")).text

    assert all(text in html for text in ("rate_limited", "Too &lt;many&gt;", "429", "A limit.", "Retry-After"))


async def test_unknown_problem_is_not_found(pages):
    with pytest.raises(NotFound):
        await pages.get("/problems/nonsense")


@pytest.mark.parametrize("script", sorted(path.name for path in STATIC.glob("*.js")))
async def test_script_inserts_values_as_text_only(pages, script):
    """Input of users and gateways must stay text."""
    response = await pages.get(f"/static/{script}")

    assert "javascript" in response.headers["content-type"]
    assert not any(api in response.text for api in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"))


async def test_files_outside_the_static_folder_are_not_served(pages):
    assert (await pages.get("/static/../pages.py")).status_code == 404
    assert (await pages.get("/static/%2e%2e/pages.py")).status_code == 404
