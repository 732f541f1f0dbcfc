"""The senders that are configured by their name alone: how each calls, and what it does with an answer.

Each entry was written from the sender's source or documentation; docs/using/hooks.md has what an operator configures.
"""

from collections.abc import Mapping

from app.domain.hook import HookAnswer, HookFields, HookPreset, HookVerification, RefusalForm, Scheme, Signed

PRESETS: Mapping[str, HookPreset] = {
    # Supabase Auth, Send SMS hook. It shows `error.message` of an answer 200 to the person, hides every other status
    # behind its own error, and repeats 429 and 503 that have Retry-After at once.
    "supabase": HookPreset(
        HookVerification(Scheme.STANDARD_WEBHOOKS),
        HookFields(
            phone_number=("/sms/phone",),
            code=("/sms/otp",),
            client_ip=("/metadata/ip_address",),
            subject=("/user/id",),
        ),
        HookAnswer(refused=200, away=200, form=RefusalForm.ERROR_OBJECT),
    ),
    # Ory Kratos, courier channel of type http. It repeats every answer that is not 2xx, and holds up the rest of its
    # batch meanwhile; it shows no answer. Its default body has codes of verification and recovery only.
    "kratos": HookPreset(
        HookVerification(Scheme.BASIC),
        HookFields(
            phone_number=("/recipient", "/to"),
            code=("/code", "/login_code", "/registration_code", "/verification_code", "/recovery_code"),
            text=("/body",),
            purpose=("/template_type",),
        ),
        HookAnswer(refused=200, form=RefusalForm.NOTHING),
        {
            "login_code_valid": "login",
            "registration_code_valid": "signup",
            "verification_code_valid": "verification",
            "recovery_code_valid": "recovery",
        },
    ),
    # Keycloak with the SMS authenticator of keycloak-mfa-plugins; the names of its fields are settings there.
    "keycloak": HookPreset(HookVerification(Scheme.BASIC), HookFields(phone_number=("/to",), text=("/text",))),
    # Logto, HTTP SMS connector.
    "logto": HookPreset(
        HookVerification(Scheme.BEARER),
        HookFields(
            phone_number=("/to",),
            code=("/payload/code",),
            client_ip=("/ip",),
            locale=("/payload/locale",),
            purpose=("/type",),
        ),
        purposes={"SignIn": "login", "Register": "signup", "ForgotPassword": "recovery"},
    ),
    # authentik, SMS stage with the generic provider. A status from 400 on shows the body of the answer to the person.
    "authentik": HookPreset(
        HookVerification(Scheme.BEARER), HookFields(phone_number=("/To",), code=("/Body",), text=("/Message",))
    ),
    # ZITADEL, HTTP SMS provider. The key of the code depends on the version, and on what the code is for.
    "zitadel": HookPreset(
        HookVerification(Scheme.HMAC, "zitadel-signature", Signed.TIME_AND_BODY),
        HookFields(
            phone_number=("/contextInfo/recipientPhoneNumber",),
            code=("/args/code", "/args/Code", "/args/otp", "/args/OTP"),
            text=("/templateData/text",),
            purpose=("/contextInfo/eventType",),
        ),
        purposes={"user.human.phone.code.added": "verification", "user.human.password.code.added": "recovery"},
    ),
    # Auth0, passwordless connection with `sms_gateway`. Every answer but 200 is an error 400 to the person.
    "auth0": HookPreset(
        HookVerification(Scheme.JWT_HS256),
        HookFields(phone_number=("/recipient",), text=("/body",), client_ip=("/req/ip",)),
    ),
    # Authgear, custom SMS gateway.
    "authgear": HookPreset(
        HookVerification(Scheme.HMAC, "x-authgear-body-signature"), HookFields(phone_number=("/to",), text=("/body",))
    ),
}
