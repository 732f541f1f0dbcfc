"""Identity servers that call a hook: their settings, their bodies, and how each signs."""

import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from standardwebhooks import Webhook

from tests.support.builders import OTHER_PHONE

NUMBER = OTHER_PHONE  # gets an SMS; the test number does not
CODE = "042137"
SECRET = "f0r-t3sts-0nly-f0r-t3sts-0nly-f0r"
OTHER_SECRET = "an0ther-secret-an0ther-secret-an0"
WEBHOOK_SECRET = f"whsec_{b64encode(b'f0r-t3sts-0nly-24-bytes!').decode()}"
OTHER_WEBHOOK_SECRET = f"whsec_{b64encode(b'an0ther-key-of-24-bytes!').decode()}"
AUDIENCE, SUBJECT = "urn:sms", "auth0-tenant"
APPS = {
    "shop": {"free_text": True, "brand": "the shop"},
    "codes": {"brand": "the shop"},
}


def standard_webhooks(body, now, secrets=(WEBHOOK_SECRET,), separator=" ", id="9e8b1d3a-0f0e-4c7c-9d42-0a1f6c5e7b11"):
    """Sign by the specification's own library."""
    at = datetime.fromtimestamp(now, UTC)
    signatures = [Webhook(secret).sign(id, at, body.decode()) for secret in secrets]
    return {"webhook-id": id, "webhook-timestamp": str(int(now)), "webhook-signature": separator.join(signatures)}


def supabase(body, now, secrets=(WEBHOOK_SECRET,)):
    """Sign as Supabase Auth does: a signature for each secret, separated by a comma and a space."""
    return standard_webhooks(body, now, secrets, ", ")


def zitadel(body, now, secrets=(SECRET,)):
    """Sign as ZITADEL does."""
    signed = f"{int(now)}.".encode() + body
    signatures = [f"v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}" for secret in secrets]
    return {"ZITADEL-Signature": ",".join([f"t={int(now)}", *signatures])}


def authgear(body, now, secrets=(SECRET,)):
    """Sign as Authgear does."""
    return {"x-authgear-body-signature": hmac.digest(secrets[0].encode(), body, "sha256").hex()}


def auth0(body, now, secrets=(SECRET,), **claims):
    """Send a token as Auth0 does."""
    claims = {"sub": SUBJECT, "aud": AUDIENCE, "iat": int(now)} | claims
    return {"Authorization": f"Bearer {jwt.encode(claims, secrets[0], algorithm='HS256')}"}


def bearer(body, now, secrets=(SECRET,)):
    return {"Authorization": f"Bearer {secrets[0]}"}


def basic(body, now, secrets=(SECRET,)):
    return {"Authorization": f"Basic {b64encode(f'otp:{secrets[0]}'.encode()).decode()}"}


@dataclass(frozen=True)
class Sender:
    """A sender: the settings of its hook, its body, and how it signs; `text` is its own, None where ours is sent."""

    name: str
    hook: dict
    body: dict
    sign: object
    text: str | None = None
    late: bool = False  # whether a call becomes too old

    @property
    def path(self):
        return f"/v1/hooks/{self.name}"

    def headers(self, body, now):
        return {"Content-Type": "application/json"} | self.sign(body, now)


_USER = "f3b7a1c2-5d4e-4f60-8a9b-0c1d2e3f4a5b"
_SUPABASE = {
    "metadata": {
        "uuid": "7f5e9f5a-4c1b-4d0e-9f59-1d1b8a3f2c10",
        "time": "2026-11-30T12:00:00Z",
        "name": "send-sms",
        "ip_address": "203.0.113.7",
    },
    "user": {"id": _USER, "phone": NUMBER[1:], "aud": "authenticated"},
    "sms": {"otp": CODE, "phone": NUMBER[1:]},
}
_KRATOS = {
    "recipient": NUMBER,
    "template_type": "login_code_valid",
    "to": NUMBER,
    "recovery_code": None,
    "recovery_url": None,
    "verification_url": None,
    "verification_code": None,
    "subject": "",
    "body": f"Your login code is: {CODE}",
}
_LOGTO = {
    "to": NUMBER[1:],
    "type": "SignIn",
    "payload": {"code": CODE, "locale": "nl"},
    "ip": "203.0.113.7",
}
_AUTHENTIK = {
    "From": "Acme",
    "To": NUMBER,
    "Body": CODE,
    "Message": f"Use this code to authenticate in authentik: {CODE}",
}
_ZITADEL = {
    "contextInfo": {
        "eventType": "user.human.phone.code.added",
        "provider": {"id": "285181292935381355", "description": "otp"},
        "recipientPhoneNumber": NUMBER,
    },
    "templateData": {"text": f"Your code is {CODE}"},
    "args": {"code": CODE, "preferredLoginName": "user", "lastPhone": NUMBER},
}
_AUTH0 = {
    "recipient": NUMBER,
    "body": f"Your verification code is: {CODE}",
    "sender": "+15550100",
    "req": {"ip": "203.0.113.7", "user-agent": "Mozilla/5.0"},
}
_AUTHGEAR = {"to": NUMBER, "body": f"{CODE} is your code"}
_KEYCLOAK = {"text": f"{CODE} is your code", "to": NUMBER, "from": "Acme"}
SENDERS = {
    sender.name: sender
    for sender in (
        Sender(
            "supabase",
            {"app": "codes", "secrets": [f"v1,{WEBHOOK_SECRET}"]},
            _SUPABASE,
            supabase,
            late=True,
        ),
        Sender("kratos", {"app": "shop", "secrets": [f"otp:{SECRET}"]}, _KRATOS, basic, _KRATOS["body"]),
        Sender("keycloak", {"app": "shop", "secrets": [f"otp:{SECRET}"]}, _KEYCLOAK, basic, _KEYCLOAK["text"]),
        Sender("logto", {"app": "codes", "secrets": [SECRET]}, _LOGTO, bearer),
        Sender("authentik", {"app": "codes", "secrets": [SECRET]}, _AUTHENTIK, bearer),
        Sender("zitadel", {"app": "codes", "secrets": [SECRET]}, _ZITADEL, zitadel, late=True),
        Sender(
            "auth0",
            {"app": "shop", "secrets": [SECRET], "verify": {"subject": SUBJECT, "audience": AUDIENCE}},
            _AUTH0,
            auth0,
            _AUTH0["body"],
            late=True,
        ),
        Sender("authgear", {"app": "shop", "secrets": [SECRET]}, _AUTHGEAR, authgear, _AUTHGEAR["body"]),
    )
}
HOOKS = {name: {"preset": name} | sender.hook for name, sender in SENDERS.items()}
CUSTOM = {
    "app": "codes",
    "verify": {"scheme": "path"},
    "secrets": [SECRET],
    "phone_number": "/number",
    "code": "/code",
}


def settings(hooks=HOOKS, apps=APPS):
    """Return the settings of a service with hooks."""
    return {"apps": json.dumps(apps), "hooks": json.dumps(hooks)}


def with_code(sender, code):
    """Return the body of a sender with another code."""
    return json.loads(json.dumps(sender.body).replace(CODE, code))


async def call(service, sender, body=None, *, now=None, headers=(), path=None):
    """Call a hook as a sender does; `body` is an object or bytes."""
    content = body if isinstance(body, bytes) else json.dumps(sender.body if body is None else body).encode()
    signed = sender.headers(content, service.container.clock() if now is None else now)
    return await service.client.post(path or sender.path, content=content, headers=signed | dict(headers))
