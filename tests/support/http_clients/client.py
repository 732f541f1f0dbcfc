"""Python's requests: asks for a code, reads it in the inbox, checks it, and prints the status."""

import re
import sys
import time

import requests

base, number = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = "Bearer sk_dev"
asked = session.post(f"{base}/v1/request-code", json={"phone_number": number}).json()
found = None
while not found:
    time.sleep(0.1)
    found = re.search(r"#(\d+)", session.get(f"{base}/dev/inbox/messages", params={"to": number}).text)
body = {"verification_id": asked["verification_id"], "code": found[1]}
print(session.post(f"{base}/v1/verify-code", json=body).json()["status"])  # noqa: T201  the test reads it
