"""The client examples of docs/using/backend.md request, check, and verify a proof offline, verbatim."""

import json
import re
import shutil
import subprocess
import sys
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.http.problems import STATUS_OF
from app.settings.to_domain import keyring_of
from tests.support.builders import make_settings
from tests.support.docs import PAGES, README, blocks
from tests.support.service import code_on_the_phone
from tests.support.variants import some_of

PAGE = PAGES["docs/using/backend.md"]
# Language -> what runs it, the file's ending, what stands before the examples, and a last line that calls one of them
# with arguments in JSON, and prints its result as JSON.
LANGUAGES = {
    "python": (
        sys.executable,
        ".py",
        "",
        "import json, sys; print(json.dumps(globals()[sys.argv[1]](*map(json.loads, sys.argv[2:]))))",
    ),
    "js": (
        "node",
        ".mjs",
        "",
        (
            "console.log(JSON.stringify(await {ask, check, message, numberIn}[process.argv[2]]"
            "(...process.argv.slice(3).map(JSON.parse))));"
        ),
    ),
    "php": (
        "php",
        ".php",
        "<?php\n",
        "echo json_encode($argv[1](...array_map(fn ($word) => json_decode($word, true), array_slice($argv, 2))));",
    ),
}
VERIFY = {"python": "number_in", "js": "numberIn", "php": "numberIn"}
NUMBERS = {"python": "+31612345671", "js": "+31612345672", "php": "+31612345673"}
OTHER_NUMBERS = {"python": "+31612345674", "js": "+31612345675", "php": "+31612345676"}
LIMITED_NUMBERS = {"python": "+31612345681", "js": "+31612345682", "php": "+31612345683"}
SESSION = "session-of-a-person"
CLIENT_IP = "203.0.113.7"
KEYS = keyring_of(make_settings()).newest  # those of `otp dev`
STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


@pytest.fixture
def service(developers_service):
    return developers_service


@pytest.fixture(params=LANGUAGES)
def language(request):
    runs = LANGUAGES[request.param][0]
    if shutil.which(runs) is None:
        pytest.skip(f"{runs} is not on this machine")
    return request.param


@pytest.fixture
def run(language, service, tmp_path):
    """Call one function of a language's example in a separate process; it returns its result, or its failure."""
    runs, ending, before, after = LANGUAGES[language]
    examples = "".join(blocks(language, PAGE)).replace("http://127.0.0.1:8000", service)
    path = tmp_path / f"client{ending}"
    path.write_text(f"{before}{examples}{after}\n")

    def call(*words):
        name, *values = words
        command = [runs, path, name, *map(json.dumps, values)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        done.result = json.loads(done.stdout) if done.returncode == 0 else done.stderr
        return done

    return call


def test_each_example_turns_a_number_into_a_verified_proof(run, language, service):
    """Request, read the SMS, check, and verify with the public keys only, as a login does."""
    number = NUMBERS[language]

    id = run("ask", number, SESSION, CLIENT_IP).result["verification_id"]
    proof = run("check", id, code_on_the_phone(service, number)).result["proof"]
    read = run(VERIFY[language], proof, SESSION)

    assert (read.result, read.returncode) == (number, 0)
    assert run(VERIFY[language], proof, "session-of-another").returncode != 0


def test_each_example_shows_the_attempts_left_after_a_wrong_code(run, language, service):
    """A wrong code is an outcome of a check, with what the user needs to know; it raises no exception."""
    number = OTHER_NUMBERS[language]
    id = run("ask", number, SESSION, CLIENT_IP).result["verification_id"]
    wrong = f"{(int(code_on_the_phone(service, number)) + 1) % 10**6:06d}"

    problems = [run("check", id, wrong).result for _ in range(6)]

    assert [problem["code"] for problem in problems] == ["incorrect_code"] * 5 + ["too_many_attempts"]
    assert run("message", problems[0]).result == "This code is wrong. Attempts left: 4."
    assert run("message", problems[4]).result == "This code is wrong. Attempts left: 0."
    assert f" {problems[5]['retry_after']} seconds" in run("message", problems[5]).result


def test_each_example_shows_the_wait_after_too_many_requests(run, language):
    """429 `rate_limited`: the fourth SMS to a number within ten minutes."""
    answers = [run("ask", LIMITED_NUMBERS[language], SESSION, CLIENT_IP).result for _ in range(4)]

    assert ["code" in answer for answer in answers] == [False, False, False, True]
    assert f"Try again in {answers[3]['retry_after']} seconds" in run("message", answers[3]).result


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (("ask", "+3112", SESSION, CLIENT_IP), "This number cannot receive an SMS."),
        (("check", "vf_unknown", "123456"), "This code has expired. Request a new one."),
        (("check", "vf_unknown", "12345"), "Check the number and the code."),
    ],
)
def test_each_example_has_a_text_for_a_problem_that_a_user_can_cause(run, call, text):
    assert run("message", run(*call).result).result == text


