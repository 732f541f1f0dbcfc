"""Twilio's own SDKs call `otp serve`: only their base URL is changed, and their exceptions have the known codes.

The versions of the SDKs, and what they need, are in tests/compat/twilio/sdks.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.docs import PAGES, blocks
from tests.support.processes import ROOT
from tests.support.service import UNLIMITED, code_on_the_phone, otp_serve, texts_on_the_phone
from tests.support.twilio_facade import ACCOUNT, API_KEY, LANDLINE, SERVICE, SIGNUP, TOKEN, apps_json

PAGE = PAGES["docs/using/from-twilio-verify.md"]
MESSAGES_PAGE = PAGES["docs/using/messages.md"]
PROGRAMS = ROOT / "tests" / "compat" / "twilio" / "sdks"
BIN = Path(sys.executable).parent
# Each language has numbers of its own; the code of one of them is fixed.
NUMBERS = {"python": "+3161234561", "node": "+3161234562", "go": "+3161234563"}  # without the last digit
CODE = "042137"
WRONG = "999999"
ERROR_CLASS = {"python": "TwilioRestException", "node": "RestException", "go": "*client.TwilioRestError"}

pytestmark = pytest.mark.sdks


@pytest.fixture(scope="module", autouse=True)
def only_if_selected(request):
    if request.config.option.markexpr != "sdks":
        pytest.skip("installs Twilio's SDKs: selected with -m sdks")


@pytest.fixture(scope="module")
def serve():
    """URL of `otp serve` with an app of the facade."""
    settings = {
        **UNLIMITED,
        "OTP_APPS": apps_json(countries=["NL"], free_text=True, limits={"sends_per_verification": 2}),
        "OTP_TEST_NUMBERS": ",".join(
            f"{number}{digit}={CODE}@2099-12-31" for number in NUMBERS.values() for digit in "123"
        ),
        "OTP_RESEND_COOLDOWN": "5",
    }
    with otp_serve(**settings) as url:
        yield url


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Install the SDKs; return the command of a client by language, without those that this machine cannot run."""
    folder = tmp_path_factory.mktemp("sdks")
    shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True)
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, "-r", folder / "requirements.txt")
    commands = {"python": [python, folder / "client.py"]}
    if shutil.which("npm"):
        run("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
        commands["node"] = ["node", folder / "client.js"]
    if shutil.which("go"):
        run("go", "build", "-o", "client", ".", cwd=folder)
        commands["go"] = [folder / "client"]
    return commands


@pytest.fixture(params=NUMBERS)
def sdk(request, programs, serve):
    """A client in one language, that is sent calls."""
    if request.param not in programs:
        pytest.skip(f"{request.param} is not on this machine")
    with open_client(request.param, programs[request.param], serve) as client:
        yield client


class Sdk:
    """Sends calls to a client program, and returns what its SDK returned or raised."""

    def __init__(self, language, process, url):
        self.language, self.url = language, url
        self._process = process

    def number(self, digit):
        """Return a number of this language; the digits 1 to 3 are test numbers."""
        return f"{NUMBERS[self.language]}{digit}"

    def call(self, operation, *, user=ACCOUNT, token=TOKEN, service=SERVICE, **parameters):
        """Make a call."""
        named = {"operation": operation, "user": user, "token": token, "account": ACCOUNT, "service": service}
        self._process.stdin.write(json.dumps(named | parameters) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, to, **more):
        """Start a verification."""
        return self.call("start", to=to, channel="sms", **more)

    def start_again(self, to):
        """Start until the cooldown has ended; what is answered before is 20429."""
        deadline = time.monotonic() + 30
        while (answer := self.start(to)).get("code") == 20429:
            assert time.monotonic() < deadline, answer
        return answer

    def is_refused(self, answer, status, code):
        """Return whether an answer is the exception that existing code catches, with this status and code."""
        return (answer.get("class"), answer.get("status"), answer.get("code")) == (
            ERROR_CLASS[self.language],
            status,
            code,
        )


@contextmanager
def open_client(language, command, url):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, url], **pipes) as process:
        yield Sdk(language, process, url)
        process.stdin.close()


def test_start_wrong_right_and_check_after(sdk):
    to = sdk.number(1)

    started = sdk.start(to)
    wrong = sdk.call("check", to=to, code=WRONG)
    right = sdk.call("check", to=to, code=CODE)
    after = sdk.call("check", to=to, code=CODE)

    assert (started["to"], started["channel"], started["attempts"]) == (to, "sms", 1)
    assert [(one["sid"], one["status"], one["valid"]) for one in (started, wrong, right)] == [
        (started["sid"], "pending", False),
        (started["sid"], "pending", False),
        (started["sid"], "approved", True),
    ]
    assert started["created"] == right["created"]
    assert sdk.is_refused(after, 404, 20404)


