"""The scenarios of a release of CAMARA's One-Time-Password-SMS, and its schemas, against the facade.

`CAMARA_RELEASE` names a folder with the release's `.feature` files and its YAML; without it, all are skipped. Each tag
of the files has a function here: a release that adds one fails.
"""

import os
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from app.compat.camara.clients import Clients
from app.compat.camara.tokens import LIFETIME, AccessTokens
from app.domain.jobs import SendJob
from app.services.admin import block_number
from app.settings.to_domain import keyring_of
from tests.support.builders import PUBLIC_URL, make_settings
from tests.support.camara_facade import API, CORRELATOR, MESSAGE, SECRET, apps_json, bearer

FOLDER = os.environ.get("CAMARA_RELEASE", "")
NUMBER = "+31612340001"
PREMIUM, LANDLINE = "+319001234567", "+31201234567"
MAX_SENDS, MAX_WRONG = 3, 5  # the defaults of sends_per_number and OTP_ATTEMPTS; the next one is refused
WORD = "ONE_TIME_PASSWORD_SMS."
SCENARIOS = {}  # by tag
NOT_APPLICABLE = {
    "OTPvalidationAPI_404.1_send_code_phone_number_not_belong_to_operator": "this service is no operator of a network"
}

pytestmark = pytest.mark.skipif(not FOLDER, reason="CAMARA_RELEASE names no folder of a release")


def scenario(tag):
    """Register the function of a tag."""

    def register(function):
        assert tag not in SCENARIOS, tag
        SCENARIOS[tag] = function
        return function

    return register


class Release:
    """The tags and the schemas of a release."""

    def __init__(self, folder):
        features = [path.read_text() for path in sorted(folder.glob("*.feature"))]
        self.tags = [tag for text in features for tag in re.findall(r"^\s*@(\S+)", text, re.MULTILINE)]
        self.scenarios = sum(len(re.findall(r"^\s*Scenario", text, re.MULTILINE)) for text in features)
        (path,) = folder.glob("*.yaml")
        self._document = yaml.safe_load(path.read_text())

    def check(self, operation, response):
        """Check a response against the schemas of its operation and status."""
        described = self._resolve(
            self._document["paths"][f"/{operation}"]["post"]["responses"][str(response.status_code)]
        )
        if content := described.get("content"):
            media_type = response.headers["content-type"]
            self._validate(content[media_type]["schema"], response.json())
        else:
            assert response.content == b""
        if "x-correlator" in response.headers:
            self._validate({"$ref": "#/components/schemas/XCorrelator"}, response.headers["x-correlator"])

    def _validate(self, schema, value):
        Draft202012Validator({**schema, "components": self._document["components"]}).validate(value)

    def _resolve(self, node):
        for name in node.get("$ref", "#").split("/")[1:]:
            node = self._document[name] if name == "components" else node[name]
        return node


class Steps:
    """What the steps of the scenarios do."""

    def __init__(self, service, release, clock):
        self.service, self.release, self.clock = service, release, clock
        self.headers = {"x-correlator": CORRELATOR}

    async def post(self, operation, body=None, *, without=()):
        """Send a request, with JSON as its type even without a body; check the response against the schemas."""
        headers = {name: value for name, value in self.headers.items() if name not in without}
        headers["Content-Type"] = "application/json"
        options = {} if body is None else {"json": body}
        response = await self.service.client.post(f"{API}/{operation}", headers=headers, **options)
        self.release.check(operation, response)
        assert response.headers.get("x-correlator") == headers.get("x-correlator")
        return response

    async def send(self, number=NUMBER, message=MESSAGE, **more):
        return await self.post("send-code", {"phoneNumber": number, "message": message}, **more)

    async def sent(self, number=NUMBER):
        """Send a code; return its id and the code in the SMS."""
        response = await self.send(number)
        assert response.status_code == 200, response.text
        id, container = response.json()["authenticationId"], self.service.container
        snapshot = await container.messages.read_send(SendJob(id, 1))
        return id, container.deliver_message.codes.restore(snapshot.secret, length=6, verification=id)

    async def validate(self, id, code, **more):
        return await self.post("validate-code", {"authenticationId": id, "code": code}, **more)

    async def wrong(self, id, code):
        return await self.validate(id, f"{(int(code) + 1) % 10**6:06}")


def assert_refused(response, status, code):
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["message"].strip()


