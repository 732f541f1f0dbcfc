"""The client examples of docs/using/backend.md request, check, and verify a proof offline, verbatim."""

import json
import re
import shutil
import subprocess
import sys
import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.settings.to_domain import keyring_of
from tests.support.builders import make_settings
from tests.support.docs import PAGES, README, blocks

PAGE = PAGES["docs/using/backend.md"]
# Language -> what runs it, the file's ending, what stands before the examples, and a last line that calls one of them
# and prints its result as JSON.
LANGUAGES = {
    "python": (
        sys.executable,
        ".py",
        "",
        "import json, sys; print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))",
    ),
    "js": (
        "node",
        ".mjs",
        "",
        "console.log(JSON.stringify(await {ask, check, numberIn}[process.argv[2]](...process.argv.slice(3))));",
    ),
    "php": ("php", ".php", "<?php\n", "echo json_encode($argv[1](...array_slice($argv, 2)));"),
}
VERIFY = {"python": "number_in", "js": "numberIn", "php": "numberIn"}
NUMBERS = {"python": "+31612345671", "js": "+31612345672", "php": "+31612345673"}
OTHER_NUMBERS = {"python": "+31612345674", "js": "+31612345675", "php": "+31612345676"}
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
        done = subprocess.run([runs, path, *words], capture_output=True, text=True, timeout=30, check=False)
        done.result = json.loads(done.stdout) if done.returncode == 0 else done.stderr
        return done

    return call


def test_each_example_turns_a_number_into_a_verified_proof(run, language, service):
    """Request, read the SMS, check, and verify with the public keys only, as a login does."""
    number = NUMBERS[language]

    id = run("ask", number, SESSION, CLIENT_IP).result
    proof, attempts_left = run("check", id, code_on_the_phone(service, number)).result
    read = run(VERIFY[language], proof, SESSION)

    assert attempts_left is None
    assert (read.result, read.returncode) == (number, 0)
    assert run(VERIFY[language], proof, "session-of-another").returncode != 0


def test_each_example_returns_the_attempts_left_after_a_wrong_code(run, language, service):
    """A wrong code is an outcome of a check, with what the user needs to know; it is no bare HTTP error."""
    number = OTHER_NUMBERS[language]

    id = run("ask", number, SESSION, CLIENT_IP).result
    code = code_on_the_phone(service, number)
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    assert run("check", id, wrong).result == [None, 4]
    assert run("check", id, wrong).result == [None, 3]


def test_each_example_fails_with_any_other_problem(run):
    """A refused number, and a verification that does not exist."""
    assert run("ask", "+3112", SESSION, CLIENT_IP).returncode != 0
    assert run("check", "vf_unknown", "123456").returncode != 0


def test_each_example_sends_the_address_of_the_user(run, language):
    """An address that is none is refused, so it was sent."""
    assert run("ask", NUMBERS[language], SESSION, "none").returncode != 0


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


@pytest.mark.parametrize("wrong", WRONG)
def test_each_example_refuses_a_proof_with_one_wrong_part(run, language, service, wrong):
    read = run(VERIFY[language], WRONG[wrong](claims_of(service)), SESSION)

    assert read.returncode != 0
    assert "+316" not in read.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_is_short(language):
    """About ten lines to request and check, about ten to verify: no client library is needed."""
    asking, verifying = blocks(language, PAGE)

    assert len(asking.splitlines()) <= 15
    assert len(verifying.splitlines()) <= 15


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


def code_on_the_phone(service, number, seconds=10):
    """Wait for the SMS, and parse its last line as a phone does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        texts = [sms["text"] for sms in httpx.get(f"{service}/dev/inbox/messages", params={"to": number}).json()]
        if texts:
            return re.search(r"#(\d+)", texts[0])[1]
        time.sleep(0.1)
    raise TimeoutError(number)
