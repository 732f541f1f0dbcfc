"""The README's client examples request, check, and verify a proof offline, verbatim in each language."""

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
from tests.support.docs import README, blocks

# Language -> what runs it, the file's ending, what stands before the examples, and a last line that calls one of them.
LANGUAGES = {
    "python": (sys.executable, ".py", "", "import sys; print(globals()[sys.argv[1]](*sys.argv[2:]))"),
    "js": ("node", ".mjs", "", "console.log(await {ask, check, numberIn}[process.argv[2]](...process.argv.slice(3)));"),
    "php": ("php", ".php", "<?php\n", "echo $argv[1](...array_slice($argv, 2));"),
}
VERIFY = {"python": "number_in", "js": "numberIn", "php": "numberIn"}
NUMBERS = {"python": "+31612345671", "js": "+31612345672", "php": "+31612345673"}
SESSION = "session-of-a-person"
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
    """Call one function of a language's example in a separate process."""
    runs, ending, before, after = LANGUAGES[language]
    section = README.partition("\n## In your backend\n")[2].partition("\n## ")[0]
    examples = "".join(blocks(language, section)).replace("http://127.0.0.1:8000", service)
    path = tmp_path / f"client{ending}"
    path.write_text(f"{before}{examples}{after}\n")

    def call(*words):
        return subprocess.run([runs, path, *words], capture_output=True, text=True, timeout=30, check=False)

    return call


def test_each_example_turns_a_number_into_a_verified_proof(run, language, service):
    """Request, read the SMS, check, and verify with the public keys only, as a login does."""
    number = NUMBERS[language]

    id = run("ask", number, SESSION).stdout.strip()
    proof = run("check", id, code_on_the_phone(service, number)).stdout.strip()
    read = run(VERIFY[language], proof, SESSION)

    assert (read.stdout.strip(), read.returncode) == (number, 0), read.stderr
    assert run(VERIFY[language], proof, "session-of-another").returncode != 0


def test_each_example_accepts_a_valid_proof(run, language, service):
    """So the tests below refuse a proof only for its one wrong part."""
    read = run(VERIFY[language], signed(claims_of(service)), SESSION)

    assert read.stdout.strip() == "+31612345678", read.stderr


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
    section = README.partition("\n## In your backend\n")[2].partition("\n## ")[0]

    asking, verifying = blocks(language, section)

    assert len(asking.splitlines()) <= 15
    assert len(verifying.splitlines()) <= 15


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