@pytest.fixture(scope="module")
def release():
    return Release(Path(FOLDER))


@pytest.fixture
async def steps(run_service, clock, release):
    apps = apps_json()
    async with run_service(apps=apps, limit_sends_per_number=f"{MAX_SENDS}/10min", attempts=MAX_WRONG) as service:
        del service.client.headers["Authorization"]
        steps = Steps(service, release, clock)
        steps.headers |= await bearer(service.client)
        yield steps


def test_each_tag_of_the_release_has_a_function(release):
    """And each scenario a tag of its own."""
    assert len(release.tags) == len(set(release.tags)) == release.scenarios
    assert set(release.tags) == SCENARIOS.keys() | NOT_APPLICABLE.keys()


@scenario("OTPvalidationAPI_01_send_code_success_scenario")
async def send_code_is_answered(steps):
    assert (await steps.send()).status_code == 200


@scenario("OTPvalidationAPI_02_send_code_success_scenario_without_x-correlator")
async def send_code_needs_no_correlator(steps):
    assert (await steps.send(without=["x-correlator"])).status_code == 200


@scenario("OTPvalidationAPI_400.1_send_code_no_request_body")
async def send_code_needs_a_body(steps):
    assert_refused(await steps.post("send-code"), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.2_send_code_empty_request_body")
async def send_code_needs_fields(steps):
    assert_refused(await steps.post("send-code", {}), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.4_send_code_incorrect_phone_number_request_body")
async def send_code_refuses_a_short_number(steps):
    assert_refused(await steps.send("3301"), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.5_send_code_missing_message")
async def send_code_needs_a_message(steps):
    for body in ({}, {"message": None}, {"message": ""}):
        response = await steps.post("send-code", {"phoneNumber": NUMBER, **body})
        assert_refused(response, 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.6_send_code_missing_code_request_body")
async def send_code_needs_the_label(steps):
    assert_refused(await steps.send(message=MESSAGE.replace("{{code}}", "a code")), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.7_send_code_message_too_long")
async def send_code_bounds_the_message(steps):
    assert_refused(await steps.send(message=MESSAGE.ljust(161, "x")), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_03_send_code_max_otp_code")
async def sends_to_a_number_are_limited(steps):
    for _ in range(MAX_SENDS):
        assert (await steps.send()).status_code == 200
    assert_refused(await steps.send(), 403, f"{WORD}MAX_OTP_CODES_EXCEEDED")


@scenario("OTPvalidationAPI_04_send_code_phone_number_not_allowed")
async def a_number_without_sms_is_not_allowed(steps):
    assert_refused(await steps.send(PREMIUM), 403, f"{WORD}PHONE_NUMBER_NOT_ALLOWED")


@scenario("OTPvalidationAPI_05_send_code_phone_number_not_allowed_3")
async def a_landline_is_not_allowed(steps):
    assert_refused(await steps.send(LANDLINE), 403, f"{WORD}PHONE_NUMBER_NOT_ALLOWED")


@scenario("OTPvalidationAPI_06_send_code_phone_number_blocked")
async def a_blocked_number_is_blocked(steps):
    container = steps.service.container
    await block_number(NUMBER, encryption=container.store.encryption, numbers=container.numbers)
    assert_refused(await steps.send(), 403, f"{WORD}PHONE_NUMBER_BLOCKED")


@scenario("OTPvalidationAPI_01_validate_code_sucess_scenario")
async def a_right_code_is_validated(steps):
    assert (await steps.validate(*await steps.sent())).status_code == 204


@scenario("OTPvalidationAPI_02_validate_code_sucess_scenario_without_x-correlator")
async def validate_code_needs_no_correlator(steps):
    assert (await steps.validate(*await steps.sent(), without=["x-correlator"])).status_code == 204


@scenario("OTPvalidationAPI_400.1_validate_code_no_request_body")
async def validate_code_needs_a_body(steps):
    assert_refused(await steps.post("validate-code"), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.2_validate_code_empty_request_body")
async def validate_code_needs_fields(steps):
    assert_refused(await steps.post("validate-code", {}), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.3_validate_code_missing_authenticationId")
async def validate_code_needs_an_id(steps):
    for body in ({}, {"authenticationId": None}, {"authenticationId": ""}):
        response = await steps.post("validate-code", {"code": "042137", **body})
        assert_refused(response, 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.3_validate_code_missing_code")
async def validate_code_needs_a_code(steps):
    id, _ = await steps.sent()
    for body in ({}, {"code": None}, {"code": ""}):
        response = await steps.post("validate-code", {"authenticationId": id, **body})
        assert_refused(response, 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.4_validate_code_exceed_code_max_length")
async def a_long_code_is_an_invalid_argument(steps):
    id, _ = await steps.sent()
    assert_refused(await steps.validate(id, "x" * 28), 400, "INVALID_ARGUMENT")


@scenario("OTPvalidationAPI_400.5_validate_code_invalid_otp_scenario")
async def a_wrong_code_is_invalid(steps):
    assert_refused(await steps.wrong(*await steps.sent()), 400, f"{WORD}INVALID_OTP")


@scenario("OTPvalidationAPI_400.6_validate_code_verification_expired_scenario_1")
async def a_late_code_has_expired(steps):
    sent = await steps.sent()
    steps.clock.tick(seconds=300)
    assert_refused(await steps.validate(*sent), 400, f"{WORD}VERIFICATION_EXPIRED")


@scenario("OTPvalidationAPI_400.7_validate_code_verification_expired_scenario_2")
async def a_newer_code_ends_the_older(steps):
    first = await steps.sent()
    steps.clock.tick(ms=1)
    await steps.sent()
    assert_refused(await steps.validate(*first), 400, f"{WORD}VERIFICATION_EXPIRED")


@scenario("OTPvalidationAPI_400.8_validate_code_verification_expired_scenario_3")
async def a_used_code_has_expired(steps):
    sent = await steps.sent()
    assert (await steps.validate(*sent)).status_code == 204
    assert_refused(await steps.validate(*sent), 400, f"{WORD}VERIFICATION_EXPIRED")


@scenario("OTPvalidationAPI_400.9_validate_code_verification_failed_scenario")
async def wrong_codes_are_limited(steps):
    sent = await steps.sent()
    for _ in range(MAX_WRONG):
        assert_refused(await steps.wrong(*sent), 400, f"{WORD}INVALID_OTP")
    assert_refused(await steps.wrong(*sent), 400, f"{WORD}VERIFICATION_FAILED")


@scenario("OTPvalidationAPI_404_validate_code_resource_not_found")
async def an_unknown_id_is_not_found(steps):
    for id in ("vf_AAAAAAAAAAAAAAAAAAAAAA", "00000000-0000-4000-8000-000000000000"):
        assert_refused(await steps.validate(id, "042137"), 404, "NOT_FOUND")


async def without_a_token(steps, send):
    del steps.headers["Authorization"]
    assert_refused(await send(steps), 401, "UNAUTHENTICATED")


async def with_an_expired_token(steps, send):
    settings = make_settings(apps=apps_json())
    clients, earlier = Clients.of(settings), steps.clock() / 1000 - LIFETIME - 3600
    tokens = AccessTokens(PUBLIC_URL, f"{PUBLIC_URL}{API}", keyring_of(settings), clients, lambda: earlier)
    steps.headers["Authorization"] = f"Bearer {tokens.issue(clients.authenticate('shop', SECRET))}"
    assert_refused(await send(steps), 401, "UNAUTHENTICATED")


async def with_an_invalid_token(steps, send):
    steps.headers["Authorization"] = "Bearer nonsense"
    assert_refused(await send(steps), 401, "UNAUTHENTICATED")


def of_both_operations(number, word, function):
    """Register what both operations have, each under a tag of its own."""

    async def of_send(steps):
        await function(steps, lambda steps: steps.send())

    async def of_validate(steps):
        sent = await steps.sent()
        await function(steps, lambda steps: steps.validate(*sent))

    scenario(f"OTPvalidationAPI_401.{number}_send_code_{word}")(of_send)
    scenario(f"OTPvalidationAPI_401.{number}_validate_code_{word}")(of_validate)


of_both_operations(1, "no_authorization_header", without_a_token)
of_both_operations(2, "expired_access_token", with_an_expired_token)
of_both_operations(3, "invalid_access_token", with_an_invalid_token)


@pytest.mark.parametrize("name", [*SCENARIOS, *NOT_APPLICABLE])
async def test_scenario(steps, name):
    if name in NOT_APPLICABLE:
        pytest.skip(NOT_APPLICABLE[name])
    await SCENARIOS[name](steps)
