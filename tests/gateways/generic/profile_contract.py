"""A gateway as an operator sets it up by a profile, against a scripted vendor."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.domain.gateway import GatewayError
from app.gateways import GATEWAYS
from tests.support.gateway_contract import MESSAGE, TOKEN, GatewayContract
from tests.support.report_contract import callback

# Written after the vendors' public samples, not taken from live accounts.
RECORDED = Path(__file__).parent.parent.parent / "recorded"


class Profiled(GatewayContract):
    """Name the profile, and what an operator writes beside it."""

    profile: str
    given: str
    path = "/"
    balance_path = ""
    account_said = "cannot be asked without sending"

    def build(self, url, client):
        """Make the gateway from text alone, as the environment gives it."""
        given = {name.lower(): value for name, _, value in (pair.partition("=") for pair in self.given.split())}
        given |= {"profile": self.profile, "url": f"{url}{self.path}"}
        if self.balance_path:
            given["balance_url"] = f"{url}{self.balance_path}"
        gateway, _ = GATEWAYS["http"](given, client)
        return gateway

    async def failure(self, gateway):
        """Send, and give the error."""
        with pytest.raises(GatewayError) as failed:
            await gateway.send(MESSAGE)
        return failed.value


def recorded(path):
    return (RECORDED / path).read_bytes()


def form(event, *, query=None):
    """Report one message in a form."""
    return callback(urlencode(event).encode(), token=TOKEN, query=query or {})
