"""A client with Twilio's SDK for Python: runs one call for each line of JSON on stdin, and prints what it got.

Nothing but the base URL differs from a client of Twilio.
"""

import json
import re
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

ORIGIN = sys.argv[1]


def call(operation, user, token, account, service, **camel_case):
    arguments = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): camel_case[name] for name in camel_case}
    client = Client(user, token, account)
    client.verify.base_url = f"{ORIGIN}/twilio"
    verify = client.verify.v2.services(service)
    match operation:
        case "start":
            found = verify.verifications.create(**arguments)
            attempts = len(found.send_code_attempts)
        case "check":
            found, attempts = verify.verification_checks.create(**arguments), None
        case "prove":
            response = verify.verification_checks.create_with_http_info(**arguments)
            return {"status": response.data.status, "proof": response.headers["otp-proof"]}
        case "fetch":
            found = verify.verifications(arguments["target"]).fetch()
            attempts = len(found.send_code_attempts)
        case "cancel":
            found = verify.verifications(arguments["target"]).update(status="canceled")
            attempts = len(found.send_code_attempts)
        case "service":
            return {"sid": verify.fetch().sid, "listed": [one.sid for one in client.verify.v2.services.list()]}
    return {
        "sid": found.sid,
        "to": found.to,
        "channel": found.channel,
        "status": found.status,
        "valid": found.valid,
        "attempts": attempts,
        "created": found.date_created.isoformat(),
    }


for line in sys.stdin:
    try:
        result = call(**json.loads(line))
    except TwilioRestException as error:
        result = {"class": type(error).__name__, "code": error.code, "status": error.status, "message": error.msg}
    sys.stdout.write(f"{json.dumps(result)}\n")
    sys.stdout.flush()
