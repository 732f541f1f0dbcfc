"""From request to proof through real processes, in production and in development mode."""

import json
import re

import pytest
from httpx import AsyncClient, ConnectError
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.api_calls import bearer
from tests.support.fake_vendor import Answer, Vendor
from tests.support.ports import free_port
from tests.support.processes import otp, running
from tests.support.secrecy import find_secrets, number_notations, text_around_code
from tests.support.waiting import until

NUMBER = "+31612345678"
PUBLIC = "https://otp.example.com"
VENDORS_SECRET = "s3cret-0f-the-acc0unt"

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 has a newer name for it


def complete(env, **settings):
    """Fill in what `otp init` leaves to the operator."""
    text = env.read_text()
    for name, value in settings.items():
        line = re.compile(rf"^OTP_{name}=.*$", re.MULTILINE)
        text = line.sub(f"OTP_{name}={value}", text) if line.search(text) else f"{text}OTP_{name}={value}\n"
    env.write_text(text)


async def ready(client):
    try:
        return (await client.get("/readyz")).status_code == 200
    except ConnectError:  # it does not listen yet
        return False


async def message_of(client, id):
    (send,) = (await client.get(f"/v1/verifications/{id}")).json()["sends"]
    return send["messages"][0]


async def has_status(client, id, status):
    message = await message_of(client, id)
    return message if message["status"] == status else None


async def test_a_number_becomes_a_proof_in_production(tmp_path, engine_url, tag):
    """One API, two workers, one Redis, all real, and a scripted vendor over HTTP."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    code, output, _ = await otp("init", "--public-url", PUBLIC, "--redis-url", engine_url, folder=tmp_path)
    assert code == 0
    key = re.search(r"sk_\S+", output)[0]
    token = re.search(r"REPORT_TOKEN=(\S+)", (tmp_path / ".env").read_text())[1]
    async with Vendor(Answer(200, json={"messageid": "v-1"})) as vendor:
        complete(
            tmp_path / ".env",
            COUNTRIES="NL,BE",
            REDIS_TAG=tag,
            LOG_LEVEL="debug",
            GATEWAYS__SMSTOOLS__URL=vendor.url,
            GATEWAYS__SMSTOOLS__CLIENT_ID="4711",
            GATEWAYS__SMSTOOLS__CLIENT_SECRET=VENDORS_SECRET,
            GATEWAYS__SMSTOOLS__SENDER="Acme",
        )
        async with (
            running("serve", "--port", str(port), folder=tmp_path, name="api") as api,
            running("worker", folder=tmp_path, name="worker-1") as first,
            running("worker", folder=tmp_path, name="worker-2") as second,
            AsyncClient(base_url=url, headers=bearer(key)) as client,
        ):
            await until(lambda: ready(client), within=30)

            # A number asks for a code, and the vendor is handed an SMS.
            requested = await client.post("/v1/request-code", json={"phone_number": "06 12345678", "country": "NL"})
            assert requested.status_code == 202
            id = requested.json()["verification_id"]
            await vendor.wait_for_requests(1)
            sms = vendor.requests[0]
            assert (sms.path, sms.headers["x-client-id"], sms.json()["to"]) == ("/message/send", "4711", NUMBER[1:])
            typed = re.match(r"\d{6}", sms.json()["message"])[0]
            await until(lambda: has_status(client, id, "sent"))

            # The vendor reports that it arrived.
            event = {"messageid": "v-1", "delivery_code": "1", "delivery_status": "delivered", "receiver": NUMBER[1:]}
            address = f"/v1/reports/smstools/{token}"
            told = await client.post(address, json={"webhook_type": "delivery_report", "message": event})
            assert (told.status_code, told.text) == (200, "OK")
            forged = await client.post(f"/v1/reports/smstools/{token[::-1]}", json=event)
            assert forged.json()["code"] == "bad_report"
            message = await until(lambda: has_status(client, id, "delivered"))
            assert [line["status"] for line in message["history"]] == ["queued", "sent", "delivered"]

            # The person types the code: wrong, then right.
            guess = {"verification_id": id, "code": f"{(int(typed) + 1) % 10**6:06d}"}
            assert (await client.post("/v1/verify-code", json=guess)).json()["attempts_left"] == 4
            approved = (await client.post("/v1/verify-code", json=guess | {"code": typed})).json()
            assert (approved["status"], approved["phone_number"]) == ("approved", NUMBER)

            # Any backend reads the proof by the public keys, and this one redeems it, once.
            keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
            claims = jwt.decode(approved["proof"], keys, algorithms=["EdDSA"]).claims
            assert (claims["iss"], claims["aud"], claims["sub"], claims["amr"]) == (PUBLIC, "main", NUMBER, ["sms"])
            shown = [await client.post("/v1/proofs/redeem", json={"proof": approved["proof"]}) for _ in range(2)]
            assert [answer.json()["active"] for answer in shown] == [True, False]

            # On SIGTERM all end with 0, and no log has a secret.
            processes = (api, first, second)
            assert [await process.stop() for process in processes] == [0, 0, 0]
        secrets = [
            *number_notations(NUMBER),
            key,
            token,
            VENDORS_SECRET,
            approved["proof"],
            *text_around_code(sms.json()["message"]),
            "?",
            "/v1/reports/smst",
        ]
        for process in processes:
            assert process.lines()
            assert all(line["event"] for line in process.lines())
            assert not find_secrets(process.log_text(), secrets, codes=[typed, guess["code"]])
        assert len(vendor.requests) == 1


async def test_a_developer_needs_one_command(tmp_path):
    """`otp dev`: the embedded store, the worker inside, and the developer's inbox with its report buttons."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        running("dev", "--port", str(port), folder=tmp_path, name="dev", OTP_LOG_LEVEL="debug") as dev,
        AsyncClient(base_url=url, headers=bearer("sk_dev")) as client,
    ):
        await until(lambda: ready(client), within=30)
        id = (await client.post("/v1/request-code", json={"phone_number": NUMBER})).json()["verification_id"]

        sms = await until(lambda: latest(client))
        assert set(sms) == {"to", "text", "at", "message_id"}
        typed = re.match(r"\d{6}", sms["text"])[0]
        await until(lambda: has_status(client, id, "sent"))

        reports = await reports_address(client)
        report = {"id": "unknown-here", "reference": sms["message_id"], "to": NUMBER, "status": "delivered"}
        assert (await client.post(reports, json=report)).status_code == 200
        assert await until(lambda: has_status(client, id, "delivered"))

        approved = await client.post("/v1/verify-code", json={"verification_id": id, "code": typed})
        assert approved.json()["proof"]
        assert await dev.stop() == 0
    welcome = (tmp_path / "dev.out").read_text()
    assert all(link in welcome for link in (f"{url}/demo", f"{url}/dev/inbox", "sk_dev", "pk_dev", "curl"))
    assert all(line["event"] for line in dev.lines())
    secrets = [*number_notations(NUMBER), reports.rpartition("/")[2], *text_around_code(sms["text"]), "?"]
    assert not find_secrets(dev.log_text(), secrets, codes=[typed])


async def latest(client):
    messages = (await client.get("/dev/inbox/messages", params={"to": NUMBER})).json()
    return messages[0] if messages else None


async def reports_address(client):
    """Read the report URL of the inbox from its event stream; it ends in a secret."""
    async with client.stream("GET", "/dev/inbox/events", params={"after": ""}) as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                return json.loads(line.removeprefix("data:"))["reports"]
    raise AssertionError("the phone was told of no SMS")
