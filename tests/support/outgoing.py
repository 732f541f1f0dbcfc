"""Send messages, by the API and by the act."""

from dataclasses import replace
from datetime import UTC, datetime

from app.domain.outgoing_message import AcceptedMessage, FreeText, MessageRequest
from app.domain.request_context import RequestContext
from tests.support.api_calls import bearer
from tests.support.builders import PHONE

TEXT = "Your order has left."


async def post_message(client, number=PHONE, *, key=None, headers=None, **fields):
    """Send a message to one number, by default with a free text; `number` is None where `to` lists some."""
    content = {} if fields.keys() & {"text", "template", "code"} else {"text": TEXT}
    body = ({"phone_number": number} if number else {}) | content | fields
    return await client.post("/v1/messages", json=body, headers=bearer(key) | (headers or {}))


async def new_message_id(client, number=PHONE, **fields):
    """Send a message and return its id."""
    response = await post_message(client, number, **fields)
    assert response.status_code == 202, response.text
    return response.json()["messages"][0]["message_id"]


async def get_message(client, id, *, key=None):
    return (await client.get(f"/v1/messages/{id}", headers=bearer(key))).json()


def message_request(container, *numbers, app="dev", content=None, free_text=True, **changes):
    """Build the input of the act; the app may send free text."""
    of = container.apps[app]
    of = replace(of, messages=replace(of.messages, free_text=free_text))
    call = RequestContext(
        of, **{name: changes.pop(name) for name in ("idempotency", "address", "key") if name in changes}
    )
    defaults = {
        "country": None,
        "content": content or FreeText(TEXT),
        "purpose": "alert",
        "reference": None,
        "day": datetime.now(UTC).date(),
    }
    return MessageRequest(call=call, recipients=numbers or [PHONE], **defaults | changes)


async def send_messages(container, *numbers, **changes):
    return await container.send_messages(message_request(container, *numbers, **changes))


async def accepted_id(container, number=PHONE, **changes):
    """Send a message to one number; return its id."""
    (accepted,) = await send_messages(container, number, **changes)
    assert isinstance(accepted, AcceptedMessage), accepted.error
    return accepted.id
