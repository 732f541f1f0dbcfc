"""The files of the form: size, headers, and tables that match their sources."""

import gzip
import json
import re
from pathlib import Path

import phonenumbers
import pytest

import app.web.form
from app.http.admission import REPORTS_PREFIX
from app.http.problems import STATUS_OF
from app.web.form import bundle, languages
from tests.support.admission import AppClient
from tests.support.api_calls import assert_problem
from tests.support.service_fixture import PRODUCTION

HERE = Path(app.web.form.__file__).with_suffix("")
SCRIPT = bundle(HERE / "otp-form.js")
WORDS = json.loads((HERE / "words" / "en.json").read_text())
DOCS = (Path(app.web.form.__file__).parents[2] / "docs" / "using" / "form.md").read_text()
FILES = ["/otp-form.js", "/otp-form.json", "/otp-form.d.ts", "/otp-form/nl.json"]


@pytest.fixture(params=[{}, PRODUCTION | {"url": "redis://127.0.0.1:6379"}], ids=["development", "production"])
def app_client(request):
    return AppClient(**request.param, limit_calls_per_address="1/min")


@pytest.mark.parametrize("path", FILES)
async def test_form_files_allow_any_origin_without_a_limit(app_client, path):
    headers = {"Origin": "https://anybody.example"}

    responses = [await app_client.get(path, headers=headers) for _ in range(3)]

    for response in responses:
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert response.headers["cache-control"] == "public, max-age=300"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", FILES)
async def test_listed_origin_gets_one_cors_header(path):
    """A browser refuses a response with two Access-Control-Allow-Origin headers; the wildcard covers listed origins."""
    response = await AppClient().get(path, headers={"Origin": "http://localhost:3000"})

    assert response.headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize("path", FILES)
async def test_current_etag_gets_304(app_client, path):
    known = (await app_client.get(path)).headers["etag"]

    response = await app_client.get(path, headers={"If-None-Match": known})

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("path", FILES)
async def test_weak_etag_gets_304(app_client, path):
    """Compression changes the bytes, so the proxy makes the ETag a weak one."""
    known = (await app_client.get(path)).headers["etag"]

    responses = [
        await app_client.get(path, headers={"If-None-Match": tag}) for tag in (f'"other", W/{known}', '"other"')
    ]

    assert [response.status_code for response in responses] == [304, 200]


@pytest.mark.parametrize("path", FILES)
async def test_head_has_the_headers_of_get(app_client, path):
    got, head = await app_client.get(path), await app_client.call("HEAD", path)

    assert head.status_code == 200
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/otp-form/tlh.json", "/otp-form/words.js", "/otp-form/..%2Fform.json", "/otp-form/"])
async def test_unknown_language_is_not_found_and_not_cached(app_client, path):
    response = await app_client.get(path)

    assert_problem(response, 404, "not_found")
    assert response.headers["cache-control"] == "no-store"


async def test_files_have_their_content_type(app_client):
    kinds = [(await app_client.get(path)).headers["content-type"].split(";")[0] for path in FILES]

    assert kinds == ["text/javascript", "application/json", "text/plain", "application/json"]


def test_compressed_script_is_below_12_kilobytes():
    """Compressed, as the service sends it; a kilobyte is 1,024 bytes."""
    assert len(gzip.compress(SCRIPT.encode())) <= 12 * 1024


def test_script_is_self_contained():
    """One file: it imports nothing, loads only texts and the API, and works under a strict policy."""
    forbidden = r"\bimport\b(?!\.meta|Key)|\bexport\b|\brequire\(|\beval\(|new Function|\.style\.cssText"

    assert re.findall(forbidden, SCRIPT) == []
    assert re.findall(r"console\.\w+", SCRIPT) == ["console.error"]
    assert REPORTS_PREFIX not in SCRIPT


def codes_of(script):
    """Read the table of calling codes as the script reads it."""
    table, last = {}, 0
    rows = "".join(re.findall(r'"(.+)"', re.search(r"CALLING_CODES = \[(.*?)\]", script, re.DOTALL)[1]))
    for code, regions in re.findall(r"(\d*)([A-Z]{2}[a-z]*)", rows):
        last = int(code or last + 1)
        table[last] = tuple(re.findall("..", regions.upper()))
    return table


def test_calling_codes_equal_those_of_phonenumbers():
    """All its regions; for a shared code, the same region comes first."""
    codes = {phonenumbers.country_code_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS}

    assert codes_of(SCRIPT) == {code: phonenumbers.region_codes_for_country_code(code) for code in codes}


def test_script_lists_the_existing_languages():
    named = re.search(r"LANGUAGES = \[(.*?)\];", SCRIPT, re.DOTALL)[1]

    assert sorted(" ".join(re.findall(r'"(.+)"\.split', named)).split()) == languages()


def test_every_problem_text_exists():
    texts = re.search(r"const WORD_OF = \{(.*?)\}", SCRIPT, re.DOTALL)[1]

    assert set(re.findall(r'"(\w+)"', texts)) <= set(WORDS)
    assert {"internal_error", "incorrect", "incorrect_last", "expired", "offline", "misconfigured"} <= set(WORDS)


NAMES = {
    "attributes": (json.loads(re.search(r"observedAttributes = (\[.*?\])", SCRIPT)[1]), r"^\| `([a-z][a-z-]+)` \|"),
    "events": (re.findall(r'"(otp:\w+)"', SCRIPT), r"^\| `(otp:\w+)` \|"),
    "variables": (re.findall(r"var\((--otp-[\w-]+)", SCRIPT), r"^\| `(--otp-[\w-]+)` \|"),
    "parts": (
        [f"::part({part})" for part in re.findall(r'part: "(\w+)"', (HERE / "parts.js").read_text())],
        r"^\| `(::part\(\w+\))` \|",
    ),
}


@pytest.mark.parametrize("kind", NAMES)
def test_docs_list_exactly_the_public_names(kind):
    used, row = NAMES[kind]

    assert set(re.findall(row, DOCS, re.MULTILINE)) == set(used)


BUGS = {  # errors that the user cannot fix, and the form never causes
    "bad_report",
    "body_too_large",
    "idempotency_key_reused",
    "method_not_allowed",
    "no_such_message",
    "opted_out",
    "unsupported_media_type",
}


def test_every_problem_code_has_a_text_or_is_a_bug():
    """A new problem code needs a text or an entry in BUGS."""
    names = set(re.findall(r"^(\w+): ", re.search(r"const WORD_OF = \{(.*?)\}", SCRIPT, re.DOTALL)[1], re.MULTILINE))

    assert {error.code for error in STATUS_OF} - names - set(WORDS) - {"incorrect_code"} == BUGS
