"""docs/using/from-twilio-verify.md: its commands run, and its table of codes is that of the facade."""

import json
import re
import sys

from app.compat.twilio import errors
from app.compat.twilio.errors import REFUSALS, Refusal
from tests.support.docs import PAGES, blocks
from tests.support.processes import ROOT, shell
from tests.support.service import otp_dev

PAGE = PAGES["docs/using/from-twilio-verify.md"]
SDKS = ROOT / "tests" / "compat" / "twilio" / "sdks"
# Codes that the page leaves out: no code of a client depends on them.
LEFT_OUT = {20004, 20403, 20500, 60212}


def test_the_commands_lead_to_a_started_verification():
    """Verbatim, but for the command's place and the port."""
    generate, start = blocks("sh", PAGE)
    command = f"{sys.executable} -m app.cli"
    facts = dict(line.split("\t") for line in shell(generate.replace("otp ", f"{command} ")).splitlines())
    settings = blocks("json", PAGE)[0].replace("<digest>", facts["digest"])
    names = {
        "TWILIO_ACCOUNT_SID": facts["account_sid"],
        "TWILIO_AUTH_TOKEN": facts["auth_token"],
        "VERIFY_SERVICE_SID": facts["service_sid (login)"],
    }

    with otp_dev(OTP_APPS=settings) as url:
        answer = json.loads(shell(start.replace("http://127.0.0.1:8000", url), **names))

    assert (answer["status"], answer["to"]) == ("pending", "+31612345678")


def test_the_table_of_codes_is_complete():
    rows = {(int(code), int(status)) for code, status in re.findall(r"^\| (\d{5}) \| (\d{3}) \|", PAGE, re.MULTILINE)}
    ours = [*REFUSALS.values(), *(value for value in vars(errors).values() if isinstance(value, Refusal))]

    # 413, 415 and 503 are named in the text.
    assert rows == {(one.number, one.status) for one in ours if one.status not in {413, 415, 503}} - {
        (one.number, one.status) for one in ours if one.number in LEFT_OUT
    }


def test_the_tested_versions_are_those_of_the_sdks():
    python = re.search("twilio==(.+)", (SDKS / "requirements.txt").read_text())[1]
    node = json.loads((SDKS / "package.json").read_text())["dependencies"]["twilio"]
    go = re.search("twilio-go v(.+)", (SDKS / "go.mod").read_text())[1]

    assert f"twilio {python} (Python), {node} (Node) and {go} (Go)" in PAGE
