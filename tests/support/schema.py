"""Runs schemathesis against the whole API, and records what differs from the OpenAPI description."""

import json
from collections import Counter
from dataclasses import dataclass, field

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.python.asgi import shutdown_lifespans

from app.gateways.registry import inbox_token
from tests.support.api_calls import CODE, PROBLEM
from tests.support.builders import OTHER_PHONE, PHONE

TEST_NUMBERS = ",".join(
    f"{number}={CODE}@2099-12-31" for number in (PHONE, OTHER_PHONE)
)  # so that a right code is possible
_ANYWHERE = {"method_not_allowed", "unsupported_media_type", "body_too_large"}  # refused in front of every route
_MAX_MESSAGE_LENGTH = 2000
_VALUES = {
    "numbers": [PHONE, OTHER_PHONE, "0031 6 12345678", "+31201234567"],
    "codes": [CODE, "999999", "٠٤٢١٣٧", "04-21-37"],
    "countries": ["NL", "nl"],
    "locales": ["en", "nl-NL"],
    "purposes": ["login", "signup", "pay"],
    "addresses": ["203.0.113.7", "2001:db8::7", "10.0.0.1", "::ffff:198.51.100.4"],
    "repeats": ["key-1", '"key-2"', "key-3"],
    "gateways": ["inbox", "smstools"],
}
_DICTIONARIES = {
    "body.phone_number": "numbers",
    "header.Otp-Phone-Number": "numbers",
    "body.country": "countries",
    "body.locale": "locales",
    "body.code": "codes",
    "body.purpose": "purposes",
    "body.client_ip": "addresses",
    "header.Idempotency-Key": "repeats",
    "path.gateway": "gateways",
    "path.token": "tokens",
}
_REFUSED = ["400", "401", "403", "404", "405", "413", "415", "422", "429"]
_CHECKS = {
    # No schema can say which numbers exist, or how many digits a code has: such a refusal is not a failure.
    "positive_data_acceptance": {"expected-statuses": ["2xx", *_REFUSED]},
    "negative_data_rejection": {"expected-statuses": _REFUSED},
    # A verification stays readable for a day after its end, for support: its status is then `canceled`.
    "use_after_free": {"enabled": False},
}


_PHASES = ("examples", "coverage", "fuzzing", "stateful")
SINGLE_CALLS, CHAINS = _PHASES[:3], _PHASES[3:]


@dataclass
class Outcome:
    """The number of cases sent, the statuses of each operation, and the failures."""

    cases: int = 0
    statuses: Counter = field(default_factory=Counter)
    failures: dict = field(default_factory=dict)

    def __str__(self):
        return "\n\n".join(f"{name}\n{message}" for name, message in self.failures.items())


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Turn the body of a link, which is JSON in a string, into the object that schemathesis takes."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for link in response.get("links", {}).values():
                    if "requestBody" in link:
                        link["requestBody"] = json.loads(link["requestBody"])


@schemathesis.check
def success_is_documented(ctx, response, case):
    """The response `default` is for errors."""
    if response.status_code < 400:
        assert str(response.status_code) in case.operation.definition.raw["responses"]


@schemathesis.check
def problem_is_documented(ctx, response, case):
    """Every refusal is a problem whose code is among the examples of that operation and status."""
    if response.status_code < 400:
        return
    body = response.json()
    documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    codes = set(documented.get("content", {}).get(PROBLEM, {}).get("examples", {}))
    assert body["status"] == response.status_code, body
    assert body["code"] in codes | _ANYWHERE, f"{body['code']} is not documented for {case.operation.label}"


def try_all(app, outcome, *, key, examples, keyring, phases=SINGLE_CALLS, seed=1, unchecked=()):
    """Send single calls (examples, edge cases of each schema, random values), or chains that use earlier responses.

    Results are added to the outcome. A chain ends early when the stateful service answers the same call differently
    the second time; for many chains, call again with another seed.
    """
    dictionaries = _VALUES | {"tokens": [inbox_token(keyring), "wrong-token"]}
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "workers": 1,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {key}"},
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "checks": _CHECKS | {name: {"enabled": False} for name in unchecked},
            # Chains follow the documented links, not those that schemathesis would infer.
            "phases": {name: {"enabled": name in phases} for name in _PHASES[:3]}
            | {"stateful": {"enabled": "stateful" in phases, "inference": {"algorithms": []}}},
            "dictionaries": {name: {"values": values} for name, values in dictionaries.items()},
            "parameters": {
                parameter: {"dictionary": name, "probability": 0.9} for parameter, name in _DICTIONARIES.items()
            },
        }
    )
    try:
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config, headers={"Host": "localhost"})
        schema.config.base_url = "http://localhost"
        _collect(from_schema(schema).execute(), outcome)
    finally:
        shutdown_lifespans()


def _collect(stream, outcome):
    for event in stream:
        match event:
            case events.ScenarioFinished(recorder=recorder):
                outcome.cases += len(recorder.interactions)
                _record(recorder, outcome)
            case events.NonFatalError(label=label, value=error):
                outcome.failures[f"{label}: {error!r}"] = ""
            case events.FatalError(exception=error):
                raise error


def _record(recorder, outcome):
    labels = {id: node.value.operation.label for id, node in recorder.cases.items()}
    for id, exchange in recorder.interactions.items():
        if exchange.response is not None and id in labels:
            outcome.statuses[labels[id], exchange.response.status_code] += 1
    for id, checks in recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE:
                info = check.failure_info
                message = f"{info.failure.title}: {info.failure.message}\n{info.code_sample}"[:_MAX_MESSAGE_LENGTH]
                outcome.failures.setdefault(f"{labels[id]} {check.name}", message)
