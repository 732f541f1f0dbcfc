"""The webhooks of the OpenAPI document: one for each type of event, and real events match them."""

import asyncio

import pytest
from jsonschema import Draft202012Validator

from app.domain.errors import DestinationBlocked
from app.domain.events import EVENT_TYPES, FIELDS
from app.main import create_app
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.event_receiver import Receiver, deliver_due, event_apps
from tests.support.scenario import run_full_scenario


@pytest.fixture(scope="module")
def document():
    return create_app(make_settings()).openapi()


def schema_of(document, type):
    """Return the schema of the body of a type."""
    body = document["webhooks"][type]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return body | {"components": document["components"]}


def test_every_type_is_a_webhook(document):
    assert list(document["webhooks"]) == [type.name for type in EVENT_TYPES]


@pytest.mark.parametrize("type", EVENT_TYPES, ids=[type.name for type in EVENT_TYPES])
def test_a_webhook_has_the_fields_of_the_table_and_an_example(document, type):
    schemas = document["components"]["schemas"]
    event = schemas[schema_of(document, type.name)["$ref"].rpartition("/")[2]]
    data = schemas[event["properties"]["data"]["$ref"].rpartition("/")[2]]

    assert list(event["properties"]) == ["type", "timestamp", "data"]
    assert event["properties"]["type"]["const"] == type.name
    assert list(data["properties"]) == data["required"] == list(FIELDS[type.family])
    (example,) = data["examples"]
    errors = Draft202012Validator(data | {"components": document["components"]}).iter_errors(example)
    assert not [error for error in errors if error.validator != "required"], "FastAPI omits null from examples"


def test_without_documentation_no_webhook_is_built():
    """Production has none unless it is switched on, and each costs memory."""
    assert create_app(make_settings(docs="false")).webhooks.routes == []


async def test_every_event_of_a_whole_scenario_matches_its_schema(document, make_container, clock):
    limits = {"limit_sends_per_app": "90/d", "limit_sends_per_country": "100/d"}
    async with Receiver() as receiver, make_container(apps=event_apps(receiver.url), **limits) as container:
        await run_full_scenario(container, clock)
        clock.tick(seconds=900)
        await container.deliver_event.deliveries.queue_due()
        (endpoint,) = container.deliver_event.endpoints.values()
        await container.event_dead_letters.switch_on(endpoint)  # the scenario ends with it switched off
        await deliver_due(container)

    assert set(receiver.types) == {type.name for type in EVENT_TYPES} - {"verification.canceled", "guard.challenged"}
    for event in receiver.events:
        Draft202012Validator(schema_of(document, event["type"])).validate(event)


async def test_a_challenge_and_a_block_of_the_guard_match_their_schemas(document, make_container):
    async with (
        Receiver() as receiver,
        make_container(
            guard="enforce",
            human_check="altcha",
            human_check_when="suspicious",
            apps=event_apps(receiver.url, types=("guard.challenged", "guard.blocked")),
        ) as container,
    ):
        for number in range(21):  # more than a country without approvals may cost
            asked = start_verification(container, f"+316{1000 + number}5678", is_backend=False)
            await asyncio.gather(asked, return_exceptions=True)
        with pytest.raises(DestinationBlocked):
            await start_verification(container, "+31610009999")
        await deliver_due(container)

    assert set(receiver.types) == {"guard.challenged", "guard.blocked"}
    for event in receiver.events:
        Draft202012Validator(schema_of(document, event["type"])).validate(event)
