"""The form's files: small, for every page, and true to what they copy."""

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
from tests.support.api_calls import problem_of
from tests.support.service_fixture import PRODUCTION

HERE = Path(app.web.form.__file__).with_suffix("")
SCRIPT = bundle(HERE / "otp-form.js")
WORDS = json.loads((HERE / "words" / "en.json").read_text())
DOCS = (Path(app.web.form.__file__).parents[2] / "docs" / "form.md").read_text()
FILES = ["/otp-form.js", "/otp-form/nl.json"]


@pytest.fixture(params=[{}, PRODUCTION | {"url": "redis://127.0.0.1:6379"}], ids=["development", "production"])
def app_client(request):
    return AppClient(**request.param, limit_calls_per_address="1/min")


@pytest.mark.parametrize("path", FILES)
async def test_any_page_may_have_the_form_and_as_often_as_it_likes(app_client, path):
    headers = {"Origin": "https://anybody.example"}

    answers = [await app_client.get(path, headers=headers) for _ in range(3)]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", FILES)
async def test_a_page_that_is_listed_is_given_leave_once_too(path):
    """A browser that is told twice takes it for no leave at all, and shows no form; everybody's leave is the page's."""
    answer = await AppClient().get(path, headers={"Origin": "http://localhost:3000"})

    assert answer.headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize("path", FILES)
async def test_who_has_a_file_is_not_sent_it_again(app_client, path):
    known = (await app_client.get(path)).headers["etag"]

    answer = await app_client.get(path, headers={"If-None-Match": known})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("path", FILES)
async def test_a_proxy_that_compresses_a_file_may_ask_whether_it_is_still_the_same(app_client, path):
    """Its bytes are others then, so it makes the ETag a weak one."""
    known = (await app_client.get(path)).headers["etag"]

    answers = [await app_client.get(path, headers={"If-None-Match": tag}) for tag in (f'"other", W/{known}', '"other"')]

    assert [answer.status_code for answer in answers] == [304, 200]


@pytest.mark.parametrize("path", FILES)
async def test_a_file_may_be_asked_about_without_having_it(app_client, path):
    got, asked = await app_client.get(path), await app_client.call("HEAD", path)

    assert asked.status_code == 200
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert asked.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/otp-form/tlh.json", "/otp-form/words.js", "/otp-form/..%2Fform.json", "/otp-form/"])
async def test_words_that_are_not_there_are_a_problem_that_nobody_keeps(app_client, path):
    answer = await app_client.get(path)

    problem_of(answer, 404, "not_found")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_script_is_a_script_and_words_are_json(app_client):
    kinds = [(await app_client.get(path)).headers["content-type"].split(";")[0] for path in FILES]

    assert kinds == ["text/javascript", "application/json"]


def test_the_script_is_under_ten_kilobytes_on_the_wire():
    """Compressed, as any proxy in front does it; kilobytes of 1,024, for what people do out of habit took its room."""
    assert len(gzip.compress(SCRIPT.encode())) < 10 * 1024


def test_the_script_needs_nothing_else():
    """One file: nothing imported, nothing loaded but words and the API; and nothing that a strict policy stops."""
    assert (
        re.findall(
            r"\bimport\b(?!\.meta|Key)|\bexport\b|\brequire\(|\beval\(|new Function|\.style\.cssText|console\.", SCRIPT
        )
        == []
    )
    assert REPORTS_PREFIX not in SCRIPT


def codes_of(script):
    """Read the table of calling codes as the script reads it."""
    table, last = {}, 0
    for code, regions in re.findall(r"(\d*)([A-Z]+)", re.search(r"CALLING_CODES = \[(.*?)\]", script, re.DOTALL)[1]):
        last = int(code or last + 1)
        table[last] = tuple(re.findall("..", regions))
    return table


def test_the_calling_codes_are_those_of_the_library_that_reads_the_numbers():
    """All its regions, and of those that share a code the same one first."""
    codes = {phonenumbers.country_code_for_region(region) for region in phonenumbers.SUPPORTED_REGIONS}

    assert codes_of(SCRIPT) == {code: phonenumbers.region_codes_for_country_code(code) for code in codes}


def test_the_script_asks_for_the_languages_that_there_are():
    named = re.search(r"LANGUAGES = \[(.*?)\];", SCRIPT, re.DOTALL)[1]

    assert sorted(" ".join(re.findall(r'"(.+)"\.split', named)).split()) == languages()


def test_every_problem_has_words():
    words = re.search(r"const WORD_OF = \{(.*?)\}", SCRIPT, re.DOTALL)[1]

    assert set(re.findall(r'"(\w+)"', words)) <= set(WORDS)
    assert {"bug", "incorrect", "incorrect_last", "expired", "offline", "rate_limited"} <= set(WORDS)


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
def test_the_docs_name_all_that_a_page_may_use_and_nothing_else(kind):
    used, row = NAMES[kind]

    assert set(re.findall(row, DOCS, re.MULTILINE)) == set(used)


BUGS = {  # what a person cannot help, and the form never brings about
    "bad_report",
    "body_too_large",
    "idempotency_key_reused",
    "internal_error",
    "method_not_allowed",
    "unsupported_media_type",
}


def test_every_problem_of_the_service_has_words_of_its_own_or_is_a_bug():
    """Whoever adds a problem decides what a person reads."""
    names = set(re.findall(r"^(\w+): ", re.search(r"const WORD_OF = \{(.*?)\}", SCRIPT, re.DOTALL)[1], re.MULTILINE))

    assert {error.code for error in STATUS_OF} - names - set(WORDS) - {"incorrect_code"} == BUGS
