"""Services: one for each purpose of a token, as set-up scripts and probes read them."""

from tests.support.twilio_facade import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_SERVICE,
    OTHER_TOKEN,
    SERVICE,
    SERVICES,
    SIGNUP,
    assert_error,
    basic,
)

FIELDS = [
    *("sid", "account_sid", "friendly_name", "code_length", "lookup_enabled", "psd2_enabled", "skip_sms_to_landlines"),
    *("dtmf_input_required", "tts_name", "do_not_share_warning_enabled", "custom_code_enabled", "push", "totp"),
    *("whatsapp", "passkeys", "default_template_sid", "verify_event_subscription_enabled", "date_created"),
    *("date_updated", "url", "links"),
]


async def test_a_service_has_twilios_fields(client):
    response = await client.get(f"{SERVICES}/{SERVICE}")

    body = response.json()
    assert (response.status_code, list(body)) == (200, FIELDS)
    assert (body["sid"], body["account_sid"], body["friendly_name"]) == (SERVICE, ACCOUNT, "Shop")
    assert (body["code_length"], body["custom_code_enabled"]) == (6, False)
    assert body["url"] == f"http://127.0.0.1:8000{SERVICES}/{SERVICE}"
    assert body["links"]["verifications"] == f"{body['url']}/Verifications"


async def test_services_are_listed_on_one_page(client):
    response = await client.get(SERVICES, params={"PageSize": 50})

    body = response.json()
    assert [one["sid"] for one in body["services"]] == [SERVICE, SIGNUP]
    assert (body["meta"]["key"], body["meta"]["next_page_url"]) == ("services", None)


async def test_a_token_without_purposes_is_for_login(client):
    """As a publishable key; the brand is missing, so the service has the name of the app."""
    client.headers.update(basic(OTHER_ACCOUNT, OTHER_TOKEN))

    (only,) = (await client.get(SERVICES)).json()["services"]

    assert (only["sid"], only["friendly_name"]) == (OTHER_SERVICE, "bank")


async def test_the_services_of_other_apps_are_not_found(client):
    assert_error(await client.get(f"{SERVICES}/{OTHER_SERVICE}"), 404, 20404)