def test_each_example_has_the_same_texts(language):
    """For the same problems, which exist."""
    texts = blocks(language, PAGE)[1]
    codes = re.findall(r"^ +[\"']?(\w+)[\"']?(?::| =>) ", texts, re.MULTILINE)

    assert set(codes) <= {error.code for error in STATUS_OF}
    assert codes == re.findall(r'^    "(\w+)": ', blocks("python", PAGE)[1], re.MULTILINE)


def test_each_example_fails_with_any_other_problem(run):
    """Such as a wrong key; in a program, that is no text for a user."""
    assert run("message", {"code": "unauthorized", "title": "No valid key", "status": 401}).returncode != 0
    assert run("message", {"code": "temporarily_unavailable", "status": 503, "retry_after": 1}).returncode != 0


def test_each_example_sends_the_address_of_the_user(run, language):
    """An address that is none is refused, so it was sent."""
    problem = run("ask", NUMBERS[language], SESSION, "none").result

    assert [error["pointer"] for error in problem["errors"]] == ["/client_ip"]


def test_each_example_accepts_a_valid_proof(run, language, service):
    """So the tests below refuse a proof only for its one wrong part."""
    assert run(VERIFY[language], signed(claims_of(service)), SESSION).result == "+31612345678"


WRONG = {
    "for another session": lambda claims: signed(claims | {"nonce": "session-of-another"}),
    "for no session": lambda claims: signed({name: claims[name] for name in claims if name != "nonce"}),
    "for another purpose": lambda claims: signed(claims | {"purpose": "payment"}),
    "for another app": lambda claims: signed(claims | {"aud": "bank"}),
    "of another service": lambda claims: signed(claims | {"iss": "https://otp.example.org"}),
    "over": lambda claims: signed(claims | {"exp": int(time.time()) - 60}),
    "a token of another type": lambda claims: signed(claims, typ="JWT"),
    "signed by a stranger": lambda claims: signed(claims, by=STRANGER),
    "signed by an unknown key": lambda claims: signed(claims, kid="nobody"),
    "signed by the public key as a secret": lambda claims: signed(claims, by=b"public" * 8, algorithm="HS256"),
    "not signed": lambda claims: signed(claims, by=None, algorithm="none"),
    "rewritten": lambda claims: rewritten(signed(claims), claims | {"sub": "+31687654321"}),
    "cut short": lambda claims: signed(claims).rpartition(".")[0],
}


@pytest.mark.parametrize("wrong", some_of(WRONG, "for another session", "over", "signed by a stranger", "not signed"))
def test_each_example_refuses_a_proof_with_one_wrong_part(run, language, service, wrong):
    read = run(VERIFY[language], WRONG[wrong](claims_of(service)), SESSION)

    assert read.returncode != 0
    assert "+316" not in read.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_is_short(language):
    """About ten lines to request and check, to tell the user, and to verify: no client library is needed."""
    parts = blocks(language, PAGE)

    assert len(parts) == 3
    assert max(len(part.splitlines()) for part in parts) <= 16


def test_the_example_in_the_readme_is_that_of_the_page():
    """So the tests above run the README's example too."""
    assert blocks("python", README) == blocks("python", PAGE)


def claims_of(service):
    """Return the claims of a valid proof, with the current time."""
    now = int(time.time())
    return {
        "iss": service,
        "aud": "dev",
        "sub": "+31612345678",
        "iat": now,
        "exp": now + 300,
        "jti": "pr_1",
        "purpose": "login",
        "nonce": SESSION,
    }


def signed(claims, *, typ="phone-verification+jwt", kid=KEYS.id, by=KEYS.sign, algorithm="EdDSA"):
    return jwt.encode(claims, by, algorithm=algorithm, headers={"typ": typ, "kid": kid})


def rewritten(proof, claims):
    """Replace the claims under an existing signature."""
    head, _, signature = proof.split(".")
    body = jwt.encode(claims, None, algorithm="none").split(".")[1]
    return f"{head}.{body}.{signature}"
