"""Who may call a hook how often: an authentic call is one with a key, all others count as bad reports."""

import json

import pytest

from tests.support.api_calls import PROBLEM
from tests.support.hooks import CODE, HOOKS, NUMBER, SECRET, SENDERS, WEBHOOK_SECRET, call, standard_webhooks, with_code

LOGTO = SENDERS["logto"]


async def test_authentic_calls_are_not_counted_by_address(run_hooks):
    async with run_hooks(limit_calls_per_address="2/min", limit_bad_reports_per_address="2/min") as service:
        del service.client.headers["Authorization"]
        codes = [with_code(LOGTO, f"11111{n}") | {"to": f"3161234567{n}"} for n in range(5)]
        refused = [LOGTO.body | {"to": "x"}] * 3

        statuses = [(await call(service, LOGTO, body)).status_code for body in [*codes, *refused]]

    assert statuses == [200] * 5 + [422] * 3


async def test_calls_that_are_not_authentic_spend_the_limit_of_bad_reports(run_hooks):
    """Then no call of that address is read; nothing tells a sender to call again at once."""
    async with run_hooks(limit_bad_reports_per_address="3/min", limit_calls_per_address="1/min") as service:
        client = service.client
        del client.headers["Authorization"]
        for path in ("/v1/hooks/logto", "/v1/hooks/none", f"/v1/hooks/supabase/{SECRET}"):
            assert (await client.post(path, json=LOGTO.body)).status_code in {401, 404}
        response = await call(service, LOGTO)

    assert (response.status_code, response.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert "retry-after" not in response.headers


async def test_an_api_key_does_not_authenticate_a_hook(run_hooks):
    """Its calls count as those without a key."""
    async with run_hooks(limit_bad_reports_per_address="1/min") as service:
        assert (await service.client.post("/v1/hooks/supabase", json={})).status_code == 401
        assert (await service.client.post("/v1/hooks/supabase", json={})).status_code == 429


@pytest.mark.parametrize(
    "path", ["/v1/hooks", "/v1/hooks/", "/v1/hooks/none", "/v1/hooks/logto/a/b", "/v1/hooks/logto/"]
)
async def test_an_unknown_path_is_not_found(service, path):
    response = await service.client.post(path, json={})

    assert response.status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method_is_not_allowed(service, method):
    response = await service.client.request(method, "/v1/hooks/logto")

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


async def test_without_a_setting_there_are_no_hooks(run_service):
    async with run_service() as service:
        response = await service.client.post("/v1/hooks/logto", json=LOGTO.body)

    assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)


async def test_the_limits_of_address_and_subject_are_those_of_the_person(run_hooks):
    async with run_hooks(limit_sends_per_address="1/h") as service:
        assert (await call(service, LOGTO)).status_code == 200
        neighbour = LOGTO.body | {"to": "31612345670"}
        assert (await call(service, LOGTO, neighbour)).status_code == 429
        assert (await call(service, LOGTO, neighbour | {"ip": "203.0.113.8"})).status_code == 200
    supabase = SENDERS["supabase"]
    async with run_hooks(limit_sends_per_subject="1/h") as service:
        bodies = [with_code(supabase, code) for code in (CODE, "735519")]
        bodies[1]["sms"]["phone"] = "31612345670"
        answers = [(await call(service, supabase, body)).json() for body in bodies]
    assert [answer.get("error", {}).get("http_code") for answer in answers] == [None, 429]


OWN = {"app": "codes", "phone_number": "/n", "code": "/c"}
SCHEMES = {
    "path": ({"scheme": "path"}, SECRET, lambda body, now: {}),
    "bearer": ({"scheme": "bearer"}, SECRET, lambda body, now: {"Authorization": f"Bearer {SECRET}"}),
    "header": ({"scheme": "bearer", "header": "X-Api-Key"}, SECRET, lambda body, now: {"x-api-key": SECRET}),
    "basic": ({"scheme": "basic"}, f"otp:{SECRET}", SENDERS["kratos"].sign),
    "hmac": (
        {"scheme": "hmac", "header": "X-Authgear-Body-Signature"},
        SECRET,
        SENDERS["authgear"].sign,
    ),
    "hmac-with-time": (
        {"scheme": "hmac", "header": "zitadel-signature", "signed": "time.body"},
        SECRET,
        SENDERS["zitadel"].sign,
    ),
    "jwt": ({"scheme": "jwt-hs256", "audience": "urn:sms"}, SECRET, SENDERS["auth0"].sign),
    "standard-webhooks": ({"scheme": "standard-webhooks"}, WEBHOOK_SECRET, standard_webhooks),
    "svix": (
        {"scheme": "standard-webhooks"},
        WEBHOOK_SECRET,
        lambda body, now: {
            name.replace("webhook", "svix"): value for name, value in standard_webhooks(body, now).items()
        },
    ),
}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_hook_of_ones_own_may_use_each_scheme(run_hooks, scheme):
    verify, secret, sign = SCHEMES[scheme]
    body = json.dumps({"n": NUMBER, "c": CODE}).encode()
    path = f"/v1/hooks/own{f'/{SECRET}' if scheme == 'path' else ''}"
    async with run_hooks(hooks=json.dumps({"own": OWN | {"verify": verify, "secrets": [secret]}})) as service:
        signed = sign(body, service.container.clock())
        right = await service.client.post(path, content=body, headers=signed)
        headers = {name: value[:-1] for name, value in signed.items()}
        wrong = await service.client.post(path[:-1], content=body, headers=headers)
        also_wrong = await service.client.post(
            f"{path}{'' if scheme == 'path' else '/x'}", content=body, headers=headers
        )

    assert right.status_code == 200
    assert {wrong.status_code, also_wrong.status_code} <= {200, 401, 404}
    assert (wrong.status_code, also_wrong.status_code) == ((401, 200) if scheme == "path" else (404, 401))


async def test_authentik_may_send_basic_credentials(run_hooks):
    hook = HOOKS["authentik"] | {"verify": {"scheme": "basic"}, "secrets": [f"otp:{SECRET}"]}
    async with run_hooks(hooks=json.dumps({"authentik": hook})) as service:
        headers = SENDERS["kratos"].sign(b"", 0)
        response = await service.client.post("/v1/hooks/authentik", json=SENDERS["authentik"].body, headers=headers)

    assert response.status_code == 200
