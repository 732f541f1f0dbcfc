"""report_outcome: what became of an app's own code changes the fraud guard's figures, once."""

import asyncio

import pytest

from app.domain.errors import InvalidRequest, NoSuchMessage
from app.domain.outgoing_message import OwnCode
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway
from tests.support.messages import apply_report, report_job
from tests.support.opt_outs import deliver
from tests.support.outgoing import accepted_id

CODE = OwnCode("042137")
DAY_S = 86_400
UNLIMITED = {"limit_sends_per_number": "off"}


@pytest.fixture
async def guarded(make_container, clock):
    """A container whose app `dev` reports outcomes already, so that the guard charges its codes."""
    async with make_container(guard="enforce", **UNLIMITED) as container:
        await report(container, await accepted_id(container, OTHER_PHONE, content=CODE), approved=True)
        yield container


async def report(container, id, *, approved, app="dev"):
    await container.report_outcome(id, container.apps[app], approved=approved)


async def figures(container, country="NL"):
    """Return people, sends and guesses of a country, as the guard has them of the app `dev`."""
    (row,) = [row for row in await container.guard_state.read("dev") if row.country == country]
    return row