def test_a_resend_is_the_same_verification_with_the_same_code(sdk):
    """The SMS go to the developer's inbox; a third send is one too many here."""
    to = sdk.number(4)
    started = sdk.start(to)
    code = code_on_the_phone(sdk.url, to)

    early = sdk.start(to)
    again = sdk.start_again(to)
    too_many = sdk.start(to)
    right = sdk.call("check", verificationSid=started["sid"], code=code)

    assert sdk.is_refused(early, 429, 20429)
    assert (again["sid"], again["attempts"]) == (started["sid"], 2)
    assert sdk.is_refused(too_many, 429, 60203)
    assert "Max send attempts reached" in too_many["message"]
    assert (right["sid"], right["status"]) == (started["sid"], "approved")


def test_the_proof_is_in_a_header(sdk):
    """The SDKs show headers by another method. The claims of the proof name the number."""
    to = sdk.number(6)
    sdk.start(to)

    proved = sdk.call("prove", to=to, code=code_on_the_phone(sdk.url, to))

    claims = proved["proof"].split(".")[1]
    assert proved["status"] == "approved"
    assert json.loads(urlsafe_b64decode(f"{claims}=="))["sub"] == to


def test_the_examples_of_the_page_run(programs, serve):
    """`client` of the example for Python starts and proves, and two responses of one service do not differ."""
    example = "".join(blocks("python", PAGE)).replace("http://127.0.0.1:8000", serve)
    to = "+31612345607"
    script = f"""{example}
verifications = client.verify.v2.services("{SERVICE}").verifications
started = verifications.create(to="{to}", channel="sms")
print(differences(started, verifications(started.sid).fetch()))
print(proof_of("{SERVICE}", "{to}", input()))
"""
    variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([programs["python"][0], "-c", script], env=os.environ | variables, **pipes) as process:
        printed, _ = process.communicate(code_on_the_phone(serve, to), timeout=60)

    different, proof = printed.splitlines()
    assert (different, proof.count(".")) == ("[]", 2)


def test_example_of_the_page_about_messages_sends_fetches_and_refuses(programs, serve):
    """Only the base URL differs; a wrong number raises what existing code catches."""
    (example,) = (block for block in blocks("python", MESSAGES_PAGE) if "twilio.rest" in block)
    number = "+31612345608"
    script = f"""{example.replace("http://127.0.0.1:8000", serve).replace("+31612345678", number)}
from twilio.base.exceptions import TwilioRestException

print(message.status, message.to, message.num_segments, message.date_created.tzinfo)
print(client.messages(message.sid).fetch().status)
try:
    client.messages.create(to="0612", from_="Shop", body="Hi")
except TwilioRestException as error:
    print(error.status, error.code)
"""
    variables = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    command = [programs["python"][0], "-c", script]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=True)

    created, fetched, refused = done.stdout.splitlines()
    assert created == f"queued {number} 1 UTC"
    assert fetched in {"queued", "sent"}
    assert refused == "400 21211"
    assert texts_on_the_phone(serve, number) == ["Your order has left."]


def test_five_wrong_codes_use_up_the_checks(sdk):
    to = sdk.number(2)
    sid = sdk.start(to)["sid"]

    wrong = [sdk.call("check", to=to, code=WRONG) for _ in range(5)]
    sixth = sdk.call("check", to=to, code=CODE)
    fetched = sdk.call("fetch", target=sid)

    assert {(one["status"], one["valid"]) for one in wrong} == {("pending", False)}
    assert sdk.is_refused(sixth, 429, 60202)
    assert (fetched["sid"], fetched["status"]) == (sid, "max_attempts_reached")


def test_fetch_and_cancel_by_sid_and_by_number(sdk):
    to = sdk.number(3)
    sid = sdk.start(to)["sid"]

    fetched = [sdk.call("fetch", target=target) for target in (sid, to)]
    canceled = sdk.call("cancel", target=sid)
    again = sdk.call("cancel", target=to)
    after = sdk.call("fetch", target=to)

    assert {(one["sid"], one["status"]) for one in fetched} == {(sid, "pending")}
    assert (canceled["sid"], canceled["status"]) == (sid, "canceled")
    assert sdk.is_refused(again, 404, 20404)
    assert sdk.is_refused(after, 404, 20404)


REFUSED = {
    "an unknown service": ({"service": "VA" + "0" * 32}, 404, 20404),
    "a wrong token": ({"token": "0" * 32}, 401, 20003),
    "a landline": ({"to": LANDLINE}, 403, 60205),
    "a closed country": ({"to": "+491711234567"}, 403, 60605),
    "no phone number": ({"to": "nobody"}, 400, 60200),
    "a call": ({"channel": "call"}, 400, 60223),
    "a language that is none": ({"locale": "???"}, 400, 60200),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_refused_start_is_the_known_exception(sdk, why):
    changes, status, code = REFUSED[why]

    answer = sdk.call("start", **({"to": sdk.number(5), "channel": "sms"} | changes))

    assert sdk.is_refused(answer, status, code), answer


def test_an_api_key_and_the_services_work(sdk):
    found = sdk.call("service", user=API_KEY)

    assert found == {"sid": SERVICE, "listed": [SERVICE, SIGNUP]}


def run(*words, cwd=None):
    """Run a command to its end; fail with what it printed if it fails."""
    # With the proxy and the certificates that an installation may need.
    done = subprocess.run(words, cwd=cwd, env={**os.environ}, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
