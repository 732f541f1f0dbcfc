"""docs/using/camara.md: its commands run, and its table of codes is that of the facade."""

import json
import re
import sys

from app.compat.camara import errors
from app.compat.camara.errors import REFUSALS, Refusal
from app.compat.camara.tokens import LIFETIME
from app.settings.apps import CamaraSettings
from tests.support.docs import PAGES, blocks
from tests.support.processes import shell
from tests.support.service import code_on_the_phone, otp_dev

PAGE = PAGES["docs/using/camara.md"]
PHONE = "+31612345678"


def test_the_commands_lead_to_a_proof():
    """Verbatim, but for the command's place and the port."""
    generate, get_token, send, validate, _ = blocks("sh", PAGE)
    printed = shell(generate.replace("otp ", f"{sys.executable} -m app.cli "))
    facts = dict(line.split("\t") for line in printed.splitlines())
    settings = blocks("json", PAGE)[0].replace("<digest>", facts["digest"])

    with otp_dev(OTP_APPS=settings) as url:

        def run(command, **variables):
            return shell(command.replace("http://127.0.0.1:8000", url), **variables)

        token = json.loads(run(get_token, CLIENT_SECRET=facts["key"]))["access_token"]
        id = json.loads(run(send, TOKEN=token))["authenticationId"]
        answer = run(validate, TOKEN=token, ID=id, CODE=code_on_the_phone(url, PHONE))

    status, *headers = answer.lower().splitlines()
    assert " 204" in status
    assert "x-correlator: cart-77" in headers
    assert [header for header in headers if header.startswith("otp-proof: ey")]


def test_the_table_of_codes_is_complete():
    table = PAGE.partition("## Errors")[2]
    rows = {(code, int(status)) for code, status in re.findall(r"^\| `([A-Z_….]+)` \| (\d{3}) \|", table, re.MULTILINE)}
    ours = [*REFUSALS.values(), *(value for value in vars(errors).values() if isinstance(value, Refusal))]

    assert rows == {(one.code.replace("ONE_TIME_PASSWORD_SMS", "…"), one.status) for one in ours}


def test_the_fields_of_camara_are_listed_with_their_defaults():
    rows = dict(re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", PAGE, re.MULTILINE))

    assert rows == {name: str(field.default).lower() for name, field in CamaraSettings.model_fields.items()}


def test_the_lifetime_of_a_token_is_stated():
    assert LIFETIME == 300
    assert "valid for five minutes" in PAGE
